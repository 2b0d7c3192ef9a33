"""An app that is closed without being asked asks its jobs to stop: its process lives until their threads end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from ragqa.engine import RagQA
from tui.app import RagqaApp
from tui.tasks import Task

pytestmark = pytest.mark.asyncio


async def test_jobs_are_told_when_the_app_is_closed(fake_models: Any) -> None:
    app, ended = RagqaApp(RagQA("shelf")), threading.Event()

    def work(task: Task) -> None:
        while not task.stopped():
            pass
        ended.set()

    task = Task("An ingest", app, work, heavy=True)
    try:
        async with app.run_test() as pilot:
            app.start(task)
            await pilot.pause()
        assert await asyncio.to_thread(ended.wait, 10)
    finally:
        task.stop()

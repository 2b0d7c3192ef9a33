"""The jobs under way: each in a thread of its own, those that ask the models in one they share; of heavy ones one at a time,
before which one in the background ends."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from textual.app import App

from tui.tasks import Task

LOOK_SECONDS = 0.05
"""Between two looks at whether a question is still being answered."""


class Jobs:
    """Starts tasks as workers of the app, and knows them until a worker has `ended`.

    For the app's thread; `yielding` is for that of a job.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._tasks: dict[str, Task] = {}
        self._numbers = count()
        self._model_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models")
        self._next: Task | None = None  # a heavy one that waits until the background has made way
        self._made_way = False
        self.asking = 0
        """How many jobs ask the models; may be read by every thread."""

    @property
    def heavy(self) -> list[Task]:
        """The long jobs under way, or about to begin."""
        waiting = [self._next] if self._next is not None else []
        return [task for task in self._tasks.values() if task.heavy] + waiting

    @property
    def idle(self) -> bool:
        """Whether no job is under way, not even a short one."""
        return not self._tasks

    def start(self, task: Task) -> bool:
        """Start a job; False, and said so, when it is heavy and another heavy one is under way."""
        other = next(iter(self.heavy), None)
        if task.heavy and other is not None:
            self._app.notify(f"{other.title} is under way: wait for it, or stop it first.", severity="warning", markup=False)
            return False
        if task.background and (other is not None or self._background):
            self._made_way = other is not None
            return False
        if task.heavy and self._background:
            self._next, self._made_way = task, True
            self.stop_background()
            return True
        self._begin(task)
        return True

    def stop_background(self) -> None:
        """Let what runs in the background end after what it holds."""
        for task in self._background:
            task.stop()

    def yielding(self, task: Task) -> bool:
        """Whether a job was asked to end; waits while a question is being answered. For the job's thread."""
        while self.asking and not task.stopped():
            time.sleep(LOOK_SECONDS)
        return task.stopped()

    def can_go_on(self) -> bool:
        """Whether what ran in the background made way for heavy jobs, which are over now; said once."""
        over = self._made_way and not self.heavy
        self._made_way = self._made_way and not over
        return over

    @property
    def _background(self) -> list[Task]:
        return [task for task in self._tasks.values() if task.background]

    def _begin(self, task: Task) -> None:
        self.asking += task.models
        group = f"task-{next(self._numbers)}"
        self._tasks[group] = task
        if task.models:
            work = asyncio.get_running_loop().run_in_executor(self._model_thread, task.run)
            self._app.run_worker(work, exit_on_error=False, name=task.title, group=group)
        else:
            self._app.run_worker(task.run, thread=True, exit_on_error=False, name=task.title, group=group)

    def stop_all(self) -> None:
        """Ask every job to end after what it holds."""
        for task in self._tasks.values():
            task.stop()

    def ended(self, group: str) -> None:
        """A worker has ended."""
        task = self._tasks.pop(group, None)
        if task is not None:
            self.asking -= task.models
        if self._next is not None and not self._background:
            waiting, self._next = self._next, None
            self._begin(waiting)

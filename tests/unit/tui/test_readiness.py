from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ragqa.errors import IndexMissing
from ragqa.types import Coverage, Progress
from tui.readiness import NO_INDEX, READY, Readiness
from tui.tasks import Task


class App:
    """Keeps the jobs that are started, and counts what the places hear."""

    def __init__(self, lacking: int = 0, server: str | None = None) -> None:
        self.started: list[Task] = []
        self.shown = self.changed = self.embeds = 0
        self.jobs = SimpleNamespace(yielding=lambda task: False)
        self.qa = SimpleNamespace(
            server=server, embedded=lambda: Coverage(5 - lacking, 5), embed=self._embed, warm_up=lambda: None
        )

    def _embed(self, **_: Any) -> None:
        self.embeds += 1

    def start(self, task: Task) -> bool:
        self.started.append(task)
        return True

    def show_state(self) -> None:
        self.shown += 1

    def index_changed(self) -> None:
        self.changed += 1

    def do(self, readiness: Readiness) -> None:
        """The last job that was started, to its end."""
        task = self.started[-1]
        readiness.finished(task, task._work(task))


def readiness_of(app: Any, embeds: bool = True) -> Readiness:
    return Readiness(app, embeds=embeds)


def test_vectors_follow_the_models() -> None:
    app = App(lacking=2)
    readiness = readiness_of(app)
    readiness.embed()
    assert app.started == []  # the models first
    readiness.load()
    assert not readiness.is_ready and readiness.told == "loading"
    app.do(readiness)
    assert readiness.is_ready and [(task.models, task.background) for task in app.started] == [(True, False), (False, True)]
    readiness.progressed(app.started[-1], Progress("embed", 3, 5))
    assert readiness.told == "ready · embedding 60 %"
    app.do(readiness)
    assert (readiness.told, app.embeds, app.changed) == (READY, 1, 1)


def test_an_index_that_lacks_none_is_left_alone() -> None:
    app = App()
    readiness = readiness_of(app)
    readiness.load()
    app.do(readiness)
    app.do(readiness)
    assert (app.embeds, app.changed) == (0, 0)


@pytest.mark.parametrize(("server", "embeds"), [("http://127.0.0.1:8321", True), (None, False)])
def test_nothing_is_embedded_for_a_server_or_under_the_prompt(server: str | None, embeds: bool) -> None:
    app = App(lacking=2, server=server)
    readiness = readiness_of(app, embeds)
    readiness.load()
    app.do(readiness)
    assert readiness.is_ready and len(app.started) == 1


def test_no_index_and_no_models() -> None:
    def missing() -> None:
        raise IndexMissing("there is no index 'shelf'")

    app = App()
    app.qa.warm_up = missing
    readiness = readiness_of(app)
    readiness.load()
    app.do(readiness)
    assert readiness.told == NO_INDEX and not readiness.is_ready
    readiness.failed(app.started[0])
    assert readiness.told == "not loaded" and app.shown >= 3

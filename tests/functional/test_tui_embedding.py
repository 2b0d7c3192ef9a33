"""The terminal UI on an index some of whose passages have no vectors yet: it tells so, and makes them in the background."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from tui_helpers import ask, opened, press, screen_text, settle, until

from ragqa.engine import RagQA
from ragqa.types import Coverage
from tui.app import RagqaApp
from tui.tasks import Task

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("one_text_at_a_time")]


@pytest.fixture
def shelf(manuals: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of three small manuals, by their words alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    RagQA("shelf").ingest(manuals, embed=False)
    return manuals


@pytest.fixture
def gate(fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Passages are embedded when it is open, questions always."""
    embedder, opened = fake_models[0], threading.Event()
    whole = embedder.embed_passages

    def embed(texts: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() and not threading.current_thread().name.startswith("models"):
            assert opened.wait(60)
        return whole(texts)

    monkeypatch.setattr(embedder, "embed_passages", embed)
    return opened


def coverage() -> Coverage:
    return RagQA("shelf").embedded()


async def test_the_vectors_follow_in_the_background(shelf: Path) -> None:
    assert coverage().done == 0
    async with opened() as (app, pilot):
        assert coverage().lacking == 0 and app.readiness.embedding == ""
        await press(pilot, "f3")
        assert "found by their words" not in screen_text(app)
    assert RagQA("shelf").verify() == []


async def test_a_question_meanwhile_is_answered_and_told_how_far_it_is(shelf: Path, gate: threading.Event) -> None:
    app = RagqaApp(RagQA("shelf"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.readiness.embedding == "embedding 0 %")
        assert "ready · embedding 0 %" in screen_text(app)
        app.screen.ask("How long does the warranty last?")  # type: ignore[attr-defined]
        await until(pilot, lambda: "30 months" in screen_text(app))
        assert "By words only so far: 0 %" in screen_text(app)
        await pilot.press("f3")
        await until(pilot, lambda: "0 embedded; the others are found by their words" in screen_text(app))
        gate.set()
        await settle(pilot)
        assert coverage().lacking == 0 and "found by their words" not in screen_text(app)


async def test_an_ingest_goes_before_what_runs_in_the_background(shelf: Path, gate: threading.Event) -> None:
    (shelf / "new.md").write_text("# Toaster\n\nIt toasts for 90 seconds.\n")
    app = RagqaApp(RagQA("shelf"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.readiness.embedding == "embedding 0 %")
        await pilot.press("f3")
        await pilot.pause()
        app.screen.ingest(str(shelf))  # type: ignore[attr-defined]
        assert [task.title for task in app.jobs.heavy] == ["Ingest"]
        gate.set()
        await settle(pilot)
        assert coverage().lacking == 0 and len(RagQA("shelf").documents()) == 4
    assert RagQA("shelf").verify() == []


async def test_what_made_way_for_a_heavy_job_goes_on_after_it(shelf: Path, gate: threading.Event) -> None:
    app, seen = RagqaApp(RagQA("shelf")), []
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.readiness.embedding == "embedding 0 %")
        app.start(Task("Look", app.screen, lambda task: seen.append(coverage().lacking), heavy=True))
        gate.set()
        await settle(pilot)
        assert seen[0] > 0 and coverage().lacking == 0


async def test_what_could_not_begin_beside_a_heavy_job_begins_after_it(shelf: Path, gate: threading.Event) -> None:
    gate.set()
    over = threading.Event()
    app = RagqaApp(RagQA("shelf"))
    async with app.run_test(size=(120, 40)) as pilot:
        app.start(Task("Look", app.screen, lambda task: over.wait(60), heavy=True))
        await until(pilot, lambda: app.readiness.is_ready)
        await pilot.pause()
        assert coverage().done == 0
        over.set()
        await settle(pilot)
        assert coverage().lacking == 0


async def test_the_app_can_be_left_meanwhile(shelf: Path, gate: threading.Event) -> None:
    app = RagqaApp(RagQA("shelf"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.readiness.embedding == "embedding 0 %")
        await pilot.press("ctrl+q")
        gate.set()
        await until(pilot, lambda: not app.is_running)
    assert coverage().lacking > 0 and RagQA("shelf").verify() == []


async def test_the_next_question_after_it_needs_no_words(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        assert "By words only" not in screen_text(app)

"""Train in the terminal UI: look, start, stop and resume, promote, remove; with a reader so small that it learns in seconds."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from machine_manual import lines, write_manual, write_pairs
from textual.widgets import Checkbox, Input, Select
from tui_helpers import opened, press, screen_text, settle, until

from ragqa.engine import RagQA, reader_names, unfinished_trainings
from ragqa.types import Feedback, Verdict
from tui.screens.dialogs import ErrorDialog
from tui.screens.train import TrainScreen
from tui.widgets.training import Learning

pytestmark = pytest.mark.asyncio


@pytest.fixture
def shop(tmp_path: Path, embedder: Any, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The manual of a machine in an index, a tiny reader that answers for it, and a QA file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    monkeypatch.setattr("ragqa.inference.embedder.load_embedder", lambda name="fake", threads=0: embedder)
    shutil.copytree(tiny, "models/tiny")
    manual = write_manual(tmp_path / "manual")
    qa = RagQA("shelf", threads=1)
    qa.ingest(manual)
    qa.use_reader("tiny")
    write_pairs(lines())
    return manual


async def fill(app: Any, pilot: Any, epochs: str = "3") -> TrainScreen:
    """The Train screen with its settings made."""
    await press(pilot, "f4")
    screen = app.screen
    screen.query_one("#qa-files", Input).value = "qa.jsonl"
    screen.query_one("#epochs", Input).value = epochs
    screen.query_one("#validation", Input).value = "40"
    screen.query_one("#learning-rate", Input).value = "0.003"
    screen.query_one("#use-feedback", Checkbox).value = False
    await settle(pilot)
    assert screen.query_one("#base", Select).value == "tiny"
    return screen


async def test_look_shows_what_is_found(shop: Path) -> None:
    async with opened() as (app, pilot):
        await fill(app, pilot)
        await press(pilot, "ctrl+l")
        text = screen_text(app)
        assert "26 questions: 24 with an answer, 2 without" in text and "found word for word" in text
        assert "questions to train on" in text and reader_names(".") == ["default", "tiny"]


async def test_a_look_that_is_stopped_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, stopped = RagQA.plan_training, threading.Event()

    def held(self: RagQA, *given: Any, **hearing: Any) -> Any:
        assert stopped.wait(60)
        return plan(self, *given, **hearing)

    monkeypatch.setattr(RagQA, "plan_training", held)
    async with opened() as (app, pilot):
        screen = await fill(app, pilot)
        await pilot.press("ctrl+l", "ctrl+x")
        stopped.set()
        await settle(pilot)
        assert app.screen is screen and any("Stopped before" in str(note.message) for note in app._notifications)


async def test_train_compare_promote_and_go_back(shop: Path) -> None:
    async with opened(size=(140, 40)) as (app, pilot):
        screen = await fill(app, pilot)
        await press(pilot, "ctrl+s")
        assert len(screen.query_one(Learning).losses) > 3 and screen.query_one(Learning).scores, "the curves have no points"
        assert "before" in screen_text(app) and "95 % interval" in screen_text(app)
        assert RagQA("shelf").reader_name == "tiny"  # nothing answers before somebody says so
        screen.query_one("#use-new").focus()
        await press(pilot, "enter")
        assert RagQA("shelf").reader_name == "shelf-1" and app.readiness.is_ready
        screen.query_one("#train-tabs").active = "tab-readers"  # type: ignore[attr-defined]
        await settle(pilot)
        assert "shelf-1" in screen_text(app)
        table = screen.query_one("#readers")
        table.focus()
        table.move_cursor(row=reader_names(".").index("tiny"))  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert RagQA("shelf").reader_name == "tiny"
        table.move_cursor(row=reader_names(".").index("shelf-1"))  # type: ignore[attr-defined]
        await press(pilot, "d", "y")
        assert reader_names(".") == ["default", "tiny"]


async def test_a_training_is_stopped_and_resumed(shop: Path) -> None:
    async with opened() as (app, pilot):
        screen = await fill(app, pilot, epochs="100")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(screen.query_one(Learning).losses) > 5)
        await press(pilot, "ctrl+x")
        assert unfinished_trainings(".") == ["shelf-1"] and reader_names(".") == ["default", "tiny"]
    async with opened() as (app, pilot):  # another day
        await press(pilot, "f4", "ctrl+t")
        await pilot.press("enter")
        await settle(pilot, 200)
        assert reader_names(".") == ["default", "shelf-1", "tiny"] and unfinished_trainings(".") == []


async def test_verdicts_are_learnt_from_too(shop: Path) -> None:
    journal = RagQA("shelf").journal
    text = (shop / "machine.md").read_text()
    for line in lines()[:24]:
        journal.add(Feedback(line["question"], Verdict.RIGHT, line["answer"], text, text.index(line["answer"]), "machine.md"))
    async with opened() as (app, pilot):
        screen = await fill(app, pilot)
        screen.query_one("#qa-files", Input).value = ""
        screen.query_one("#use-feedback", Checkbox).value = True
        assert "Verdicts from Ask (24)" in str(screen.query_one("#use-feedback", Checkbox).label)
        await press(pilot, "ctrl+l")
        assert "24 questions" in screen_text(app)


async def test_nothing_to_learn_from_and_wrong_numbers_are_told(shop: Path) -> None:
    async with opened() as (app, pilot):
        screen = await fill(app, pilot)
        screen.query_one("#qa-files", Input).value = ""
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, ErrorDialog) and "nothing to learn from" in screen_text(app)
        await press(pilot, "escape")
        screen.query_one("#epochs", Input).value = "-1"
        await press(pilot, "ctrl+s")
        assert app.focused is screen.query_one("#epochs") and app.jobs.idle

"""Every place and dialog of the terminal UI as a picture, small and large.

After a change that is meant: `pytest tests/functional/test_tui_snapshots.py --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input
from tui_helpers import ask, press, settle, write

from ragqa.engine import RagQA
from tui.app import RagqaApp

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def shelf(manuals: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> RagqaApp:
    """The app on an index that looks the same on every machine and every day."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    monkeypatch.setattr("ragqa.indexing.writer.now", lambda: "2026-01-02T03:04:05+00:00")
    monkeypatch.setattr("ragqa.indexing.maintenance._size", lambda folder: 1_234_567)
    monkeypatch.setattr("tui.screens.library.shown_path", lambda path: f"manuals/{Path(path).name}")
    (manuals / "empty.md").write_text("")
    qa = RagQA("shelf")
    qa.ingest(manuals)
    return RagqaApp(qa)


def after(*steps: Any) -> Any:
    """Key names are pressed, functions called with the pilot; then everything rests and nothing blinks."""

    async def run(pilot: Any) -> None:
        await settle(pilot)
        for step in steps:
            if isinstance(step, str):
                await press(pilot, step)
            else:
                await step(pilot)
        for box in pilot.app.screen.query(Input):
            box.cursor_blink = False
        pilot.app.clear_notifications()
        await settle(pilot)

    return run


async def question(pilot: Any) -> None:
    await ask(pilot, "How long does the warranty last?")


async def unanswerable(pilot: Any) -> None:
    await ask(pilot, "Who painted the ceiling?")


async def labelled(pilot: Any) -> None:
    labels = [("lamp.html", {"brand": "Lumo", "model": ["L2", "L2 Pro"]}), ("kettle.md", {"brand": "Aqua"})]
    pilot.app.qa.label(labels)
    pilot.app.index_changed()
    await settle(pilot)


async def labels_typed(pilot: Any) -> None:
    pilot.app.screen.query_one(Input).value = "brand=Lumo mo"


async def evaluation(pilot: Any) -> None:
    Path("qa.jsonl").write_text('{"question": "How long does the warranty last?", "answer": "30 months"}\n')
    await write(pilot, "qa.jsonl")
    await press(pilot, "enter")
    pilot.app.screen.query_one("#eval-tabs").active = "tab-risk"


async def error(pilot: Any) -> None:
    await write(pilot, "nowhere.csv")
    await press(pilot, "enter")


SCREENS = {
    "ask-empty": (),
    "ask-answered": (question,),
    "ask-abstained": (unanswerable,),
    "ask-correcting": (question, "n", "v", "w", "w"),
    "ask-light": (question, lambda pilot: _theme(pilot, "ragqa-light")),
    "ask-contrast": (question, lambda pilot: _theme(pilot, "high-contrast")),
    "library": ("f3",),
    "library-remove": ("f3", "d"),
    "library-index": ("f3", "i"),
    "library-labelled": (labelled, "f3", "asterisk"),
    "library-label": (labelled, "f3", "l", labels_typed),
    "ask-labels": (labelled, "ctrl+l"),
    "ask-labelled": (labelled, "ctrl+l", "down", "enter", "enter", question),
    "train": ("f4",),
    "evaluate": ("f5",),
    "evaluate-risk": ("f5", evaluation),
    "settings": ("f6",),
    "error": ("f5", error),
    "help": ("f1",),
    "jump": (question, "ctrl+o"),
    "history": (question, "escape", "ctrl+r"),
}


async def _theme(pilot: Any, name: str) -> None:
    pilot.app.theme = name


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", list(SCREENS))
def test_screen(name: str, size: tuple[int, int], shelf: RagqaApp, snap_compare: Any) -> None:
    assert snap_compare(shelf, terminal_size=size, run_before=after(*SCREENS[name]))

"""Document text, questions and file names are data: whatever is in them shows as text and breaks nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Input
from tui_helpers import ask, opened, press, screen_text

from ragqa.engine import RagQA
from tui.widgets.answers import AnswerList
from tui.widgets.source_view import SourceView

pytestmark = pytest.mark.asyncio

HOSTILE = {
    "markup": "[red]alarm[/red] [bold] [@click=app.quit]press[/] [/] lamp",
    "escapes": "before \x1b[2J\x1b]0;title\x07 after the lamp",
    "right to left": "\u202eesrever\u202c lamp \u05e9\u05dc\u05d5\u05dd",
    "emoji": "The lamp 👩‍👩‍👧‍👦 🏳️‍🌈 ⚠️ 💡 shines",
    "zero width": "la\u200bmp z\u200de\u2060ro \ufeffwidth\u00ad lamp",
    "combining": "lamp " + "e" + "\u0301\u0302\u0303" * 30,
    "wide": "照明器具の手入れ lamp ランプ" * 40,
    "long line": "lamp " + "x" * 10_000,
    "surrogate": "lamp \udcff end",
}


@pytest.fixture
def shelf(tmp_path: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    monkeypatch.setattr("tui.app.copy_to_system", lambda text: None)
    folder = tmp_path / "manuals"
    folder.mkdir()
    for name, text in HOSTILE.items():
        body = text.encode("utf-8", "surrogateescape" if name == "surrogate" else "strict")
        (folder / f"[red]{name}\u202e.md").write_bytes(b"# Manual\n\n" + body + b"\n")
    RagQA("shelf").ingest(folder)
    return folder


def harmless(text: str) -> bool:
    """Whether nothing of the text could be an escape, a control or a mark of direction."""
    return not any(
        (ord(one) < 0x20 and one != "\n") or 0x7F <= ord(one) < 0xA0 or one in "\u202a\u202b\u202d\u202e" for one in text
    )


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_hostile_manuals_are_shown_as_text(shelf: Path, size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, pilot):
        await ask(pilot, "lamp")
        answers = app.screen.query_one(AnswerList)
        seen = set()
        for number, card in enumerate(answers.cards):
            if card.target is None:
                continue
            answers.index = number
            await press(pilot, "right", "down", "end", "up", "home", "pagedown", "escape")
            seen.add(card.target.document)
            assert harmless(screen_text(app)) and app.is_running
            view = app.screen.query_one(SourceView)
            assert view.extract is not None
            assert max(cell_len(piece.text) for line in view.lines for piece in line.pieces) <= size[0]
        assert len(seen) >= 5
        await press(pilot, "f3")
        assert harmless(screen_text(app)) and "[red]markup" in screen_text(app)


async def test_every_hostile_document_can_be_read(shelf: Path) -> None:
    async with opened() as (app, pilot):
        for one in app.qa.documents():
            extract = app.qa.extract(one.id, 0, one.characters)
            view = app.screen.query_one(SourceView)
            view.show(extract, answer=(extract.start, extract.end))
            await pilot.pause()
            assert "".join(piece.text for line in view.lines for piece in line.pieces).replace(" ", "") != ""
            assert harmless(screen_text(app))
            for piece in (piece for line in view.lines for piece in line.pieces):
                assert len(piece.text) == piece.end - piece.start


@pytest.mark.parametrize("question", list(HOSTILE.values()), ids=list(HOSTILE))
async def test_hostile_questions_are_asked_and_remembered(shelf: Path, question: str) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, question)
        assert harmless(screen_text(app)) and app.is_running
        await press(pilot, "y", "f2", "escape")
        app.screen.query_one("#question", Input).value = ""
        await press(pilot, "up", "ctrl+r")
        assert harmless(screen_text(app)) and app.is_running

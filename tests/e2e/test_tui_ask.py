"""Ask in the terminal UI with the real models, on the index of the sample manuals."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ragqa import RagQA
from tui.app import RagqaApp
from tui.widgets.answers import AnswerList
from tui.widgets.source_view import SourceView

sys.path.insert(0, str(Path(__file__).parents[1] / "functional"))
from tui_helpers import ask, press, screen_text, settle

pytestmark = pytest.mark.asyncio


async def test_answers_their_source_and_a_correction(demo: RagQA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    qa = RagQA("demo", settings=demo.settings)
    app = RagqaApp(qa)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, 120)
        assert app.readiness.is_ready
        await ask(pilot, "What does E-24 mean on the espresso machine?")
        text = screen_text(app)
        assert "Earth leakage" in text and "aurora-x2-espresso-machine.pdf › page 34" in text
        view = app.screen.query_one(SourceView)
        assert view.extract is not None and view.answer is not None
        assert "Earth leakage" in view.extract.text[view.answer[0] - view.extract.start : view.answer[1] - view.extract.start]
        await press(pilot, "y")
        (kept,) = qa.journal.verdicts()
        assert kept.page == 34 and kept.context[kept.answer_start :].startswith(kept.answer)
        await press(pilot, "u")
        await ask(pilot, "Who won the chess championship in 1972?")
        assert "The manuals do not say" in screen_text(app)
        assert app.screen.query_one(AnswerList).card is not None
        view.focus()
        before = view.cursor
        await press(pilot, "G", "g")  # to the document's ends, which are not held yet
        assert view.cursor == 0 != before and view.line_of(0) == int(view.scroll_y) == 0
    assert qa.journal.verdicts() == []

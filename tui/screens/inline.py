"""A question and its answers under the prompt, without taking the whole terminal."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Footer

from tui.screens.ask import AskScreen
from tui.widgets.answers import AnswerList
from tui.widgets.bars import Splitter
from tui.widgets.question_input import QuestionInput
from tui.widgets.source_pane import SourcePane


class InlineScreen(AskScreen):
    """Ask, small."""

    MODE = "inline"

    def compose(self) -> ComposeResult:
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> Iterator[Widget]:
        yield QuestionInput("Ask the manuals …", id="question")
        with Horizontal(id="ask-body"):
            yield AnswerList(id="answers")
            yield Splitter(id="splitter")
            yield SourcePane(id="source")

    def _set_split(self, share: float, keep: bool = False) -> None:
        """There is one pane, as wide as the terminal."""

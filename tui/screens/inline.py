"""A question and its answers under the prompt, without taking the whole terminal."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer

from tui.screens.ask import AskScreen


class InlineScreen(AskScreen):
    """Ask without the bar of places; the stylesheet hides the source."""

    MODE = "inline"

    def compose(self) -> ComposeResult:
        yield from self.body()
        yield Footer(show_command_palette=False)

    def _set_split(self, share: float, keep: bool = False) -> None:
        """There is one pane, as wide as the terminal."""

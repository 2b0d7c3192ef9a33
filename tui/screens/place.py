"""What every place of the app has: the bars, help, panes to jump to, and news of the index, the models and the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult, SystemCommand
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

from tui.screens.page import PageScreen
from tui.tasks import Task
from tui.widgets.bars import NavBar
from tui.widgets.page_view import PageWanted

if TYPE_CHECKING:
    from tui.app import RagqaApp


class PlaceScreen(Screen[None]):
    """A place of the app. `MODE` is its name, `HELP` what F1 says of it, `JUMPS` the panes that letters lead to."""

    MODE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    JUMPS: ClassVar[tuple[str, ...]] = ()

    app: RagqaApp

    def __init__(self) -> None:
        super().__init__()
        self._job: Task | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop is offered while there is something to stop."""
        return self._job is not None if action == "stop" else super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        yield NavBar(self.MODE)
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> Iterator[Widget]:
        """What stands between the bars."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        self.show_state()

    def show_state(self) -> None:
        """Show the index and the models' state in the bar."""
        for bar in self.query(NavBar):
            bar.state(self.app.qa.settings.index, self.app.readiness.told)

    def on_page_wanted(self, event: PageWanted) -> None:
        event.stop()
        self.app.push_screen(PageScreen(event.spot))

    def index_changed(self) -> None:
        """The index is another one, or holds something else."""

    def readers_changed(self) -> None:
        """A reader came, went, or answers now."""

    def feedback_changed(self) -> None:
        """Somebody judged an answer."""

    def jumps(self) -> list[Widget]:
        """The panes that can be jumped to, as they stand on the screen."""
        found = [widget for selector in self.JUMPS for widget in self.query(selector)]
        return [widget for widget in found if widget.region and widget.focusable]

    def commands(self) -> Iterator[SystemCommand]:
        """What the command palette offers in this place."""
        yield from ()

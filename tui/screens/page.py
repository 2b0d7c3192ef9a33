"""The page that an answer stands on, over the app: drawn beside it, and shown as a picture of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from ragqa.display import place
from ragqa.errors import RagqaError
from ragqa.types import PagePicture, Spot
from tui.tasks import Task
from tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from tui.app import RagqaApp


class PageScreen(ModalScreen[None]):
    """A page of a manual with what a spot marks on it. What cannot be drawn is told as an error."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,p", "close", "Back", key_display="esc", show=True),
        Binding("o", "open_file", "Open the file", show=True),
    ]

    app: RagqaApp

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self._spot = spot

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield Static(Text(f"{place(self._spot.document, (self._spot.page,), ())}: drawing …"), id="page-place")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        qa, spot = self.app.qa, self._spot

        def work(task: Task) -> PagePicture | RagqaError:
            try:
                return qa.picture(spot)
            except RagqaError as error:
                return error

        self.app.start(Task("page", self, work))

    async def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        if isinstance(event.result, RagqaError):
            self.dismiss()
            self.app.show_error(event.result)
            return
        self.query_one("#page-place", Static).update(Text(place(self._spot.document, (self._spot.page,), ())))
        view = PageView(event.result, id="page-view")
        await self.query_one("#page").mount(view)
        view.focus()

    def action_open_file(self) -> None:
        self.app.open_source(self._spot.document, (self._spot.page,))

    def action_close(self) -> None:
        self.dismiss()

"""The source beside the answers: where in the manual an answer stands, with its document to scroll through and to search."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from ragqa.types import Extract, Spot
from tui.widgets.answers import Place
from tui.widgets.inputs import SafeInput
from tui.widgets.page_view import PageWanted
from tui.widgets.source_view import SourceView

BEFORE, AFTER = 8_000, 16_000
"""Characters of the document that are held before and after a place: some ten screens each way, wrapped in no time."""


EMPTY = "The manual appears here, at the answer. ↑ brings back earlier questions, F3 is the library, F1 help."


class SourcePane(Vertical):
    """A headline with the place, the document around it, and a line to find text in.

    It reads through `Wanted`, which the screen answers with `show` or `extend`, and `FindWanted`, answered with `found`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=True)]

    class Wanted(Message):
        """The stretch start..end of a document is needed, for `place`, or where that is None to scroll on with `first` on top."""

        def __init__(self, document_id: int, start: int, end: int, place: Place | None, first: int | None) -> None:
            super().__init__()
            self.document_id = document_id
            self.start = start
            self.end = end
            self.place = place
            self.first = first

    class FindWanted(Message):
        """The next place, or the previous one, of some words in the document is wanted."""

        def __init__(self, document_id: int, words: str, start: int, backwards: bool) -> None:
            super().__init__()
            self.document_id = document_id
            self.words = words
            self.start = start
            self.backwards = backwards

    class Left(Message):
        """Somebody goes back to the answers."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.place: Place | None = None
        self._words = ""

    def compose(self) -> ComposeResult:
        yield Static(id="source-place")
        yield Static(id="source-hint")
        yield SourceView(id="source-view")
        yield SafeInput(placeholder="Find in this document", id="find")

    def on_mount(self) -> None:
        self.query_one("#find", Input).display = False
        self.hint("")
        self.clear()

    @property
    def view(self) -> SourceView:
        return self.query_one(SourceView)

    def clear(self) -> None:
        """Show no document."""
        self.place = None
        self.view.clear()
        self.query_one("#source-place", Static).update(Text(EMPTY, style="dim"))

    def hint(self, text: str) -> None:
        """Say above the text what to do; empty says nothing."""
        line = self.query_one("#source-hint", Static)
        line.update(Text(text, style="bold"))
        line.display = bool(text)

    def open(self, place: Place) -> None:
        """Go to a place: at once where the document around it is held already."""
        start, end = place.answer or place.passage
        held = self.view.extract
        if held is not None and held.document_id == place.document_id and held.start <= start and end <= held.end:
            self.show(held, place)
        else:
            self._want(place.document_id, start, end, place)

    def show(self, extract: Extract, place: Place) -> None:
        """Show a stretch, at a place in it."""
        self.place = place
        self.query_one("#source-place", Static).update(Text(place.breadcrumb))
        self.view.show(extract, answer=place.answer, passage=place.passage)

    def extend(self, extract: Extract, first: int) -> None:
        """Show a further stretch of the document."""
        if self.place is not None and extract.document_id == self.place.document_id:
            self.view.extend_to(extract, first)

    def found(self, span: tuple[int, int] | None) -> None:
        """Go to where the words stand, or say that they do not."""
        if span is None or self.place is None:
            self.notify(f"“{self._words}” is not in this document.", severity="warning", markup=False)
            return
        self.view.match = span
        held = self.view.extract
        if held is not None and held.start <= span[0] and span[1] <= held.end:
            self.view.go_to(span)
        else:
            self.view.goal = span
            self._want(self.place.document_id, *span, None, span[0])

    def _want(self, document_id: int, start: int, end: int, place: Place | None, first: int | None = None) -> None:
        self.post_message(self.Wanted(document_id, start - BEFORE, end + AFTER, place, first))

    def on_document_page_wanted(self, event: SourceView.Wanted) -> None:
        event.stop()
        if self.place is not None:
            self._want(self.place.document_id, event.offset, event.offset, None, event.offset)

    def on_source_view_page_at(self, event: SourceView.PageAt) -> None:
        event.stop()
        if self.place is not None and event.block.page is not None:
            self.post_message(PageWanted(Spot(self.place.document, event.block.page, event.words, event.block.box)))

    def on_source_view_find_wanted(self, event: SourceView.FindWanted) -> None:
        event.stop()
        if event.step and self._words:
            self._find(backwards=event.step < 0)
            return
        line = self.query_one("#find", Input)
        line.display = True
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._words = event.value
        self.query_one("#find", Input).display = False
        self.view.focus()
        if event.value.strip():
            self._find(backwards=False)

    def _find(self, backwards: bool) -> None:
        if self.place is not None:
            start = self.view.cursor if backwards or self.view.match is None else self.view.cursor + 1
            self.post_message(self.FindWanted(self.place.document_id, self._words, start, backwards))

    def action_leave(self) -> None:
        line = self.query_one("#find", Input)
        if line.has_focus:
            line.display = False
            self.view.focus()
        elif self.view.marked is not None:
            self.view.marked = None
        else:
            self.post_message(self.Left())

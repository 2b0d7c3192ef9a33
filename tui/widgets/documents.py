"""The table of an index's documents, in which several can be marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.message import Message

from ragqa.display import NAME_LENGTH, one_line, shortened
from ragqa.types import DocumentInfo
from tui.widgets.labels import joined
from tui.widgets.lists import VimTable

COLUMNS = ("Document", "Pages", "Chunks", "State", "Read on")
MARK = "● "


class DocumentTable(VimTable):
    """One document a row, with its labels where any has some. What is marked stays so as long as it is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark the document", show=False),
        Binding("asterisk", "mark_all", "Mark all documents, or none", key_display="*", show=False),
    ]

    class Marked(Message):
        """Other documents are marked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=True)
        self._documents: Sequence[DocumentInfo] = ()
        self.marks: set[str] = set()

    def show(self, documents: Sequence[DocumentInfo]) -> None:
        """Show these documents; the cursor stays in its row."""
        row, labelled = self.cursor_row, any(one.metadata for one in documents)
        self._documents = documents
        self.marks &= {one.path for one in documents}
        self.clear(columns=True)
        self.add_columns(*COLUMNS, *(["Labels"] if labelled else []))
        for one in documents:
            state, style = _state(one)
            pages = "" if one.pages is None else f"{one.pages:,}"
            labels = [Text(shortened(one_line(joined(one.metadata)), NAME_LENGTH))] if labelled else []
            self.add_row(
                self._shown(one), Text(pages, justify="right"), Text(f"{one.chunks:,}", justify="right"),
                Text(state, style=style), Text(one.ingested_at[:10]), *labels,
            )  # fmt: skip
        if documents:
            self.move_cursor(row=min(max(row, 0), len(documents) - 1))

    @property
    def current(self) -> DocumentInfo | None:
        """The document under the cursor."""
        row = self.cursor_row
        return self._documents[row] if 0 <= row < len(self._documents) else None

    @property
    def chosen(self) -> list[DocumentInfo]:
        """The documents that are marked, or else the one under the cursor."""
        current = [] if self.current is None else [self.current]
        return [one for one in self._documents if one.path in self.marks] or current

    def unmark(self) -> None:
        """Mark none."""
        self._mark(set())

    def action_mark(self) -> None:
        if self.current is not None:
            self._mark(self.marks ^ {self.current.path})
            self.action_cursor_down()

    def action_mark_all(self) -> None:
        everything = {one.path for one in self._documents}
        self._mark(set() if self.marks == everything else everything)

    def _mark(self, paths: set[str]) -> None:
        changed, self.marks = self.marks ^ paths, paths
        for row, one in enumerate(self._documents):
            if one.path in changed:
                self.update_cell_at(Coordinate(row, 0), self._shown(one), update_width=True)
        self.post_message(self.Marked())

    def _shown(self, one: DocumentInfo) -> Text:
        return Text(f"{MARK if one.path in self.marks else ''}{one_line(one.path)}")


def _state(document: DocumentInfo) -> tuple[str, str]:
    """A document's state in words, and its style."""
    if not document.present:
        return "⚠ file gone", "yellow"
    if document.warnings:
        return f"⚠ {len(document.warnings)} warning{'s' if len(document.warnings) > 1 else ''}", "yellow"
    return "✓ read", "green"

"""A stretch of a document to be read, moved in, and selected from by keys or mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message

from ragqa.types import Block
from tui.widgets.document_page import DocumentPage


class SourceView(DocumentPage):
    """A page that a cursor moves in. It tells what was `Chosen`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "This is the answer", show=True),
        Binding("v", "mark", "Mark from here", show=True),
        Binding("slash", "find", "Find", show=True),
        Binding("p", "page", "Its page", show=False),
        Binding("right_square_bracket", "passage(1)", "Next passage", key_display="]", show=True),
        Binding("left_square_bracket", "passage(-1)", "Previous passage", key_display="[", show=False),
        Binding("n", "again(1)", "Next match", show=False),
        Binding("N", "again(-1)", "Previous match", show=False),
        Binding("down,j", "move_line(1)", "Down", show=False),
        Binding("up,k", "move_line(-1)", "Up", show=False),
        Binding("right,l", "move_character(1)", "Right", show=False),
        Binding("left,h", "move_character(-1)", "Left", show=False),
        Binding("w", "move_word(1)", "Next word", show=False),
        Binding("b", "move_word(-1)", "Word before", show=False),
        Binding("shift+right", "extend_character(1)", "Select right", show=False),
        Binding("shift+left", "extend_character(-1)", "Select left", show=False),
        Binding("shift+down", "extend_line(1)", "Select down", show=False),
        Binding("shift+up", "extend_line(-1)", "Select up", show=False),
        Binding("home,circumflex_accent", "line_edge(0)", "Begin of line", show=False),
        Binding("end,dollar_sign", "line_edge(1)", "End of line", show=False),
        Binding("pagedown,ctrl+d", "move_page(1)", "Page down", show=False),
        Binding("pageup,ctrl+u", "move_page(-1)", "Page up", show=False),
        Binding("g", "document_edge(0)", "Begin of document", show=False),
        Binding("G", "document_edge(1)", "End of document", show=False),
    ]

    class Chosen(Message):
        """Somebody chose the characters start..end of the document as the answer."""

        def __init__(self, document_id: int, start: int, end: int) -> None:
            super().__init__()
            self.document_id = document_id
            self.start = start
            self.end = end

    class PageAt(Message):
        """The page that a block stands on is wanted, with the block framed and these words boxed."""

        def __init__(self, block: Block, words: str) -> None:
            super().__init__()
            self.block = block
            self.words = words

    class FindWanted(Message):
        """Somebody wants to find a text, or (`step` 1 or -1) the next place of the last one."""

        def __init__(self, step: int = 0) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._dragging = False

    # Moving

    def _move(self, offset: int, extend: bool = False) -> None:
        if self.extract is None:
            return
        if extend and self.marked is None:
            self.marked = self.cursor
        self.cursor = self._inside(offset, backwards=offset < self.cursor)
        line = self.line_of(self.cursor)
        self.scroll_to_region(Region(0, line, 1, 1), animate=False, force=True)
        self._ask_for_more()

    def _vertical(self, lines: int) -> int:
        """The offset that many lines below the cursor, as near its column as may be."""
        if not self.lines:
            return 0
        target = self.lines[max(0, min(self.line_of(self.cursor) + lines, len(self.lines) - 1))]
        return target.offset_at(self.page.column_of(self.cursor))

    def action_move_line(self, lines: int) -> None:
        self._move(self._vertical(lines))

    def action_extend_line(self, lines: int) -> None:
        self._move(self._vertical(lines), extend=True)

    def action_move_character(self, count: int) -> None:
        self._move(self.cursor + count)

    def action_extend_character(self, count: int) -> None:
        self._move(self.cursor + count, extend=True)

    def action_move_page(self, pages: int) -> None:
        self._move(self._vertical(pages * max(1, self.scrollable_content_region.height - 2)))

    def action_move_word(self, count: int) -> None:
        if self.extract is None:
            return
        starts = [self.extract.start + match.start() for match in re.finditer(r"\S+", self.extract.text)]
        after = [start for start in starts if (start > self.cursor if count > 0 else start < self.cursor)]
        if after:
            self._move(after[0] if count > 0 else after[-1])

    def action_line_edge(self, end: int) -> None:
        if self.lines:
            line = self.lines[self.line_of(self.cursor)]
            self._move(max(line.start, line.end - 1) if end else line.start)

    def action_document_edge(self, end: int) -> None:
        if self.extract is None:
            return
        offset = self.extract.length if end else 0
        if self.goal is None and self.extract.start <= offset <= self.extract.end:
            self._move(offset)
        else:  # not held, or the other end is on its way and would come after this
            self.goal = (offset, offset)
            self.post_message(self.Wanted(offset))

    def action_passage(self, step: int) -> None:
        """Go to the next or the previous block of the document."""
        if self.extract is None:
            return
        starts = [block.start for block in self.extract.blocks]
        found = [one for one in starts if (one > self.cursor if step > 0 else one < self.cursor)]
        if found:
            self.marked = None
            self._move(found[0] if step > 0 else found[-1])

    # Selecting

    def action_mark(self) -> None:
        """Begin a selection at the cursor, or drop it."""
        self.marked = self.cursor if self.marked is None else None

    def action_choose(self) -> None:
        chosen = self.selection
        if chosen is None or self.extract is None:
            self.notify("Mark the answer first: v and the arrow keys, or the mouse.", title="Nothing is marked")
            return
        self.post_message(self.Chosen(self.extract.document_id, *chosen))

    def action_page(self) -> None:
        """Show the page that the cursor is on, with what is marked there, or else the answer."""
        if self.extract is None:
            return
        block = next((one for one in self.extract.blocks if one.end > self.cursor), None)
        if block is None or block.page is None:
            self.notify("This manual has no pages to show.", severity="warning")
            return
        start, end = self.selection or self.answer or (0, 0)
        inside = block.start <= start < block.end
        words = self.extract.text[start - self.extract.start : end - self.extract.start] if inside else ""
        self.post_message(self.PageAt(block, words))

    def action_find(self) -> None:
        self.post_message(self.FindWanted())

    def action_again(self, step: int) -> None:
        self.post_message(self.FindWanted(step))

    def commands(self) -> Iterator[SystemCommand]:
        """What the command palette offers to do with the document."""
        yield SystemCommand("Source: find", "Text in this document", self.action_find)

    def _offset_of(self, event: events.MouseEvent) -> int | None:
        if not self.lines:
            return None
        place = event.get_content_offset_capture(self)
        number = max(0, min(place.y + int(self.scroll_y), len(self.lines) - 1))
        return self.lines[number].offset_at(place.x - 1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        offset = self._offset_of(event)
        if offset is not None and event.button == 1:
            self.cursor, self.marked, self._dragging = offset, offset, True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            offset = self._offset_of(event)
            if offset is not None:
                self._move(offset, extend=True)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragging:
            self.release_mouse()
            self._dragging = False
            if self.marked == self.cursor:  # a click
                self.marked = None

"""A stretch of a document, wrapped, with its answer marked: to be read, moved in, and selected from by keys or mouse.

Every character of the document is one character of the screen's text, so that a place on the screen is an offset in the document;
what a terminal must not get (controls, marks of direction, zero-width characters) is drawn as a visible stand-in.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ragqa.types import Block, BlockKind, Extract

_SPECIAL = re.compile(r"[^\x20-\x7e\n]")
_TOKEN = re.compile(r"\S+\s?|\s+")
_INDENT = {BlockKind.LIST_ITEM: 2, BlockKind.TABLE_ROW: 1, BlockKind.CODE: 2, BlockKind.WARNING: 2}
_EDGE_LINES = 6
"""How near the end of the stretch the view may come before more is asked for."""


@lru_cache(maxsize=4096)
def _stand_in(character: str) -> str:
    """What is drawn for a character: itself, or one visible character where a terminal must not get it."""
    if character == "\t":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    kind = unicodedata.category(character)
    if kind in ("Cf", "Zl", "Zp"):
        return "·"
    return "\ufffd" if kind in ("Cc", "Cs", "Co", "Cn") else character


def visible(text: str) -> str:
    """The text with each character that a terminal must not get replaced by one visible character; line breaks stay."""
    return _SPECIAL.sub(lambda match: _stand_in(match[0]), text)


def visible_line(text: str) -> str:
    """The same on one line."""
    return visible(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the screen: the document's characters start..end, drawn as `text` after `indent` cells."""

    start: int
    end: int
    text: str
    kind: BlockKind
    indent: int = 0


class SourceView(ScrollView, can_focus=True):
    """The document around a place. It asks for more (`Wanted`) near its ends, and tells what was `Chosen`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "This is the answer", show=True),
        Binding("v", "mark", "Mark from here", show=True),
        Binding("slash", "find", "Find", show=True),
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
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "source--text", "source--heading", "source--passage", "source--answer", "source--other", "source--match",
        "source--selection", "source--cursor",
    }  # fmt: skip

    cursor: reactive[int] = reactive(0, repaint=True)
    marked: reactive[int | None] = reactive(None, repaint=True)

    class Wanted(Message):
        """The view needs the document around an offset."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    class Chosen(Message):
        """Somebody chose the characters start..end of the document as the answer."""

        def __init__(self, document_id: int, start: int, end: int) -> None:
            super().__init__()
            self.document_id = document_id
            self.start = start
            self.end = end

    class FindWanted(Message):
        """Somebody wants to find a text, or (`step` 1 or -1) the next place of the last one."""

        def __init__(self, step: int = 0) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.extract: Extract | None = None
        self.lines: list[Line] = []
        self._starts: list[int] = []
        self._wrapped_to = 0
        self.answer: tuple[int, int] | None = None
        self.others: tuple[tuple[int, int], ...] = ()
        self.passage: tuple[int, int] | None = None
        self.match: tuple[int, int] | None = None
        self.goal: tuple[int, int] | None = None
        self._wanted: int | None = None
        self._dragging = False

    # What is shown

    def clear(self) -> None:
        """Show nothing."""
        self.extract, self.answer, self.passage, self.match, self.others = None, None, None, None, ()
        self.marked, self.goal, self._wanted = None, None, None
        self._wrap()

    def show(
        self,
        extract: Extract,
        *,
        answer: tuple[int, int] | None = None,
        passage: tuple[int, int] | None = None,
        others: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Show a stretch with its answer and passage marked, and go there. All offsets are the document's."""
        self.answer, self.passage, self.others, self.match = answer, passage, tuple(others), None
        self.marked = None
        self._put(extract)
        self.go_to(answer or passage or (extract.start, extract.start))

    def extend_to(self, extract: Extract, first: int) -> None:
        """Show another stretch of the document, with the line of the offset `first` on top, or at the goal where there is one."""
        self._put(extract)
        if self.goal is not None:
            self.go_to(self.goal)
            self.goal = None
            return
        if not extract.start <= self.cursor < extract.end:
            self.cursor = self._inside(first)
        self.scroll_to(y=self.line_of(first), animate=False, force=True)

    def _put(self, extract: Extract) -> None:
        self.extract, self._wanted = extract, None
        self._wrap()

    def go_to(self, span: tuple[int, int]) -> None:
        """Put the cursor on a span and bring it into view, with some lines before it."""
        self.cursor = self._inside(span[0])
        first, last = self.line_of(span[0]), self.line_of(max(span[0], span[1] - 1))
        height = max(1, self.scrollable_content_region.height)
        top = max(0, first - max(1, min(height // 3, height - (last - first) - 1)))
        self.scroll_to(y=top, animate=False, force=True)

    def line_of(self, offset: int) -> int:
        """The number of the line that shows an offset."""
        return max(0, bisect_right(self._starts, offset) - 1)

    @property
    def selection(self) -> tuple[int, int] | None:
        """The characters marked, without space around them; None when there are none."""
        if self.marked is None or self.extract is None:
            return None
        start, end = sorted((self.marked, self.cursor))
        text = self.extract.text[start - self.extract.start : end + 1 - self.extract.start]
        start += len(text) - len(text.lstrip())
        end = start + len(text.strip())
        return (start, end) if end > start else None

    def selected_text(self) -> str:
        """The document's text that is marked, empty when there is none."""
        chosen = self.selection
        if chosen is None or self.extract is None:
            return ""
        return self.extract.text[chosen[0] - self.extract.start : chosen[1] - self.extract.start]

    # Wrapping

    def on_resize(self) -> None:
        if self._width() != self._wrapped_to:
            top = self.lines[min(int(self.scroll_y), len(self.lines) - 1)].start if self.lines else 0
            self._wrap()
            self.scroll_to(y=self.line_of(top), animate=False, force=True)

    def _width(self) -> int:
        return max(8, self.scrollable_content_region.width - 2)  # a margin on either side

    def _wrap(self) -> None:
        self._wrapped_to = self._width()
        self.lines = list(_wrapped(self.extract, self._wrapped_to)) if self.extract is not None else []
        self._starts = [line.start for line in self.lines]
        self.virtual_size = Size(self._wrapped_to, len(self.lines))
        self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        number = y + int(self.scroll_y)
        width = self.scrollable_content_region.width
        base = self.get_component_rich_style("source--text")
        if number >= len(self.lines):
            return Strip.blank(width, base)
        line = self.lines[number]
        style = base + self.get_component_rich_style("source--heading") if line.kind is BlockKind.HEADING else base
        segments = [Segment(self._margin(line), self.get_component_rich_style("source--passage"))]
        if line.indent:
            segments.append(Segment(" " * line.indent, base))
        segments += self._pieces(line, style)
        return Strip(segments).adjust_cell_length(width, base)

    def _margin(self, line: Line) -> str:
        """A bar beside the lines of the passage that was read."""
        inside = self.passage is not None and line.start < self.passage[1] and line.end > self.passage[0]
        return "▎" if inside else " "

    def _pieces(self, line: Line, style: Style) -> Iterator[Segment]:
        """The line's text, cut where its marks begin and end."""
        marks = [(span, "source--other") for span in self.others]
        marks += [(self.answer, "source--answer")] if self.answer else []
        marks += [(self.match, "source--match")] if self.match else []
        chosen = self.selection
        marks += [(chosen, "source--selection")] if chosen else []
        if self.has_focus:
            marks.append(((self.cursor, self.cursor + 1), "source--cursor"))
        cuts = {line.start, line.end}
        for (start, end), _ in marks:
            cuts.update(cut for cut in (start, end) if line.start < cut < line.end)
        ordered = sorted(cuts)
        for start, end in pairwise(ordered):
            drawn = style
            for span, name in marks:
                if span[0] <= start < span[1]:
                    drawn = drawn + self.get_component_rich_style(name)
            yield Segment(line.text[start - line.start : end - line.start], drawn)
        if line.start == line.end or (self.has_focus and self.cursor == line.end):
            at_cursor = self.has_focus and self.cursor == line.end
            yield Segment(" ", style + self.get_component_rich_style("source--cursor") if at_cursor else style)

    # Moving

    def _inside(self, offset: int) -> int:
        if self.extract is None:
            return 0
        return max(self.extract.start, min(offset, max(self.extract.start, self.extract.end - 1)))

    def _move(self, offset: int, extend: bool = False) -> None:
        if self.extract is None:
            return
        if extend and self.marked is None:
            self.marked = self.cursor
        self.cursor = self._inside(offset)
        line = self.line_of(self.cursor)
        self.scroll_to_region(Region(0, line, 1, 1), animate=False, force=True)
        self._ask_for_more()

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._ask_for_more()

    def _ask_for_more(self) -> None:
        """Ask for the document around the view's first line when an end of the stretch comes near."""
        if self.extract is None or not self.lines:
            return
        top, height = int(self.scroll_y), self.scrollable_content_region.height
        above = top < _EDGE_LINES and self.extract.start > 0
        below = top + height + _EDGE_LINES > len(self.lines) and self.extract.end < self.extract.length
        first = self.lines[min(top, len(self.lines) - 1)].start
        if (above or below) and self._wanted != first:
            self._wanted = first
            self.post_message(self.Wanted(first))

    def _vertical(self, lines: int) -> int:
        """The offset that many lines below the cursor, as near its column as may be."""
        if not self.lines:
            return 0
        number = self.line_of(self.cursor)
        here = self.lines[number]
        column = here.indent + cell_len(here.text[: self.cursor - here.start])
        target = self.lines[max(0, min(number + lines, len(self.lines) - 1))]
        return _offset_at(target, column)

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
        if self.extract.start <= offset <= self.extract.end:
            self._move(offset)
        else:
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

    def action_find(self) -> None:
        self.post_message(self.FindWanted())

    def action_again(self, step: int) -> None:
        self.post_message(self.FindWanted(step))

    def _offset_of(self, event: events.MouseEvent) -> int | None:
        if not self.lines:
            return None
        place = event.get_content_offset_capture(self)
        number = max(0, min(place.y + int(self.scroll_y), len(self.lines) - 1))
        return _offset_at(self.lines[number], place.x - 1)

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


def _offset_at(line: Line, column: int) -> int:
    """The offset of the character that a line shows at a column."""
    cells = line.indent
    for number, character in enumerate(line.text):
        cells += cell_len(character)
        if cells > column:
            return line.start + number
    return max(line.start, line.end - (1 if line.end > line.start else 0))


def _wrapped(extract: Extract, width: int) -> Iterator[Line]:
    """The lines that show a stretch: a blank one between blocks that are not of one list or table."""
    before: Block | None = None
    for block in extract.blocks:
        text = extract.text[block.start - extract.start : block.end - extract.start]
        if before is not None and (before.group != block.group or not block.group):
            yield Line(before.end, before.end, "", BlockKind.PARAGRAPH)
        before = block
        yield from _wrapped_block(visible(text), block, width)


def _wrapped_block(text: str, block: Block, width: int) -> Iterator[Line]:
    indent = min(_INDENT.get(block.kind, 0), width // 4)
    room = width - indent
    start = 0
    for row in text.split("\n"):
        yield from (
            Line(block.start + first, block.start + last, text[first:last], block.kind, indent)
            for first, last in _cut(row, start, room)
        )
        start += len(row) + 1


def _cut(row: str, start: int, room: int) -> Iterator[tuple[int, int]]:
    """Where a row is cut so that no part is wider than `room` cells: between words, or within one that is wider itself."""
    if len(row) <= room and row.isascii():
        yield start, start + len(row)
        return
    first = position = 0
    cells = 0
    for token in _TOKEN.findall(row):
        wide = cell_len(token)
        if cells and cells + cell_len(token.rstrip()) > room:
            yield start + first, start + position
            first, cells = position, 0
        if wide > room + 1:  # a word wider than the pane
            for character in token:
                size = cell_len(character)
                if cells and cells + size > room:
                    yield start + first, start + position
                    first, cells = position, 0
                cells += size
                position += 1
            continue
        cells += wide
        position += len(token)
    yield start + first, start + position

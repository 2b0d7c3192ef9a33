"""A stretch of a document on the screen, with its answer marked.

What a terminal must not get (controls, marks of direction, zero-width characters) is drawn as a visible stand-in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ragqa.types import BlockKind, Extract
from tui.widgets.layout import Layout, lay_out
from tui.widgets.lines import Line, Piece

_EDGE_LINES = 6
"""How near the end of the stretch the view may come before more is asked for."""


class DocumentPage(ScrollView, can_focus=True):
    """The document around a place: it is shown, scrolled and marked here. It asks for more (`Wanted`) near its ends."""

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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.extract: Extract | None = None
        self.page = Layout()
        self._wrapped_to = 0
        self.answer: tuple[int, int] | None = None
        self.others: tuple[tuple[int, int], ...] = ()
        self.passage: tuple[int, int] | None = None
        self.match: tuple[int, int] | None = None
        self.goal: tuple[int, int] | None = None
        self._wanted: int | None = None

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
            if extract.start <= self.goal[0] <= extract.end:  # else it was asked for before the goal was
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
        """Put the cursor on a span and bring it into view, with some lines before it, or its table's head where there is room."""
        self.cursor = self._inside(span[0])
        first, last = self.line_of(span[0]), self.line_of(max(span[0], span[1] - 1))
        height = max(1, self.scrollable_content_region.height)
        top = max(0, first - max(1, min(height // 3, height - (last - first) - 1)))
        head = self.page.head_of(first)
        top = min(top, head) if last - head < height else top
        self.scroll_to(y=top, animate=False, force=True)

    def line_of(self, offset: int) -> int:
        """The number of the line that shows an offset."""
        return self.page.line_of(offset)

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

    @property
    def lines(self) -> list[Line]:
        """The lines of the stretch."""
        return self.page.lines

    def on_resize(self) -> None:
        if self._width() != self._wrapped_to:
            top = self.lines[min(int(self.scroll_y), len(self.lines) - 1)].start if self.lines else 0
            self._wrap()
            self.scroll_to(y=self.line_of(top), animate=False, force=True)

    def _width(self) -> int:
        return max(8, self.scrollable_content_region.width - 2)  # a margin on either side

    def _wrap(self) -> None:
        self._wrapped_to = self._width()
        self.page = lay_out(self.extract, self._wrapped_to) if self.extract is not None else Layout()
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
        beside = self.get_component_rich_style("source--passage")
        segments = [Segment(self._margin(line), beside)]
        column = 0
        for piece in line.pieces:
            segments.append(Segment(_gap(column, piece.column, line.rules), base + beside))
            drawn = list(self._pieces(piece, style))
            segments += drawn
            column = piece.column + sum(segment.cell_length for segment in drawn)
        if line.rules:
            segments.append(Segment(_gap(column, line.rules[-1] + 1, line.rules), base + beside))
        return Strip(segments).adjust_cell_length(width, base)

    def _margin(self, line: Line) -> str:
        """A bar beside the lines of the passage that was read."""
        inside = self.passage is not None and line.start < self.passage[1] and line.end > self.passage[0]
        return "▎" if inside else " "

    def _marks(self) -> Iterator[tuple[tuple[int, int], str]]:
        """What is marked, and how; what comes later is drawn over what comes before."""
        for span in self.others:
            yield self.page.drawn(span), "source--other"
        for marked, name in ((self.answer, "answer"), (self.match, "match"), (self.selection, "selection")):
            if marked:
                yield self.page.drawn(marked), f"source--{name}"
        if self.has_focus:
            yield (self.cursor, self.cursor + 1), "source--cursor"

    def _pieces(self, piece: Piece, style: Style) -> Iterator[Segment]:
        """The text of a piece, cut where marks begin and end."""
        marks = list(self._marks())
        cuts = {piece.start, piece.end}
        for (start, end), _ in marks:
            cuts.update(cut for cut in (start, end) if piece.start < cut < piece.end)
        for start, end in pairwise(sorted(cuts)):
            drawn = style
            for span, name in marks:
                if span[0] <= start < span[1]:
                    drawn = drawn + self.get_component_rich_style(name)
            yield Segment(piece.text[start - piece.start : end - piece.start], drawn)
        at_cursor = self.has_focus and self.cursor == piece.end
        if piece.start == piece.end or at_cursor:
            yield Segment(" ", style + self.get_component_rich_style("source--cursor") if at_cursor else style)

    # Scrolling on

    def _inside(self, offset: int, backwards: bool = False) -> int:
        """The nearest offset of the stretch that is shown."""
        if self.extract is None:
            return 0
        last = max(self.extract.start, self.extract.end - 1)
        return min(self.page.seen(max(self.extract.start, min(offset, last)), backwards), last)

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


def _gap(start: int, end: int, rules: Sequence[int]) -> str:
    """What is drawn in the columns start..end between two cells."""
    return "".join("│" if column in rules else " " for column in range(start, end))

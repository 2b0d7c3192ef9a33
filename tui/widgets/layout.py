"""How a stretch of a document is laid out: blocks wrapped between words, rows of a table under each other in columns where the
pane is wide enough for them; and where on the screen each character stands. All offsets are characters of the document's text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby

from ragqa.types import Block, BlockKind, Extract
from tui.widgets.lines import Line, Piece, Span, indent_of, wrapped_block
from tui.widgets.stand_ins import visible
from tui.widgets.tables import table_lines


class Layout:
    """The lines of a stretch. `hidden` are the stretches that no line shows: a column's name before each of its cells, and the
    bars between them; `tables` the lines first..last that are one table. Immutable once made."""

    def __init__(self, lines: Iterable[Line] = (), hidden: Iterable[Span] = (), tables: Iterable[Span] = ()) -> None:
        self.lines = list(lines)
        self._tables = list(tables)
        placed = [(piece, number) for number, line in enumerate(self.lines) for piece in line.pieces]
        self._placed = sorted(placed, key=lambda one: one[0].start)
        self._starts = [piece.start for piece, _ in self._placed]
        self._hidden = sorted(hidden)
        self._hidden_starts = [start for start, _ in self._hidden]

    def head_of(self, line: int) -> int:
        """The first line of the table that a line is of; elsewhere the line itself."""
        return next((first for first, last in self._tables if first <= line <= last), line)

    def line_of(self, offset: int) -> int:
        """The number of the line that shows an offset, or what follows it where it is hidden."""
        return self._at(offset)[1] if self._placed else 0

    def column_of(self, offset: int) -> int:
        """The column in which an offset is shown."""
        return self._at(offset)[0].column_of(offset) if self._placed else 0

    def _at(self, offset: int) -> tuple[Piece, int]:
        return self._placed[max(0, bisect_right(self._starts, self.seen(offset)) - 1)]

    def seen(self, offset: int, backwards: bool = False) -> int:
        """The offset itself, or the nearest one that is shown."""
        hidden = self._hidden_at(offset)
        if hidden is None:
            return offset
        before = hidden[0] - 1
        return before if backwards and self._starts and before >= self._starts[0] else hidden[1]

    def drawn(self, span: Span) -> Span:
        """The span, or where none of it is shown, the cell that it names."""
        hidden = self._hidden_at(span[0])
        if hidden is None or span[1] > hidden[1]:
            return span
        number = bisect_right(self._starts, hidden[1]) - 1
        return (hidden[1], max(hidden[1] + 1, self._placed[number][0].end)) if number >= 0 else span

    def _hidden_at(self, offset: int) -> Span | None:
        number = bisect_right(self._hidden_starts, offset) - 1
        return self._hidden[number] if number >= 0 and offset < self._hidden[number][1] else None


def lay_out(extract: Extract, width: int) -> Layout:
    """The lines that show a stretch: a blank one between blocks that are not of one list or table."""
    text = visible(extract.text)
    lines: list[Line] = []
    hidden: list[Span] = []
    tables: list[Span] = []
    before: Block | None = None
    for (kind, group), found in groupby(extract.blocks, key=lambda block: (block.kind, block.group)):
        blocks = list(found)
        table = (
            table_lines(extract, text, blocks, width, indent_of(kind, width)) if kind is BlockKind.TABLE_ROW and group else None
        )
        if table is not None and before is not None and before.group != group:
            lines.append(blank(before))
        if table is not None:
            tables.append((len(lines), len(lines) + len(table[0]) - 1))
            lines += table[0]
            hidden += table[1]
            before = blocks[-1]
            continue
        for block in blocks:
            if before is not None and (before.group != block.group or not block.group):
                lines.append(blank(before))
            lines += wrapped_block(extract, block, width)
            before = block
    return Layout(lines, hidden, tables)


def blank(before: Block) -> Line:
    """An empty line after a block."""
    return Line((Piece(before.end, before.end, ""),), BlockKind.PARAGRAPH)

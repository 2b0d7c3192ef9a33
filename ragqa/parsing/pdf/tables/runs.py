"""Which lines of a region of the page are a table: lines of several pieces that follow each other, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragqa.parsing.labels import split_marker
from ragqa.parsing.pdf.layout import Row, rows_of
from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.aligned import aligned_table
from ragqa.parsing.pdf.tables.columns import columns_of, pieces_of, place
from ragqa.parsing.pdf.tables.grid import Table

MOST_LOOKED_AT = 300_000
"""Pieces of the lines of a region, each counted as often as it is looked at."""

_LINE_GAP = 1.6
_WIDEST_GAP = 3.5
_SLACK = 2.0
_MOST_HEAD_LINES = 3
_FEWEST = 3
_FEWEST_ITEMS = 2
_LEAST_FILLED = 0.6
_SHORT = 16
_LONGEST = 40


class Runs:
    """The runs of lines in a region that may be tables, or lists beside each other; each is asked for by the row it begins with.

    No more than MOST_LOOKED_AT pieces are looked at in all, which no page of a manual comes near: where words are strewn over a
    page, a run that is none begins at every one of its lines and goes on to its end.
    """

    def __init__(self, rows: Sequence[Row], rules: Rules) -> None:
        self._rows, self._rules, self._left = rows, rules, MOST_LOOKED_AT

    def table(self, start: int) -> tuple[Table, int] | None:
        """The table that begins with the row `start`, and how many rows it takes; None where none begins."""
        rows, end = self._rows, _run_end(self._rows, start)
        for stop in range(end, start + 1, -1):
            if not _is_single(rows[stop - 1]):
                table = aligned_table(rows[start:stop], self._rules) if self._may_look(start, stop) else None
                if table is not None:
                    return _with_tail(table, rows, start, stop, self._rules)
            if end - stop > _MOST_HEAD_LINES:
                break
        return None

    def lists(self, start: int) -> tuple[list[list[Row]], int] | None:
        """The lists that stand beside each other from the row `start` on, as the rows of each, and how many rows they take."""
        end = _run_end(self._rows, start)
        if end < start + _FEWEST or not self._may_look(start, end):
            return None
        lines = [list(row) for row in self._rows[start:end]]
        columns = columns_of(lines)
        held: list[list[Row]] = [[] for _ in columns]
        for line in lines:
            places = [place(piece, columns) for piece in line] if columns else []
            if not places or any(first != last for first, last in places):
                return None
            for column in sorted({first for first, _ in places}):
                held[column].append([piece for piece, (first, _) in zip(line, places, strict=True) if first == column])
        lists = sum(sum(_is_item(row) for row in column) >= _FEWEST_ITEMS for column in held)
        return (held, end - start) if lists == len(held) >= 2 else None

    def _may_look(self, start: int, stop: int) -> bool:
        """Whether these rows may be looked at still; they count as looked at then."""
        self._left -= sum(map(len, self._rows[start:stop]))
        return self._left >= 0


def _is_item(row: Row) -> bool:
    found = split_marker(row[0].text)
    return found is not None and len(found[1].split()) > 1


def _run_end(rows: Sequence[Row], start: int) -> int:
    """The end of the lines from `start` on that may be a table; `start` where there is none."""
    if not _may_begin(rows, start):
        return start
    end = start + 1
    while end < len(rows) and _goes_on(rows, start, end):
        end += 1
    while end > start + 1 and _is_single(rows[end - 1]):
        end -= 1
    return end


def open_tables(spans: Sequence[Span]) -> Iterator[tuple[Table, set[int]]]:
    """Tables of short cells that stand across the page, whatever the order in which the page draws them."""
    rows = rows_of([span for span in spans if span.table is None])
    runs = Runs(rows, Rules())
    index = 0
    while index < len(rows):
        run = runs.table(index)
        if run is None or not _is_of_short_cells(run[0]):
            index += 1
            continue
        _, low, _, high = run[0].box
        taken = [span for row in rows[index : index + run[1]] for span in row if low - 1 <= span.base <= high]
        yield run[0], {span.order for span in taken}
        index += run[1]


def _is_of_short_cells(table: Table) -> bool:
    cells = [cell for row in table.grid for cell in row if cell]
    openings = len(table.grid) * len(table.columns)
    if len(table.columns) < _FEWEST or len(table.grid) < _FEWEST or len(cells) < _LEAST_FILLED * openings:
        return False
    return sum(map(len, cells)) <= _SHORT * len(cells) and max(map(len, cells)) <= _LONGEST


def _may_begin(rows: Sequence[Row], start: int) -> bool:
    """A line of several pieces, or a single one right above such a line that stands over its later columns."""
    if len(rows[start]) >= 2:
        return True
    if start + 1 >= len(rows) or len(rows[start + 1]) < 2 or rows[start][0].table is not None:
        return False
    above, below = rows[start][0], rows[start + 1]
    return above.x0 > below[0].x1 + _SLACK and above.base - below[0].base <= _LINE_GAP * above.size


def _is_single(row: Row) -> bool:
    return len(row) < 2


def _goes_on(rows: Sequence[Row], start: int, at: int) -> bool:
    row, above = rows[at], rows[at - 1]
    if any(span.table is not None for span in row):
        return False
    gap = above[0].base - row[0].base
    if len(row) >= 2:
        return gap <= _WIDEST_GAP * row[0].size
    first = rows[start] if len(rows[start]) > 1 else rows[start + 1]
    hangs = row[0].x0 > first[0].x1 - _SLACK or row[0].x0 >= first[1].x0 - _SLACK
    narrow = row[0].x1 <= first[1].x0 - _SLACK
    return (hangs or narrow) and gap <= _LINE_GAP * row[0].size


def _with_tail(table: Table, rows: Sequence[Row], start: int, stop: int, rules: Rules) -> tuple[Table, int]:
    """The table with the lines below that end its last row: close to it, and each piece in one of its later columns."""
    end = stop
    while end < len(rows) and len(rows[end]) == 1 and rows[end][0].table is None:
        gap = rows[end - 1][0].base - rows[end][0].base
        pieces = pieces_of(rows[end])
        places = [place(piece, table.columns) for piece in pieces]
        if gap > _LINE_GAP * rows[end][0].size or any(first != last or first == 0 for first, last in places):
            break
        end += 1
    longer = aligned_table(rows[start:end], rules) if end > stop else None
    if longer is not None and len(longer.grid) == len(table.grid):
        return longer, end - start
    return table, stop - start

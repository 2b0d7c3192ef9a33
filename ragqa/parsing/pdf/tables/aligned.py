"""Tables of a PDF page: rows of spans that stand in columns. Ruled lines, where drawn, tell which lines form a row."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from statistics import median

from ragqa.parsing.pdf.layout import Row
from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.tables import Cell

Interval = tuple[float, float]

_FEWEST_ROWS = 2
_LINE_GAP = 1.6
_SLACK = 2.0


def table_length(rows: Sequence[Row], start: int, rules: Rules) -> int:
    """How many rows from `start` on form a table; 0 where none begins."""
    if len(rows[start]) < 2 and not _begins_ruled_table(rows, start, rules):
        return 0
    end = start
    while end < len(rows) and _belongs(rows, start, end, rules):
        end += 1
    while end > start + 1 and len(rows[end - 1]) < 2 and not _are_framed(rows[end - 2], rows[end - 1], rules):
        end -= 1
    block = rows[start:end]
    wide = [row for row in block if len(row) >= 2]
    if len(wide) < _FEWEST_ROWS or len(_columns(block)) < 2:
        return 0
    aligned = sum(_fits(row, _columns(block)) for row in wide)
    return end - start if aligned >= 0.8 * len(wide) else 0


def _begins_ruled_table(rows: Sequence[Row], start: int, rules: Rules) -> bool:
    return start + 1 < len(rows) and len(rows[start + 1]) >= 2 and _are_framed(rows[start], rows[start + 1], rules)


def _belongs(rows: Sequence[Row], start: int, at: int, rules: Rules) -> bool:
    """Whether row `at` goes on with the table that began at `start`."""
    row = rows[at]
    if at == start:
        return True
    gap = rows[at - 1][0].base - row[0].base
    if _are_framed(rows[at - 1], row, rules):
        return True
    if gap > 3.5 * row[0].size:
        return False
    if len(row) >= 2:
        return True
    hangs = row[0].x0 > rows[start][0].x1 - _SLACK or row[0].x0 >= rows[start][1 % len(rows[start])].x0 - _SLACK
    return hangs and gap <= _LINE_GAP * row[0].size


def _are_framed(above: Row, below: Row, rules: Rules) -> bool:
    """Whether one frame holds both rows: an upright line runs down at their left all the way."""
    left = min(above[0].x0, below[0].x0) + _SLACK
    top, bottom = above[0].base, below[0].base
    reach = bottom
    for _, low, high in sorted((side for side in rules.upright if side[0] <= left), key=lambda side: side[1]):
        if low <= reach + _SLACK and high > reach:
            reach = high
    return reach >= top


def _columns(rows: Sequence[Row]) -> list[Interval]:
    """The columns: where the cells of the rows that have the usual number of cells overlap."""
    counts = Counter(len(row) for row in rows if len(row) >= 2)
    if not counts:
        return []
    usual = max(count for count, times in counts.items() if times >= max(1, max(counts.values()) // 2))
    intervals = sorted((span.x0, span.x1) for row in rows if len(row) == usual for span in row)
    columns: list[Interval] = []
    for x0, x1 in intervals:
        if columns and x0 < columns[-1][1] - _SLACK:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _column_of(span: Span, columns: Sequence[Interval]) -> int:
    """The first column that the span overlaps, else the nearest."""
    for index, (x0, x1) in enumerate(columns):
        if span.x0 < x1 and span.x1 > x0:
            return index
    return min(range(len(columns)), key=lambda index: abs(columns[index][0] - span.x0))


def _fits(row: Row, columns: Sequence[Interval]) -> bool:
    places = [_column_of(span, columns) for span in row]
    return len(set(places)) == len(places)


def table_grid(rows: Sequence[Row], rules: Rules) -> list[list[Cell]]:
    """The cells of a table, with the lines of a cell joined."""
    columns = _columns(rows)
    grid: list[list[Cell]] = []
    previous: Row | None = None
    gaps = [above[0].base - below[0].base for above, below in itertools.pairwise(rows)]
    usual_gap = median(gaps) if gaps else 0.0
    crossing = _table_rules(rows, rules)
    for row in rows:
        cells: list[Cell] = [""] * len(columns)
        for span in row:
            column = _column_of(span, columns)
            cells[column] = f"{cells[column]} {span.text}".strip()
        if previous is not None and grid and _continues(previous, row, cells, crossing, usual_gap):
            grid[-1] = [_joined(above, below) for above, below in zip(grid[-1], cells, strict=True)]
        else:
            grid.append(cells)
        previous = row
    return grid


def _table_rules(rows: Sequence[Row], rules: Rules) -> list[float]:
    """The heights of the rules inside the table, if they part its rows."""
    top, bottom = rows[0][0].base, rows[-1][0].base
    left = min(row[0].x0 for row in rows)
    inside = [y for y, x0, _ in rules.across if bottom < y < top and x0 <= left + 3 * _SLACK]
    return inside if len(inside) >= max(1, len(rows) // 6) else []


def _continues(above: Row, row: Row, cells: list[Cell], rules: list[float], usual_gap: float) -> bool:
    if len(rules) >= 2:
        return not any(row[0].base < y < above[0].base for y in rules)
    gap = above[0].base - row[0].base
    return not cells[0] and gap <= min(_LINE_GAP * row[0].size, 1.2 * usual_gap)


def _joined(above: Cell, below: Cell) -> Cell:
    return " ".join(part for part in (above, below) if part)


def has_bold_header(rows: Sequence[Row]) -> bool:
    """Whether the first row is set in bold and the rest is not."""
    body = [span.bold for row in rows[1:] for span in row]
    return len(rows) > 1 and all(span.bold for span in rows[0]) and sum(body) < len(body) / 2

"""Tables whose cells stand in columns: lines across part their rows, or only the way the lines follow each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ragqa.parsing.labels import split_marker
from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.columns import Line, columns_of, pieces_of, place
from ragqa.parsing.pdf.tables.grid import Interval, Table, heads
from ragqa.parsing.pdf.tables.words import span_would_fit
from ragqa.parsing.tables import Cell

_RULE_SHARE = 0.5
_CLOSE = 1.15
_FEWEST_ROWS = 3
_LEAST_SEVERAL = 0.6
_LONGEST_PROSE = 90
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,6}")
_FEWEST_CONTENTS = 4


def aligned_table(rows: Sequence[Sequence[Span]], rules: Rules, framed: bool = False) -> Table | None:
    """The table that these lines are, None where they are none. `framed` says that lines across stand above and below."""
    lines = [pieces_of(row) for row in rows]
    columns = columns_of(lines)
    if len(columns) < 2:
        return None
    box = (
        min(piece.x0 for line in lines for piece in line),
        lines[-1][0].base,
        max(piece.x1 for line in lines for piece in line),
        lines[0][0].base + lines[0][0].size,
    )
    inside = _rules_inside(lines, rules, box)
    groups = _between(lines, inside)
    grouped = [_rows(group, columns, box[2], rules_part=bool(inside)) for group in groups]
    found = [row for group in grouped for row in group]
    grid = [_cells(row, columns) for row in found]
    if not _is_table(grid, found, ruled=framed or len(inside) >= 2):
        return None
    bold = [all(piece.bold for line in row for piece in line) for row in found]
    ground = [rules.ground(row[0][0].x0, row[0][0].base + 0.3 * row[0][0].size) for row in found]
    head = len(grouped[0])
    booktabs = bool(inside) and len(groups) <= 3 and head <= 3 and head < len(found) - 1
    order = min(piece.order for line in lines for piece in line)
    size = median(piece.size for line in lines for piece in line)
    count = head if booktabs else heads(grid, bold, ground, 1)
    return Table(box, grid, count, tuple(columns), size, order)


def _rules_inside(lines: Sequence[Line], rules: Rules, box: tuple[float, float, float, float]) -> list[float]:
    """The heights of the lines across that part rows."""
    left, bottom, right, top = box
    top = lines[0][0].base
    inside = []
    for y, x0, x1 in rules.across:
        if bottom < y < top and min(x1, right) - max(x0, left) >= _RULE_SHARE * (right - left):
            inside.append(y)
    return inside


def _between(lines: Sequence[Line], inside: Sequence[float]) -> list[list[Line]]:
    groups: list[list[Line]] = [[]]
    for above, line in zip([None, *lines], lines, strict=False):
        if above is not None and any(line[0].base + 0.2 * line[0].size < y <= above[0].base for y in inside):
            groups.append([])
        groups[-1].append(line)
    return groups


def _rows(lines: Sequence[Line], columns: Sequence[Interval], right: float, rules_part: bool) -> list[list[Line]]:
    """The rows that the lines of one group make."""
    gaps = [above[0].base - below[0].base for above, below in pairwise(lines)]
    tight = min(gaps, default=0.0)
    rows: list[list[Line]] = [[lines[0]]]
    for gap, above, below in zip(gaps, lines, lines[1:], strict=False):
        if _is_same_row(above, below, columns, right, gap <= _CLOSE * tight, uneven=max(gaps) > _CLOSE * tight or rules_part):
            rows[-1].append(below)
        else:
            rows.append([below])
    return rows


def _is_same_row(above: Line, below: Line, columns: Sequence[Interval], right: float, close: bool, uneven: bool) -> bool:
    upper = {place(piece, columns): piece for piece in above}
    lower = {place(piece, columns): piece for piece in below}
    common = upper.keys() & lower.keys()
    wrapped = sum(not span_would_fit(upper[at], lower[at], _bound(at[1], columns, right)) for at in common)
    if common and 2 * wrapped >= len(common) and close:
        return True
    if not close:
        return False
    first = min(at[0] for at in upper)
    lacks_key = min(at[0] for at in lower) > first
    if lacks_key and len(lower) < len(upper) + 1 and (uneven or len(lower) < len(columns) - 1):
        return True
    return uneven and len(lower) < len(upper) and not lacks_key


def _bound(column: int, columns: Sequence[Interval], right: float) -> float:
    """How far to the right a cell's lines may reach."""
    if column + 1 < len(columns):
        return columns[column + 1][0] - 4.0
    return max(right, columns[column][1])


def _cells(row: Sequence[Line], columns: Sequence[Interval]) -> list[Cell]:
    cells: list[Cell] = [""] * len(columns)
    for line in row:
        for piece in line:
            first, last = place(piece, columns)
            cells[first] = f"{cells[first]}\n{piece.text}" if cells[first] else piece.text
            for column in range(first + 1, last + 1):
                if cells[column] == "":
                    cells[column] = None
    return cells


def _is_table(grid: Sequence[Sequence[Cell]], rows: Sequence[Sequence[Line]], ruled: bool) -> bool:
    """Whether the cells are a table, and not columns of text, a list of contents or a listing."""
    several = [row for row in grid if sum(bool(cell) for cell in row) >= 2]
    columns = len(grid[0])
    fewest = 2 if ruled or columns > 2 else _FEWEST_ROWS
    if len(several) < fewest or len(several) < _LEAST_SEVERAL * len(grid):
        return False
    pieces = [piece for row in rows for line in row for piece in line]
    if sum(piece.mono for piece in pieces) > len(pieces) / 2:
        return False
    used = [[row[column] for row in several if row[column]] for column in range(columns)]
    if all(sum(map(len, cells)) > _LONGEST_PROSE * len(cells) for cells in used if cells):
        return False
    if sum(_are_items(cells) for cells in used) >= 2:
        return False
    return ruled or not _is_contents(grid)


def _are_items(cells: Sequence[Cell]) -> bool:
    marked = sum(split_marker(cell) is not None for cell in cells if cell)
    return len(cells) >= 2 and marked > len(cells) / 2


def _is_contents(grid: Sequence[Sequence[Cell]]) -> bool:
    """Titles and the numbers of their pages, which do not fall."""
    if len(grid[0]) != 2 or len(grid) < _FEWEST_CONTENTS:
        return False
    last = [row[-1] for row in grid if row[-1]]
    if not all(_PAGE_NUMBER.fullmatch(cell) for cell in last if cell):
        return False
    numbers = [int(cell) for cell in last if cell and cell.isdigit()]
    return all(one <= other for one, other in pairwise(numbers))

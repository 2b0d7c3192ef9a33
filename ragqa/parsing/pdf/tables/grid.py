"""A table with its place, and what all kinds of tables share: heads, and what is no table after all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.labels import split_marker
from ragqa.parsing.tables import Cell, looks_like_header

Interval = tuple[float, float]

_MOST_HEAD_ROWS = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row and column, of which the first `header_rows` rows are heads, in the box (left, bottom, right, top).

    A cell's lines are parted by line breaks; one that spans rows is repeated, one that spans columns is followed by None.
    `columns` is where each column stands, `size` its usual type, `order` that of its first span.
    """

    box: tuple[float, float, float, float]
    grid: list[list[Cell]]
    header_rows: int
    columns: tuple[Interval, ...]
    size: float
    order: int


def heads(grid: Sequence[Sequence[Cell]], bold: Sequence[bool | None], colours: Sequence[object], ties: int) -> int:
    """How many of the first rows are heads.

    `bold` says of each row whether all of its text is bold (None: it has none), `colours` on what ground it stands, `ties`
    how many of the first rows a cell of the first row holds together.
    """
    rows = len(grid)
    if rows < 2:
        return 0
    ground = colours[0]
    if ground is not None and all(colour != ground for colour in colours[max(ties, 1) : ties + 3]):
        return _while(ties, rows, lambda row: colours[row] == ground)
    if bold[0] and sum(bool(one) for one in bold[ties:]) < (rows - ties) / 2:
        return _while(ties, rows, lambda row: bool(bold[row]))
    if looks_like_header([grid[0], *grid[ties:]]):
        return ties
    return ties if 1 < ties < rows and any(cell is None for cell in grid[0]) else 0


def _while(ties: int, rows: int, is_head: Callable[[int], bool]) -> int:
    count = max(ties, 1)
    while count < min(rows - 1, _MOST_HEAD_ROWS) and is_head(count):
        count += 1
    return count if count < rows else 0


def without_signs(table: Table) -> Table:
    """The table without columns that hold one and the same sign in each row: dots and pictures that say nothing."""
    kept = [column for column in range(len(table.grid[0])) if not _is_sign_column([row[column] for row in table.grid])]
    if len(kept) in (len(table.grid[0]), 0, 1):
        return table
    grid = [[row[column] for column in kept] for row in table.grid]
    return replace(table, grid=grid, columns=tuple(table.columns[column] for column in kept))


def _is_sign_column(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) >= 3 and len(set(filled)) == 1 and len(filled[0]) == 1 and not filled[0].isascii()


def is_bare_marker(text: str) -> bool:
    """Whether a text is a list's number or bullet and nothing else."""
    found = split_marker(f"{text} ")
    return found is not None and not found[1].strip()

"""Rows of a table as cells. A document keeps a table as rows of text, "Model: X200 | Weight: 12 kg" under "Model | Weight" where
it has three columns or more, "Weight | 12 kg" where it has two (`ragqa.parsing.tables`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_BAR, _NAMES = " | ", ": "


@dataclass(frozen=True, slots=True)
class Cell:
    """The characters start..end of a row, of which those before `value` only repeat the column's name."""

    column: int
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table's rows, from left to right. `headed`: the first row names the columns."""

    rows: tuple[tuple[Cell, ...], ...]
    columns: int
    headed: bool


def grid_of(rows: Sequence[str]) -> Grid:
    """The cells of rows that stand under each other; a name that cells begin with puts them in its column."""
    pieces = [_pieces(row) for row in rows]
    names = _names(rows, pieces)
    headed = len(rows) > 1 and bool(names) and [row.rstrip(_NAMES) for row in rows[0].split(_BAR)][-1:] == names[-1:]
    cells = [
        _named_cells(row, cut, names)
        if names and not (headed and number == 0)
        else _cells_in_turn(row, cut, names if headed else [])
        for number, (row, cut) in enumerate(zip(rows, pieces, strict=True))
    ]
    columns = max((cell.column + 1 for row in cells for cell in row), default=1)
    return Grid(tuple(cells), columns, headed)


def _pieces(row: str) -> list[tuple[int, int]]:
    """Where each piece between bars stands."""
    found, start = [], 0
    for piece in row.split(_BAR):
        found.append((start, start + len(piece)))
        start += len(piece) + len(_BAR)
    return found


def _names(rows: Sequence[str], pieces: Sequence[Sequence[tuple[int, int]]]) -> list[str]:
    """The columns' names that rows repeat before their cells, in order; empty where they repeat none. The first may be empty: the
    column of what the rows are of."""
    given = [
        [row[start:end].partition(_NAMES)[0] for start, end in cut if _NAMES in row[start:end]]
        for row, cut in zip(rows, pieces, strict=True)
    ]
    first = {row.rstrip(_NAMES) for row in rows[0].split(_BAR)}
    often = Counter(name for found in given for name in set(found))
    known = {name for name, count in often.items() if name in first or count > 1}
    names: list[str] = []
    for found in given:
        at = 0
        for name in (one for one in found if one in known):
            if name not in names:
                names.insert(at, name)
            at = names.index(name) + 1
    if len(names) < 2:
        return []
    nameless = sum(_NAMES not in row[slice(*cut[0])] for row, cut in zip(rows[1:], pieces[1:], strict=True))
    return ["", *names] if nameless > len(rows) // 2 else names


def _named_cells(row: str, cut: Sequence[tuple[int, int]], names: Sequence[str]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for start, end in cut:
        name, mark, _ = row[start:end].partition(_NAMES)
        column = names.index(name) if mark and name in names else -1
        last = cells[-1].column if cells else -1
        if column > last:
            cells.append(Cell(column, start, start + len(name) + len(_NAMES), end))
        elif cells:  # a bar within a cell
            cells[-1] = Cell(last, cells[-1].start, cells[-1].value, end)
        else:
            cells.append(Cell(0, start, start, end))
    return tuple(cells)


def _cells_in_turn(row: str, cut: Sequence[tuple[int, int]], names: Sequence[str]) -> tuple[Cell, ...]:
    """Cells by their position; those of a head that is one short begin in the second column."""
    first = 1 if names and names[0] == "" and len(cut) == len(names) - 1 else 0
    return tuple(Cell(first + number, start, start, end) for number, (start, end) in enumerate(cut))

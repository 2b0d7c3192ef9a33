"""The openings of a frame: cells between its walls, some over several rows or columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragqa.parsing.pdf.rules import Line
from ragqa.parsing.pdf.tables.frames import INSIDE, SAME, Frame
from ragqa.parsing.pdf.tables.words import Word, lines_of

_WALL = 0.5
_APART = 1.7
_SURELY = 4


@dataclass(slots=True)
class Opening:
    """A cell of a frame: its first and last row and column, and the words in it."""

    top: int
    left: int
    bottom: int
    right: int
    words: list[Word]


def openings_of(frame: Frame) -> tuple[list[Opening], list[list[int]]]:
    """The cells of a frame, and which of them holds each opening by row and column."""
    rows, columns = len(frame.ys) - 1, len(frame.xs) - 1
    right = [
        [_is_wall(frame.upright, frame.xs[c + 1], frame.ys[r + 1], frame.ys[r]) for c in range(columns - 1)] for r in range(rows)
    ]
    below = [
        [_is_wall(frame.across, frame.ys[r + 1], frame.xs[c], frame.xs[c + 1]) for c in range(columns)] for r in range(rows - 1)
    ]
    owner = [[-1] * columns for _ in range(rows)]
    cells: list[Opening] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] >= 0:
                continue
            last = column
            while last + 1 < columns and owner[row][last + 1] < 0 and not right[row][last]:
                last += 1
            bottom = row
            while bottom + 1 < rows and _goes_on(owner, right, below, bottom, column, last):
                bottom += 1
            for r in range(row, bottom + 1):
                owner[r][column : last + 1] = [len(cells)] * (last + 1 - column)
            cells.append(Opening(row, column, bottom, last, []))
    return cells, owner


def divide(
    cells: list[Opening], owner: list[list[int]], pieces: Sequence[Sequence[Word]], heights: Sequence[float], frame: Frame
) -> None:
    """Divide the cells over several columns whose words all keep to one of these columns: a shaded head has no walls."""
    columns: dict[int, set[int]] = {}
    astride: set[int] = set()
    for piece in pieces:
        row = slot(-piece[0].y, heights)
        first, last = slot(piece[0].x0 + INSIDE, frame.xs), slot(piece[-1].x1 - INSIDE, frame.xs)
        one = owner[row][first]
        columns.setdefault(one, set()).add(first)
        if first != last:
            astride.add(one)
    for one, found in columns.items():
        cell = cells[one]
        if one in astride or len(found) < 2:
            continue
        for column in range(cell.left + 1, cell.right + 1):
            for row in range(cell.top, cell.bottom + 1):
                owner[row][column] = len(cells)
            cells.append(Opening(cell.top, column, cell.bottom, column, []))
        cell.right = cell.left


def part_rows(
    cells: list[Opening], owner: list[list[int]], words: Sequence[Word], heights: Sequence[float], frame: Frame
) -> None:
    """Part the cells over several rows whose lines stand well apart, in rows of their own: rules may end before them.

    Some of many may have several lines.
    """
    held: dict[int, list[Word]] = {}
    for word in words:
        held.setdefault(owner[slot(-word.y, heights)][slot(word.x, frame.xs)], []).append(word)
    for one, own in held.items():
        cell = cells[one]
        lines = lines_of(own) if cell.bottom > cell.top else []
        rows = [slot(-line[0].y, heights) for line in lines]
        apart = all(
            above[0].base - below[0].base > _APART * above[0].size
            for (above, row), (below, next_row) in pairwise(zip(lines, rows, strict=True))
            if row != next_row
        )
        found = len(set(rows))
        if found < 2 or not apart or (found < len(rows) and found < _SURELY):
            continue
        for row in range(cell.top + 1, cell.bottom + 1):
            for column in range(cell.left, cell.right + 1):
                owner[row][column] = len(cells)
            cells.append(Opening(row, cell.left, row, cell.right, []))
        cell.bottom = cell.top


def _goes_on(owner: list[list[int]], right: list[list[bool]], below: list[list[bool]], row: int, first: int, last: int) -> bool:
    """Whether the cell whose last row is `row` goes on in the next one: nothing below it, and the same walls beside it."""
    if any(below[row][first : last + 1]) or any(one >= 0 for one in owner[row + 1][first : last + 1]):
        return False
    inner = right[row + 1][first:last]
    outer = first == 0 or right[row + 1][first - 1]
    return not any(inner) and outer and (last >= len(right[row + 1]) or right[row + 1][last])


def _is_wall(lines: Sequence[Line], place: float, low: float, high: float) -> bool:
    covered = sum(max(0.0, min(end, high) - max(start, low)) for at, start, end in lines if abs(at - place) <= SAME)
    return covered >= _WALL * (high - low)


def slot(value: float, edges: Sequence[float]) -> int:
    """Between which of some edges, ascending, a value lies: the last ones for what is beyond."""
    for index, (_, end) in enumerate(pairwise(edges)):
        if value <= end:
            return index
    return len(edges) - 2

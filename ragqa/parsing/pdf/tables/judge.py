"""Whether cells in columns are a table, and not columns of text, steps, a list of contents or a listing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragqa.parsing.labels import split_marker
from ragqa.parsing.pdf.tables.grid import is_bare_marker
from ragqa.parsing.tables import Cell
from ragqa.text.sentences import ENDS_LINE

_FEWEST_ROWS = 3
_LEAST_SEVERAL = 0.6
_LONGEST_LETTERS = 2
_LONGEST_CELLS = 90
LONGEST_LOOSE_CELLS = 45
"""Characters that the cells of a column without rules have on average at most: longer ones are text."""

_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,6}")
_FEWEST_CONTENTS = 3
_SHORTEST_TITLES = 10


def is_table(grid: Sequence[Sequence[Cell]], ruled: bool) -> bool:
    """Whether the cells are a table, and not columns of text, a list of contents or a listing."""
    several = [row for row in grid if sum(bool(cell) for cell in row) >= 2]
    columns = len(grid[0])
    fewest = 2 if ruled or columns > 2 else _FEWEST_ROWS
    if len(several) < fewest or len(several) < _LEAST_SEVERAL * len(grid):
        return False
    used = [[cell for row in several if (cell := row[column])] for column in range(columns)]
    if all(len(cell) <= _LONGEST_LETTERS for cells in used for cell in cells):
        return False  # the letters in a drawing
    longest = _LONGEST_CELLS if ruled else LONGEST_LOOSE_CELLS
    if all(sum(map(len, cells)) > longest * len(cells) for cells in used if cells):
        return False
    keys = [line for cell in used[0] for line in cell.split("\n")]
    if keys and all(map(is_bare_marker, keys)):
        return False
    if columns == 2 and _are_steps(*used):
        return False
    if sum(_are_items(cells) for cells in used) >= 2:
        return False
    return not _is_contents(grid)


def _are_steps(keys: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether keys are bullets and numbers that count up, and most of what stands beside them ends as sentences do."""
    last = 0
    for key in keys:
        if key.isdecimal() and (last == 0 or int(key) in (1, last + 1)):
            last = int(key)
        elif is_bare_marker(key):
            last = 0
        else:
            return False
    return 2 * sum(ENDS_LINE.search(cell) is not None for cell in cells) > len(cells)


def _are_items(cells: Sequence[Cell]) -> bool:
    found = [split_marker(cell) for cell in cells if cell]
    marked = sum(one is not None and len(one[1].split()) > 1 for one in found)
    return len(cells) >= 2 and marked > len(cells) / 2


def _is_contents(grid: Sequence[Sequence[Cell]]) -> bool:
    """Titles and the numbers of their pages, which do not fall."""
    if len(grid[0]) != 2 or len(grid) < _FEWEST_CONTENTS:
        return False
    last = [row[-1] for row in grid if row[-1]]
    if not all(_PAGE_NUMBER.fullmatch(cell) for cell in last if cell):
        return False
    if sum(len(row[0] or "") for row in grid) < _SHORTEST_TITLES * len(grid):
        return False
    numbers = [int(cell) for cell in last if cell and cell.isdigit()]
    return all(one <= other for one, other in pairwise(numbers))

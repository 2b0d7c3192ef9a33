"""Tables found in a grid of cells: what a spreadsheet's sheet and a CSV file have in common.

Blank rows part tables, and so do blank columns with tables on both sides. Lines of one cell above a table are its title.
A table's head is found by what stands under it; every row then names its cells by it. A table that goes on after a blank
row keeps its head.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.tables import Cell, render_named_rows

MOST_ROWS = 50_000
"""Rows of one sheet that are read: some hours' worth of reading for a person, and minutes for the embedder."""

MOST_COLUMNS = 500

MOST_CHARACTERS = 40_000_000
"""Of one sheet, as `weight` counts: the text of some 10,000 pages. Cells that share one long text cannot fill the memory."""

_OF_A_CELL = 10

_LONGEST_TITLE = 120
_LONGEST_HEAD = 120
_LONGEST_PLAIN_HEAD = 40
_LONGEST_UNIT = 12
_LONGEST_CODE = 24
_MOST_HEAD_ROWS = 3
_ROWS_JUDGED = 200
_LONG_TEXT = 80
_VALUE = re.compile(r"[-+~<>\u2264\u2265\u00b1\u2212$\u20ac\u00a3(]*\s*\d[\d.,:/'\u2019\u00a0 -]*\)?(?:\s*[^\s\d]{1,8})?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"[^\d\s]+\s*$")
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet by row; `bold` are the rows whose text is all set in bold."""

    rows: Sequence[Sequence[Cell]]
    bold: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Region:
    """Rows between blank ones, without the blank columns around them; `left` is its first column in the sheet."""

    rows: list[list[Cell]]
    bold: list[bool]
    left: int

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)


class SheetReader:
    """Feeds the tables of sheets to a builder. `level` is that of the headings which tables' titles become.

    With `side_by_side`, blank columns part tables; with `head_expected`, a first row of plain words is a head.
    """

    def __init__(self, builder: DocumentBuilder, level: int, side_by_side: bool = True, head_expected: bool = False) -> None:
        self._builder = builder
        self._level = level
        self._side_by_side = side_by_side
        self._head_expected = head_expected
        self._heads: dict[tuple[int, int], list[list[Cell]]] = {}
        self.first_title = ""

    def read(self, grid: Grid) -> None:
        """Every table and line of text of one sheet."""
        self._heads.clear()
        regions = list(_regions(grid, self._side_by_side))
        for index, region in enumerate(regions):
            following = regions[index + 1] if index + 1 < len(regions) else None
            if region.width == 1:
                self._column(region, following is not None and following.width > 1)
            else:
                self._table(region)

    def _column(self, region: _Region, table_follows: bool) -> None:
        """Cells under each other with nothing beside them: a title, a list or running text."""
        cells = [row[0] or "" for row in region.rows]
        if table_follows and len(cells) <= 2 and _is_title(cells[0]):
            self._title(cells.pop(0))
        if len(cells) <= 2 or any(len(cell) > _LONG_TEXT for cell in cells):
            for cell in cells:
                self._builder.paragraph(cell)
            return
        group = self._builder.new_group()
        for cell in cells:
            self._builder.table_row(cell, group)

    def _table(self, region: _Region) -> None:
        titles = _leading_titles(region)
        for number, title in enumerate(titles):
            if number == 0 and _is_title(title):
                self._title(title)
            else:
                self._builder.paragraph(title)
        rows, bold = _with_bands(region.rows[len(titles) :]), region.bold[len(titles) :]
        place = (region.left, region.width)
        heads = _head_rows(rows, bold, self._head_expected)
        carried = self._heads.get(place, []) if not heads and not titles and region.width > 2 else []
        if heads:
            self._heads[place] = rows[:heads]
        group = self._builder.new_group()
        lines = render_named_rows([*carried, *rows], len(carried) or heads)
        for line in lines[len(carried) :]:
            self._builder.table_row(line, group)

    def _title(self, text: str) -> None:
        self._builder.heading(text, self._level)
        self.first_title = self.first_title or clean_line(text)


def weight(cells: Iterable[str]) -> int:
    """What cells take of the room that a sheet has: their characters, and some for naming them."""
    return sum(len(cell) + _OF_A_CELL for cell in cells)


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST_TITLE and not text.rstrip().endswith((".", ";", ","))


def _regions(grid: Grid, side_by_side: bool) -> Iterator[_Region]:
    block: list[list[Cell]] = []
    bold: list[bool] = []
    for index, row in enumerate(grid.rows):
        if any(row):
            block.append(list(row))
            bold.append(index in grid.bold)
        elif block:
            yield from _columns_parted(block, bold, side_by_side)
            block, bold = [], []
    if block:
        yield from _columns_parted(block, bold, side_by_side)


def _columns_parted(rows: list[list[Cell]], bold: list[bool], side_by_side: bool) -> Iterator[_Region]:
    """A block of rows, cut at blank columns where two columns or more stand on each side; other blank columns go."""
    width = max(map(len, rows))
    used = [any(column < len(row) and row[column] for row in rows) for column in range(width)]
    runs: list[list[int]] = [[]]
    for column in range(width):
        if used[column]:
            runs[-1].append(column)
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    if not side_by_side or len(runs) < 2 or any(len(run) < 2 for run in runs):
        runs = [[column for run in runs for column in run]]
    for run in runs:
        cut: list[list[Cell]] = [[row[column] if column < len(row) else "" for column in run] for row in rows]
        kept = [index for index, row in enumerate(cut) if any(row)]
        yield _Region([cut[index] for index in kept], [bold[index] for index in kept], run[0])


def _leading_titles(region: _Region) -> list[str]:
    """The texts of the rows above the table that hold one cell each, where a row of more cells follows."""
    titles: list[str] = []
    for row in region.rows:
        filled = [cell for cell in row if cell]
        if len(filled) != 1:
            return titles
        titles.append(filled[0])
    return []


def _with_bands(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows, the first with its cells spread over the blank ones beside them, if it is a band of groups over the head."""
    if len(rows) < 3 or None in rows[0]:
        return rows
    band, head = rows[0], rows[1]
    filled = [cell for cell in band if cell]
    width = max(len(band), len(head))
    over = [bool(cell) for cell in [*band, *[""] * (width - len(band))]]
    under = [bool(cell) for cell in [*head, *[""] * (width - len(head))]]
    if not 2 <= len(filled) < sum(under) or not all(a or b for a, b in zip(over, under, strict=True)):
        return rows
    values = any(cell and _VALUE.fullmatch(cell) for cell in rows[2])  # else the second row may be the first of the table's own
    if not values or any(map(_VALUE.fullmatch, filled)) or not _could_be_head(head) or not _stands_out(rows[1:], True):
        return rows
    spread: list[Cell] = []
    for column in range(width):
        spread.append(band[column] if over[column] else None if any(over[:column]) else "")
    return [spread, *rows[1:]]


def _head_rows(rows: Sequence[Sequence[Cell]], bold: Sequence[bool], expected: bool) -> int:
    """How many of the first rows name the columns."""
    if len(rows) < 2:
        return 0
    marked = bold[0] and not all(bold)
    if not (_could_be_head(rows[0]) and (marked or _stands_out(rows, expected))):
        return 0
    heads = 1
    while heads < min(_MOST_HEAD_ROWS, len(rows) - 1) and _goes_on(rows[heads - 1], rows[heads], rows[heads + 1], bold[heads]):
        heads += 1
    return heads


def _could_be_head(row: Sequence[Cell]) -> bool:
    filled = [cell for cell in row if cell]
    named = sum(1 for cell in row if cell or cell is None)
    if len(filled) < 2 and None not in row:
        return False
    if named * 2 < len(row) or any(len(cell) > _LONGEST_HEAD for cell in filled):
        return False
    return not any(_VALUE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in filled)


def _stands_out(rows: Sequence[Sequence[Cell]], expected: bool) -> bool:
    """Whether the first row is of another kind than the rows under it."""
    first = 1  # a cell merged downwards is repeated in the head's own rows
    while first < min(_MOST_HEAD_ROWS, len(rows) - 1) and any(a and a == b for a, b in zip(rows[0], rows[first], strict=False)):
        first += 1
    body = rows[first : _ROWS_JUDGED + first]
    width = len(rows[0])
    if width == 2 and _are_pairs(rows):
        return False
    contrast = False
    for column, head in enumerate(rows[0]):
        cells = [cell for row in body if column < len(row) and (cell := row[column])]
        if not head or not cells:
            continue
        alike = Counter(map(_shape, cells))[_shape(head)]
        if _DIGITS.search(head) and not _YEAR.fullmatch(head) and alike * 2 >= len(cells):
            return False
        if head in cells and width > 1 and len(body) < _ROWS_JUDGED:
            return False
        told = sum(_VALUE.fullmatch(cell) is not None or _is_code(cell) for cell in cells)
        contrast = contrast or (told * 2 > len(cells) and not _is_code(head))
    if contrast:
        return True
    plain = all(len(head) <= _LONGEST_PLAIN_HEAD and not head.endswith(".") for head in rows[0] if head)
    return plain and (expected or (width > 2 and all(rows[0])))


def _are_pairs(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether two columns are names and their values ("Colour", "red"; "Weight", "12 kg"), which need no head."""
    names = [row[0] or "" for row in rows]
    values = [row[1] or "" for row in rows[1 : _ROWS_JUDGED + 1] if len(row) > 1]
    if sum(_DIGITS.search(name) is not None for name in names) * 2 > len(names):
        return False
    measured = [value for value in values if _VALUE.fullmatch(value)]
    units = {match.group().strip() for value in measured if (match := _UNIT.search(value))}
    return 0 < len(measured) < len(values) or len(units) > 1


def _goes_on(above: Sequence[Cell], row: Sequence[Cell], below: Sequence[Cell], bold: bool) -> bool:
    """Whether a row under a head belongs to it: it names the columns of a wide cell above it, or gives the units."""
    filled = [cell for cell in row if cell]
    if not filled or any(_VALUE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in filled):
        return False
    if None in above:
        under = [cell for cell, over in zip(row, above, strict=False) if over is None]
        told = any(cell and _VALUE.fullmatch(cell) for cell in below)  # then it may name a column that nothing stands over
        return any(under) and (bold or all(not cell or over is None or _wide(above, index) or cell == over or (told and not over)
                                           for index, (cell, over) in enumerate(zip(row, above, strict=False))))  # fmt: skip
    units = not row[0] and bool(below[0]) and all(len(cell) <= _LONGEST_UNIT and not _DIGITS.search(cell) for cell in filled)
    return units and any(cell and _VALUE.fullmatch(cell) for cell in below)


def _wide(row: Sequence[Cell], column: int) -> bool:
    """Whether the cell at `column` spans the next column as well."""
    return column + 1 < len(row) and row[column + 1] is None


def _is_code(cell: str) -> bool:
    """Whether a cell is one word with digits in it, such as a number of a part: "E-24"."""
    return " " not in cell and len(cell) <= _LONGEST_CODE and _DIGITS.search(cell) is not None


def _shape(cell: str) -> str:
    """The pattern of letters and digits: "X-200" and "AB-31" are alike."""
    return _LETTERS.sub("a", _DIGITS.sub("9", cell))

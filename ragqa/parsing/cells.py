"""The cells of one sheet of a workbook, whichever format it is of, and what was left out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.sheets import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Grid, weight
from ragqa.parsing.tables import Cell

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_MOST_MERGED = 200_000
_LONGEST_SUBJECT = 80
_LONGEST_REPEATED = 200

Place = tuple[int, int]
"""Row and column, both from 1."""


@dataclass
class Sheet:
    """A sheet's filled cells, by row and column, and what was left out of it."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    head_rows: set[int] = field(default_factory=set)
    bold_rows: set[int] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    grouped_rows: set[int] = field(default_factory=set)
    filtered: list[tuple[Place, Place]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns_met: set[int] = field(default_factory=set)
    hidden_cells: dict[int, dict[int, str]] = field(default_factory=dict)
    without_result: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rows_left: int = 0
    columns_left: int = 0
    repeats_left: int = 0
    characters: int = 0

    @property
    def rows_read(self) -> int:
        """The rows that have been read, seen or not."""
        return len(self.cells) + len(self.hidden_cells)

    @property
    def is_full(self) -> bool:
        """Whether no further row is to be read."""
        return self.rows_read >= MOST_ROWS or self.characters >= MOST_CHARACTERS

    def add_row(self, number: int, row: dict[int, str], hidden: bool, grouped: bool, bold: bool) -> None:
        """Take in the filled cells of a row by column."""
        self.characters += weight(row.values())
        (self.hidden_cells if hidden else self.cells)[number] = row
        if hidden and grouped:
            self.grouped_rows.add(number)
        if bold:
            self.bold_rows.add(number)

    def grid(self) -> Grid:
        """The cells as rows; blank rows between them count once, cells that span columns are followed by None."""
        spans = self._spread()
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        last = 0
        for number in sorted(self.cells):
            if number > last + 1 and rows:
                rows.append([])
            last = number
            if number in self.head_rows or number in self.bold_rows:
                marked.add(len(rows))
            rows.append(_dense(self.cells[number], spans.get(number, {})))
        return Grid(rows, frozenset(marked))

    def _spread(self) -> dict[int, dict[int, int]]:
        """Merged cells fill the rows they reach down to; returned is how far they reach to the right, by row and column."""
        spans: dict[int, dict[int, int]] = {}
        met = 0
        for (top, left), (bottom, right) in self.merged:
            text = self.cells.get(top, {}).get(left)
            if text is None:
                continue
            for number in range(top, bottom + 1):
                met += 1
                row = self.cells.get(number)
                if met > _MOST_MERGED:
                    return spans
                if (
                    row is None
                    or (number > top and len(text) > _LONGEST_REPEATED)
                    or (number > top and all(left <= column <= right for column in row))
                ):
                    continue
                row[left] = text
                if right > left:
                    spans.setdefault(number, {})[left] = min(right, MOST_COLUMNS)
        return spans


def _dense(row: dict[int, str], spans: dict[int, int]) -> list[Cell]:
    width = max([*row, *spans.values()])
    cells: list[Cell] = [row.get(column, "") for column in range(1, width + 1)]
    for left, right in spans.items():
        for column in range(left + 1, right + 1):
            if not cells[column - 1]:
                cells[column - 1] = None
    return cells


def area_of(reference: str) -> tuple[Place, Place] | None:
    """The first and the last place of "A1:C3"."""
    first, _, last = reference.partition(":")
    begin, end = place_of(first), place_of(last or first)
    return (begin, end) if begin is not None and end is not None and begin <= end else None


def place_of(reference: str) -> Place | None:
    """Row and column of "B12"."""
    match = _REFERENCE.fullmatch(reference.strip())
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def reference_of(row: int, column: int) -> str:
    """ "B12" for row 12 and column 2."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def note_on(sheet: Sheet, place: Place, text: str) -> str:
    """A note with the cell it belongs to and what its row is about."""
    row = sheet.cells.get(place[0], {})
    subject = clean_line(row[min(row)]) if row else ""
    about = f" ({subject})" if 0 < len(subject) <= _LONGEST_SUBJECT else ""
    return f"Note on {reference_of(*place)}{about}: {text}"


def settle_hidden_rows(sheet: Sheet) -> None:
    """Read the rows that a filter hides or that are folded up with their group; the others stay hidden."""
    waiting = sorted(sheet.filtered, reverse=True)
    reach = 0  # the last row of the filtered areas that have begun above
    for number, row in sorted(sheet.hidden_cells.items(), key=itemgetter(0)):
        while waiting and waiting[-1][0][0] < number:
            reach = max(reach, waiting.pop()[1][0])
        if number <= reach or number in sheet.grouped_rows:
            sheet.cells[number] = row
        else:
            sheet.hidden_rows.append(number)


def left_out(sheet: Sheet) -> list[str]:
    """What was not read of a sheet, in words."""
    said: list[str] = []
    if sheet.rows_left:
        said.append(
            f"the first {sheet.rows_read:,} rows were read, {sheet.rows_left:,} were left: split the file to have them all"
        )
    if sheet.columns_left:
        said.append(f"{sheet.columns_left:,} cells beyond column {MOST_COLUMNS} were left")
    if sheet.repeats_left:
        said.append(f"{sheet.repeats_left:,} cells that only repeat the one before them were left")
    if sheet.hidden_rows:
        said.append(f"hidden rows were not read: {len(sheet.hidden_rows):,}, the first is row {min(sheet.hidden_rows)}")
    if sheet.hidden_columns_met:
        names = [reference_of(0, column)[:-1] for column in sorted(sheet.hidden_columns_met)[:10]]
        said.append(f"hidden columns were not read: {', '.join(names)}")
    if sheet.without_result:
        said.append(
            f"formulas without a stored result: {len(sheet.without_result):,}, the first is in {sheet.without_result[0]}; "
            "open the file in a spreadsheet program and save it"
        )
    if sheet.errors:
        said.append(
            f"cells with an error instead of a value: {len(sheet.errors):,}, the first is {clean_line(sheet.errors[0])[:40]}"
        )
    return said

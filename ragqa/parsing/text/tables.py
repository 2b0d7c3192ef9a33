"""Tables drawn with spaces, bars and dashes in plain text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.labels import split_marker
from ragqa.parsing.tables import Cell, looks_like_header

TABLE_RULE = re.compile(r"[-+=|:\s\u2500-\u257f]{3,}")
_DASHES = re.compile(r"[-=\u2500\u2550]{2,}")
_CELL = re.compile(r"\S+(?: {1,2}\S+)*")
_HIGHEST_HEADER = 4
_SLACK = 2


@dataclass(frozen=True)
class TextTable:
    """A table that takes up the first `length` lines."""

    rows: list[list[Cell]]
    header_rows: int
    length: int


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_table(lines: Sequence[str]) -> TextTable | None:
    """The table that the lines (up to the next empty one) begin with, if they do."""
    return _underlined_table(lines) or _barred_table(lines) or _aligned_table(lines)


def has_columns(line: str) -> bool:
    """Whether a line by itself looks like a row of a table."""
    return "   " in line and len(_cells(line)) >= 2


def _underlined_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose header is underlined column by column: the dashes say where the columns begin."""
    found = [(index, _underlines(line)) for index, line in enumerate(lines[: _HIGHEST_HEADER + 1])]
    index, runs = next(((index, runs) for index, runs in found if index and len(runs) >= 2), (0, []))
    if not runs:
        return None
    header = [_cut(line, runs) for line in lines[:index]]
    body = [_cut(line, runs) for line in lines[index + 1 :] if not TABLE_RULE.fullmatch(line)]
    if not body or any(row is None for row in (*header, *body)):
        return None
    joined: list[list[Cell]] = [[" ".join(filter(None, column)) for column in zip(*filter(None, header), strict=True)]]
    for row in filter(None, body):
        _append(joined, row, first=2)
    return TextTable(joined, 1, len(lines))


def _underlines(line: str) -> list[int]:
    """Where the runs of dashes begin in a line that has nothing else."""
    if "|" in line or not TABLE_RULE.fullmatch(line):
        return []
    return [match.start() for match in _DASHES.finditer(line)]


def _cut(line: str, starts: Sequence[int]) -> list[Cell] | None:
    """The line's cells between the columns' beginnings; None where a word lies across one."""
    if any(0 < start < len(line) and line[start - 1] != " " for start in starts[1:]):
        return None
    bounds = [0, *starts[1:], len(line)]
    return [line[start:end].strip() for start, end in itertools.pairwise(bounds)]


def _append(rows: list[list[Cell]], row: list[Cell], first: int) -> None:
    """Add a row; one without a first cell goes on with the cells above it."""
    if not row[0] and len(rows) >= first:
        rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], row, strict=True)]
    else:
        rows.append(row)


def _barred_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose cells are parted by upright bars."""
    rows: list[list[Cell]] = []
    header_rows, length = 0, 0
    for line in lines:
        if TABLE_RULE.fullmatch(line):
            header_rows = 1 if len(rows) == 1 else header_rows
        elif line.count("|") >= 2 or " | " in line:
            row: list[Cell] = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if rows and len(row) != len(rows[0]):
                break
            rows.append(row)
        else:
            break
        length += 1
    return TextTable(rows, header_rows or int(looks_like_header(rows)), length) if len(rows) >= 2 else None


def _aligned_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose cells begin or end at the same places in every line."""
    columns = _cells(lines[0])
    if len(columns) < 2:
        return None
    rows: list[list[Cell]] = []
    full, length = 0, 0
    for line in lines:
        row = _placed(_cells(line), columns)
        if row is None:
            break
        full += sum(map(bool, row)) >= 2
        _append(rows, row, first=1)
        length += 1
    if full < 2 or len(rows) < 2:
        return None
    return TextTable(rows, int(looks_like_header(rows)), length)


def _placed(cells: Sequence[_Cell], columns: Sequence[_Cell]) -> list[Cell] | None:
    """The cells under the columns they stand in; None if one stands in none, or nowhere but under the first."""
    row: list[Cell] = [""] * len(columns)
    for cell in cells:
        for index, column in enumerate(columns):
            aligned = abs(cell.start - column.start) <= _SLACK or abs(cell.end - column.end) <= _SLACK
            if aligned and not row[index]:
                row[index] = cell.text
                break
        else:
            return None
    return row if any(row[1:]) else None


def _cells(line: str) -> list[_Cell]:
    """The parts of a line that three spaces or more set apart; none for an item of a list."""
    cells = [_Cell(match.start(), match.group()) for match in _CELL.finditer(line)]
    return [] if cells and split_marker(f"{cells[0].text} ") else cells

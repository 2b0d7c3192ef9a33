"""Tables drawn with spaces, bars and dashes in plain text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.labels import split_marker
from ragqa.parsing.tables import Cell, looks_like_header
from ragqa.parsing.text.drawn import TextTable, read_drawn

TABLE_RULE = re.compile(r"[-+=|:\s\u2500-\u257f]{3,}")
_DASHES = re.compile(r"[-=\u2500\u2550]{2,}")
_CELL = re.compile(r"\S+(?: {1,2}\S+)*")
_DRAWN = re.compile("[\u2500-\u257f]|^\\+[-=]")
_LEADER = re.compile(r"(\S.*?[^\s.])\s?(?:\.{3,}|(?: \.){3,}|\u2026{2,}|_{4,}|(?:\u00b7 ?){3,})\s*(\S.*)")
_GUTTER = re.compile(" {2,}")
_FEWEST_GUTTERED = 3
_FEWEST_CONTENTS = 5
_HIGHEST_HEADER = 4
_SLACK = 2


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_table(lines: Sequence[str]) -> TextTable | None:
    """The table that the lines (up to the next empty one) begin with, if they do."""
    return (
        read_drawn(lines)
        or _underlined_table(lines)
        or _barred_table(lines)
        or _aligned_table(lines)
        or _guttered_table(lines)
        or _leader_table(lines)
    )


def may_begin_table(lines: Sequence[str]) -> bool:
    """Whether the first lines look enough like a table's to read on."""
    line = lines[0].strip()
    return "  " in line or "|" in line or bool(_DRAWN.search(line)) or bool(_LEADER.match(line)) or bool(_underlines(lines[0]))


def lists_contents(table: TextTable) -> bool:
    """Whether the rows are headings with the numbers of their pages."""
    numbers = [row[-1] or "" for row in table.rows]
    if len(numbers) < _FEWEST_CONTENTS or table.header_rows or not all(number.isdecimal() for number in numbers):
        return False
    pages = [int(number[:6]) for number in numbers]
    return len(table.rows[0]) == 2 and pages == sorted(pages) and pages[-1] > pages[0]


def has_columns(line: str) -> bool:
    """Whether a line by itself looks like a row of a table."""
    return "   " in line and len(_cells(line)) >= 2


def _underlined_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose header is underlined column by column: the dashes say where the columns begin."""
    if _underlines(lines[0]):
        return _ruled_over(lines)
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


def _ruled_over(lines: Sequence[str]) -> TextTable | None:
    """A table with rules over and under it: as one without, or without a header where there is no other rule."""
    table = _underlined_table(lines[1:]) if len(lines) > 2 and not _underlines(lines[1]) else None
    return TextTable(table.rows, table.header_rows, table.length + 1) if table else None


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


def aligned_rows(lines: Sequence[str], first: str) -> list[list[Cell]]:
    """The rows of `lines` if all of their cells stand under those of the line `first`, none if they do not or have rules."""
    columns = _cells(first)
    if len(columns) < 2 or any(map(TABLE_RULE.fullmatch, lines)):
        return []
    rows, length = _rows_under(columns, lines)
    return rows if rows and rows[0][0] and length == len(lines) else []


def _aligned_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose cells begin or end at the same places in every line."""
    columns = _cells(lines[0])
    if len(columns) < 2:
        return None
    ruled = len(lines) > 1 and TABLE_RULE.fullmatch(lines[1]) is not None
    rows, length = _rows_under(columns, [lines[0], *lines[1 + ruled :]])
    if len(rows) < 2:
        return None
    return TextTable(rows, 1 if ruled else int(looks_like_header(rows)), length + ruled)


def _rows_under(columns: Sequence[_Cell], lines: Sequence[str]) -> tuple[list[list[Cell]], int]:
    """The rows that the lines make under these columns, and how many lines those take up."""
    rows: list[list[Cell]] = []
    length = 0
    for line, below in itertools.zip_longest(lines, lines[1:], fillvalue=""):
        row = _placed(_cells(line), columns) or _first_of_two(_cells(line), _cells(below), columns)
        if row is None:
            break
        _append(rows, row, first=1)
        length += 1
    return rows, length


def _first_of_two(cells: Sequence[_Cell], below: Sequence[_Cell], columns: Sequence[_Cell]) -> list[Cell] | None:
    """The row of a first cell too long for its column, whose other cells stand in the line below; None for any other line."""
    if len(cells) != 1 or abs(cells[0].start - columns[0].start) > _SLACK:
        return None
    others = _placed(below, columns)
    return None if others is None or others[0] else [cells[0].text, *[""] * (len(columns) - 1)]


def _guttered_table(lines: Sequence[str]) -> TextTable | None:
    """A table whose columns nothing but blanks parts, at the same places in all of its lines; cells may wrap."""
    body = [line for line in lines if not TABLE_RULE.fullmatch(line)]
    if len(body) < _FEWEST_GUTTERED:
        return None
    width = max(map(len, body))
    used = bytearray(width)
    for line in body:
        for at, sign in enumerate(line):
            used[at] |= sign != " "
    free = "".join("x" if one else " " for one in used)
    starts = [match.end() for match in _GUTTER.finditer(free) if match.start() and match.end() < width]
    starts = [len(free) - len(free.lstrip()), *[start for start in starts if free[:start].strip()]]
    if len(starts) < 2 or "\t" in free:
        return None
    rows: list[list[Cell]] = []
    for line in body:
        row: list[Cell] = [line[left:right].strip() for left, right in itertools.pairwise([*starts, width])]
        _append(rows, row, first=1)
    columns = list(zip(*rows, strict=True))
    if len(rows) < 2 or not all(rows[0]) or any(sum(map(bool, column)) < 2 for column in columns):
        return None
    if all(split_marker(f"{cell} ") for cell in columns[0]):
        return None
    ruled = len(body) < len(lines) and bool(TABLE_RULE.fullmatch(lines[1]))
    return TextTable(rows, 1 if ruled else int(_reads_as_header(rows)), len(lines))


def _reads_as_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row names columns: by its own look, or because its cells are far shorter than those below."""
    if looks_like_header(rows):
        return True
    first = [cell or "" for cell in rows[0]]
    longest = [max(len(row[column] or "") for row in rows[1:]) for column in range(len(first))]
    short = all(0 < len(cell) <= 25 and not any(map(str.isdigit, cell)) and cell[0].isupper() for cell in first)
    return short and len(first) >= 3 and any(length > 2 * len(cell) for cell, length in zip(first, longest, strict=True))


def _leader_table(lines: Sequence[str]) -> TextTable | None:
    """Names and values with dots between them: "Weight ..... 2 kg"."""
    rows: list[list[Cell]] = []
    for line in lines:
        match = _LEADER.fullmatch(line.strip())
        if match is None:
            break
        rows.append([match.group(1), match.group(2)])
    return TextTable(rows, 0, len(rows)) if len(rows) >= 2 else None


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

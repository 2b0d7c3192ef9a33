"""Tables whose cells are drawn around with rules and bars, in ASCII or with the line characters of terminals; framed boxes, too.

A cell may span columns (no bar between them) and rows (no rule below it), and its text may run over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragqa.parsing.tables import Cell, looks_like_header

_PLAIN = {
    **dict.fromkeys(range(0x2500, 0x2580), "+"),
    **dict.fromkeys(map(ord, "─━┄┅┈┉╌╍"), "-"),
    **dict.fromkeys(map(ord, "═"), "="),
    **dict.fromkeys(map(ord, "│┃┆┇┊┋╎╏║"), "|"),
}
_RULE = re.compile(r"\s*[+|](?:[-=+|]|\s){2,}[+|]\s*|\s*[-=]{3,}(?:[+|][-=]+)+\s*")
_PARTIAL_RULE = re.compile(r"\s*[+|].*\+[-=]{2,}.*[+|]\s*")
_FRAME_RULE = re.compile(r"\+[-=]{3,}\+")
_STARRED_RULE = re.compile(r"([*#!])\1{7,}")
_MOST_COLUMNS = 60


@dataclass(frozen=True)
class TextTable:
    """A table that takes up the first `length` lines."""

    rows: list[list[Cell]]
    header_rows: int
    length: int


def plain_rules(line: str) -> str:
    """The line with line characters as the ASCII ones that draw the same."""
    return line if line.isascii() else line.translate(_PLAIN)


def read_drawn(lines: Sequence[str]) -> TextTable | None:
    """The drawn table that the lines begin with: one that has a rule over, under or within it, and bars in each of its lines."""
    drawn: list[str] = []
    for line in map(plain_rules, lines):
        if not (_is_rule(line) or _is_row(line)):
            break
        drawn.append(line)
    rules = [index for index, line in enumerate(drawn) if _is_rule(line)]
    if not rules or len(rules) == len(drawn) or not (drawn[0].lstrip()[0] in "+|" or 0 < rules[0] <= 3):
        return None
    edges = _edges(drawn, rules)
    if not 3 <= len(edges) <= _MOST_COLUMNS + 1:
        return None
    rows, header_rows = _rows(*_bands(drawn, rules, edges))
    return TextTable(rows, header_rows, len(drawn)) if rows else None


def framed_text(lines: Sequence[str]) -> tuple[list[str], int] | None:
    """The lines inside a frame that the lines begin with, and how many lines the frame takes up."""
    if not lines:
        return None
    plain = [plain_rules(line).strip() for line in lines]
    starred = _STARRED_RULE.fullmatch(plain[0])
    if not starred and not _FRAME_RULE.fullmatch(plain[0]):
        return None
    side = starred.group(1) if starred else "|"
    inside: list[str] = []
    for index, line in enumerate(plain[1:], start=1):
        if line and (set(line) == {side} if starred else bool(_FRAME_RULE.fullmatch(line))):
            return (inside, index + 1) if inside else None
        if len(line) < 2 or line[0] != side or line[-1] != side or (not starred and "|" in line[1:-1]):
            return None
        inside.append(line[1:-1].strip())
    return None


def _is_rule(line: str) -> bool:
    return bool(_RULE.fullmatch(line) and re.search("[-=]{2}", line)) or _PARTIAL_RULE.fullmatch(line) is not None


def _is_row(line: str) -> bool:
    return line.count("|") >= 2 or " | " in line


def _edges(drawn: Sequence[str], rules: Sequence[int]) -> list[int]:
    """Where the columns' bars stand: at the crossings of the rules, with the outer edges."""
    edges = {at for index in rules for at, sign in enumerate(drawn[index]) if sign in "+|"}
    width = max(map(len, drawn))
    if not all(drawn[index].strip()[0] in "+|" for index in rules):
        edges |= {-1}
    if not all(drawn[index].strip()[-1] in "+|" for index in rules):
        edges |= {width}
    return sorted(edges)


@dataclass
class _Band:
    """What stands between two rules: for each column a cell, which rows that it spans share, and the pieces of every line.

    None for a column that belongs to the cell on its left.
    """

    cells: list[list[str] | None]
    lines: list[list[Cell]]
    shares: bool


def _bands(drawn: Sequence[str], rules: Sequence[int], edges: Sequence[int]) -> tuple[list[_Band], int]:
    """The bands, and how many of them stand above a double rule."""
    spans = list(pairwise(edges))
    bands: list[_Band] = []
    ends = [True] * len(spans)
    header_bands, fresh = 0, True
    for index, line in enumerate(drawn):
        line = line.ljust(edges[-1] + 1)
        if index in rules:
            ends = [bool(re.search("[-=]", line[left + 1 : right])) for left, right in spans]
            header_bands = len(bands) if "=" in line and not header_bands else header_bands
            fresh = True
            for cell, end, (left, right) in zip(bands[-1].cells if bands else (), ends, spans, strict=False):
                if cell is not None and not end:
                    cell.append(line[left + 1 : right].strip())
            continue
        if fresh:
            kept = bands[-1].cells if bands else [None] * len(spans)
            cells = [[] if end else cell for end, cell in zip(ends, kept, strict=True)]
            bands.append(_Band(cells, [], bands != [] and not all(ends)))
            fresh = False
        pieces = _pieces(line, spans)
        bands[-1].lines.append(pieces)
        for column, piece in enumerate(pieces):
            cell = bands[-1].cells[column]
            if piece is None:
                bands[-1].cells[column] = None
            elif cell is not None:
                cell.append(piece)
    return bands, header_bands


def _pieces(line: str, spans: Sequence[tuple[int, int]]) -> list[Cell]:
    """The line's text in each column; None where no bar parts it from the column on its left."""
    pieces: list[Cell] = []
    start = 0
    for column, (left, right) in enumerate(spans):
        if column and line[left] not in "|+":
            first = spans[start][0]
            pieces[start] = line[first + 1 : right].strip()
            pieces.append(None)
        else:
            start = column
            pieces.append(line[left + 1 : right].strip())
    return pieces


def _rows(bands: Sequence[_Band], header_bands: int) -> tuple[list[list[Cell]], int]:
    """The rows of the table and how many of them are headers. One band below the header holds a row a line."""
    header_bands = header_bands or (1 if len(bands) == 2 and len(bands[1].lines) > 1 else 0)
    header_bands = header_bands if header_bands < len(bands) else 0
    rows = [_joined(band) for band in bands[:header_bands]]
    body = bands[header_bands:]
    if len(body) == 1 and not body[0].shares:
        first = len(rows)
        for line in body[0].lines:
            if not line[0] and len(rows) > first:
                rows[-1] = [_and(above, piece) for above, piece in zip(rows[-1], line, strict=True)]
            else:
                rows.append(list(line))
    else:
        rows.extend(map(_joined, body))
    return rows, header_bands or int(looks_like_header(rows) or _names_columns(rows))


def _names_columns(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row of three columns or more is short words throughout, as names of columns are."""
    first = [cell or "" for cell in rows[0]] if len(rows) > 1 else []
    return len(first) >= 3 and all(0 < len(cell) <= 30 and not re.search(r"\d|[.:]$", cell) for cell in first)


def _and(above: Cell, below: Cell) -> Cell:
    return above if below is None else " ".join(filter(None, (above, below)))


def _joined(band: _Band) -> list[Cell]:
    return [None if cell is None else " ".join(filter(None, cell)) for cell in band.cells]

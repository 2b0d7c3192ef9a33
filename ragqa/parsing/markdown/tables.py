"""Tables as Pandoc draws them, with dashes under the columns or with frames; those between pipes the renderer knows itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

_COLUMNS = re.compile(r"^ {0,3}-{2,}(?: +-{2,})+ *$")
_RULE = re.compile(r"^ {0,3}-{5,} *$")
_FRAME = re.compile(r"^ {0,3}\+(?:[-=:]{2,}\+)+ *$")
_CAPTION = re.compile(r"^ {0,3}(?:[Tt]able)?: +(?P<caption>\S.*)$")
_GROUP = re.compile(r"-+")
_MOST_LINES = 2000


def write_tables(lines: list[str]) -> list[str]:
    """`lines` with the tables in them as HTML, whose cells are Markdown."""
    written: list[str] = []
    number = 0
    while number < len(lines):
        found = _table_at(lines, number) if lines[number].lstrip(" ")[:1] in ("-", "+") else None
        if found is None:
            written.append(lines[number])
            number += 1
            continue
        heads, rows, number, above = found
        if above:
            del written[-above:]
        caption, number = _caption(lines, number)
        written += html_table(caption, [*heads, *rows], len(heads))
    return written


def html_table(caption: str, rows: Sequence[Sequence[str]], heads: int) -> list[str]:
    """A table of which the first rows are heads, as lines."""
    lines = ["", caption, "", "<table>"]
    for count, row in enumerate(rows):
        tag = "th" if count < heads else "td"
        lines.append("<tr>")
        for cell in row:
            lines += [f"<{tag}>", "", *cell.split("\n"), "", f"</{tag}>"]
        lines.append("</tr>")
    return [*lines, "</table>", ""]


_Found = tuple[list[list[str]], list[list[str]], int, int]
"""Head rows, other rows, the line after the table, and how many lines above belong to it."""


def _table_at(lines: list[str], number: int) -> _Found | None:
    """The table whose first line of dashes this is."""
    line = lines[number]
    blank_before = number == 0 or not lines[number - 1].strip()
    if _FRAME.match(line):
        return _framed(lines, number) if blank_before else None
    if _RULE.match(line) and blank_before:
        return _of_several_lines(lines, number)
    if not _COLUMNS.match(line):
        return None
    if blank_before:
        return _without_heads(lines, number)
    alone = number == 1 or not lines[number - 2].strip()
    end = _next(lines, number + 1, lambda line: not line.strip())
    closed = end - 1 if _COLUMNS.match(lines[end - 1]) and end - 1 > number else end
    rows = [_cells(row, line) for row in lines[number + 1 : closed]]
    return ([_cells(lines[number - 1], line)], rows, end, 1) if alone and rows else None


def _of_several_lines(lines: list[str], number: int) -> _Found | None:
    """A table between two rules, whose rows are set apart by blank lines."""
    columns = _next(lines, number + 1, lambda line: bool(_COLUMNS.match(line)) or not line.strip())
    if columns >= len(lines) or columns == number + 1 or not _COLUMNS.match(lines[columns]):
        return None
    end = _next(lines, columns + 1, lambda line: bool(_RULE.match(line)))
    if end >= len(lines):
        return None
    head = _joined(lines[number + 1 : columns], lines[columns])
    return head, _joined(lines[columns + 1 : end], lines[columns]), end + 1, 0


def _without_heads(lines: list[str], number: int) -> _Found | None:
    """A table between two lines of dashes alike."""
    line = lines[number].rstrip()
    end = _next(lines, number + 1, lambda other: other.rstrip() == line)
    body = lines[number + 1 : end]
    if end >= len(lines) or not any(map(str.strip, body)) or any(map(_COLUMNS.match, body)):
        return None
    apart = any(not row.strip() for row in body)
    return [], _joined(body, line) if apart else [_cells(row, line) for row in body], end + 1, 0


def _framed(lines: list[str], number: int) -> _Found | None:
    """A table in a frame, which is that of reStructuredText but for the signs that align its columns."""
    end = _next(lines, number, lambda line: line.lstrip(" ")[:1] not in ("|", "+"))
    drawn = [line.strip() for line in lines[number:end]]
    ruled = [_ruled(line, "=" if "=" in line else "-") if _FRAME.match(line) else line for line in drawn]
    if len(ruled) < 3 or len(set(map(len, ruled))) != 1:
        return None
    from docutils.parsers.rst.tableparser import GridTableParser, TableMarkupError
    from docutils.statemachine import StringList

    heads = [place for place, line in enumerate(ruled) if "=" in line and _FRAME.match(line)]
    for place in heads if len(heads) != 1 else ():
        ruled[place] = ruled[place].replace("=", "-")  # a line under the last row of the head only tells it
    try:
        _, head, body = GridTableParser().parse(StringList(ruled))
    except (TableMarkupError, AssertionError, IndexError):
        return None
    return _spread(head), _spread(body), end, 0


def _ruled(line: str, sign: str) -> str:
    return re.sub(r"[-=:]", sign, line)


def _spread(rows: Sequence[Sequence[tuple[int, int, int, Sequence[str]] | None]]) -> list[list[str]]:
    """The cells of a framed table; one that spans rows or columns stands in each."""
    filled: list[list[str]] = [[] for _ in rows]
    hanging: dict[tuple[int, int], str] = {}
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is None:
                filled[number].append(hanging.get((number, column), ""))
                continue
            more_rows, more_columns, _, content = cell
            text = "\n".join(content).strip("\n")
            for down in range(more_rows + 1):
                for across in range(more_columns + 1):
                    hanging[number + down, column + across] = text
            filled[number].append(text)
    return filled


def _next(lines: list[str], number: int, wanted: Callable[[str], bool]) -> int:
    """The first line from `number` on that is wanted; the end where none is, or none before a long way."""
    last = min(len(lines), number + _MOST_LINES)
    return next((place for place in range(number, last) if wanted(lines[place])), len(lines))


def _cells(row: str, columns: str) -> list[str]:
    """The text of a row above or below each group of dashes."""
    starts = [group.start() for group in _GROUP.finditer(columns)]
    return [row[start:end].strip() for start, end in pairwise([0, *starts[1:], max(len(row), starts[-1])])]


def _joined(lines: list[str], columns: str) -> list[list[str]]:
    """Rows that blank lines set apart, each cell's lines as one."""
    rows: list[list[list[str]]] = []
    blank = True
    for line in lines:
        if not line.strip():
            blank = True
            continue
        if blank:
            rows.append([])
        rows[-1].append(_cells(line, columns))
        blank = False
    return [[" ".join(filter(None, cells)) for cells in zip(*row, strict=True)] for row in rows]


def _caption(lines: list[str], number: int) -> tuple[str, int]:
    """The caption that stands under a table, and the line after it."""
    place = number
    while place < len(lines) and not lines[place].strip():
        place += 1
    match = _CAPTION.match(lines[place]) if place < len(lines) and place <= number + 1 else None
    if match is None:
        return "", number
    end = _next(lines, place, lambda line: not line.strip())
    return " ".join([match["caption"], *map(str.strip, lines[place + 1 : end])]), end

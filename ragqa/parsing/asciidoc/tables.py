"""Tables of AsciiDoc: cells set apart by bars, commas or colons, with spans, repeats, headers and styles."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

_SPEC = re.compile(
    r"(?:(?P<times>\d{1,3})\*|(?:(?P<wide>\d{1,3})?(?:\.(?P<high>\d{1,3}))?)\+)?[<^>.]{0,4}(?P<style>[adehlmsv])?$"
)
_COLUMN = re.compile(r"\s*(?:(\d{1,3})\*)?[^,;]*?([adehlmsv])?\s*")
_MOST_COLUMNS = 200


@dataclass(frozen=True)
class TableCell:
    """A cell's source with what its mark says of it."""

    text: str
    wide: int = 1
    high: int = 1
    style: str = ""


def table_html(lines: list[str], attributes: dict[str, str], options: set[str], content: Callable[[TableCell], str]) -> str:
    """The table between its delimiters as HTML; `content` writes what stands in a cell."""
    form = attributes.get("format", "psv")
    styles = _column_styles(attributes.get("cols", ""))
    separator = attributes.get("separator") or {"csv": ",", "tsv": "\t", "dsv": ":"}.get(form, "|")
    if form in ("csv", "tsv"):
        rows = [
            [TableCell(text.strip()) for text in row]
            for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=separator[:1])
            if row
        ]
        cells = [cell for row in rows for cell in row]
        columns = len(styles) or max((len(row) for row in rows), default=0)
    else:
        cells, in_first_line = _cells(lines, separator)
        columns = len(styles) or in_first_line
    header = "header" in options or (_header_by_blank_line(lines) and "noheader" not in options)
    return _rows(cells, min(max(columns, 1), _MOST_COLUMNS), styles, header, content)


def _column_styles(columns: str) -> list[str]:
    if columns.strip().isdecimal():
        return [""] * min(int(columns[:3]), _MOST_COLUMNS)
    styles: list[str] = []
    for column in re.split("[,;]", columns) if columns.strip() else []:
        match = _COLUMN.fullmatch(column)
        times = int(match.group(1)) if match and match.group(1) else 1
        styles.extend([match.group(2) or "" if match else ""] * times)
    return styles[:_MOST_COLUMNS]


def _header_by_blank_line(lines: list[str]) -> bool:
    """Whether the first line is a whole row and set apart, which makes it the header."""
    return len(lines) > 2 and bool(lines[0].strip()) and not lines[1].strip()


def _cells(lines: list[str], separator: str) -> tuple[list[TableCell], int]:
    """Every cell, and how many begin in the first line that has any."""
    first = next((line for line in lines if separator in line), "")
    pieces = re.split(rf"(?<!\\){re.escape(separator)}", "\n".join(lines))
    cells: list[TableCell] = []
    for index, piece in enumerate(pieces[1:], start=1):
        spec = _SPEC.search(re.split(r"[\s]", pieces[index - 1])[-1])
        text = piece
        if index < len(pieces) - 1:
            after = _SPEC.search(re.split(r"[\s]", piece)[-1])
            text = piece[: len(piece) - len(after.group())] if after else piece
        text = text.replace(f"\\{separator}", separator).strip("\n")
        wide, high, times = ((int(spec.group(name) or 1) if spec else 1) for name in ("wide", "high", "times"))
        style = (spec.group("style") or "") if spec else ""
        cells.extend([TableCell(text, wide, high, style)] * min(times, _MOST_COLUMNS))
    first_cells = _first_line_width(first, separator)
    return cells, first_cells


def _first_line_width(line: str, separator: str) -> int:
    width = 0
    pieces = re.split(rf"(?<!\\){re.escape(separator)}", line)
    for piece in pieces[:-1]:
        spec = _SPEC.search(re.split(r"\s", piece)[-1])
        width += int((spec and (spec.group("times") or spec.group("wide"))) or 1)
    return width


def _rows(cells: list[TableCell], columns: int, styles: list[str], header: bool, content: Callable[[TableCell], str]) -> str:
    """The cells laid out in rows of so many columns."""
    rows: list[str] = []
    row: list[str] = []
    at = 0
    hanging = [0] * columns
    for cell in cells:
        while at < columns and hanging[at]:
            hanging[at] -= 1
            at += 1
        if at >= columns:
            rows.append("".join(row))
            row, at = [], 0
            while at < columns and hanging[at]:
                hanging[at] -= 1
                at += 1
        style = cell.style or (styles[at] if at < len(styles) else "")
        tag = "th" if style == "h" or (header and not rows) else "td"
        row.append(f'<{tag} colspan="{cell.wide}" rowspan="{cell.high}">{content(TableCell(cell.text, 1, 1, style))}</{tag}>')
        for column in range(at, min(at + cell.wide, columns)):
            hanging[column] = cell.high - 1
        at += cell.wide
        if at >= columns:
            rows.append("".join(row))
            row, at = [], 0
    if row:
        rows.append("".join(row))
    lines = [f"<tr>{one}</tr>" for one in rows]
    if header and lines:
        lines[0] = f"<thead>{lines[0]}</thead>"
    return f"<table>{''.join(lines)}</table>"

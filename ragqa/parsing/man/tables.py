"""Tables that tbl would set: formats first, then rows of cells set apart by tabs or another sign."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragqa.parsing.tables import Cell, looks_like_header

_SEPARATOR = re.compile(r"tab\s*\((.)\)")
_RULE = re.compile(r"[_=]|\\_|\\=")


def read_tbl(lines: Sequence[str]) -> tuple[list[list[Cell]], int]:
    """The rows of a table and how many of them are headers."""
    at, separator = 0, "\t"
    if lines and lines[0].rstrip().endswith(";"):
        found = _SEPARATOR.search(lines[0])
        separator, at = (found.group(1) if found else separator), 1
    formats: list[str] = []
    while at < len(lines):
        formats.append(lines[at])
        at += 1
        if formats[-1].rstrip().endswith("."):
            break
    rows: list[list[Cell]] = []
    header_rows = 0
    for row, is_rule in _rows(lines[at:], separator):
        if is_rule:
            header_rows = header_rows or (len(rows) if len(rows) == 1 else 0)
        else:
            above = rows[-1] if rows else []
            rows.append([above[n] if cell == "\\^" and n < len(above) else cell for n, cell in enumerate(row)])
    bold_first = bool(formats) and len(formats) > 1 and "b" in formats[0].lower() and len(rows) > 1
    header_rows = header_rows if header_rows < len(rows) else 0
    return rows, header_rows or int(bold_first or looks_like_header(rows))


def _rows(lines: Sequence[str], separator: str) -> list[tuple[list[Cell], bool]]:
    rows: list[tuple[list[Cell], bool]] = []
    block: list[str] | None = None
    pending: list[str] = []
    for line in lines:
        if block is not None:
            if not line.startswith("T}"):
                block.append(line)
                continue
            cells = (
                [*pending, " ".join(block), *line[2:].lstrip(separator).split(separator)]
                if len(line) > 2
                else [*pending, " ".join(block)]
            )
            block = None
        elif _RULE.fullmatch(line.strip()):
            rows.append(([], True))
            continue
        else:
            cells = line.split(separator)
        if cells and cells[-1].strip() == "T{":
            pending, block = cells[:-1], []
            continue
        rows.append(([_cell(cell) for cell in cells], False))
    if block:
        rows.append(([_cell(cell) for cell in [*pending, " ".join(block)]], False))
    return rows


def _cell(text: str) -> str:
    text = text.strip()
    return "" if _RULE.fullmatch(text) else text

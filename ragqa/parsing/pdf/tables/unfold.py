"""Two or three tables set side by side to save paper, put under each other: codes and meanings, codes and meanings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ragqa.parsing.pdf.tables.grid import Table
from ragqa.parsing.tables import Cell

_MOST = 4
_FEWEST_ROWS = 2
_ALIKE = 0.7
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")


def shape(text: str) -> str:
    """A text with every word as "a" and every number as "9"."""
    return _LETTERS.sub("a", _DIGITS.sub("9", text))


def unfolded(table: Table) -> Table:
    """The table, or the one that its parts side by side make under each other."""
    width = len(table.grid[0])
    for parts in range(2, _MOST + 1):
        period = width // parts
        if width % parts or period < 2 or len(table.grid) - table.header_rows < _FEWEST_ROWS:
            continue
        if _heads_repeat(table, period) or _codes_repeat(table, period):
            return _unfold(table, period)
    return table


def _heads_repeat(table: Table, period: int) -> bool:
    head = table.grid[: table.header_rows]
    return bool(head) and all(
        row[start : start + period] == row[:period] and any(row[:period]) for row in head for start in range(0, len(row), period)
    )


def _codes_repeat(table: Table, period: int) -> bool:
    """Whether each part begins with a column of codes that look like those of the first, and goes on with something else."""
    if table.header_rows:
        return False
    columns = [[cell for cell in column if cell] for column in zip(*table.grid, strict=True)]
    codes = {shape(cell) for cell in columns[0]}
    if not all("9" in code and "a" in code for code in codes) or codes & {shape(cell) for cell in columns[1]}:
        return False
    return all(_alike(columns[start], codes) for start in range(0, len(columns), period))


def _alike(cells: Sequence[str], codes: set[str]) -> bool:
    return bool(cells) and sum(shape(cell) in codes for cell in cells) >= _ALIKE * len(cells)


def _unfold(table: Table, period: int) -> Table:
    head = [row[:period] for row in table.grid[: table.header_rows]]
    body: list[list[Cell]] = []
    for start in range(0, len(table.grid[0]), period):
        parts = (row[start : start + period] for row in table.grid[table.header_rows :])
        body.extend(part for part in parts if any(part))
    return replace(table, grid=[*head, *body], columns=table.columns[:period])

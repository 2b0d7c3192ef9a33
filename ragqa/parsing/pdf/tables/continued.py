"""Tables that go on over the page: they keep the heads of where they began."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ragqa.parsing.pdf.lines import Paragraph
from ragqa.parsing.tables import Cell

_SAME_EDGE = 12.0


def join_continued(paragraphs: Sequence[Paragraph]) -> None:
    """Mark tables that go on with the one before them, and give them its heads where these are not printed again."""
    for before, table in pairwise(paragraphs):
        if before.grid is None or table.grid is None or table.page != before.page + 1 or not _same_columns(before, table):
            continue
        heads = before.grid[: before.header_rows]
        if table.header_rows and _folded(table.grid[: table.header_rows]) != _folded(heads):
            continue
        table.continues = True
        if heads and not table.header_rows:
            table.grid = [*heads, *table.grid]
            table.row_boxes = [*[None] * len(heads), *table.row_boxes]
            table.header_rows = table.inherited = len(heads)


def _same_columns(before: Paragraph, table: Paragraph) -> bool:
    if len(before.columns) != len(table.columns):
        return False
    return all(
        min(one[1], other[1]) - max(one[0], other[0]) > 0 or abs(one[0] - other[0]) <= _SAME_EDGE
        for one, other in zip(before.columns, table.columns, strict=True)
    )


def _folded(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    return [["".join((cell or "").split()).casefold() for cell in row] for row in rows]

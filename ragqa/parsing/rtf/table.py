"""Gathers the rows of an RTF table, whose cells are known by their right edges alone, into a grid."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from ragqa.parsing.tables import Cell, is_set_apart, looks_like_header

_SAME_EDGE = 60
_MOST_COLUMNS = 200


@dataclass(slots=True)
class CellShape:
    """Where a cell ends, and whether it goes on the cell on its left or above."""

    edge: int
    joins_left: bool = False
    joins_above: bool = False


@dataclass(slots=True)
class Table:
    """The rows read so far: each with its cells' shapes and texts, and whether it is a header; and which of them are all bold."""

    rows: list[tuple[list[CellShape], list[str], bool]] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)

    def grid(self) -> tuple[list[list[Cell]], int]:
        """The cells by row and column, and how many rows are headers."""
        edges = self._edges()
        rows: list[list[Cell]] = []
        header_rows = 0
        for index, (shapes, texts, header) in enumerate(self.rows):
            row = _row(shapes, texts, edges, rows[-1] if rows else None)
            header_rows += header and header_rows == index
            rows.append(row)
        header_rows = header_rows if header_rows < len(rows) else 0
        return rows, header_rows or int(looks_like_header(rows) or (len(rows) > 1 and is_set_apart(rows, self.bold)))

    def _edges(self) -> list[int]:
        edges: list[int] = []
        for edge in sorted({shape.edge for shapes, _, _ in self.rows for shape in shapes}):
            if not edges or edge - edges[-1] > _SAME_EDGE:
                edges.append(edge)
        return edges[:_MOST_COLUMNS]


def _row(shapes: list[CellShape], texts: list[str], edges: list[int], above: list[Cell] | None) -> list[Cell]:
    if len(shapes) != len(texts):
        return list(texts[:_MOST_COLUMNS])
    row: list[Cell] = []
    for shape, text in zip(shapes, texts, strict=True):
        start = len(row)
        end = bisect_left(edges, shape.edge - _SAME_EDGE) + 1
        if shape.joins_left and row:
            if text:
                first = max(index for index, cell in enumerate(row) if cell is not None)
                row[first] = f"{row[first]} {text}".strip()
            row.extend([None] * max(end - start, 1))
            continue
        if shape.joins_above and not text and above and start < len(above):
            text = above[start] or ""
        row.append(text)
        row.extend([None] * max(end - start - 1, 0))
    return row

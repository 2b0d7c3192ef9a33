"""HTML tables: which are data and which only lay out the page, and the grid of a table of data."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.html.nodes import subtree_text
from ragqa.parsing.tables import Cell, looks_like_header, render_rows

_LARGEST_SPAN = 100
_LONGEST_CELL_IN_SINGLE_ROW = 80


@dataclass(frozen=True)
class TableGrid:
    """The cells of a table and how many of its first rows are headers."""

    rows: list[list[Cell]]
    header_rows: int

    def lines(self) -> list[str]:
        """One line for each row."""
        return render_rows(self.rows, self.header_rows)


def data_table(table: LexborNode) -> TableGrid | None:
    """The grid of a table that holds data; None for one that lays out the page, whose cells are read one by one."""
    if table.attributes.get("role") in ("presentation", "none"):
        return None
    if table.css_first("h1,h2,h3,h4,h5,h6,pre") or table.css("table")[1:]:
        return None
    if table.css_first("th") is None and table.css_first("ul,ol,dl"):
        return None
    grid = _grid(table)
    filled = [[cell for cell in row if cell] for row in grid.rows]
    filled = [row for row in filled if row]
    if grid.header_rows:
        return grid
    if len(filled) >= 2 and sum(len(row) >= 2 for row in filled) * 2 >= len(filled):
        return grid
    single = filled[0] if len(filled) == 1 else []
    short = len(single) >= 2 and all(len(cell) <= _LONGEST_CELL_IN_SINGLE_ROW for cell in single)
    return grid if short else None


def _grid(table: LexborNode) -> TableGrid:
    """The cells by row and column: a cell that spans rows is repeated, one that spans columns is followed by None."""
    rows: list[list[Cell]] = []
    header_rows = 0
    hanging: dict[int, tuple[int, Cell]] = {}
    for tr in table.css("tr"):
        row: list[Cell] = []
        header = True
        for cell in _cells(tr):
            _hang(row, hanging)
            text = clean_line(subtree_text(cell))
            header = header and (cell.tag == "th" or not text)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(wide):
                if high > 1:
                    hanging[len(row)] = (high - 1, text if column == 0 else None)
                row.append(text if column == 0 else None)
        _hang(row, hanging)
        in_head = tr.parent is not None and tr.parent.tag == "thead"
        if any(row) and (in_head or header) and header_rows == len(rows):
            header_rows += 1
        if any(row):
            rows.append(row)
    if header_rows == len(rows):
        header_rows = 0
    if not header_rows and looks_like_header(rows):
        header_rows = 1
    return TableGrid(rows, header_rows)


def _cells(tr: LexborNode) -> list[LexborNode]:
    return [child for child in tr.iter() if child.tag in ("td", "th")]


def _hang(row: list[Cell], hanging: dict[int, tuple[int, Cell]]) -> None:
    """Fill the next columns of `row` with the cells that hang down from rows above."""
    while len(row) in hanging:
        rest, text = hanging.pop(len(row))
        if rest > 1:
            hanging[len(row)] = (rest - 1, text)
        row.append(text)


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(max(int(value), 1), _LARGEST_SPAN) if value.isdecimal() else 1

"""HTML tables: which are data and which only lay out the page, and the grid of a table of data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.html.nodes import subtree_text, to_elements
from ragqa.parsing.tables import Cell, looks_like_header, render_rows

_WIDEST_SPAN = 100
_HIGHEST_SPAN = 1000
_MOST_HUNG = 100_000
"""Cells that rows get from those above them: what a real table of a thousand rows has is far under it."""

_LONGEST_CELL_IN_SINGLE_ROW = 80
_LONGEST_CELL_OF_BLOCKS = 400
_LONGEST_CELL_WITH_HEADING = 1500
_DEEPEST_TABLE = 4
_BLOCKS_IN_CELLS = "h1, h2, h3, h4, h5, h6, pre, ul, ol, dl, table"
_HEADINGS = "h1, h2, h3, h4, h5, h6"


@dataclass(frozen=True)
class TableGrid:
    """The cells of a table and how many of its first rows are headers."""

    rows: list[list[Cell]]
    header_rows: int

    def lines(self) -> list[str]:
        """One line for each row."""
        return render_rows(self.rows, self.header_rows)


@dataclass(frozen=True)
class _Row:
    """The cells of a row, and the part of the table it stands in."""

    cells: list[LexborNode]
    part: str


def data_table(table: LexborNode, depth: int = 0) -> TableGrid | None:
    """The grid of a table that holds data; None for one that lays out the page, whose cells are read one by one."""
    rows = list(_rows(table))
    if table.attributes.get("role") in ("presentation", "none") and not _begins_in_bold(rows):
        return None
    declared = table.css_first("th, caption, thead") is not None and _is_declared(table, rows)
    if to_elements(table, _BLOCKS_IN_CELLS) and not _holds_blocks_in_cells(rows, declared):
        return None
    grid = _grid(rows, depth)
    filled = [[cell for cell in row if cell] for row in grid.rows]
    filled = [row for row in filled if row]
    if grid.header_rows or (declared and filled and max(map(len, filled)) >= 2):
        return grid
    if len(filled) >= 2 and sum(len(row) >= 2 for row in filled) * 2 >= len(filled):
        return grid
    single = filled[0] if len(filled) == 1 else []
    short = len(single) >= 2 and all(len(cell) <= _LONGEST_CELL_IN_SINGLE_ROW for cell in single)
    return grid if short else None


def _rows(table: LexborNode) -> Iterator[_Row]:
    """The table's own rows, those of its foot last."""
    foot: list[_Row] = []
    for child in table.iter():
        tag = child.tag or ""
        if tag == "tr":
            yield _Row(_cells(child), "")
        elif tag in ("thead", "tbody", "tfoot"):
            rows = [_Row(_cells(tr), f"{tag}{child.mem_id}") for tr in child.iter() if tr.tag == "tr"]
            if tag == "tfoot":
                foot.extend(rows)
            else:
                yield from rows
    yield from foot


def _cells(tr: LexborNode) -> list[LexborNode]:
    return [child for child in tr.iter() if child.tag in ("td", "th")]


def _is_declared(table: LexborNode, rows: list[_Row]) -> bool:
    """Whether the table names its columns, rows or itself, as none does that lays out a page."""
    if any(child.tag in ("caption", "thead") for child in table.iter()):
        return True
    return any(cell.tag == "th" for row in rows for cell in row.cells)


def _holds_blocks_in_cells(rows: list[_Row], declared: bool) -> bool:
    """Whether lists, code, headings or tables stand in the cells of a table of data, and not cells around a page's parts."""
    most = _LONGEST_CELL_WITH_HEADING if declared else _LONGEST_CELL_OF_BLOCKS
    cells = [cell for row in rows for cell in row.cells]
    for cell in cells:
        headings = len(to_elements(cell, _HEADINGS))
        if headings > 1 or cell.css_first("h1") is not None or (headings and declared and len(cell.text()) > most):
            return False
        if not declared and len(cell.text()) > most:
            return False
    if declared:
        return True
    wide = sum(sum(bool(cell.text(strip=True)) for cell in row.cells) >= 2 for row in rows)
    nested = sum(cell.css_first("table") is not None for cell in cells)
    return len(rows) >= 2 and wide * 2 >= len(rows) and wide >= 2 and nested * 2 < len(cells)


def _grid(table_rows: list[_Row], depth: int) -> TableGrid:
    """The cells by row and column: a cell that spans rows is repeated, one that spans columns is followed by None."""
    rows: list[list[Cell]] = []
    header_rows = 0
    hanging: dict[int, tuple[int, Cell]] = {}
    part, hung = "", 0
    for table_row in table_rows:
        if table_row.part != part:
            part, hanging = table_row.part, {}
        row, header = _filled_row(table_row, hanging, depth)
        hung += len(hanging)
        if hung > _MOST_HUNG:
            hanging = {}
        if any(row) and (part.startswith("thead") or header) and header_rows == len(rows):
            header_rows += 1
        if any(row):
            rows.append(row)
    if header_rows == len(rows):
        header_rows = 0
    if not header_rows and (looks_like_header(rows) or _begins_in_bold(table_rows)):
        header_rows = 1
    return TableGrid(rows, header_rows)


def _filled_row(table_row: _Row, hanging: dict[int, tuple[int, Cell]], depth: int) -> tuple[list[Cell], bool]:
    """The cells of one row, those that hang down into it among them, and whether all its own are heads."""
    row: list[Cell] = []
    header = True
    for cell in table_row.cells:
        _hang(row, hanging)
        text = clean_line(_cell_text(cell, depth))
        header = header and (cell.tag == "th" or not text)
        wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
        for column in range(wide):
            if high > 1:
                hanging[len(row)] = (high - 1, text if column == 0 else None)
            row.append(text if column == 0 else None)
    _hang(row, hanging)
    widest = max(hanging, default=0)
    while len(row) < widest:
        row.append("")
        _hang(row, hanging)
    return row, header


def _cell_text(cell: LexborNode, depth: int) -> str:
    return subtree_text(cell, lambda table: _nested_text(table, depth + 1))


def _nested_text(table: LexborNode, depth: int) -> str:
    """A table in a cell, its rows one after the other."""
    grid = data_table(table, depth) if depth <= _DEEPEST_TABLE else None
    if grid is None:
        return " ".join(table.text(separator=" ").split())
    return "; ".join(line.replace(" | ", ", ") for line in grid.lines())


def _begins_in_bold(rows: list[_Row]) -> bool:
    """Whether the first row is set in bold throughout, and the second is not: heads without the element for them."""
    filled = [row for row in rows if any(cell.text(strip=True) for cell in row.cells)][:3]
    return len(filled) >= 2 and _is_bold(filled[0]) and not _is_bold(filled[1]) and len(filled[0].cells) >= 2


def _is_bold(row: _Row) -> bool:
    for cell in row.cells:
        bold = cell.css_first("b, strong")
        if bold is None or bold.text(strip=True) != cell.text(strip=True):
            return False
    return True


def _hang(row: list[Cell], hanging: dict[int, tuple[int, Cell]]) -> None:
    """Fill the next columns of `row` with the cells that hang down from rows above."""
    while len(row) in hanging:
        rest, text = hanging.pop(len(row))
        if rest > 1:
            hanging[len(row)] = (rest - 1, text)
        row.append(text)


def _span(cell: LexborNode, name: str) -> int:
    """How many columns or rows a cell takes; no rows at all mean all that follow."""
    value = (cell.attributes.get(name) or "1").strip()
    if not value.isdecimal() or len(value) > 9:
        return 1
    number = int(value)
    if name == "rowspan":
        return min(number or _HIGHEST_SPAN, _HIGHEST_SPAN)
    return min(max(number, 1), _WIDEST_SPAN)

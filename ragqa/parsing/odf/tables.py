"""The grid of a table in an OpenDocument text or on a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from ragqa.parsing.odf.names import TABLE, count
from ragqa.parsing.tables import Cell

_MOST_CELLS = 200_000
_LARGEST_SPAN = 1000
_LONGEST_REPEATED = 200
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")


@dataclass(frozen=True)
class Grid:
    """The cells of a table and how many of its first rows are headers."""

    rows: list[list[Cell]]
    header_rows: int


def simple_cells(table: etree._Element) -> list[etree._Element]:
    """The cells that hold something of their own."""
    return [cell for row, _ in _rows(table) for cell in row if cell.tag == _CELLS[0]]


def rows_with_words(table: etree._Element) -> list[list[etree._Element]]:
    """The cells of each row that has any words."""
    rows = ([cell for cell in row if cell.tag == _CELLS[0]] for row, _ in _rows(table))
    return [row for row in rows if any("".join(cell.itertext()).strip() for cell in row)]


def read_grid(table: etree._Element, text_of: Callable[[etree._Element], str]) -> Grid:
    """The cells by row and column: one that spans rows is repeated, one that spans columns is followed by None."""
    rows: list[list[Cell]] = []
    header_rows = cells = 0
    hanging: dict[int, tuple[int, Cell]] = {}
    for element, is_head in _rows(table):
        row: list[Cell] = []
        for cell in element:
            if cell.tag not in _CELLS or cells > _MOST_CELLS:
                continue
            before = len(row)
            _add(row, cell, hanging, text_of)
            cells += len(row) - before
        if any(row):
            header_rows += is_head and header_rows == len(rows)
            rows.append(row)
    return Grid(rows, header_rows)


def _add(
    row: list[Cell], cell: etree._Element, hanging: dict[int, tuple[int, Cell]], text_of: Callable[[etree._Element], str]
) -> None:
    """One cell and those that it repeats; a covered one holds what hangs down from above, or belongs to its left."""
    repeated = count(cell.get(f"{TABLE}number-columns-repeated"), 1, _LARGEST_SPAN)
    if cell.tag == _CELLS[1]:
        for _ in range(repeated):
            rest, text = hanging.pop(len(row), (0, None))
            if rest > 1:
                hanging[len(row)] = (rest - 1, text)
            row.append(text)
        return
    text = text_of(cell)
    if not text and repeated > 1 and cell.getnext() is None:
        return
    wide, high = (count(cell.get(f"{TABLE}number-{what}-spanned"), 1, _LARGEST_SPAN) for what in ("columns", "rows"))
    below = text if len(text) <= _LONGEST_REPEATED else ""
    for number in range(repeated):
        for column in range(wide if high > 1 else 0):
            hanging[len(row) + column] = (high - 1 + (column > 0), below if column == 0 else None)
        row.append(text if number == 0 else below)


def _rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """The rows, and whether each is a header; one that is repeated counts once."""
    for element in table:
        if element.tag == f"{TABLE}table-row":
            yield element, False
        elif element.tag == f"{TABLE}table-header-rows":
            yield from ((row, True) for row, _ in _rows(element))
        elif element.tag in (f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _rows(element)

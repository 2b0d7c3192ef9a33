"""The tables of a page, taken out of its text: what is left is read in columns and paragraphs around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ragqa.parsing.pdf.dividers import dividers_of, straddles
from ragqa.parsing.pdf.layout import rows_of
from ragqa.parsing.pdf.places import row_boxes
from ragqa.parsing.pdf.spans import PageSpans, Span
from ragqa.parsing.pdf.tables.banded import banded_tables
from ragqa.parsing.pdf.tables.grid import Table
from ragqa.parsing.pdf.tables.ruled import ruled_tables
from ragqa.parsing.pdf.tables.runs import open_tables
from ragqa.types import box_around


def take_tables(pages: Iterable[PageSpans]) -> list[PageSpans]:
    """The pages with one span in the place of each table."""
    taken = list(pages)
    for page in taken:
        if not page.slanted:
            page.dividers = dividers_of(page.spans, page.rules, page.width)
            _take(page, ruled_tables(page.spans, page.rules, (page.width, page.height)))
            _take(page, banded_tables(page.spans, page.rules))
            _take(page, open_tables(page.spans))
    return taken


def _take(page: PageSpans, found: Iterable[tuple[Table, set[int]]]) -> None:
    for table, orders in found:
        left, low, right, high = table.box
        if straddles(left, right, low, high, page.dividers):
            continue
        if orders <= {span.order for span in page.spans if span.table is None}:
            rest = [span for span in page.spans if span.order not in orders]
            inside = [span for span in page.spans if span.order in orders]
            page.spans = sorted([*rest, _as_span(table, inside)], key=lambda span: span.order)


def _as_span(table: Table, inside: Sequence[Span]) -> Span:
    left, _, right, top = table.box
    text = " ".join(cell for row in table.grid for cell in row if cell)
    span = Span(text, left, right, top - table.size, table.size, bold=False, mono=False, order=table.order, table=table)
    span.box = box_around(one.box for one in inside)
    span.row_boxes = tuple(row_boxes(rows_of(inside), table.grid))
    return span

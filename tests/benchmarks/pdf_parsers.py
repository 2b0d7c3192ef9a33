"""The parsers whose tables are measured: how each is asked for the tables and the text of one page.

Each is imported only when it is asked, so that a rival runs with the Python of an environment that has it (and pypdfium2).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from pdf_gold import Cell
from table_scores import ReadTable, grid_cells


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a parser makes of a page."""

    tables: tuple[ReadTable, ...]
    text: str


def ragqa(path: Path, number: int) -> ReadPage:
    """This project's parser, a page by itself: running heads, which only several pages show, are left in."""
    from ragqa.parsing.pdf.contents import settle_leaders
    from ragqa.parsing.pdf.lines import page_paragraphs
    from ragqa.parsing.pdf.listings import drop_false_pitch
    from ragqa.parsing.pdf.spans import read_page
    from ragqa.parsing.pdf.tables.find import take_tables
    from ragqa.parsing.pdf.watermarks import drop_watermarks

    with pdfium.PdfDocument(path) as pdf:
        views = read_page(pdf[number - 1], number)
        pages = len(pdf)
    drop_watermarks(views)
    drop_false_pitch(views)
    settle_leaders(views, pages, set())
    paragraphs = [paragraph for view in take_tables(views) for paragraph in page_paragraphs(view, set())]
    tables, texts = [], []
    for paragraph in paragraphs:
        if paragraph.grid is None:
            texts.append(" ".join([paragraph.marker, *paragraph.lines]))
            continue
        tables.append(ReadTable(grid_cells(paragraph.grid), paragraph.header_rows))
        texts.extend(" ".join(cell for cell in row if cell) for row in paragraph.grid)
    return ReadPage(tuple(tables), "\n".join(texts))


def pdfplumber(path: Path, number: int) -> ReadPage:
    """pdfplumber as it comes: tables by the lines that are drawn. A cell's sides tell what it covers."""
    import pdfplumber as rival

    with rival.open(path) as pdf:
        page = pdf.pages[number - 1]
        tables = []
        for table in page.find_tables():
            texts = table.extract()
            lefts = sorted({cell[0] for cell in table.cells})
            tops = sorted({cell[1] for cell in table.cells})
            cells = []
            for row, said in zip(table.rows, texts, strict=True):
                for box, text in zip(row.cells, said, strict=True):
                    if box is not None:
                        last_row, last_column = (_last(tops, box[3]), _last(lefts, box[2]))
                        cells.append(Cell(text or "", tops.index(box[1]), lefts.index(box[0]), last_row, last_column))
            tables.append(ReadTable(tuple(cells)))
        return ReadPage(tuple(tables), page.extract_text() or "")


def _last(edges: list[float], end: float) -> int:
    return max(number for number, edge in enumerate(edges) if edge < end)


def kreuzberg(path: Path, number: int) -> ReadPage:
    """kreuzberg as it comes, on a file of that page only."""
    import kreuzberg as rival

    read = rival.extract_bytes_sync(_alone(path, number), "application/pdf")
    return ReadPage(tuple(ReadTable(grid_cells(table.cells)) for table in read.tables), read.content)


def _alone(path: Path, number: int) -> bytes:
    """A PDF that has this page only."""
    with pdfium.PdfDocument(path) as pdf, pdfium.PdfDocument.new() as made:
        made.import_pages(pdf, [number - 1])
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


PARSERS: dict[str, Callable[[Path, int], ReadPage]] = {
    "ragqa": ragqa,
    "pdfplumber": pdfplumber,
    "kreuzberg": kreuzberg,
}

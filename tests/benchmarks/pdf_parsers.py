"""The parsers whose tables are measured: how each is asked for the tables and the text of one page.

Each is imported only when it is asked, so that a rival runs with the Python of an environment that has it (and pypdfium2).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
from pdf_gold import Cell
from table_scores import ReadTable, grid_cells

if TYPE_CHECKING:
    from ragqa.parsing.pdf.lines import Paragraph


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a parser makes of a page."""

    tables: tuple[ReadTable, ...]
    text: str


def ragqa(path: Path, number: int) -> ReadPage:
    """This project's parser. A file is read once as a whole: running heads and contents show only there."""
    paragraphs = [paragraph for paragraph in _ragqa_file(path) if paragraph.page == number]
    tables, texts = [], []
    for paragraph in paragraphs:
        if paragraph.grid is None:
            texts.append(" ".join([paragraph.marker, *paragraph.lines]))
            continue
        grid = paragraph.grid[paragraph.inherited :]
        tables.append(ReadTable(grid_cells(grid), paragraph.header_rows - paragraph.inherited))
        texts.extend(" ".join(cell for cell in row if cell) for row in grid)
    return ReadPage(tuple(tables), "\n".join(texts))


@cache
def _ragqa_file(path: Path) -> list[Paragraph]:
    from ragqa.parsing.builder import DocumentBuilder
    from ragqa.parsing.pdf.parser import read_paragraphs

    with pdfium.PdfDocument(path) as pdf:
        pdf.init_forms()
        return read_paragraphs(pdf, [], [], DocumentBuilder(path.name))


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

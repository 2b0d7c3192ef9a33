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
    from ragqa.parsing.pdf.lines import page_paragraphs
    from ragqa.parsing.pdf.spans import read_page
    from ragqa.parsing.pdf.tables.find import take_tables

    with pdfium.PdfDocument(path) as pdf:
        views = take_tables(read_page(pdf[number - 1], number))
    paragraphs = [paragraph for view in views for paragraph in page_paragraphs(view, set())]
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


def docling(path: Path, number: int) -> ReadPage:
    """docling with its models of layout and tables, on a file of that page only, without OCR."""
    from docling.datamodel.base_models import DocumentStream, InputFormat
    from docling.datamodel.pipeline_options import PdfPipelineOptions
    from docling.document_converter import DocumentConverter, PdfFormatOption

    converter = _KEPT.get("docling")
    if converter is None:
        options = PdfFormatOption(pipeline_options=PdfPipelineOptions(do_ocr=False))
        converter = _KEPT["docling"] = DocumentConverter(format_options={InputFormat.PDF: options})
    document = converter.convert(DocumentStream(name="page.pdf", stream=io.BytesIO(_alone(path, number)))).document
    tables = []
    for table in document.tables:
        held = table.data.table_cells
        cells = tuple(
            Cell(c.text, c.start_row_offset_idx, c.start_col_offset_idx, c.end_row_offset_idx - 1, c.end_col_offset_idx - 1)
            for c in held
        )
        heads = 1 + max((c.start_row_offset_idx for c in held if c.column_header), default=-1)
        tables.append(ReadTable(cells, heads))
    return ReadPage(tuple(tables), document.export_to_text())


def _alone(path: Path, number: int) -> bytes:
    """A PDF that has this page only."""
    with pdfium.PdfDocument(path) as pdf, pdfium.PdfDocument.new() as made:
        made.import_pages(pdf, [number - 1])
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


_KEPT: dict[str, object] = {}

PARSERS: dict[str, Callable[[Path, int], ReadPage]] = {
    "ragqa": ragqa,
    "pdfplumber": pdfplumber,
    "docling": docling,
    "kreuzberg": kreuzberg,
}

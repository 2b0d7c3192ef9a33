"""PDF: text with its places and fonts from pdfium; columns, tables, lists and headings found from these.

A page's running header, footer and number are dropped, as are the dotted lines of a table of contents.
pdfium is not safe for threads: parse PDFs in one thread of a process at a time. Processes side by side are fine.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.errors import ParseError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.page_numbers import counted, ranges
from ragqa.parsing.pdf.headings import Bookmark, HeadingFinder
from ragqa.parsing.pdf.layout import drop_furniture
from ragqa.parsing.pdf.lines import Hyphens, Paragraph, fold, page_paragraphs
from ragqa.parsing.pdf.scans import read_scans
from ragqa.parsing.pdf.spans import PageSpans, read_page
from ragqa.parsing.tables import render_rows
from ragqa.types import Document

_MOST_BOOKMARKS = 20_000
_TAIL = 4096
# Numbers that point at the parts of a drawing: "3", "3 4 5".
_CALLOUT = re.compile(r"\d{1,3}(?:\s\d{1,3})*")


class PdfParser:
    """Reads .pdf files."""

    name = "pdf"
    version = 2
    suffixes = (".pdf",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        pdf = _open(data)
        try:
            return _read(pdf, data, path)
        finally:
            pdf.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        pdf = pdfium.PdfDocument(data)
        pages = len(pdf)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise ParseError("is protected by a password", hint="Save a copy without the password.") from error
        cut = "cut short" if b"%%EOF" not in data[-_TAIL:] else "damaged"
        raise ParseError(f"the PDF is {cut} and cannot be opened", hint="Fetch the file again.") from error
    if pages == 0:
        raise ParseError("the PDF has no pages", hint="Fetch the file again: it may be cut short.")
    return pdf


def _read(pdf: pdfium.PdfDocument, data: bytes, path: str) -> Document:
    builder = DocumentBuilder(path)
    if b"%%EOF" not in data[-_TAIL:]:
        builder.warnings.append("the file seems to be cut short: its end is missing")
    pages = _pages(pdf, builder)
    lay_out(pages, list(_bookmarks(pdf)), builder)
    return builder.build((pdf.get_metadata_dict().get("Title"), builder.first_heading), pages=len(pdf))


def lay_out(pages: list[PageSpans], bookmarks: list[Bookmark], builder: DocumentBuilder) -> None:
    """Find headings, paragraphs, lists and tables in what stands on the pages, and give them to the builder."""
    drop_furniture(pages)
    titles: dict[int, set[str]] = defaultdict(set)
    for bookmark in bookmarks:
        titles[bookmark.page].add(fold(bookmark.title))
    paragraphs = [paragraph for page in pages for paragraph in page_paragraphs(page, titles[page.number])]
    _emit(paragraphs, HeadingFinder(paragraphs, bookmarks), Hyphens(paragraphs), builder)


def _pages(pdf: pdfium.PdfDocument, builder: DocumentBuilder) -> list[PageSpans]:
    pages: list[PageSpans] = []
    broken: list[int] = []
    for number in range(1, len(pdf) + 1):
        try:
            page = pdf[number - 1]
        except pdfium.PdfiumError:
            broken.append(number)
            continue
        try:
            pages.append(read_page(page, number))
        except pdfium.PdfiumError:
            broken.append(number)
        finally:
            page.close()
    if broken:
        builder.warnings.append(f"{counted(broken)} cannot be read: {ranges(broken)}")
    builder.recognised_by = read_scans(pdf, pages, builder.warnings)
    return pages


def _bookmarks(pdf: pdfium.PdfDocument) -> Iterator[Bookmark]:
    for count, item in enumerate(pdf.get_toc(max_depth=8)):
        if count >= _MOST_BOOKMARKS:
            return
        destination = item.get_dest()
        index = destination.get_index() if destination is not None else None
        title = item.get_title()
        if index is not None and fold(title):
            yield Bookmark(title, item.level + 1, index + 1)


def _emit(paragraphs: list[Paragraph], headings: HeadingFinder, hyphens: Hyphens, builder: DocumentBuilder) -> None:
    group = 0
    indents: list[float] = []
    for paragraph in _with_whole_code(paragraphs):
        builder.page = paragraph.page
        level = headings.level(paragraph)
        if paragraph.grid is not None:
            _emit_table(paragraph, builder)
        elif level is not None:
            builder.heading(f"{paragraph.marker} {hyphens.join(paragraph.lines)}", level)
        elif paragraph.marker:
            if not group:
                group, indents = builder.new_group(), []
            depth = _depth(indents, paragraph.indent, paragraph.size)
            builder.list_item(hyphens.join(paragraph.lines), group, paragraph.marker, depth)
            continue
        elif paragraph.mono:
            builder.code("\n".join(paragraph.lines))
        elif not all(_CALLOUT.fullmatch(line) for line in paragraph.lines):
            builder.paragraph(hyphens.join(paragraph.lines))
        group = 0


def _with_whole_code(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    """The paragraphs, with the pieces of a program listing that empty lines part put together."""
    listing: Paragraph | None = None
    for paragraph in paragraphs:
        code = paragraph.mono and not paragraph.marker and paragraph.grid is None
        if listing is not None and code and paragraph.page == listing.page:
            listing.lines.extend(["", *paragraph.lines])
            continue
        if listing is not None:
            yield listing
        listing = paragraph if code else None
        if not code:
            yield paragraph
    if listing is not None:
        yield listing


def _depth(indents: list[float], indent: float, size: float) -> int:
    """How deep an item is nested, by the indentations of the items above it; `indents` is kept up to date."""
    while indents and indents[-1] > indent + 0.5 * size:
        indents.pop()
    if not indents or indent > indents[-1] + 0.5 * size:
        indents.append(indent)
    return len(indents) - 1


def _emit_table(paragraph: Paragraph, builder: DocumentBuilder) -> None:
    grid = paragraph.grid or []
    if all(_CALLOUT.fullmatch(cell) for row in grid for cell in row if cell):
        return
    group = builder.new_group()
    for line in render_rows(grid, paragraph.header_rows):
        builder.table_row(line, group)


PARSER = PdfParser()

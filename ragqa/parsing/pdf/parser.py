"""PDF: text with its places and fonts from pdfium; columns, tables, lists and headings found from these.

A page's running header, footer and number are dropped, as are the dotted lines of a table of contents.
pdfium is not safe for threads: parse PDFs in one thread of a process at a time. Processes side by side are fine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.errors import ParseError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.pace import pages_read
from ragqa.parsing.page_numbers import counted, on_pages, ranges
from ragqa.parsing.pdf.annotations import Annotations, place_typed, read_annotations
from ragqa.parsing.pdf.attachments import Attached, read_attachments
from ragqa.parsing.pdf.callouts import without_callouts
from ragqa.parsing.pdf.column_heads import lay_down_heads
from ragqa.parsing.pdf.contents import drop_contents, drop_lines_to_write_on, part_leaders
from ragqa.parsing.pdf.drawn_names import mark_names_in_drawings
from ragqa.parsing.pdf.figures import mark_figures, names_of_parts, part_of_figure
from ragqa.parsing.pdf.furniture import drop_furniture
from ragqa.parsing.pdf.headings import Bookmark, HeadingFinder
from ragqa.parsing.pdf.initials import join_initials
from ragqa.parsing.pdf.ligatures import spell_ligatures
from ragqa.parsing.pdf.lines import Hyphens, Paragraph, fold, page_paragraphs
from ragqa.parsing.pdf.listings import drop_false_pitch, indented
from ragqa.parsing.pdf.pictures import read_pictures
from ragqa.parsing.pdf.scans import read_scans
from ragqa.parsing.pdf.spans import PageSpans, read_page
from ragqa.parsing.pdf.spreads import part_spreads
from ragqa.parsing.pdf.stretched import close_stretched_words
from ragqa.parsing.pdf.tables.continued import join_continued
from ragqa.parsing.pdf.tables.find import take_tables
from ragqa.parsing.pdf.watermarks import drop_watermarks
from ragqa.parsing.tables import render_rows
from ragqa.parsing.titles import heading_of_title, pdf_title
from ragqa.types import Document, box_around

_MOST_BOOKMARKS = 20_000
_TAIL = 4096


class PdfParser:
    """Reads .pdf files."""

    name = "pdf"
    version = 8
    suffixes = (".pdf",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        pdf = open_pdf(data)
        try:
            return _read(pdf, data, path)
        finally:
            pdf.close()


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    """The PDF in `data`. Raises ParseError."""
    try:
        pdf = pdfium.PdfDocument(data)
        pages = len(pdf)
        pdf.init_forms()
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
    pinned: list[Attached] = []
    bookmarks = list(_bookmarks(pdf))
    _emit(read_paragraphs(pdf, bookmarks, pinned, builder), bookmarks, builder)
    heading = heading_of_title(builder.first_headings(of_a_page=True)) or builder.first_heading
    title = pdf_title(builder.path, pdf.get_metadata_dict().get("Title"), heading, builder.text)
    read_attachments(pdf, pinned, builder)
    return builder.build((title,), pages=len(pdf))


def lay_out(pages: list[PageSpans], builder: DocumentBuilder) -> None:
    """Find headings, paragraphs, lists and tables in what stands on pages that are no PDF's, and give them to the builder."""
    _emit(paragraphs_of(pages, (), builder), (), builder)


def read_paragraphs(
    pdf: pdfium.PdfDocument, bookmarks: Sequence[Bookmark], pinned: list[Attached], builder: DocumentBuilder
) -> list[Paragraph]:
    """The paragraphs, items and tables of all pages. Files pinned to a page go to `pinned`, what is lost is told to `builder`."""
    paragraphs, pointed_at = without_callouts(paragraphs_of(_pages(pdf, pinned, builder), bookmarks, builder), pdf)
    if pointed_at:
        builder.warnings.append(f"numbers that point at parts of a drawing are not read: {on_pages(pointed_at)}")
    return paragraphs


def paragraphs_of(pages: list[PageSpans], bookmarks: Sequence[Bookmark], builder: DocumentBuilder) -> list[Paragraph]:
    """The paragraphs, items and tables of the pages; what is left out on purpose is told to the builder."""
    for text, on in drop_watermarks(pages).items():
        builder.warnings.append(f'the watermark "{text}" is not read: {on_pages(on)}')
    pages = part_spreads(pages)
    spell_ligatures(pages)
    close_stretched_words(pages)
    drop_false_pitch(pages)
    join_initials(pages)
    titles: dict[int, set[str]] = defaultdict(set)
    for bookmark in bookmarks:
        titles[bookmark.page].add(fold(bookmark.title))
    drop_contents(pages, max((page.place for page in pages), default=0), set().union(*titles.values()))
    drop_lines_to_write_on(pages)
    pages = take_tables(pages)
    part_leaders(pages)
    drop_furniture(pages)
    paragraphs: list[Paragraph] = []
    for page in pages:
        paragraphs.extend(page_paragraphs(page, titles[page.number]))
        paragraphs.extend(Paragraph(page.number, lines=comment.splitlines()) for comment in page.comments)
    join_continued(paragraphs)
    pictures = {page.number: page.pictures for page in pages if page.pictures is not None}
    mark_names_in_drawings(paragraphs, pictures)
    mark_figures(paragraphs, pictures)
    return paragraphs


def _pages(pdf: pdfium.PdfDocument, pinned: list[Attached], builder: DocumentBuilder) -> list[PageSpans]:
    pages: list[PageSpans] = []
    broken: list[int] = []
    unseen: list[int] = []
    for number in range(1, len(pdf) + 1):
        pages_read(number - 1)
        try:
            page = pdf[number - 1]
        except pdfium.PdfiumError:
            broken.append(number)
            continue
        try:
            views = read_page(page, number)
            lay_down_heads(views)
            views[0].pictures = read_pictures(page)
            notes = read_annotations(page)
            _add_annotations(views, notes, page)
            pages.extend(views)
            pinned.extend(notes.files)
            unseen.extend([number] * bool(notes.unseen))
        except pdfium.PdfiumError:
            broken.append(number)
        finally:
            page.close()
    outside = [page.number for page in pages if page.outside]
    if broken:
        builder.warnings.append(f"{counted(broken)} cannot be read: {ranges(broken)}")
    if unseen:
        builder.warnings.append(f"hidden form fields and comments are not read: {on_pages(unseen)}")
    if outside:
        builder.warnings.append(f"text outside the visible page is not read: {on_pages(outside)}")
    builder.recognised_by = read_scans(pdf, pages, builder.warnings)
    return pages


def _add_annotations(views: list[PageSpans], notes: Annotations, page: pdfium.PdfPage) -> None:
    left, bottom, _, top = page.get_bbox()
    if notes.typed:
        upright = next((view for view in views if view.quarter == 0 and not view.slanted), None)
        if upright is None:
            upright = PageSpans(views[0].number, top - bottom, [])
            views.append(upright)
        place_typed(upright, notes.typed, left, bottom)
    views[-1].comments = notes.comments


def _bookmarks(pdf: pdfium.PdfDocument) -> Iterator[Bookmark]:
    for count, item in enumerate(pdf.get_toc(max_depth=8)):
        if count >= _MOST_BOOKMARKS:
            return
        destination = item.get_dest()
        index = destination.get_index() if destination is not None else None
        title = item.get_title()
        if index is not None and fold(title):
            yield Bookmark(title, item.level + 1, index + 1)


def _emit(paragraphs: list[Paragraph], bookmarks: Sequence[Bookmark], builder: DocumentBuilder) -> None:
    headings, hyphens = HeadingFinder(paragraphs, bookmarks), Hyphens(paragraphs)
    group = 0
    table = 0
    indents: list[float] = []
    figures: dict[int, int] = {}
    for paragraph in _with_whole_code(paragraphs):
        builder.page, builder.box = paragraph.page, paragraph.box
        level = headings.level(paragraph)
        if paragraph.figure and paragraph.figure not in figures:
            figures[paragraph.figure] = builder.new_group()
        if paragraph.grid is not None:
            table = _emit_table(
                paragraph, hyphens, builder, figures.get(paragraph.figure, 0) or (table if paragraph.continues else 0)
            )
        elif paragraph.figure:
            _emit_figure(paragraph, hyphens, builder, figures[paragraph.figure])
        elif level is not None:
            builder.heading(f"{paragraph.marker} {hyphens.join(paragraph.lines)}", level)
        elif paragraph.marker:
            if not group:
                group, indents = builder.new_group(), []
            depth = _depth(indents, paragraph.indent, paragraph.size)
            builder.list_item(hyphens.join(paragraph.lines), group, paragraph.marker, depth)
            continue
        elif paragraph.mono:
            builder.code("\n".join(indented(paragraph.lines, paragraph.starts, paragraph.size)))
        else:
            builder.paragraph(hyphens.join(paragraph.lines))
        group = 0


def _with_whole_code(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    """The paragraphs, with the pieces of a program listing that empty lines part put together."""
    listing: Paragraph | None = None
    for paragraph in paragraphs:
        code = paragraph.mono and not paragraph.marker and paragraph.grid is None
        if listing is not None and code and paragraph.page == listing.page:
            listing.lines.extend(["", *paragraph.lines])
            listing.starts.extend([0.0, *paragraph.starts])
            listing.box = box_around((listing.box, paragraph.box))
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


def _emit_figure(paragraph: Paragraph, hyphens: Hyphens, builder: DocumentBuilder, group: int) -> None:
    if paragraph.caption:
        builder.figure(f"{paragraph.marker} {hyphens.join(paragraph.lines)}", group)
        return
    for name in names_of_parts(paragraph):
        marker, part = part_of_figure(name) or ("", name)
        builder.list_item(part, group, marker)


def _emit_table(paragraph: Paragraph, hyphens: Hyphens, builder: DocumentBuilder, group: int) -> int:
    """Give the rows of a table to the builder; returns its group."""
    grid = paragraph.grid or []
    group = group or builder.new_group()
    whole = [[hyphens.join(cell.split("\n")) if cell else cell for cell in row] for row in grid]
    lines = render_rows(whole, paragraph.header_rows)
    boxes = [box for row, box in zip(grid, paragraph.row_boxes, strict=True) if any(row)]
    for number, line in enumerate(lines):
        if number < paragraph.inherited:
            continue
        builder.box = (boxes[number] if len(boxes) == len(lines) else None) or paragraph.box
        builder.table_row(line, group)
    return group


PARSER = PdfParser()

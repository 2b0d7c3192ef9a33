"""Word documents: headings by style, lists with the numbers that Word computes, tables, boxes and notes.

Page headers and footers are left out, and so are pages: a DOCX has none until it is laid out. Deleted text of
tracked changes is gone, inserted text stays. A table of one cell is a box and is read as text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document as open_docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.docx import styles
from ragqa.parsing.docx.numbering import BULLET, ListPlace, Numbering
from ragqa.parsing.labels import is_bare_label, starts_with_label
from ragqa.parsing.tables import Cell, looks_like_header, render_rows
from ragqa.types import Document

_CODE_STYLE = re.compile(r"\b(?:code|preformatted|source)\b", re.IGNORECASE)
_BODY_LEVEL = 9
_DRAWN_TWICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class DocxParser:
    """Reads .docx files."""

    name = "docx"
    version = 1
    suffixes = (".docx",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        archive = SafeArchive(data)
        _check_parts(archive)
        word = open_docx(io.BytesIO(data))
        builder = DocumentBuilder(path)
        reader = _WordReader(word, builder)
        reader.read()
        _read_notes(archive, builder)
        return builder.build((word.core_properties.title, reader.title, builder.first_heading))


def _check_parts(archive: SafeArchive) -> None:
    """Read every XML part within the budget before the library does, which trusts the directory."""
    names = archive.names()
    if "word/document.xml" not in names:
        raise ParseError("there is no Word document inside")
    for name in names:
        if name.endswith((".xml", ".rels")) and b"<!ENTITY" in archive.read(name):
            raise ParseError(f"its part {name} defines entities: refused")


class _WordReader:
    def __init__(self, document: WordDocument, builder: DocumentBuilder) -> None:
        self._document = document
        self._builder = builder
        self._numbering = Numbering(document)
        self._list_group = 0
        self._list_numbers: dict[int, int] = {}
        self._code: list[str] = []
        self.title = ""

    def read(self) -> None:
        for block in self._document.iter_inner_content():
            if isinstance(block, Paragraph):
                self._paragraph(block)
            else:
                self._table(block)
        self._flush_code()

    def _paragraph(self, paragraph: Paragraph) -> None:
        text = paragraph_text(paragraph)
        style = (paragraph.style.name or "") if paragraph.style is not None else ""
        if _CODE_STYLE.search(style):
            self._code.append(text)
            return
        self._flush_code()
        if styles.is_contents(style) or not text.strip():
            return
        place = self._numbering.place(paragraph)
        level = _heading_level(paragraph, style)
        if styles.is_title(style) and not self.title:
            self.title = clean_line(text)
        if level is not None:
            self._list_group = 0
            marker = f"{place.marker} " if place is not None and place.marker != BULLET else ""
            self._builder.heading(marker + text, level)
        elif place is None:
            place = self._styled_place(style)
            self._body(text, style, place)
        else:
            self._body(text, style, place)

    def _body(self, text: str, style: str, place: ListPlace | None) -> None:
        if place is not None:
            self._list_group = self._list_group or self._builder.new_group()
            self._builder.list_item(text, self._list_group, place.marker, place.depth)
            return
        self._list_group = 0
        self._list_numbers.clear()
        if styles.is_warning(style):
            self._builder.warning(text, self._builder.new_group())
        else:
            self._builder.paragraph(text)

    def _styled_place(self, style: str) -> ListPlace | None:
        """A place in a list for paragraphs that are items by their style alone, without Word's numbering."""
        listed = styles.list_style(style)
        if listed is None:
            return None
        is_numbered, depth = listed
        if not is_numbered:
            return ListPlace(0, depth, BULLET)
        self._list_numbers[depth] = self._list_numbers.get(depth, 0) + 1
        return ListPlace(0, depth, f"{self._list_numbers[depth]}.")

    def _flush_code(self) -> None:
        if self._code:
            self._builder.code("\n".join(self._code))
            self._code = []

    def _table(self, table: Table) -> None:
        self._flush_code()
        self._list_group = 0
        rows = [_row_cells(row) for row in table.rows]
        if sum(cell is not None for row in rows for cell in row) == 1:
            self._box(next(cell for row in rows for cell in row if cell is not None))
            return
        grid: list[list[Cell]] = [[None if cell is None else _cell_text(cell) for cell in row] for row in rows]
        filled = [cell for row in grid for cell in row if cell]
        if 0 < len(filled) <= 2 and len(grid) == 1 and starts_with_label(f"{filled[0]} "):
            self._builder.warning(" ".join(filled), self._builder.new_group())
            return
        marked = table._tbl.find(f".//{qn('w:tblHeader')}") is not None
        header_rows = 1 if len(grid) > 1 and (marked or looks_like_header(grid)) else 0
        group = self._builder.new_group()
        for line in render_rows(grid, header_rows):
            self._builder.table_row(line, group)

    def _box(self, cell: _Cell) -> None:
        """The only cell of a table: a framed box, a warning if it says so."""
        texts = [paragraph_text(paragraph) for paragraph in cell.paragraphs]
        texts = [text for text in texts if text.strip()]
        if texts and (is_bare_label(clean_line(texts[0])) or starts_with_label(clean_line(texts[0]))):
            group = self._builder.new_group()
            for text in texts:
                self._builder.warning(text, group)
            return
        for block in cell.iter_inner_content():
            if isinstance(block, Paragraph):
                self._paragraph(block)
            else:
                self._table(block)


def _heading_level(paragraph: Paragraph, style: str) -> int | None:
    level = 1 if styles.is_title(style) else styles.heading_level(style)
    if level is not None:
        return level
    properties = paragraph._p.pPr
    outline = properties.find(qn("w:outlineLvl")) if properties is not None else None
    value = outline.get(qn("w:val")) if outline is not None else None
    return int(value) + 1 if value is not None and value.isdecimal() and int(value) < _BODY_LEVEL else None


def paragraph_text(paragraph: Paragraph) -> str:
    """The text of a paragraph with its links, insertions and text boxes; without deletions and field codes."""
    return "".join(_run_texts(paragraph._p))


def _run_texts(element: etree._Element) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag == qn("w:t"):
            yield child.text or ""
        elif tag == qn("w:tab"):
            yield "\t"
        elif tag in (qn("w:br"), qn("w:cr")):
            yield "\n"
        elif tag == qn("w:noBreakHyphen"):
            yield "\u2011"
        elif tag == qn("w:sym"):
            yield chr(int(child.get(qn("w:char"), "20"), 16))
        elif tag == qn("w:p"):
            yield "\n"
            yield from _run_texts(child)
        elif tag not in (qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), _DRAWN_TWICE):
            yield from _run_texts(child)


def _row_cells(row: _Row) -> list[_Cell | None]:
    """The cells of a row; a cell that spans columns is followed by None."""
    cells: list[_Cell | None] = []
    previous = None
    for cell in row.cells:
        cells.append(None if previous is not None and cell._tc is previous else cell)
        previous = cell._tc
    return cells


def _cell_text(cell: _Cell) -> str:
    texts: list[str] = []
    for block in cell.iter_inner_content():
        if isinstance(block, Paragraph):
            texts.append(paragraph_text(block))
        else:
            for row in block.rows:
                texts.extend(_cell_text(inner) for inner in _row_cells(row) if inner is not None)
    return clean_line(" ".join(texts))


def _read_notes(archive: SafeArchive, builder: DocumentBuilder) -> None:
    """Footnotes and endnotes, at the end of the text."""
    for name in ("word/footnotes.xml", "word/endnotes.xml"):
        if name not in archive.names():
            continue
        root = etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, huge_tree=False))
        for note in root:
            if note.get(qn("w:type")) is None:
                builder.paragraph("".join(_run_texts(note)))


PARSER = DocxParser()

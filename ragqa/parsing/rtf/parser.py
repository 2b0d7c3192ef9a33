"""Rich Text Format: paragraphs, headings by style or outline level, lists with their markers, tables, footnotes at the end.

Pictures, page headers and footers are left out, and so is what is hidden or deleted, which is said.
"""

from __future__ import annotations

import re

from ragqa.errors import ParseError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.docx import styles
from ragqa.parsing.labels import BULLETS
from ragqa.parsing.rtf.reader import RtfReader
from ragqa.parsing.rtf.state import Paragraph
from ragqa.parsing.rtf.table import Table
from ragqa.parsing.rtf.tokens import tokens
from ragqa.parsing.tabbed import TabbedRows, could_be_a_row
from ragqa.parsing.tables import render_rows
from ragqa.types import Document

_BEGINNING = re.compile(rb"[\xef\xbb\xbf\s]*\{\\rtf")
_BULLET = "\u2022"
_NUMBER = re.compile(r"[(]?[\w.]{1,12}[.):]?")


class RtfParser:
    """Reads .rtf files."""

    name = "rtf"
    version = 5
    suffixes = (".rtf",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        if not _BEGINNING.match(data):
            raise ParseError("it does not begin as an RTF document does", hint="Fetch the file again.")
        reader = RtfReader()
        reader.read(tokens(data))
        builder = DocumentBuilder(path)
        builder.warnings.extend(reader.warnings)
        _emit(reader, builder)
        for note in reader.notes:
            builder.paragraph(note)
        return builder.build((reader.title, builder.first_heading))


def _emit(reader: RtfReader, builder: DocumentBuilder) -> None:
    code: list[str] = []
    tabbed = TabbedRows(builder)
    group = 0
    for piece in reader.pieces:
        if isinstance(piece, Paragraph) and piece.is_code:
            tabbed.flush()
            code.append(piece.text)
            continue
        if code:
            builder.code("\n".join(code))
            code = []
        if isinstance(piece, Paragraph) and _is_plain(piece) and could_be_a_row(piece.text):
            tabbed.take(piece.text)
            group = 0
            continue
        if isinstance(piece, Table) or piece.text.strip():
            tabbed.flush()
        if isinstance(piece, Table):
            _table(piece, builder)
            group = 0
        elif piece.depth is not None and piece.level is None:
            group = group or builder.new_group()
            builder.list_item(piece.text, group, _marker(piece.marker), piece.depth)
        else:
            group = 0
            _paragraph(piece, builder)
    if code:
        builder.code("\n".join(code))
    tabbed.flush()


def _is_plain(piece: Paragraph) -> bool:
    """Whether a paragraph is neither a heading nor an item, and its style says nothing of it."""
    return piece.level is None and piece.depth is None and not (styles.is_contents(piece.style) or styles.is_warning(piece.style))


def _paragraph(piece: Paragraph, builder: DocumentBuilder) -> None:
    if styles.is_contents(piece.style):
        return
    if piece.level is not None:
        builder.heading(f"{piece.marker} {clean_line(piece.text)}" if clean_line(piece.text) else "", piece.level)
    elif styles.is_warning(piece.style):
        builder.warning(piece.text, builder.new_group())
    else:
        builder.paragraph(piece.text)


def _marker(marker: str) -> str:
    """The number of an item as it is written, and one bullet for all others."""
    number = marker.strip()
    return number if _NUMBER.fullmatch(number) and number not in BULLETS and number not in ("o", "q", "n", "l") else _BULLET


def _table(table: Table, builder: DocumentBuilder) -> None:
    rows, header_rows = table.grid()
    cells = [cell for row in rows for cell in row if cell]
    if len(cells) == 1:
        builder.paragraph(cells[0])
        return
    group = builder.new_group()
    for line in render_rows(rows, header_rows):
        builder.table_row(line, group)


PARSER = RtfParser()

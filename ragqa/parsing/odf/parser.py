"""OpenDocument files: texts, spreadsheets and presentations, each by its own reader.

What tracked changes deleted, hidden passages, hidden sheets and hidden slides are not read, and said.
"""

from __future__ import annotations

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.odf.names import OFFICE
from ragqa.parsing.odf.slides import read_slides
from ragqa.parsing.odf.spreadsheet import SpreadsheetReader
from ragqa.parsing.odf.styles import Styles
from ragqa.parsing.odf.text import TextReader
from ragqa.parsing.safe_xml import parse_xml
from ragqa.types import Document

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_SPREADSHEETS = (".ods", ".ots")


class OdfParser:
    """Reads .odt, .ods and .odp files and their templates."""

    name = "odf"
    version = 5
    suffixes = (".odt", ".ott", ".ods", ".ots", ".odp", ".otp")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        is_spreadsheet = _is_spreadsheet(data, path)
        archive = SafeArchive(data, (_CONTENT,) if is_spreadsheet else ())
        names = archive.names()
        _refuse_encrypted(archive, names)
        if _CONTENT not in names:
            raise ParseError("there is no OpenDocument content inside", hint="Fetch the file again, or save it anew.")
        styles = Styles()
        if "styles.xml" in names:
            styles.read([parse_xml(archive.read("styles.xml"), "styles.xml")])
        builder = DocumentBuilder(path)
        title = _title(archive, builder) if "meta.xml" in names else None
        if is_spreadsheet:
            sheets = SpreadsheetReader(styles, builder)
            sheets.read(archive.stream(_CONTENT))
            return builder.build((title, sheets.first_title))
        root = parse_xml(archive.read(_CONTENT), _CONTENT)
        styles.read(root.iterfind(f"{OFFICE}automatic-styles"))
        return _read(root, styles, builder, title)


def _read(root: etree._Element, styles: Styles, builder: DocumentBuilder, title: str | None) -> Document:
    slides = root.find(f"{OFFICE}body/{OFFICE}presentation")
    if slides is not None:
        pages = read_slides(slides, styles, builder)
        return builder.build((title, builder.first_heading), pages=pages)
    text = root.find(f"{OFFICE}body/{OFFICE}text")
    if text is None:
        raise ParseError("it is neither a text nor a spreadsheet nor a presentation", hint="Export it as PDF or HTML.")
    reader = TextReader(styles, builder)
    reader.read(text)
    reader.finish()
    return builder.build((title, reader.title, builder.first_heading))


def _title(archive: SafeArchive, builder: DocumentBuilder) -> str | None:
    """The title among the file's properties, which cost nothing but themselves where they are damaged."""
    try:
        return parse_xml(archive.read("meta.xml"), "meta.xml").findtext(".//{*}title")
    except ParseError as error:
        builder.warnings.append(f"{error.message} and left out")
        return None


def _is_spreadsheet(data: bytes, path: str) -> bool:
    """By what the file declares in its first bytes, else by its suffix."""
    head = data[:200]
    if b"application/vnd.oasis.opendocument." in head:
        return b"opendocument.spreadsheet" in head
    return path.lower().endswith(_SPREADSHEETS)


def _refuse_encrypted(archive: SafeArchive, names: list[str]) -> None:
    if "encrypted-package" in names or (_MANIFEST in names and b"encryption-data" in archive.read(_MANIFEST)):
        raise ParseError("is protected by a password", hint="Open it with its program and save it without a password.")


PARSER = OdfParser()

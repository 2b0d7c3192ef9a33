"""Old formats that a program of the system turns into one that is read here: Word, Excel and PowerPoint of before 2007 by
LibreOffice, compiled help and Kindle books by Calibre.

A file that only bears an old suffix, as many programs export web pages as .xls, is read as what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ragqa.errors import ParseError
from ragqa.parsing.converters import BOOKS, OFFICE, Converter, convert
from ragqa.parsing.registry import parse
from ragqa.parsing.signatures import kind_of
from ragqa.types import Document

_OLE = b"\xd0\xcf\x11\xe0"
_PROTECTED = "protected by a password"
_READ_AS_IT_IS = {
    "a Word document": ".docx",
    "an Excel workbook": ".xlsx",
    "a PowerPoint presentation": ".pptx",
    "an EPUB book": ".epub",
    "a PDF": ".pdf",
}
# What office programs write into the web pages that they save under old suffixes; others are failed downloads.
_OFFICE_PAGE = re.compile(rb"urn:schemas-microsoft-com:office|<table\b", re.IGNORECASE)
_HEAD = 200_000


@dataclass(frozen=True, slots=True)
class _Way:
    """How files of a suffix are read: their name in messages, what converts them to what, how they begin and where."""

    what: str
    converter: Converter
    target: str
    beginnings: tuple[bytes, ...]
    at: int = 0


_WORD = _Way("an old Word document", OFFICE, ".docx", (_OLE, b"{\\rtf", b"\xdb\xa5"))
_EXCEL = _Way("an old Excel workbook", OFFICE, ".xlsx", (_OLE, b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00"))
_SLIDES = _Way("an old PowerPoint presentation", OFFICE, ".pptx", (_OLE,))
_KINDLE = _Way("a Kindle book", BOOKS, ".epub", (b"BOOKMOBI", b"TEXtREAd"), at=60)
_WAYS = {
    ".doc": _WORD,
    ".xls": _EXCEL,
    ".xlsb": _Way("a binary Excel workbook", OFFICE, ".xlsx", (b"PK\x03\x04",)),
    ".ppt": _SLIDES,
    ".pps": _SLIDES,
    ".chm": _Way("a compiled help file", BOOKS, ".epub", (b"ITSF",)),
    ".mobi": _KINDLE,
    ".azw": _KINDLE,
    ".azw3": _KINDLE,
}


class ConvertedParser:
    """Reads .doc, .xls, .ppt, .chm, .mobi files and their relatives, where the system has what converts them."""

    name = "converted"
    version = 1
    suffixes = tuple(_WAYS)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        place = PurePosixPath(path.replace("\\", "/"))
        suffix = place.suffix.lower()
        way = _WAYS[suffix]
        kind = kind_of(data)
        if kind == _PROTECTED:
            raise ParseError("is protected by a password", hint="Open it with its program and save it without a password.")
        own = _own_suffix(data, kind)
        if own is not None and suffix != ".xlsb":
            return replace(parse(data, str(place.with_suffix(own))), path=path)
        if not data.startswith(way.beginnings, way.at):
            raise ParseError(f"{place.name} is {kind}, not {way.what}" if kind else f"{place.name} is not {way.what}")
        converted = convert(data, suffix, way.converter, way.target)
        return replace(parse(converted, str(place.with_suffix(way.target))), path=path)


def _own_suffix(data: bytes, kind: str | None) -> str | None:
    """The suffix that a file should have which is of a newer kind than it says; None where it is what it says."""
    if kind == "an HTML page":
        return ".html" if _OFFICE_PAGE.search(data[:_HEAD]) else None
    return _READ_AS_IT_IS.get(kind or "")


PARSER = ConvertedParser()

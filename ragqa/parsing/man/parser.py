"""Manual pages in roff, with the macros of `man` or `mdoc`. What is named like one and is none is skipped."""

from __future__ import annotations

import re

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.man.reader import ManReader
from ragqa.types import Document

_ROFF = re.compile(rb"^[.'][ \t]*(?:TH|SH|Dd|Dt|Sh|so)[ \t]", re.MULTILINE)
_BEGINNING = 64 * 1024


class ManParser:
    """Reads .man files, and those named by a section of the manual, such as .1, if they are in roff."""

    name = "man"
    version = 2
    suffixes = (".man", ".mdoc", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        if not _ROFF.search(data[:_BEGINNING].replace(b"\r\n", b"\n")):
            raise SkippedFile("it is not a manual page in roff, which files of that name are")
        try:
            text, damage = decode(data)
        except ParseError as error:
            raise SkippedFile("it is not a manual page in roff, which files of that name are") from error
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        reader = ManReader(builder)
        reader.read(text.replace("\r\n", "\n"))
        document = builder.build((reader.title, builder.first_heading))
        if not document.blocks and reader.elsewhere:
            raise SkippedFile(f"it only refers to another page: {reader.elsewhere.strip()[:80]}")
        return document


PARSER = ManParser()

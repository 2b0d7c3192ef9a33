"""Word documents: headings by style, lists with the numbers that Word computes, tables, boxes, equations and notes.

Page headers and footers are left out, and so are pages: a DOCX has none until it is laid out. Deleted text of
tracked changes is gone, inserted text stays. A table of one cell is a box and is read as text. A footnote stands after the
paragraph, list or table that refers to it.
"""

from __future__ import annotations

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.docx.embedded import Budget
from ragqa.parsing.docx.package import WordPackage
from ragqa.parsing.docx.reader import WordReader
from ragqa.parsing.docx.story import Story
from ragqa.types import Document


class DocxParser:
    """Reads .docx files, also templates and those with macros, which are never run."""

    name = "docx"
    version = 6
    suffixes = (".docx", ".docm", ".dotx", ".dotm")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        return _read(data, path, Budget())


def _read(data: bytes, path: str, budget: Budget) -> Document:
    package = WordPackage(data)
    builder = DocumentBuilder(path)
    title = package.title()
    reader = WordReader(Story(package, budget, _read), builder)
    reader.read()
    return builder.build((title, reader.title, builder.first_heading))


PARSER = DocxParser()

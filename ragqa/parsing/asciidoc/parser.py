"""AsciiDoc: a compact reader of its blocks and inline markup, by way of HTML. Inclusions are not followed, and said."""

from __future__ import annotations

from ragqa.errors import SkippedFile
from ragqa.parsing.asciidoc.blocks import BlockReader
from ragqa.parsing.asciidoc.source import read_source
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.parser import read_html
from ragqa.types import Document


class AsciidocParser:
    """Reads .adoc files."""

    name = "asciidoc"
    version = 3
    suffixes = (".adoc", ".asciidoc", ".asc")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        if data.lstrip().startswith(b"-----BEGIN PGP"):
            raise SkippedFile("it is a PGP key or signature, not AsciiDoc")
        text, damage = decode(data)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        source = read_source(text.replace("\r\n", "\n").replace("\r", "\n"))
        reader = BlockReader(source.lines, source)
        read_html(f"<html><body>{reader.html()}</body></html>", builder)
        builder.warnings.extend(source.warnings)
        return builder.build((reader.document_title, builder.first_heading))


PARSER = AsciidocParser()

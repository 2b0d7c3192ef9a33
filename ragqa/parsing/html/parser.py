"""HTML pages. Tables that only lay out the page are unwrapped, tables of data become rows; see `tables`.

Left out: scripts, hidden elements, navigation, lists of links and feedback widgets. A picture contributes its
alternative text in brackets when that is a short name ("Tap [Settings]"), never a file name.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import repair_mojibake
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.reader import HtmlReader
from ragqa.types import Document

_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEAD = 4096


class HtmlParser:
    """Reads .html files."""

    name = "html"
    version = 1
    suffixes = (".html", ".htm", ".xhtml")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        declared = _DECLARED.search(data[:_HEAD])
        text, damage = decode(data, declared.group(1).decode("ascii") if declared else None)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        title = read_html(text, builder)
        return builder.build((title, builder.first_heading))


def read_html(text: str, builder: DocumentBuilder) -> str:
    """Feed a page to `builder`; what it names as its title is returned."""
    tree = LexborHTMLParser(repair_mojibake(text))
    if tree.body is not None:
        HtmlReader(builder).read(tree.body)
    title = tree.css_first("head > title")
    return title.text(strip=True) if title is not None else ""


PARSER = HtmlParser()

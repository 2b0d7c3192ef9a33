"""What a page says and its document does not: every text between the tags that no block holds, apart from what is no content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from ragqa.parsing.cleaning import clean_characters, clean_line, repair_mojibake
from ragqa.parsing.encoding import declared_encoding, decode
from ragqa.parsing.html.code import strip_listings
from ragqa.parsing.html.controls import write_controls
from ragqa.parsing.html.depth import limit_depth, limit_markup
from ragqa.parsing.html.formulas import write_formulas
from ragqa.parsing.html.furniture import remove_furniture, remove_link_lists
from ragqa.parsing.html.nodes import HEADINGS, SUBSCRIPTS, SUPERSCRIPTS, TEXT, walk
from ragqa.parsing.html.source import as_html
from ragqa.parsing.unread import Unread
from ragqa.types import Document

_PLAIN = {
    **{raised: plain for plain, raised in SUPERSCRIPTS.items()},
    **{lowered: plain for plain, lowered in SUBSCRIPTS.items()},
}
# Brackets go where nothing is left between them.
_SIGNS = re.compile(r"[()\u2022]")
_NEAR = 20_000
_LARGEST_SEARCH = 2_000_000_000


def unread(data: bytes, document: Document) -> list[Unread]:
    """The texts of an HTML page that `document` lacks, in order, each with the heading it stands under."""
    held = _folded(document.text)
    found: list[Unread] = []
    end, budget = 0, _LARGEST_SEARCH
    for place, text in _texts(data):
        wanted = _folded(text)
        if not any(map(str.isalnum, wanted)):
            continue
        start = held.find(wanted, max(0, end - _NEAR), end + _NEAR)
        if start < 0 and budget > 0:
            budget -= len(held)
            start = held.find(wanted)
        if start < 0:
            found.append(Unread(place, clean_line(text)))
        else:
            end = start + len(wanted)
    return found


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Every text of the page with its place; what is hidden is among them."""
    tree = LexborHTMLParser(limit_markup(repair_mojibake(as_html(decode(data, declared_encoding(data))[0]))))
    limit_depth(tree)
    write_formulas(tree)
    remove_furniture(tree)
    strip_listings(tree)
    write_controls(tree)
    remove_link_lists(tree)
    place = ""
    if tree.body is None:
        return
    for node, entering in walk(tree.body):
        if entering and node.tag in HEADINGS:
            place = clean_line(node.text())
        elif entering and node.tag == TEXT:
            yield place, node.text_content or ""


def _folded(text: str) -> str:
    return "".join(_SIGNS.sub("", clean_characters(text).translate(_PLAIN)).split())

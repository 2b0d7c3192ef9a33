"""What a book's pages say and no block of its document holds."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.epub.parser import Book
from ragqa.parsing.html.depth import limit_markup
from ragqa.parsing.unread import Unread
from ragqa.types import Document

_NEVER_SEEN = ["script", "style", "head", "template"]


def unread(data: bytes, document: Document) -> list[Unread]:
    """The texts of the pages in `data` that `document` does not hold, in the order of reading."""
    held = "".join("".join(document.text[block.start : block.end].split()) for block in document.blocks)
    missing: list[Unread] = []
    at = 0
    for chapter in Book(data).chapters():
        tree = LexborHTMLParser(limit_markup(chapter.markup))
        tree.strip_tags(_NEVER_SEEN)
        for node in [] if tree.body is None else tree.body.traverse(include_text=True):
            if node.tag != "-text":
                continue
            text = clean_line(node.text_content or "")
            bare = "".join(text.split())
            found = held.find(bare, at)
            if found < 0:
                found = held.find(bare)
            if found < 0:
                missing.append(Unread(chapter.member, text))
            elif bare:
                at = found
    return missing

"""Walks an HTML tree and feeds a DocumentBuilder. EPUB chapters and HTML pages are read by the same reader."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.html.code import code_text, is_listing
from ragqa.parsing.html.nodes import (
    BLOCKS,
    HEADINGS,
    PREFORMATTED,
    TEXT,
    meaningful_alt,
    ruby_text,
    script,
    subtree_text,
    tight,
    whole_alt,
    without_repeated_alt,
)
from ragqa.parsing.html.surroundings import BREAK, Surroundings
from ragqa.parsing.html.tables import data_table
from ragqa.types import BlockKind

# What is left of "turn the option on (<img>)" when the picture has no name.
_EMPTY_BRACKETS = re.compile(r"(?<!\s)\s*\([^\S\n]*\n\s*\)")
_SPECIAL = PREFORMATTED | {"img", "br", "hr", "sup", "sub", "ruby", "code", "summary"}
_PIECES = "ul, ol, dl, p + p, div, table, pre, h1, h2, h3, h4, h5, h6"
_LONGEST_DEFINITION = 600
_DEEPEST_DEFINITION = 1
_MOST_LISTS = 8
_LONG = 1500
_DEEPEST_TABLE = 16
_IN_A_DEFINITION = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})


class HtmlReader:
    """Reads elements in document order. Text gathers until a block begins or ends, then becomes one piece.

    `listing_tables` are the tables that a highlighter made of a listing; `within` counts the readers whose part this one reads.
    """

    def __init__(self, builder: DocumentBuilder, listing_tables: frozenset[int] = frozenset(), within: int = 0) -> None:
        self._builder = builder
        self._within = within
        self._listing_tables = listing_tables
        self._inline: list[str] = []
        self._around = Surroundings(builder)
        self._parts: list[int] = []
        self._tables = 0

    def read(self, root: LexborNode) -> None:
        """Feed everything below `root` to the builder."""
        node, depth = root.child, 1
        while node is not None:
            child = node.child if self._enter(node, depth) else None
            if child is not None:
                node, depth = child, depth + 1
                continue
            while node is not None and node.next is None:
                depth -= 1
                node = node.parent
                if depth == 0 or node is None:
                    self._end()
                    return
                self._leave(node, depth)
            node = node.next if node is not None else None
        self._end()

    def _end(self) -> None:
        self._flush()
        self._around.end()
        for _ in self._parts:
            self._builder.end_part()

    def _enter(self, node: LexborNode, depth: int) -> bool:
        """Take in what an element is; True when its children are to be read, and `_leave` to follow."""
        tag = node.tag or ""
        if tag == TEXT:
            self._inline.append(node.text_content or "")
            return False
        if tag in HEADINGS:
            self._heading(node, int(tag[1]))
            return False
        if tag in _SPECIAL:
            return self._enter_special(node, tag, depth)
        if tag in BLOCKS:
            self._flush()
            self._around.enter_box(node, depth)
            if tag == "table" and self._table(node):
                return False
            if tag == "dd" and self._definition(node, depth):
                return False
            self._around.enter_list(node, tag)
            if node.child is None:
                self._leave(node, depth)
        return True

    def _enter_special(self, node: LexborNode, tag: str, depth: int) -> bool:
        if tag == "img":
            alt = meaningful_alt(node) or whole_alt(node)
            self._inline.append(f"\n[{alt}]\n" if alt else "\n")
        elif tag == "br":
            self._inline.append(BREAK)
        elif tag == "hr":
            self._flush()
        elif tag == "ruby":
            self._inline.append(ruby_text(node))
        elif tag == "summary":
            self._summary(node, depth)
        elif tag in PREFORMATTED or (tag == "code" and is_listing(node)):
            self._code(code_text(node))
        else:
            return tag == "code" or not script(node, self._inline)
        return False

    def _leave(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if self._parts and self._parts[-1] == depth:
            self._flush()
            self._parts.pop()
            self._builder.end_part()
        if tag not in BLOCKS:
            return
        self._flush()
        self._around.leave(tag, depth)
        if tag == "table":
            self._tables -= 1

    def _heading(self, node: LexborNode, level: int) -> None:
        self._flush()
        text = subtree_text(node)
        if text:
            self._around.heading(text, level)

    def _summary(self, node: LexborNode, depth: int) -> None:
        """What unfolds, or a tab, is a part under its label; in a list or a box the label is a text like others."""
        self._flush()
        text = subtree_text(node)
        if not text:
            return
        if self._around.in_box or self._around.in_list:
            self._inline.append(text)
            self._flush()
        elif self._builder.begin_part(text):
            self._parts.append(depth - 1)

    def _code(self, text: str) -> None:
        """A listing; one line that is all that an item or a definition says belongs to its number or term."""
        self._flush()
        if not text.strip():
            return
        if "\n" not in text.strip() and self._around.is_awaited and not self._around.in_box:
            self._inline.append(text)
            self._flush()
        else:
            self._around.code(text)

    def _table(self, node: LexborNode) -> bool:
        """Read a table of data or a listing; False for one that lays out the page."""
        if node.mem_id in self._listing_tables:
            self._code(code_text(node))
            return True
        grid = data_table(node) if self._tables < _DEEPEST_TABLE else None
        if grid is None or (self._around.in_box and len(grid.rows) < 2):
            self._tables += node.child is not None
            return False
        caption = next((child for child in node.iter() if child.tag == "caption"), None)
        self._around.table(None if caption is None else subtree_text(caption), grid.lines())
        return True

    def _definition(self, node: LexborNode, depth: int) -> bool:
        """Keep a term with a definition of several pieces: read as one (True), or as a part under its term."""
        if not self._around.term or self._around.in_box or node.css_first(_PIECES) is None:
            return False
        short = self._within < _DEEPEST_DEFINITION and len(node.text()) <= _LONGEST_DEFINITION
        if short and len(node.css("dl, ul, ol")) <= _MOST_LISTS and self._short_definition(node):
            return True
        in_item = self._around.in_item
        alone = not in_item and (node.css_first("table, dl, h1, h2, h3, h4, h5, h6") is not None or len(node.text()) > _LONG)
        code = node.css_first("pre") if not in_item else None
        is_part = alone or (code is not None and "\n" in code_text(code).strip())
        if is_part and self._builder.begin_part(self._around.take_term()):
            self._parts.append(depth)
        return False

    def _short_definition(self, node: LexborNode) -> bool:
        """Read a short definition that holds a list as one piece with its term, so that no item stands without it."""
        inner = DocumentBuilder("")
        HtmlReader(inner, self._listing_tables, self._within + 1).read(node)
        document = inner.build()
        if not document.blocks or any(block.kind not in _IN_A_DEFINITION for block in document.blocks):
            return False
        first = document.blocks[0].kind is BlockKind.LIST_ITEM
        said = "\n".join(document.text[block.start : block.end] for block in document.blocks)
        self._around.definition(said, first)
        return True

    def _flush(self) -> None:
        """Turn the gathered text into the piece that the surrounding elements make of it."""
        if not self._inline:
            return
        raw, self._inline = "".join(self._inline), []
        if not raw or raw.isspace():
            return
        self._around.text(without_repeated_alt(tight(_EMPTY_BRACKETS.sub("", raw))))

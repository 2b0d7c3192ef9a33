"""Walks an HTML tree and feeds a DocumentBuilder. EPUB chapters and HTML pages are read by the same reader."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.html.code import code_text, is_listing
from ragqa.parsing.html.lists import BULLET, Definitions, ItemList
from ragqa.parsing.html.nodes import (
    BLOCKS,
    HEADINGS,
    PREFORMATTED,
    TEXT,
    is_warning_box,
    meaningful_alt,
    ruby_text,
    script,
    subtree_text,
    tight,
    whole_alt,
    without_repeated_alt,
)
from ragqa.parsing.html.tables import data_table
from ragqa.parsing.labels import is_bare_label
from ragqa.types import BlockKind

_BREAK = "\u2028"
_BLANK_LINE = re.compile(rf"{_BREAK}\s*{_BREAK}\s*")
# What is left of "turn the option on (<img>)" when the picture has no name.
_EMPTY_BRACKETS = re.compile(r"(?<!\s)\s*\([^\S\n]*\n\s*\)")
_PARAGRAPH_MARK = "\u2029"
_SPECIAL = PREFORMATTED | {"img", "br", "hr", "sup", "sub", "ruby", "code", "summary"}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
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
        self._around: list[ItemList | Definitions] = []
        self._marker = ""
        self._items = 0
        self._box_group = 0
        self._box_depth = 0
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
        while self._around:
            self._leave_list()
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
            if not self._box_group and is_warning_box(node):
                self._write_term()
                self._box_group, self._box_depth = self._builder.new_group(), depth
            if tag == "table" and self._table(node):
                return False
            if tag == "dd" and self._definition(node, depth):
                return False
            self._enter_list(node, tag)
            if node.child is None:
                self._leave(node, depth)
        return True

    def _enter_special(self, node: LexborNode, tag: str, depth: int) -> bool:
        if tag == "img":
            alt = meaningful_alt(node) or whole_alt(node)
            self._inline.append(f"\n[{alt}]\n" if alt else "\n")
        elif tag == "br":
            self._inline.append(_BREAK)
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

    def _enter_list(self, node: LexborNode, tag: str) -> None:
        if tag in _LISTS:
            self._write_term()
            self._around.append(ItemList.of(node, self._group()))
        elif tag == "li":
            if not self._around or isinstance(self._around[-1], Definitions):
                self._write_term()
                self._around.append(ItemList(False, self._group(), implied=True))
            current = self._around[-1]
            self._items += 1
            self._marker = current.next_marker(node) if isinstance(current, ItemList) else BULLET
        elif tag == "dl":
            self._write_term()
            self._around.append(Definitions(self._group()))
        elif tag == "dt":
            if not self._around or isinstance(self._around[-1], ItemList):
                self._around.append(Definitions(self._group(), implied=True))
            self._definitions().in_term = True

    def _group(self) -> int:
        """The group of a list: that of the list it stands in."""
        return self._around[0].group if self._around else self._builder.new_group()

    def _definitions(self) -> Definitions:
        current = self._around[-1]
        assert isinstance(current, Definitions)
        return current

    def _leave(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if self._parts and self._parts[-1] == depth:
            self._flush()
            self._parts.pop()
            self._builder.end_part()
        if tag not in BLOCKS:
            return
        self._flush()
        if self._box_group and depth == self._box_depth:
            self._box_group = 0
        if tag in _LISTS or tag == "dl":
            self._leave_list(tag == "dl")
        elif tag == "li":
            self._marker = ""
            self._items = max(0, self._items - 1)
            if self._around and self._around[-1].implied and isinstance(self._around[-1], ItemList):
                self._around.pop()
        elif tag == "dt":
            if self._around and isinstance(self._around[-1], Definitions):
                self._around[-1].in_term = False
        elif tag == "dd" and self._around and self._around[-1].implied:
            self._leave_list()
        elif tag == "table":
            self._tables -= 1

    def _leave_list(self, definitions: bool | None = None) -> None:
        """The list ends, and with it those that were only implied in it."""
        while self._around:
            self._write_term()
            ended = self._around.pop()
            if not ended.implied or definitions is None or isinstance(ended, Definitions) is definitions:
                return

    def _heading(self, node: LexborNode, level: int) -> None:
        self._flush()
        text = subtree_text(node)
        if not text:
            return
        if self._around and isinstance(self._around[-1], Definitions) and self._around[-1].in_term:
            self._around[-1].in_term = False
        self._write_term()
        if self._box_group:
            self._builder.warning(f"{self._take_marker()} {text}", self._box_group)
        elif is_bare_label(text):
            self._builder.paragraph(text)
        else:
            marker = self._take_marker().replace(BULLET, "")
            self._builder.heading(f"{marker} {text}".strip(), level)

    def _summary(self, node: LexborNode, depth: int) -> None:
        """What unfolds, or a tab, is a part under its label; in a list or a box the label is a text like others."""
        self._flush()
        text = subtree_text(node)
        if not text:
            return
        if self._box_group or self._around:
            self._inline.append(text)
            self._flush()
        elif self._builder.begin_part(text):
            self._parts.append(depth - 1)

    def _code(self, text: str) -> None:
        """A listing; one line that is all that an item or a definition says belongs to its number or term."""
        self._flush()
        if not text.strip():
            return
        single = "\n" not in text.strip()
        waiting = self._marker or (self._around and isinstance(self._around[-1], Definitions) and self._around[-1].term)
        if single and waiting and not self._box_group:
            self._inline.append(text)
            self._flush()
            return
        self._write_term()
        self._builder.code(text)

    def _table(self, node: LexborNode) -> bool:
        """Read a table of data or a listing; False for one that lays out the page."""
        if node.mem_id in self._listing_tables:
            self._code(code_text(node))
            return True
        grid = data_table(node) if self._tables < _DEEPEST_TABLE else None
        if grid is None or (self._box_group and len(grid.rows) < 2):
            self._tables += node.child is not None
            return False
        self._write_term()
        caption = next((child for child in node.iter() if child.tag == "caption"), None)
        group = self._box_group or self._builder.new_group()
        if caption is not None:
            text = subtree_text(caption)
            if self._box_group:
                self._builder.warning(text, group)
            else:
                self._builder.paragraph(text)
        for line in grid.lines():
            if self._box_group:
                self._builder.warning(line, group)
            else:
                self._builder.table_row(line, group)
        return True

    def _definition(self, node: LexborNode, depth: int) -> bool:
        """Keep a term with a definition of several pieces: read as one (True), or as a part under its term."""
        current = self._around[-1] if self._around else None
        if not isinstance(current, Definitions) or not current.term or self._box_group or node.css_first(_PIECES) is None:
            return False
        short = self._within < _DEEPEST_DEFINITION and len(node.text()) <= _LONGEST_DEFINITION
        if short and len(node.css("dl, ul, ol")) <= _MOST_LISTS and self._short_definition(node):
            return True
        alone = not self._items and (node.css_first("table, dl, h1, h2, h3, h4, h5, h6") is not None or len(node.text()) > _LONG)
        code = node.css_first("pre") if not self._items else None
        if (alone or (code is not None and "\n" in code_text(code).strip())) and self._builder.begin_part(current.take_term()):
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
        term = self._definitions().take_term()
        depth = len(self._around) - 1
        self._builder.list_item(f"{term}:{chr(10) if first else ' '}{said}", self._around[-1].group, self._take_marker(), depth)
        return True

    def _flush(self) -> None:
        """Turn the gathered text into the piece that the surrounding elements make of it."""
        if not self._inline:
            return
        raw, self._inline = "".join(self._inline), []
        if not raw or raw.isspace():
            return
        raw = without_repeated_alt(tight(_EMPTY_BRACKETS.sub("", raw)))
        current = self._around[-1] if self._around else None
        if isinstance(current, Definitions) and current.in_term:
            current.add_term(raw)
        elif self._box_group:
            term = self._take_term()
            self._builder.warning(f"{self._take_marker()} {term}{_lines(raw)}", self._box_group)
        elif current is not None and (self._items or isinstance(current, Definitions)):
            text = self._take_term() + " ".join(raw.split())
            self._builder.list_item(text, current.group, self._take_marker(), len(self._around) - 1)
        else:
            for paragraph in _BLANK_LINE.sub(_PARAGRAPH_MARK, raw).split(_PARAGRAPH_MARK):
                self._builder.paragraph(_lines(paragraph))

    def _write_term(self) -> None:
        """A term whose definition does not begin with text is a piece of its own."""
        current = self._around[-1] if self._around else None
        if not isinstance(current, Definitions) or not current.term or current.in_term:
            return
        term = current.take_term()
        if self._box_group:
            self._builder.warning(f"{self._take_marker()} {term}", self._box_group)
        else:
            self._builder.list_item(term, current.group, self._take_marker(), len(self._around) - 1)

    def _take_marker(self) -> str:
        marker, self._marker = self._marker, ""
        return marker

    def _take_term(self) -> str:
        current = self._around[-1] if self._around else None
        term = current.take_term() if isinstance(current, Definitions) else ""
        return f"{term}: " if term else ""


def _lines(raw: str) -> str:
    return "\n".join(" ".join(line.split()) for line in raw.split(_BREAK))

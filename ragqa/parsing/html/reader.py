"""Walks an HTML tree and feeds a DocumentBuilder. EPUB chapters and HTML pages are read by the same reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.html.nodes import (
    BLOCKS,
    HEADINGS,
    TEXT,
    is_boilerplate,
    is_unseen,
    is_warning_box,
    meaningful_alt,
    subtree_text,
    superscript,
    tight,
)
from ragqa.parsing.html.tables import data_table
from ragqa.parsing.labels import is_bare_label

_BREAK = "\u2028"
_BLANK_LINE = re.compile(rf"{_BREAK}\s*{_BREAK}\s*")
# What is left of "turn the option on (<img>)" when the picture has no name.
_EMPTY_BRACKETS = re.compile(r"\s*\(\s*\n\s*\)")
_PARAGRAPH_MARK = "\u2029"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class _List:
    ordered: bool
    letters: str
    number: int
    group: int
    implied: bool = False


class HtmlReader:
    """Reads elements in document order. Text gathers until a block begins or ends, then becomes one piece."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._lists: list[_List] = []
        self._marker = ""
        self._items = 0
        self._term = ""
        self._in_term = False
        self._definitions: list[int] = []
        self._box_group = 0
        self._box_depth = 0

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
                    self._flush()
                    return
                self._leave(node, depth)
            node = node.next if node is not None else None
        self._flush()

    def _enter(self, node: LexborNode, depth: int) -> bool:
        """Take in what an element is; True when its children are to be read, and `_leave` to follow."""
        tag = node.tag or ""
        if tag == TEXT:
            self._inline.append(node.text_content or "")
            return False
        if is_unseen(node) or is_boilerplate(node):
            if tag in BLOCKS:
                self._flush()
            return False
        if tag in HEADINGS:
            self._heading(node, int(tag[1]))
            return False
        if tag in ("img", "br", "hr", "pre", "sup"):
            return self._enter_special(node, tag)
        if tag in BLOCKS:
            self._flush()
            if not self._box_group and is_warning_box(node):
                self._box_group, self._box_depth = self._builder.new_group(), depth
            if tag == "table" and not self._box_group and self._data_table(node):
                return False
            self._enter_list(node, tag)
            if node.child is None:
                self._leave(node, depth)
        return True

    def _enter_special(self, node: LexborNode, tag: str) -> bool:
        if tag == "img":
            alt = meaningful_alt(node)
            self._inline.append(f"\n[{alt}]\n" if alt else "\n")
        elif tag == "br":
            self._inline.append(_BREAK)
        elif tag == "hr":
            self._flush()
        elif tag == "pre":
            self._flush()
            self._builder.code(node.text())
        else:
            return not superscript(node, self._inline)
        return False

    def _enter_list(self, node: LexborNode, tag: str) -> None:
        if tag in ("ul", "ol", "menu"):
            start = node.attributes.get("start") or "1"
            group = self._lists[0].group if self._lists else self._builder.new_group()
            number = int(start) if start.isdecimal() else 1
            letters = node.attributes.get("type") or ""
            self._lists.append(_List(tag == "ol", letters if letters in ("a", "A") else "", number, group))
        elif tag == "li":
            self._items += 1
            self._marker = self._next_marker(node)
        elif tag == "dl":
            self._definitions.append(self._builder.new_group())
        elif tag == "dt":
            self._in_term = True

    def _next_marker(self, node: LexborNode) -> str:
        if not self._lists:
            self._lists.append(_List(False, "", 1, self._builder.new_group(), implied=True))
        current = self._lists[-1]
        if not current.ordered:
            return "\u2022"
        value = node.attributes.get("value") or ""
        if value.isdecimal():
            current.number = int(value)
        number = current.number
        current.number += 1
        if current.letters and number <= len(_LETTERS):
            letter = _LETTERS[number - 1]
            return f"{letter.upper() if current.letters == 'A' else letter}."
        return f"{number}."

    def _leave(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if tag not in BLOCKS:
            return
        self._flush()
        if self._box_group and depth == self._box_depth:
            self._box_group = 0
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._items = max(0, self._items - 1)
            self._marker = ""
            if self._lists and self._lists[-1].implied and not self._items:
                self._lists.pop()
        elif tag == "dt":
            self._in_term = False
        elif tag == "dl":
            self._flush_term()
            if self._definitions:
                self._definitions.pop()

    def _heading(self, node: LexborNode, level: int) -> None:
        self._flush()
        text = subtree_text(node)
        if is_bare_label(text):
            self._builder.paragraph(text)
        else:
            self._builder.heading(text, level)

    def _data_table(self, node: LexborNode) -> bool:
        grid = data_table(node)
        if grid is None:
            return False
        caption = node.css_first("caption")
        if caption is not None:
            self._builder.paragraph(subtree_text(caption))
        group = self._builder.new_group()
        for line in grid.lines():
            self._builder.table_row(line, group)
        return True

    def _flush(self) -> None:
        """Turn the gathered text into the piece that the surrounding elements make of it."""
        raw, self._inline = "".join(self._inline), []
        if not raw or raw.isspace():
            return
        raw = _without_repeated_alt(tight(_EMPTY_BRACKETS.sub("", raw)))
        if self._in_term:
            self._term = f"{self._term}, {raw.strip()}" if self._term else raw.strip()
        elif self._box_group:
            self._builder.warning(f"{self._take_marker()} {_one_line(raw)}", self._box_group)
        elif self._items and self._lists:
            depth = len(self._lists) - 1
            self._builder.list_item(_one_line(raw), self._lists[-1].group, self._take_marker(), depth)
        elif self._definitions:
            self._builder.list_item(self._take_term() + _one_line(raw), self._definitions[-1], "")
        else:
            for paragraph in _BLANK_LINE.sub(_PARAGRAPH_MARK, raw).split(_PARAGRAPH_MARK):
                lines = (" ".join(line.split()) for line in paragraph.split(_BREAK))
                self._builder.paragraph("\n".join(lines))

    def _flush_term(self) -> None:
        if self._term:
            self._builder.list_item(self._take_term().rstrip(": "), self._definitions[-1], "")

    def _take_marker(self) -> str:
        marker, self._marker = self._marker, ""
        return marker

    def _take_term(self) -> str:
        term, self._term = " ".join(self._term.split()), ""
        return f"{term.rstrip(':')}: " if term else ""


def _one_line(raw: str) -> str:
    return " ".join(raw.split())


def _without_repeated_alt(raw: str) -> str:
    """An icon's name in brackets goes where the text next to it says the same: "[Camera] Camera"."""
    if "\n[" not in raw:
        return raw
    return re.sub(r"\n\[([^\[\]\n]{1,60})\]\n(?=\s*\1)", " ", raw, flags=re.IGNORECASE)

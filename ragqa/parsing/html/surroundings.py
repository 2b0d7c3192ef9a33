"""The lists, definitions and warning boxes around what is read of a page, and what a piece of text becomes within them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.html.lists import BULLET, Definitions, ItemList
from ragqa.parsing.html.nodes import is_warning_box
from ragqa.parsing.labels import is_bare_label

BREAK = "\u2028"
"""Stands in a piece of text where a line ends."""

_BLANK_LINE = re.compile(rf"{BREAK}\s*{BREAK}\s*")
_PARAGRAPH_MARK = "\u2029"
_LISTS = frozenset({"ul", "ol", "menu", "dir"})


class Surroundings:
    """Follows the elements of lists and boxes as they begin and end, and writes each piece of text as what it is there: an item,
    a definition with its term, a warning, or else a paragraph. A number or a term waits for the piece that it belongs to."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._lists: list[ItemList | Definitions] = []
        self._marker = ""
        self._items = 0
        self._box_group = 0
        self._box_depth = 0

    @property
    def in_box(self) -> bool:
        """Whether a warning box is around."""
        return bool(self._box_group)

    @property
    def in_list(self) -> bool:
        """Whether a list, also one of definitions, is around."""
        return bool(self._lists)

    @property
    def in_item(self) -> bool:
        """Whether an item is around."""
        return bool(self._items)

    @property
    def term(self) -> str:
        """The term that waits for its definition; empty where none does."""
        innermost = self._innermost_definitions()
        return innermost.term if innermost is not None else ""

    @property
    def is_awaited(self) -> bool:
        """Whether a number or a term waits for the next piece."""
        return bool(self._marker or self.term)

    # What begins and ends

    def enter_box(self, node: LexborNode, depth: int) -> None:
        """A block begins at this depth of the page: where it is a warning box, all within it is a warning."""
        if not self._box_group and is_warning_box(node):
            self._write_term()
            self._box_group, self._box_depth = self._builder.new_group(), depth

    def enter_list(self, node: LexborNode, tag: str) -> None:
        """A block begins, perhaps a list, an item or a term; what a page leaves out around an item or a term is implied."""
        if tag in _LISTS:
            self._write_term()
            self._lists.append(ItemList.of(node, self._group()))
        elif tag == "li":
            if not self._lists or isinstance(self._lists[-1], Definitions):
                self._write_term()
                self._lists.append(ItemList(False, self._group(), implied=True))
            current = self._lists[-1]
            self._items += 1
            self._marker = current.next_marker(node) if isinstance(current, ItemList) else BULLET
        elif tag == "dl":
            self._write_term()
            self._lists.append(Definitions(self._group()))
        elif tag == "dt":
            innermost = self._innermost_definitions()
            if innermost is None:
                innermost = Definitions(self._group(), implied=True)
                self._lists.append(innermost)
            innermost.in_term = True

    def leave(self, tag: str, depth: int) -> None:
        """A block ends, all of whose text was written."""
        if self._box_group and depth == self._box_depth:
            self._box_group = 0
        if tag in _LISTS or tag == "dl":
            self._leave_list(tag == "dl")
        elif tag == "li":
            self._marker = ""
            self._items = max(0, self._items - 1)
            if self._lists and self._lists[-1].implied and isinstance(self._lists[-1], ItemList):
                self._lists.pop()
        elif tag == "dt":
            innermost = self._innermost_definitions()
            if innermost is not None:
                innermost.in_term = False
        elif tag == "dd" and self._lists and self._lists[-1].implied:
            self._leave_list()

    def end(self) -> None:
        """The page ends, and with it all that is still around."""
        while self._lists:
            self._leave_list()

    def _leave_list(self, definitions: bool | None = None) -> None:
        """The list ends, and with it those that were only implied in it."""
        while self._lists:
            self._write_term()
            ended = self._lists.pop()
            if not ended.implied or definitions is None or isinstance(ended, Definitions) is definitions:
                return

    def _group(self) -> int:
        """The group of a list: that of the list it stands in."""
        return self._lists[0].group if self._lists else self._builder.new_group()

    def _innermost_definitions(self) -> Definitions | None:
        innermost = self._lists[-1] if self._lists else None
        return innermost if isinstance(innermost, Definitions) else None

    # What is written

    def text(self, raw: str) -> None:
        """A piece of text, in which BREAK ends a line."""
        definitions = self._innermost_definitions()
        if definitions is not None and definitions.in_term:
            definitions.add_term(raw)
        elif self._box_group:
            term = self._term_before()
            self._builder.warning(f"{self._take_marker()} {term}{_lines(raw)}", self._box_group)
        elif self._lists and (self._items or definitions is not None):
            self._item(self._term_before() + " ".join(raw.split()))
        else:
            for paragraph in _BLANK_LINE.sub(_PARAGRAPH_MARK, raw).split(_PARAGRAPH_MARK):
                self._builder.paragraph(_lines(paragraph))

    def heading(self, text: str, level: int) -> None:
        """A heading: a warning in a box, a paragraph where it is only a label such as "Note"."""
        definitions = self._innermost_definitions()
        if definitions is not None:
            definitions.in_term = False
        self._write_term()
        if self._box_group:
            self._builder.warning(f"{self._take_marker()} {text}", self._box_group)
        elif is_bare_label(text):
            self._builder.paragraph(text)
        else:
            marker = self._take_marker().replace(BULLET, "")
            self._builder.heading(f"{marker} {text}".strip(), level)

    def code(self, text: str) -> None:
        """A listing that is a block of its own."""
        self._write_term()
        self._builder.code(text)

    def table(self, caption: str | None, rows: Iterable[str]) -> None:
        """The rows of a table of data; in a box they are warnings."""
        self._write_term()
        group = self._box_group or self._builder.new_group()
        if caption is not None:
            if self._box_group:
                self._builder.warning(caption, group)
            else:
                self._builder.paragraph(caption)
        for row in rows:
            if self._box_group:
                self._builder.warning(row, group)
            else:
                self._builder.table_row(row, group)

    def definition(self, text: str, is_list: bool) -> None:
        """What the waiting term means, several pieces as one; items, where it `is_list`, begin on a line of their own."""
        self._item(f"{self.take_term()}:{chr(10) if is_list else ' '}{text}")

    def take_term(self) -> str:
        """The waiting term without its colon, which then waits no more; empty where none did."""
        innermost = self._innermost_definitions()
        return innermost.take_term() if innermost is not None else ""

    def _write_term(self) -> None:
        """A term whose definition does not begin with text is a piece of its own."""
        definitions = self._innermost_definitions()
        if definitions is None or not definitions.term or definitions.in_term:
            return
        term = definitions.take_term()
        if self._box_group:
            self._builder.warning(f"{self._take_marker()} {term}", self._box_group)
        else:
            self._item(term)

    def _item(self, text: str) -> None:
        self._builder.list_item(text, self._lists[-1].group, self._take_marker(), len(self._lists) - 1)

    def _term_before(self) -> str:
        term = self.take_term()
        return f"{term}: " if term else ""

    def _take_marker(self) -> str:
        marker, self._marker = self._marker, ""
        return marker


def _lines(raw: str) -> str:
    return "\n".join(" ".join(line.split()) for line in raw.split(BREAK))

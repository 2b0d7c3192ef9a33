"""Lists: the number or letter of each item, as its list and the item itself say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ragqa.parsing.numerals import roman

BULLET = "\u2022"
MARKER = "data-marker"
"""The attribute in which an item's own number or letter was put, where a page writes it as text."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_STYLES = {"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i", "upper-roman": "I"}
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"\s*([+-]?\d{1,9})\s*")


@dataclass(slots=True)
class ItemList:
    """A list that is being read: how its items are numbered, and the group that they share with the lists around it."""

    ordered: bool
    group: int
    style: str = ""
    number: int = 1
    step: int = 1
    implied: bool = False

    @classmethod
    def of(cls, node: LexborNode, group: int) -> ItemList:
        """The list that a `ul`, `ol` or `menu` begins."""
        if node.tag != "ol":
            return cls(False, group)
        attributes = node.attributes
        reverse = "reversed" in attributes
        first = sum(child.tag == "li" for child in node.iter()) if reverse else 1
        return cls(True, group, _style(node), _whole_number(attributes.get("start"), first), -1 if reverse else 1)

    def next_marker(self, item: LexborNode) -> str:
        """What stands before the next item."""
        if not self.ordered:
            return item.attributes.get(MARKER) or BULLET
        number = _whole_number(item.attributes.get("value"), self.number)
        self.number = number + self.step
        return f"{_written(number, self.style)}."


@dataclass(slots=True)
class Definitions:
    """A definition list that is being read, and the term that waits for its definition."""

    group: int
    term: str = ""
    in_term: bool = False
    implied: bool = False

    def add_term(self, text: str) -> None:
        """One more term for the next definition."""
        term = " ".join(text.split())
        self.term = f"{self.term}, {term}" if self.term else term

    def take_term(self) -> str:
        """The waiting term without its colon, which then waits no more."""
        term, self.term = self.term, ""
        return term.rstrip(": ")


def _whole_number(value: str | None, otherwise: int) -> int:
    match = _WHOLE_NUMBER.fullmatch(value or "")
    return int(match.group(1)) if match else otherwise


def _style(node: LexborNode) -> str:
    named = _STYLE.search(node.attributes.get("style") or "")
    if named is not None and named.group(1).lower() in _STYLES:
        return _STYLES[named.group(1).lower()]
    letter = node.attributes.get("type") or ""
    return letter if letter in ("a", "A", "i", "I") else ""


def _written(number: int, style: str) -> str:
    if not style or not 0 < number < 4000:
        return str(number)
    written = roman(number) if style in "iI" else _letters(number)
    return written.upper() if style.isupper() else written


def _letters(number: int) -> str:
    written = ""
    while number:
        number, place = divmod(number - 1, 26)
        written = _LETTERS[place] + written
    return written

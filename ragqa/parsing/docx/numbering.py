"""The numbers that Word shows before list items and headings: they are computed, not stored."""

from __future__ import annotations

from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_UNITS = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_DEEPEST = 9
BULLET = "\u2022"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a paragraph stands in its list: the list's identity, the depth from 0, and the marker it shows."""

    list_id: int
    depth: int
    marker: str


@dataclass(frozen=True, slots=True)
class _Level:
    number_format: str
    pattern: str
    start: int


class Numbering:
    """Counts along as the document's paragraphs are visited in order."""

    def __init__(self, document: WordDocument) -> None:
        self._levels: dict[int, dict[int, _Level]] = {}
        self._abstract_of: dict[int, int] = {}
        self._counters: dict[int, list[int]] = {}
        root = _numbering_root(document)
        if root is not None:
            self._read(root)

    def _read(self, root: etree._Element) -> None:
        abstract: dict[int, dict[int, _Level]] = {}
        for element in root.iterfind(qn("w:abstractNum")):
            levels = {
                int(level.get(qn("w:ilvl"), "0")): _Level(
                    number_format=_value(level, "w:numFmt") or "decimal",
                    pattern=_value(level, "w:lvlText") or "",
                    start=_integer(_value(level, "w:start"), 1),
                )
                for level in element.iterfind(qn("w:lvl"))
            }
            abstract[_integer(element.get(qn("w:abstractNumId")), -1)] = levels
        for element in root.iterfind(qn("w:num")):
            number_id = _integer(element.get(qn("w:numId")), -1)
            abstract_id = _integer(_value(element, "w:abstractNumId"), -1)
            self._abstract_of[number_id] = abstract_id
            self._levels[number_id] = abstract.get(abstract_id, {})

    def place(self, paragraph: Paragraph) -> ListPlace | None:
        """The paragraph's place in a list, None if it is in none. To be asked once for each paragraph."""
        found = _number_property(paragraph)
        if found is None:
            return None
        number_id, depth = found
        level = self._levels.get(number_id, {}).get(depth)
        if level is None or level.number_format == "none":
            return ListPlace(number_id, depth, BULLET) if level is None else None
        counters = self._count(number_id, depth)
        if level.number_format == "bullet":
            return ListPlace(number_id, depth, BULLET)
        return ListPlace(number_id, depth, self._marker(number_id, level, counters))

    def _count(self, number_id: int, depth: int) -> list[int]:
        counters = self._counters.setdefault(number_id, [])
        levels = self._levels[number_id]
        while len(counters) <= depth:
            start = levels[len(counters)].start if len(counters) in levels else 1
            counters.append(start - 1 if len(counters) == depth else start)
        del counters[depth + 1 :]
        counters[depth] += 1
        return counters

    def _marker(self, number_id: int, level: _Level, counters: list[int]) -> str:
        marker = level.pattern
        for depth, count in enumerate(counters):
            shown = self._levels[number_id].get(depth, level)
            marker = marker.replace(f"%{depth + 1}", _written(count, shown.number_format))
        return marker.strip() or BULLET


def _numbering_root(document: WordDocument) -> etree._Element | None:
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/numbering") and not relation.is_external:
            element: etree._Element | None = getattr(relation.target_part, "element", None)
            return element
    return None


def _number_property(paragraph: Paragraph) -> tuple[int, int] | None:
    """The list and the depth that the paragraph or its style names."""
    depth: int | None = None
    for properties in _property_chain(paragraph):
        if properties is None:
            continue
        number = properties.find(qn("w:numPr"))
        if number is None:
            continue
        if depth is None and _value(number, "w:ilvl") is not None:
            depth = _integer(_value(number, "w:ilvl"), 0)
        number_id = _value(number, "w:numId")
        if number_id is not None:
            return None if number_id == "0" else (_integer(number_id, 0), min(depth or 0, _DEEPEST - 1))
    return None


def _property_chain(paragraph: Paragraph) -> list[etree._Element | None]:
    chain = [paragraph._p.pPr]
    style = paragraph.style
    for _ in range(_DEEPEST):
        if style is None:
            break
        chain.append(style.element.find(qn("w:pPr")))
        style = style.base_style
    return chain


def _value(parent: etree._Element, tag: str) -> str | None:
    child = parent.find(qn(tag))
    return None if child is None else child.get(qn("w:val"))


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.lstrip("-").isdecimal() else otherwise


def _written(number: int, number_format: str) -> str:
    if number_format in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if number_format == "upperLetter" else letter
    if number_format in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = ""
        for value, symbol in (*_ROMAN, *_ROMAN_UNITS):
            roman += symbol * (number // value)
            number %= value
        return roman.upper() if number_format == "upperRoman" else roman
    return f"{number:02d}" if number_format == "decimalZero" else str(number)

"""What the styles of an OpenDocument file say of paragraphs, lists, tables and slides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.docx import styles
from ragqa.parsing.numerals import numeral
from ragqa.parsing.odf.names import FO, PRESENTATION, STYLE, TABLE, TEXT, count

BULLET = "\u2022"
_DEEPEST = 20
_ENCODED = re.compile(r"_([0-9a-f]{2})_")
_TITLE = re.compile(r"title|titel|titre|t\u00edtulo|titolo", re.IGNORECASE)
_TABLE_HEAD = re.compile(r"table[ _]?heading", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|preformatted|source)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str | None
    list_style: str | None
    hidden: bool
    bold: bool
    raised: bool | None = None


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How the items of one depth are marked; without `numerals` they have bullets."""

    numerals: str | None
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown_levels: int = 1


@dataclass
class Styles:
    """All styles by family and name, list styles by name, and the numbers of headings."""

    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    outline: dict[int, ListLevel] = field(default_factory=dict)
    _styles: dict[tuple[str, str], _Style] = field(default_factory=dict)

    def read(self, elements: Iterable[etree._Element]) -> None:
        """Take in the styles among these elements and below them."""
        for root in elements:
            for element in root.iter(f"{STYLE}style", f"{TEXT}list-style", f"{TEXT}outline-style"):
                self.add(element)

    def add(self, element: etree._Element) -> None:
        """Take in one style."""
        if element.tag == f"{TEXT}outline-style":
            self.outline = _levels(element)
        elif element.tag == f"{TEXT}list-style":
            self.lists[element.get(f"{STYLE}name") or ""] = _levels(element)
        else:
            family, name = element.get(f"{STYLE}family") or "", element.get(f"{STYLE}name") or ""
            text = element.find(f"{STYLE}text-properties")
            table = element.find(f"{STYLE}table-properties")
            page = element.find(f"{STYLE}drawing-page-properties")
            self._styles[family, name] = _Style(
                element.get(f"{STYLE}display-name") or _decoded(name),
                element.get(f"{STYLE}parent-style-name"),
                element.get(f"{STYLE}list-style-name"),
                (text is not None and text.get(f"{TEXT}display") == "none")
                or (table is not None and table.get(f"{TABLE}display") == "false")
                or (page is not None and page.get(f"{PRESENTATION}visibility") == "hidden"),
                text is not None and text.get(f"{FO}font-weight") in ("bold", "600", "700", "800", "900"),
                _is_raised(text.get(f"{STYLE}text-position")) if text is not None else None,
            )

    def chain(self, family: str, name: str | None) -> list[_Style]:
        """A style and those it is based on."""
        found: list[_Style] = []
        while name is not None and len(found) < _DEEPEST:
            style = self._styles.get((family, name))
            if style is None:
                # A style that the office suite brings along need not be written down.
                style = _Style(_decoded(name), None, None, False, False)
            found.append(style)
            name = style.parent
        return found

    def is_hidden(self, family: str, name: str | None) -> bool:
        """Whether what has the style is not seen."""
        return any(style.hidden for style in self.chain(family, name))

    def is_bold(self, family: str, name: str | None) -> bool:
        """Whether what has the style is set in bold."""
        return any(style.bold for style in self.chain(family, name))

    def is_set_off(self, paragraph: etree._Element) -> bool:
        """Whether a paragraph is a table's head by its style's name, or bold as a whole."""
        name = paragraph.get(f"{TEXT}style-name")
        if self.is_bold("paragraph", name) or any(_TABLE_HEAD.fullmatch(style.name) for style in self.chain("paragraph", name)):
            return True
        pieces = [paragraph.text or "", *(child.tail or "" for child in paragraph)]
        spans = [child for child in paragraph if "".join(child.itertext()).strip()]
        return not "".join(pieces).strip() and all(self.is_bold("text", span.get(f"{TEXT}style-name")) for span in spans)

    def is_raised(self, name: str | None) -> bool:
        """Whether words of the style are superscript."""
        return next((style.raised for style in self.chain("text", name) if style.raised is not None), False)

    def is_title(self, name: str | None) -> bool:
        """Whether paragraphs of the style are the document's title."""
        return any(_TITLE.fullmatch(style.name) for style in self.chain("paragraph", name))

    def defines(self, name: str | None) -> str | None:
        """Whether paragraphs of the style are a "term" that is explained, or its "definition"; None for any other."""
        return next(filter(None, (styles.defines(style.name) for style in self.chain("paragraph", name))), None)

    def is_code(self, name: str | None) -> bool:
        """Whether paragraphs of the style are lines of a program."""
        return any(_CODE.search(style.name) for style in self.chain("paragraph", name))


def marker(levels: dict[int, ListLevel], counters: list[int]) -> str:
    """What stands before the item that `counters` have come to: a bullet, "2.", "1.3"... Nothing where nothing is shown."""
    depth = len(counters)
    level = levels.get(depth)
    if level is None or level.numerals is None:
        return BULLET
    if not level.numerals:
        return ""
    first = max(1, depth - level.shown_levels + 1)
    kinds = [(number, levels[upper].numerals if upper in levels else "1") for upper, number in enumerate(counters, 1)]
    shown = ".".join(numeral(number, kind) for number, kind in kinds[first - 1 :] if kind)
    return f"{level.prefix}{shown}{level.suffix}".strip()


def _is_raised(position: str | None) -> bool | None:
    """What a text position ("super 58%", "-33% 58%") says; None where there is none."""
    first = (position or "").split(" ")[0]
    return first == "super" or (first[:1].isdecimal() and first.strip("0.%") != "") if first else None


def _decoded(name: str) -> str:
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), name)


def _levels(element: etree._Element) -> dict[int, ListLevel]:
    levels: dict[int, ListLevel] = {}
    for child in element:
        depth = count(child.get(f"{TEXT}level"), 0, 20)
        numbered = child.tag in (f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style")
        levels[depth] = ListLevel(
            (child.get(f"{STYLE}num-format") or "") if numbered else None,
            child.get(f"{STYLE}num-prefix") or "",
            child.get(f"{STYLE}num-suffix") or "",
            count(child.get(f"{TEXT}start-value")),
            count(child.get(f"{TEXT}display-levels")),
        )
    return levels

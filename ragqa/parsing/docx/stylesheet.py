"""What a document's own styles say, each with those that it is based on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ragqa.parsing.docx import styles
from ragqa.parsing.docx.names import integer, switch, value, w

_DEEPEST = 20
_BODY_LEVEL = 9
_CODE_STYLE = re.compile(r"\b(?:code(?: ?block| ?listing)?|preformatted|verbatim|source text)\b|^source$", re.IGNORECASE)
_WORDS_OF_ID = re.compile(r"(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Style:
    """One style: its name, what it is based on, and its properties of paragraphs and of characters; that of a table may set off
    its first row."""

    id: str
    name: str
    base: str
    paragraph: etree._Element | None = None
    characters: etree._Element | None = None
    sets_off_first_row: bool = False


class Stylesheet:
    """The styles of a document. One that is used but not there is known by its identity, which is mostly its name."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        self._chains: dict[str, tuple[Style, ...]] = {}
        for element in root.iterfind(w("style")) if root is not None else ():
            style = _style(element)
            self._styles.setdefault(style.id, style)
            if element.get(w("type")) == "paragraph" and element.get(w("default")) in ("1", "true", "on"):
                self._default = style.id

    def of_paragraph(self, paragraph: etree._Element) -> tuple[Style, ...]:
        """The styles of a paragraph, its own first and then those that it is based on."""
        return self.chain(value(paragraph, "pPr", "pStyle") or self._default)

    def chain(self, style_id: str | None) -> tuple[Style, ...]:
        """A style and those that it is based on."""
        named = style_id or ""
        if named not in self._chains:
            self._chains[named] = tuple(self._chain(named))
        return self._chains[named]

    def hides(self, chain: tuple[Style, ...]) -> bool:
        """Whether a chain of styles hides its text."""
        said = (switch(style.characters, "vanish") for style in chain)
        return next((hidden for hidden in said if hidden is not None), False)

    def is_bold(self, text: etree._Element) -> bool:
        """Whether a text is bold by its run, or else by the styles of its run and its paragraph."""
        run = next(text.iterancestors(w("r")), None)
        properties = run.find(w("rPr")) if run is not None else None
        paragraph = next(text.iterancestors(w("p")), None)
        chain = self.chain(value(properties, "rStyle")) if value(properties, "rStyle") else ()
        chain += self.of_paragraph(paragraph) if paragraph is not None else ()
        said = (switch(one, "b") for one in (properties, *(style.characters for style in chain)))
        return next((bold for bold in said if bold is not None), False)

    def sets_off_first_row(self, style_id: str) -> bool:
        """Whether a table's style makes the letters or the ground of its first row others than those of the rest."""
        return bool(style_id) and any(style.sets_off_first_row for style in self.chain(style_id))

    def font(self, run: etree._Element | None, paragraph: etree._Element | None) -> str:
        """The font of a run's Latin letters, by the run or else by its styles and its paragraph's; empty where none says so."""
        properties = run.find(w("rPr")) if run is not None else None
        chain = self.chain(value(properties, "rStyle")) if value(properties, "rStyle") else ()
        chain += self.of_paragraph(paragraph) if paragraph is not None else ()
        fonts = (one.find(w("rFonts")) for one in (properties, *(style.characters for style in chain)) if one is not None)
        return next((name for font in fonts if font is not None and (name := font.get(w("ascii")))), "")

    def linked_number(self, style_id: str) -> str | None:
        """The list that a list's style stands for."""
        style = self._styles.get(style_id)
        return value(style.paragraph, "numPr", "numId") if style is not None else None

    def _chain(self, style_id: str) -> Iterator[Style]:
        seen: set[str] = set()
        while style_id and style_id not in seen and len(seen) < _DEEPEST:
            seen.add(style_id)
            style = self._styles.get(style_id) or Style(style_id, _WORDS_OF_ID.sub(" ", style_id), "")
            yield style
            style_id = style.base


def heading_level(paragraph: etree._Element, chain: tuple[Style, ...]) -> int | None:
    """The level of a heading, from 1: by the names of its styles, or by the level of the outline that it or a style stands at."""
    outline = _outline(paragraph.find(w("pPr")))
    for number, style in enumerate(chain):
        level = 1 if styles.is_title(style.name) else styles.heading_level(style.name)
        if level is not None:
            return level
        if number == 0 and outline is not None:
            break
        outline = _outline(style.paragraph)
        if outline is not None:
            break
    return outline + 1 if outline is not None and 0 <= outline < _BODY_LEVEL else None


def is_title(chain: tuple[Style, ...]) -> bool:
    """Whether a paragraph of these styles is the document's title."""
    return any(styles.is_title(style.name) for style in chain)


def is_code(chain: tuple[Style, ...]) -> bool:
    """Whether a paragraph of these styles is a line of code."""
    return any(_CODE_STYLE.search(style.name) for style in chain)


def is_contents(chain: tuple[Style, ...]) -> bool:
    """Whether a paragraph of these styles is a line of a table of contents."""
    return any(styles.is_contents(style.name) for style in chain)


def defines(chain: tuple[Style, ...]) -> str | None:
    """Whether a paragraph of these styles is a "term" that is explained, or its "definition"; None for any other."""
    return next(filter(None, (styles.defines(style.name) for style in chain)), None)


def is_warning(chain: tuple[Style, ...]) -> bool:
    """Whether a paragraph of these styles is a warning."""
    return any(styles.is_warning(style.name) for style in chain)


def list_style(chain: tuple[Style, ...]) -> tuple[bool, int] | None:
    """Whether a list's style numbers its items, and their depth from 0; None where no style is a list's."""
    return next(filter(None, (styles.list_style(style.name) for style in chain)), None)


def _style(element: etree._Element) -> Style:
    return Style(
        id=element.get(w("styleId")) or "",
        name=value(element, "name") or element.get(w("styleId")) or "",
        base=value(element, "basedOn") or "",
        paragraph=element.find(w("pPr")),
        characters=element.find(w("rPr")),
        sets_off_first_row=any(map(_sets_off_first_row, element.iterfind(w("tblStylePr")))),
    )


def _sets_off_first_row(conditional: etree._Element) -> bool:
    if conditional.get(w("type")) != "firstRow":
        return False
    shade = ground(conditional.find(w("tcPr")))
    return shade != "" or any(switch(conditional.find(w("rPr")), name) for name in ("b", "caps", "smallCaps"))


def ground(properties: etree._Element | None) -> str:
    """The colour of a cell's ground, empty for that of the paper."""
    shade = properties.find(w("shd")) if properties is not None else None
    fill = ((shade.get(w("fill")) or shade.get(w("themeFill")) or "") if shade is not None else "").upper()
    return "" if fill in ("AUTO", "FFFFFF") else fill


def _outline(properties: etree._Element | None) -> int | None:
    level = value(properties, "outlineLvl")
    return None if level is None else integer(level, _BODY_LEVEL)

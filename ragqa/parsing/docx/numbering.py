"""The numbers that Word shows before list items and headings: they are computed, not stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from ragqa.parsing.docx.names import integer, switch, value, w
from ragqa.parsing.docx.number_formats import padded, written
from ragqa.parsing.docx.stylesheet import Style, Stylesheet

_DEEPEST = 9
_LARGEST_START = 10_000_000
_PLACEHOLDER = re.compile(r"%[1-9]")
_FIRST_IDEOGRAPH = "\u3040"
BULLET = "\u2022"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a paragraph stands in its list: the list's identity, the depth from 0, and the marker it shows.

    A marker that is words and no number ("CAUTION:") makes no item of a paragraph: `is_label`.
    """

    list_id: int
    depth: int
    marker: str
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    number_format: str
    pattern: str
    start: int
    style: str = ""
    restart: int | None = None
    legal: bool = False
    custom: str = ""


@dataclass(slots=True)
class _List:
    """One of Word's lists: its levels, the counting that it shares with others, and the levels at which it begins anew."""

    levels: dict[int, _Level]
    counting: int
    restarts: frozenset[int] = frozenset()
    link: str = ""


class Numbering:
    """Counts along as the document's paragraphs are visited in order."""

    def __init__(self, root: etree._Element | None, stylesheet: Stylesheet) -> None:
        self._stylesheet = stylesheet
        self._lists: dict[int, _List] = {}
        self._counters: dict[int, dict[int, int]] = {}
        self._begun: set[tuple[int, int]] = set()
        if root is not None:
            self._read(root)

    def _read(self, root: etree._Element) -> None:
        abstract: dict[int, _List] = {}
        for element in root.iterfind(w("abstractNum")):
            number = integer(element.get(w("abstractNumId")), -1)
            abstract[number] = _List(_levels(element), number, link=value(element, "numStyleLink") or "")
        chosen = {
            integer(element.get(w("numId")), -1): (element, integer(value(element, "abstractNumId"), -1))
            for element in root.iterfind(w("num"))
        }
        for number, (element, abstract_id) in chosen.items():
            base = abstract.get(abstract_id, _List({}, -1 - number))
            for _ in range(_DEEPEST):
                linked = integer(self._stylesheet.linked_number(base.link), -1) if base.link else -1
                if linked not in chosen or chosen[linked][1] not in abstract:
                    break
                base = abstract[chosen[linked][1]]
            self._lists[number] = _overridden(base, element)

    def place(self, paragraph: etree._Element, chain: tuple[Style, ...]) -> ListPlace | None:
        """The paragraph's place in a list, None if it is in none. To be asked once for each paragraph."""
        found = self._number_property(paragraph, chain)
        if found is None:
            return None
        number, depth = found
        listed = self._lists.get(number)
        level = listed.levels.get(depth) if listed is not None else None
        if listed is None or level is None:
            return ListPlace(number, depth, BULLET)
        counters = self._count(number, listed, depth)
        if level.number_format == "bullet" and not _is_words(level.pattern):
            return ListPlace(number, depth, BULLET)
        if level.number_format in ("none", "bullet") or not _PLACEHOLDER.search(level.pattern):
            label = _PLACEHOLDER.sub("", level.pattern).strip()
            if _is_words(label):
                return ListPlace(number, depth, label, is_label=True)
            return None if level.number_format == "none" or not label else ListPlace(number, depth, BULLET)
        return ListPlace(number, depth, _marker(listed, level, counters, depth))

    def _number_property(self, paragraph: etree._Element, chain: tuple[Style, ...]) -> tuple[int, int] | None:
        """The list and the depth that the paragraph or its style names."""
        depth: int | None = None
        styled = False
        for properties in (paragraph.find(w("pPr")), *(style.paragraph for style in chain)):
            number = value(properties, "numPr", "numId")
            if depth is None and value(properties, "numPr", "ilvl") is not None:
                depth = integer(value(properties, "numPr", "ilvl"), 0)
            if number is not None:
                if integer(number, 0) == 0:
                    return None
                if depth is None and styled:
                    depth = self._depth_of_style(integer(number, 0), chain)
                return integer(number, 0), max(0, min(depth or 0, _DEEPEST - 1))
            styled = True
        return None

    def _depth_of_style(self, number: int, chain: tuple[Style, ...]) -> int:
        levels = self._lists[number].levels if number in self._lists else {}
        named = (depth for style in chain for depth, level in levels.items() if level.style == style.id)
        return next(named, 0)

    def _count(self, number: int, listed: _List, depth: int) -> dict[int, int]:
        counters = self._counters.setdefault(listed.counting, {})
        for upper in range(depth):
            counters.setdefault(upper, _start(listed, upper))
        if depth in listed.restarts and (number, depth) not in self._begun:
            self._begun.add((number, depth))
            counters.pop(depth, None)
        counters[depth] = counters[depth] + 1 if depth in counters else _start(listed, depth)
        for lower in [one for one in counters if one > depth]:
            level = listed.levels.get(lower)
            if level is None or level.restart is None or depth < level.restart:
                del counters[lower]
        return counters


def _levels(parent: etree._Element) -> dict[int, _Level]:
    return {integer(element.get(w("ilvl")), 0): _level(element) for element in parent.iterfind(w("lvl"))}


def _level(element: etree._Element) -> _Level:
    number_format = element.find(w("numFmt"))
    restart = value(element, "lvlRestart")
    pattern = value(element, "lvlText")
    return _Level(
        number_format=value(element, "numFmt") or "decimal",
        pattern=f"%{integer(element.get(w('ilvl')), 0) + 1}." if pattern is None else pattern,
        start=_bounded(value(element, "start"), 1),
        style=value(element, "pStyle") or "",
        restart=None if restart is None else integer(restart, 0),
        legal=switch(element, "isLgl") or False,
        custom=(number_format.get(w("format")) or "") if number_format is not None else "",
    )


def _overridden(base: _List, number: etree._Element) -> _List:
    """The list as one of its uses changes it: levels of its own, and numbers to begin with."""
    levels, restarts = dict(base.levels), set[int]()
    for override in number.iterfind(w("lvlOverride")):
        depth = integer(override.get(w("ilvl")), 0)
        own = override.find(w("lvl"))
        if own is not None:
            levels[depth] = _level(own)
        start = value(override, "startOverride")
        if start is not None and depth in levels:
            levels[depth] = replace(levels[depth], start=_bounded(start, 1))
        if own is not None or start is not None:
            restarts.add(depth)
    return _List(levels, base.counting, frozenset(restarts))


def _bounded(text: str | None, otherwise: int) -> int:
    return max(0, min(integer(text, otherwise), _LARGEST_START))


def _start(listed: _List, depth: int) -> int:
    return listed.levels[depth].start if depth in listed.levels else 1


def _marker(listed: _List, level: _Level, counters: dict[int, int], depth: int) -> str:
    def number(match: re.Match[str]) -> str:
        upper = int(match.group()[1]) - 1
        if upper > depth:
            return ""
        shown = listed.levels.get(upper, level)
        count = counters.get(upper, shown.start)
        if level.legal:
            return str(count)
        if shown.number_format in ("none", "bullet"):
            return ""
        return padded(count, shown.custom) if shown.number_format == "custom" else written(count, shown.number_format)

    return _PLACEHOLDER.sub(number, level.pattern).strip() or BULLET


def _is_words(pattern: str) -> bool:
    """Whether a marker is words, such as "Note:", and not the sign of a bullet, which may be a letter of a symbol font."""
    letters = [sign for sign in pattern if sign.isalpha()]
    return len(letters) >= 3 or (len(letters) == 2 and min(letters) >= _FIRST_IDEOGRAPH)

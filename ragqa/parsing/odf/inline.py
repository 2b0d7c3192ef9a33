"""The words inside a paragraph of an OpenDocument file, and what else hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.odf.names import DRAW, OFFICE, TEXT, count
from ragqa.parsing.odf.styles import Styles
from ragqa.parsing.raised import raised

_MOST_SPACES = 100
_SPACE = re.compile(r"[ \t\r\n]+")
_SILENT_NAMES = (
    "number", "tracked-changes", "script", "note-citation", "bookmark", "hidden-paragraph", "soft-page-break",
)  # fmt: skip
_DRAWN_NAMES = (
    "frame", "g", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "polygon", "path", "caption", "polyline",
    "regular-polygon", "measure", "control",
)  # fmt: skip
_SILENT = frozenset(f"{TEXT}{name}" for name in _SILENT_NAMES)
_DRAWN = frozenset(f"{DRAW}{name}" for name in _DRAWN_NAMES)


@dataclass
class Hanging:
    """What was met inside paragraphs and is read elsewhere, or not at all."""

    frames: list[etree._Element] = field(default_factory=list)
    notes: list[etree._Element] = field(default_factory=list)
    comments: int = 0
    hidden: int = 0


def inline_text(element: etree._Element, styles: Styles, hanging: Hanging) -> str:
    """The text of a paragraph as it is seen."""
    return "".join(_pieces(element, styles, hanging))


def _pieces(element: etree._Element, styles: Styles, hanging: Hanging) -> Iterator[str]:
    yield _collapsed(element.text)
    for child in element:
        yield from _piece(child, styles, hanging)
        yield _collapsed(child.tail)


def _piece(child: etree._Element, styles: Styles, hanging: Hanging) -> Iterator[str]:
    tag = child.tag
    if tag == f"{TEXT}s":
        yield " " * count(child.get(f"{TEXT}c"), 1, _MOST_SPACES)
    elif tag == f"{TEXT}tab":
        yield "\t"
    elif tag == f"{TEXT}line-break":
        yield "\n"
    elif tag == f"{TEXT}note":
        hanging.notes.append(child)
    elif tag == f"{OFFICE}annotation":
        hanging.comments += 1
    elif tag in _DRAWN:
        hanging.frames.append(child)
    elif child.get(f"{TEXT}display") == "none":
        hanging.hidden += bool(child.text)
    elif tag == f"{TEXT}hidden-text" or (tag == f"{TEXT}span" and styles.is_hidden("text", child.get(f"{TEXT}style-name"))):
        hanging.hidden += 1
    elif tag == f"{TEXT}p":
        yield "\n"
        yield from _pieces(child, styles, hanging)
    elif tag == f"{TEXT}span" and styles.is_raised(child.get(f"{TEXT}style-name")):
        yield raised("".join(_pieces(child, styles, hanging)))
    elif tag == f"{TEXT}ruby-text":  # in brackets, as in print that has no room above the line
        reading = "".join(_pieces(child, styles, hanging)).strip()
        yield f"({reading})" if reading else ""
    elif tag not in _SILENT:
        yield from _pieces(child, styles, hanging)


def _collapsed(text: str | None) -> str:
    """White space in the file is one space; what is meant to be more is written as elements."""
    return _SPACE.sub(" ", text) if text else ""

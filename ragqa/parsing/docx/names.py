"""The names of Word's XML, and what stands in its small attributes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lxml import etree

_OFFICE = "http://schemas.openxmlformats.org"
_WORD = f"{_OFFICE}/wordprocessingml/2006/main"
_MATH = f"{_OFFICE}/officeDocument/2006/math"
_DRAWING = f"{_OFFICE}/drawingml/2006"
_COMPATIBILITY = f"{_OFFICE}/markup-compatibility/2006"
STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": _WORD.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": _MATH.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": f"{_OFFICE}/officeDocument/2006/relationships".encode(),
    b"http://purl.oclc.org/ooxml/drawingml/": f"{_DRAWING}/".encode(),
}
"""The namespaces of documents that are saved as "Strict Open XML", and the usual ones."""


@cache
def w(name: str) -> str:
    """The full name of one of Word's own elements or attributes."""
    return f"{{{_WORD}}}{name}"


@cache
def m(name: str) -> str:
    """The full name of an element of an equation."""
    return f"{{{_MATH}}}{name}"


@cache
def drawn(name: str, part: str = "main") -> str:
    """The full name of an element of a drawing, or of the `part` "chart" or "diagram"."""
    return f"{{{_DRAWING}/{part}}}{name}"


@cache
def mc(name: str) -> str:
    """The full name of an element that offers the same content in several forms."""
    return f"{{{_COMPATIBILITY}}}{name}"


def relation(name: str) -> str:
    """The full name of an attribute that refers to another part."""
    return f"{{{_OFFICE}/officeDocument/2006/relationships}}{name}"


TEXTS = (w("t"), m("t"), drawn("t"))
"""The elements that hold the text which a reader sees."""


def children(element: etree._Element) -> Iterator[etree._Element]:
    """The elements directly within one, without comments and the like."""
    return element.iterchildren(tag=etree.Element)


def value(parent: etree._Element | None, *path: str) -> str | None:
    """The `w:val` of the element at a path of Word's names below `parent`; None where there is none."""
    for name in path:
        parent = parent.find(w(name)) if parent is not None else None
    return parent.get(w("val")) if parent is not None else None


def switch(parent: etree._Element | None, name: str) -> bool | None:
    """Whether a property such as `w:vanish` is on; None where it is not said."""
    found = parent.find(w(name)) if parent is not None else None
    return None if found is None else found.get(w("val"), "1").lower() not in ("0", "false", "off")


def integer(text: str | None, otherwise: int) -> int:
    """A number as it is written in an attribute, or what stands for one that is missing or no number."""
    return int(text) if text is not None and len(text) < 10 and text.isascii() and text.removeprefix("-").isdigit() else otherwise

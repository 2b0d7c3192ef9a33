"""The namespaces of OpenDocument, as lxml writes them."""

from __future__ import annotations

_URN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"

OFFICE = _URN % "office"
TEXT = _URN % "text"
TABLE = _URN % "table"
DRAW = _URN % "drawing"
STYLE = _URN % "style"
FO = _URN % "xsl-fo-compatible"
SVG = _URN % "svg-compatible"
PRESENTATION = _URN % "presentation"


def count(value: str | None, otherwise: int = 1, most: int = 1_000_000) -> int:
    """A number in an attribute, within bounds."""
    return min(int(value), most) if value is not None and value.isdecimal() and len(value) < 10 else otherwise

"""The slides of an OpenDocument presentation: each a page with its title, its boxes in the order they are read, its notes."""

from __future__ import annotations

import re

from lxml import etree

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.odf.inline import Hanging, inline_text
from ragqa.parsing.odf.names import DRAW, PRESENTATION, SVG, TEXT
from ragqa.parsing.odf.styles import Styles
from ragqa.parsing.odf.text import TextReader
from ragqa.parsing.reading_order import Box, in_reading_order

_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)?")
_MILLIMETRES = {"cm": 10.0, "mm": 1.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "px": 25.4 / 96}
_FURNITURE = ("footer", "date-time", "page-number", "header")


def read_slides(presentation: etree._Element, styles: Styles, builder: DocumentBuilder) -> int:
    """Every slide that is not hidden; returned is how many there are."""
    pages = presentation.findall(f"{DRAW}page")
    reader = TextReader(styles, builder)
    for number, page in enumerate(pages, 1):
        builder.page = number
        if styles.is_hidden("drawing-page", page.get(f"{DRAW}style-name")):
            builder.warnings.append(f"slide {number} is hidden and was not read")
            continue
        _read_slide(page, number, styles, builder, reader)
    builder.page = len(pages)
    reader.finish()
    return len(pages)


def _read_slide(page: etree._Element, number: int, styles: Styles, builder: DocumentBuilder, reader: TextReader) -> None:
    shapes = [shape for shape in page if isinstance(shape.tag, str) and shape.tag.startswith(DRAW)]
    shapes = [shape for shape in shapes if shape.get(f"{PRESENTATION}class") not in _FURNITURE]
    title = next((shape for shape in shapes if shape.get(f"{PRESENTATION}class") == "title"), None)
    words = "" if title is None else " ".join(inline_text(line, styles, Hanging()) for line in title.iter(f"{TEXT}p"))
    builder.heading(words if words.strip() else f"Slide {number}", 1)
    for box in in_reading_order([_placed(shape) for shape in shapes if shape is not title or not words.strip()]):
        reader.read([box.content])
    notes = page.find(f"{PRESENTATION}notes")
    lines = [inline_text(line, styles, Hanging()) for line in notes.iter(f"{TEXT}p")] if notes is not None else []
    if any(map(str.strip, lines)):
        builder.heading("Notes", 2)
        for line in lines:
            builder.paragraph(line)


def _placed(shape: etree._Element) -> Box[etree._Element]:
    left, top, width, height = (_length(shape.get(f"{SVG}{name}")) for name in ("x", "y", "width", "height"))
    return Box(left, top, width, height, shape)


def _length(value: str | None) -> float:
    """A length in millimetres."""
    match = _LENGTH.fullmatch(value or "")
    return float(match[1]) * _MILLIMETRES[match[2] or "mm"] if match else 0.0

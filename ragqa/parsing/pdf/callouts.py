"""Numbers that point at the parts of a drawing: "3", "3 4 5". They say nothing away from it.

A number that stands alone may as well be what the reader looks for. So only numbers that count the parts of something,
each named about once, on a page with a picture, are taken for callouts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.lines import Paragraph

_NUMBERS = re.compile(r"\d{1,3}(?:\s\d{1,3})*")
_FEWEST = 3
_DISTINCT = 0.5
_SPREAD = 2
_PICTURE_SIDE = 60.0
_CURVED = 6
_FEWEST_CURVES = 12
_MOST_OBJECTS = 5000


def without_callouts(paragraphs: Sequence[Paragraph], pdf: pdfium.PdfDocument) -> tuple[list[Paragraph], list[int]]:
    """The paragraphs and tables but for callouts, and the pages on which there were such."""
    found: dict[int, list[Paragraph]] = defaultdict(list)
    introduced = False
    for paragraph in paragraphs:
        if _is_of_numbers(paragraph) and not introduced:
            found[paragraph.page].append(paragraph)
        introduced = bool(paragraph.lines) and paragraph.lines[-1].rstrip().endswith((":", "\uff1a"))
    pages = [page for page, alone in found.items() if _count_parts(alone) and _has_picture(pdf[page - 1])]
    dropped = {id(paragraph) for page in pages for paragraph in found[page]}
    return [paragraph for paragraph in paragraphs if id(paragraph) not in dropped], pages


def _texts(paragraph: Paragraph) -> list[str]:
    if paragraph.grid is not None:
        return [cell for row in paragraph.grid for cell in row if cell]
    return paragraph.lines


def _is_of_numbers(paragraph: Paragraph) -> bool:
    if paragraph.marker or (paragraph.mono and paragraph.grid is None):
        return False
    return all(_NUMBERS.fullmatch(text) for text in _texts(paragraph))


def _count_parts(alone: Sequence[Paragraph]) -> bool:
    numbers = [int(number) for paragraph in alone for text in _texts(paragraph) for number in text.split()]
    different = set(numbers)
    if len(different) < _FEWEST or len(different) < _DISTINCT * len(numbers):
        return False
    return max(different) - min(different) < _SPREAD * len(different)


def _has_picture(page: pdfium.PdfPage) -> bool:
    kinds = [pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING]
    curves = 0
    try:
        for count, drawn in enumerate(page.get_objects(filter=kinds, max_depth=3)):
            if drawn.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                left, bottom, right, top = drawn.get_bounds()
                if min(right - left, top - bottom) >= _PICTURE_SIDE:
                    return True
            elif drawn.type == pdfium_c.FPDF_PAGEOBJ_PATH:
                curves += pdfium_c.FPDFPath_CountSegments(drawn.raw) >= _CURVED
            if curves >= _FEWEST_CURVES or count >= _MOST_OBJECTS:
                return curves >= _FEWEST_CURVES
    finally:
        page.close()
    return False

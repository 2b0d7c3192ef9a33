"""A page of a PDF drawn as a picture, with words boxed and their place framed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdfium2 as pdfium

from ragqa.errors import ParseError, UsageError
from ragqa.parsing.pdf.find_words import PageWords
from ragqa.parsing.pdf.parser import open_pdf
from ragqa.parsing.pdf.places import Frame
from ragqa.types import Box, PagePicture, Spot

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_INCH = 150
LONGEST_SIDE = 2400
"""Pixels; a poster is drawn with fewer dots."""

_WORDS_FILL, _WORDS_EDGE, _FRAME = (255, 214, 0, 80), (208, 48, 0, 255), (0, 104, 208, 255)


def draw_page(data: bytes, spot: Spot) -> PagePicture:
    """The page of a PDF that a spot names, with what it marks there. Raises ParseError for a file or page that cannot be read,
    UsageError for a page that it does not have."""
    pdf = open_pdf(data)
    try:
        if not 1 <= spot.page <= len(pdf):
            raise UsageError(f"{spot.document} has no page {spot.page}", hint=f"Its pages are 1 to {len(pdf)}.")
        try:
            return _drawn(pdf[spot.page - 1], spot)
        except pdfium.PdfiumError as error:
            raise ParseError(f"page {spot.page} of {spot.document} cannot be drawn: {error}") from error
    finally:
        pdf.close()


def _drawn(page: pdfium.PdfPage, spot: Spot) -> PagePicture:
    longest = max(page.get_size())
    if longest <= 0:
        raise ParseError(f"page {spot.page} of {spot.document} has no size")
    words = _found(page, spot)
    image = page.render(scale=min(DOTS_PER_INCH / 72, LONGEST_SIDE / longest)).to_pil().convert("RGB")
    _mark(image, words, spot.box)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return PagePicture(spot.document, spot.page, buffer.getvalue(), image.width, image.height, tuple(words), spot.box)


def _found(page: pdfium.PdfPage, spot: Spot) -> list[Box]:
    if not spot.words:
        return []
    textpage = page.get_textpage()
    try:
        return PageWords(textpage, Frame.of(page)).find(spot.words, spot.box)
    finally:
        textpage.close()


def _mark(image: Image, words: list[Box], box: Box | None) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image, "RGBA")
    line = max(1, max(image.size) // 700)
    for marked, fill, edge, margin in (
        *((one, _WORDS_FILL, _WORDS_EDGE, 2 * line) for one in words),
        *([(box, None, _FRAME, 5 * line)] if box is not None else []),
    ):
        left, top, right, bottom = (share * size for share, size in zip(marked, (*image.size, *image.size), strict=True))
        draw.rectangle((left - margin, top - margin, right + margin, bottom + margin), fill=fill, outline=edge, width=line)

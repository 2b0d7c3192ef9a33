"""Drawn pages, and a recogniser that knows what was drawn: it reads a page only where its mark stands at the upper left."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.ocr.engine import Line

WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dpi."""

Drawn = tuple[str, int, int, int]
"""A text with its left end, its baseline and the size of its type, in pixels."""

PAGE: list[Drawn] = [
    ("The pump", 150, 250, 60),
    ("The pump moves forty litres of water an hour and", 150, 330, 30),
    ("needs a filter that is changed every nine weeks.", 150, 370, 30),
]


def drawn_page(texts: Sequence[Drawn] = PAGE, mark: bool = True) -> np.ndarray:
    """A white page with these texts, and with the mark that the recogniser looks for."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for text, left, base, size in texts:
        draw.text((left, base), text, fill=0, font=ImageFont.load_default(size), anchor="ls")
    if mark:
        draw.rectangle((20, 20, 80, 80), fill=0)
    return np.asarray(image)


def lines_of(texts: Sequence[Drawn], scale: float = 1.0, confidence: float = 0.97) -> list[Line]:
    """What a detector would say of these texts: boxes with some margin."""
    found = []
    for text, left, base, size in texts:
        right = left + ImageFont.load_default(size).getlength(text)
        box = (left - 4, base - size, right + 4, base + 0.35 * size)
        found.append(Line(text, (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale), confidence))
    return found


class FakeRecognizer:
    """Reads the texts it was made with off every upright page that is not blank, and nonsense off others. Counts the pages."""

    name, version = "fake", "1"

    def __init__(self, texts: Sequence[Drawn] = PAGE, confidence: float = 0.97) -> None:
        self.texts, self.confidence = texts, confidence
        self.seen = 0
        self.broken: Callable[[int], bool] = lambda count: False

    def recognise(self, picture: np.ndarray) -> list[Line]:
        self.seen += 1
        if self.broken(self.seen):
            raise RuntimeError("the page bites")
        height, width = picture.shape
        if picture[: height // 14, : width // 14].min() > 100:
            sideways = width > height
            return [Line("l~|I", (0, 0, 10, 90) if sideways else (0, 0, 90, 10), 0.4)]
        return lines_of(self.texts, max(picture.shape) / HEIGHT, self.confidence)


def draw_scan(canvas: Canvas, picture: np.ndarray | None = None) -> None:
    """A page of a PDF that is only this picture."""
    file = io.BytesIO()
    Image.fromarray(drawn_page() if picture is None else picture).save(file, "PNG")
    file.seek(0)
    canvas.drawImage(ImageReader(file), 0, 0, *A4)

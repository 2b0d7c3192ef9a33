"""Where things stand on a page as it is displayed, turned and cropped as its file says: as shares of its width and height."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.tables import Cell
from ragqa.types import Box, box_around

_DEVICE = 1_000_000
_STEP = 100.0
_ASCENT, _DESCENT = 0.8, 0.25
_DECIMALS = 4


class Placed(Protocol):
    """Text on a baseline, with its place on the page where that is known."""

    text: str
    box: Box | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The way from a page's own points to the page as it is displayed: an affine map."""

    origin: tuple[float, float]
    across: tuple[float, float]
    up: tuple[float, float]

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> Frame:
        """The frame of a page, as pdfium displays it."""
        x0, y0 = _displayed(page, 0.0, 0.0)
        x1, y1 = _displayed(page, _STEP, 0.0)
        x2, y2 = _displayed(page, 0.0, _STEP)
        return cls((x0, y0), ((x1 - x0) / _STEP, (y1 - y0) / _STEP), ((x2 - x0) / _STEP, (y2 - y0) / _STEP))

    def box(self, left: float, bottom: float, right: float, top: float) -> Box | None:
        """The box of a rectangle in the page's points; None where nothing of it is displayed."""
        corners = [self._point(x, y) for x in (left, right) for y in (bottom, top)]
        across, down = [x for x, _ in corners], [y for _, y in corners]
        x0, y0, x1, y1 = (round(min(max(edge, 0.0), 1.0), _DECIMALS) for edge in (min(across), min(down), max(across), max(down)))
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def text_box(self, angle: int, x0: float, x1: float, base: float, size: float) -> Box | None:
        """The box of text on a baseline, in coordinates turned by the text's angle so that it is upright."""
        low, high = base - _DESCENT * size, base + _ASCENT * size
        if angle == 90:
            return self.box(-high, x0, -low, x1)
        if angle == 180:
            return self.box(-x1, -high, -x0, -low)
        if angle == 270:
            return self.box(low, -x1, high, -x0)
        return self.box(x0, low, x1, high)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.origin[0] + x * self.across[0] + y * self.up[0],
            self.origin[1] + x * self.across[1] + y * self.up[1],
        )


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, _DEVICE, _DEVICE, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value / _DEVICE, down.value / _DEVICE


def row_boxes(rows: Sequence[Sequence[Placed]], grid: Sequence[Sequence[Cell]]) -> list[Box | None]:
    """The box of each row of a table's cells, whose lines stand on the page as `rows`, in the same order."""
    boxes: list[list[Box | None]] = [[] for _ in grid]
    at, left = -1, ""
    for row in rows:
        following = at
        rest = _without(left, row)
        while rest is None and following + 1 < len(grid):
            following += 1
            rest = _without(" ".join(cell for cell in grid[following] if cell), row)
        if rest is not None:
            at, left = following, rest
            boxes[at].extend(span.box for span in row)
    return [box_around(found) for found in boxes]


def _without(text: str, row: Sequence[Placed]) -> str | None:
    """The text without that of the spans; None where it does not hold them all."""
    for span in row:
        if span.text not in text:
            return None
        text = text.replace(span.text, " ", 1)
    return text

"""Where things stand on a page as it is displayed, turned and cropped as its file says: as shares of its width and height."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.tables import Cell
from ragqa.types import Box, box_around

_DEVICE = 1_000_000
_STEP = 100.0
_DECIMALS = 4


class Placed(Protocol):
    """Text on a line, with its place on the page where that is known."""

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
    at, left = -1, Counter[str]()
    for row in rows:
        words = Counter(word for span in row for word in span.text.split())
        following, rest = at, left
        while not words <= rest and following + 1 < len(grid):
            following += 1
            rest = Counter(word for cell in grid[following] if cell for word in cell.split())
        if words <= rest:
            at, left = following, rest - words
            boxes[at].extend(span.box for span in row)
    return [box_around(found) for found in boxes]

"""The pictures on a PDF page: images, and the strokes that a drawing may be made of."""

from __future__ import annotations

import ctypes
import itertools
from array import array
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.page_objects import AS_IT_IS, Matrix, objects_on
from ragqa.parsing.pdf.places import Frame
from ragqa.types import Box, box_around

_MOST_DRAWN = 3000
_MOST_LOOKED_AT = 10_000
_TOGETHER = 0.012
_LEAST_WIDTH, _LEAST_HEIGHT, _LEAST_AREA, _MOST_AREA = 0.06, 0.03, 0.006, 0.75


@dataclass(frozen=True, slots=True)
class Pictures:
    """The boxes of a page's images, tiles put together, and of the paths that are drawn on it: four numbers each."""

    images: list[Box] = field(default_factory=list)
    drawn: array[float] = field(default_factory=lambda: array("d"))

    @property
    def strokes(self) -> list[Box]:
        """The boxes of the paths."""
        four = iter(self.drawn)
        return list(zip(four, four, four, four, strict=True))


def read_pictures(page: pdfium.PdfPage) -> Pictures:
    """The pictures of a page that are large enough to show something, and no ground for its text, and its strokes.

    A page of very many objects is not looked at to its end.
    """
    frame, images, strokes = Frame.of(page), list[Box](), array("d")
    looked_for = objects_on(page.raw, {pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_PATH})
    for drawn in itertools.islice(looked_for, _MOST_LOOKED_AT):
        is_image = drawn.kind == pdfium_c.FPDF_PAGEOBJ_IMAGE
        if (len(images) if is_image else len(strokes) / 4) >= _MOST_DRAWN:
            continue
        box = frame.box(*_bounds(drawn.raw, drawn.around))
        if box is not None and is_image:
            images.append(box)
        elif box is not None:
            strokes.extend(box)
    return Pictures([box for box in _joined(images) if shows_something(box)], strokes)


def shows_something(box: Box) -> bool:
    """Whether a box is large enough for a picture, and no ground for a whole page."""
    width, height = box[2] - box[0], box[3] - box[1]
    return width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT and _LEAST_AREA <= width * height <= _MOST_AREA


def _bounds(drawn: object, matrix: Matrix) -> tuple[float, float, float, float]:
    """Left, bottom, right and top on the page."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(drawn, *map(ctypes.byref, edges)):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (edge.value for edge in edges)
    if matrix is AS_IT_IS:
        return left, bottom, right, top
    a, b, c, d, e, f = matrix
    xs, ys = zip(*((a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _joined(boxes: list[Box]) -> list[Box]:
    """The boxes with those put together that touch: a picture is often stored in strips."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: (box[1], box[0])):
        touching = [other for other in joined if _touch(box, other)]
        joined = [other for other in joined if other not in touching]
        joined.append(box_around((box, *touching)) or box)
    return joined


def _touch(box: Box, other: Box) -> bool:
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    return across > -_TOGETHER and down > -_TOGETHER

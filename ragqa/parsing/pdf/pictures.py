"""The pictures on a PDF page: images, and the strokes that a drawing may be made of."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.places import Frame
from ragqa.types import Box, box_around

_MOST_OBJECTS = 20_000
_MOST_DRAWN = 3000
_DEEPEST_FORM = 3
_TOGETHER = 0.012
_LEAST_WIDTH, _LEAST_HEIGHT, _LEAST_AREA, _MOST_AREA = 0.06, 0.03, 0.006, 0.75

_Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The boxes of a page's images, tiles put together, and of the paths that are drawn on it."""

    images: list[Box] = field(default_factory=list)
    strokes: list[Box] = field(default_factory=list)


def read_pictures(page: pdfium.PdfPage, with_strokes: bool) -> Pictures:
    """The pictures of a page that are large enough to show something, and no ground for its text; strokes where they are wanted.

    A page of very many objects is not looked at to its end.
    """
    frame, images, strokes = Frame.of(page), list[Box](), list[Box]()
    wanted = {pdfium_c.FPDF_PAGEOBJ_IMAGE, *([pdfium_c.FPDF_PAGEOBJ_PATH] if with_strokes else [])}
    for count, (drawn, matrix, kind) in enumerate(_objects(page.raw, page.raw, _AS_IT_IS, 0, wanted)):
        if count >= _MOST_DRAWN:
            break
        box = frame.box(*_bounds(drawn, matrix))
        if box is not None:
            (images if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE else strokes).append(box)
    return Pictures([box for box in _joined(images) if shows_something(box)], strokes)


def shows_something(box: Box) -> bool:
    """Whether a box is large enough for a picture, and no ground for a whole page."""
    width, height = box[2] - box[0], box[3] - box[1]
    return width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT and _LEAST_AREA <= width * height <= _MOST_AREA


def _objects(
    page: object, container: object, matrix: _Matrix, depth: int, wanted: Collection[int]
) -> Iterator[tuple[object, _Matrix, int]]:
    """What of these kinds is drawn on a page or in a form, with the matrix of what it stands in, and its kind."""
    inside = depth > 0
    count = pdfium_c.FPDFFormObj_CountObjects(container) if inside else pdfium_c.FPDFPage_CountObjects(page)
    for index in range(min(count, _MOST_OBJECTS)):
        drawn = pdfium_c.FPDFFormObj_GetObject(container, index) if inside else pdfium_c.FPDFPage_GetObject(page, index)
        kind = pdfium_c.FPDFPageObj_GetType(drawn)
        if kind in wanted:
            yield drawn, matrix, kind
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
            yield from _objects(page, drawn, _times(_matrix_of(drawn), matrix), depth + 1, wanted)


def _bounds(drawn: object, matrix: _Matrix) -> tuple[float, float, float, float]:
    """Left, bottom, right and top on the page."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(drawn, *map(ctypes.byref, edges)):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (edge.value for edge in edges)
    if matrix is _AS_IT_IS:
        return left, bottom, right, top
    a, b, c, d, e, f = matrix
    xs, ys = zip(*((a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _matrix_of(drawn: object) -> _Matrix:
    found = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(drawn, ctypes.byref(found)):
        return _AS_IT_IS
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _times(first: _Matrix, second: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


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

"""What is drawn on a PDF page, also in forms within it, each with the matrix that places it and what a clip leaves of it."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pypdfium2.raw as pdfium_c

_MOST_OBJECTS = 100_000
_DEEPEST_FORM = 3
_MOST_CLIPS = 20
_MOST_SEGMENTS_OF_A_CLIP = 200

Matrix = tuple[float, float, float, float, float, float]
AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Area = tuple[float, float, float, float]
"""Left, bottom, right and top."""
EVERYWHERE: Area = (-math.inf, -math.inf, math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn: `around` is the matrix of the form that it stands in, `within` what that form lets be seen of it."""

    raw: object
    around: Matrix
    kind: int
    within: Area

    def seen(self) -> Area:
        """The part of the page outside of which nothing of it is seen."""
        return common(self.within, _clip_of(self.raw, self.around))


def objects_on(page: object, kinds: Collection[int]) -> Iterator[Drawn]:
    """What of these kinds is drawn on a page, in the order of drawing."""
    return _objects(page, Drawn(page, AS_IT_IS, 0, EVERYWHERE), 0, kinds)


def _objects(page: object, form: Drawn, depth: int, kinds: Collection[int]) -> Iterator[Drawn]:
    inside, container = depth > 0, form.raw
    count = pdfium_c.FPDFFormObj_CountObjects(container) if inside else pdfium_c.FPDFPage_CountObjects(page)
    for index in range(min(count, _MOST_OBJECTS)):
        drawn = pdfium_c.FPDFFormObj_GetObject(container, index) if inside else pdfium_c.FPDFPage_GetObject(page, index)
        kind = pdfium_c.FPDFPageObj_GetType(drawn)
        if kind in kinds:
            yield Drawn(drawn, form.around, kind, form.within)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
            within = common(form.within, _clip_of(drawn, form.around))
            yield from _objects(page, Drawn(drawn, times(matrix_of(drawn), form.around), kind, within), depth + 1, kinds)


def _clip_of(drawn: object, around: Matrix) -> Area:
    """What the paths that clip an object leave of the page, as far as boxes around them tell."""
    clip, area = pdfium_c.FPDFPageObj_GetClipPath(drawn), EVERYWHERE
    a, b, c, d, e, f = around
    x, y = ctypes.c_float(), ctypes.c_float()
    x_at, y_at = ctypes.byref(x), ctypes.byref(y)
    for path in range(min(pdfium_c.FPDFClipPath_CountPaths(clip) if clip else 0, _MOST_CLIPS)):
        xs, ys = [], []
        for index in range(min(pdfium_c.FPDFClipPath_CountPathSegments(clip, path), _MOST_SEGMENTS_OF_A_CLIP + 1)):
            pdfium_c.FPDFPathSegment_GetPoint(pdfium_c.FPDFClipPath_GetPathSegment(clip, path, index), x_at, y_at)
            xs.append(a * x.value + c * y.value + e)
            ys.append(b * x.value + d * y.value + f)
        if 0 < len(xs) <= _MOST_SEGMENTS_OF_A_CLIP:
            area = common(area, (min(xs), min(ys), max(xs), max(ys)))
    return area


def common(one: Area, other: Area) -> Area:
    """What two areas have in common; its left is beyond its right, or its bottom above its top, where that is nothing."""
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def matrix_of(drawn: object) -> Matrix:
    """The matrix that an object itself has."""
    found = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(drawn, ctypes.byref(found)):
        return AS_IT_IS
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def times(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does what `first` does and then what `second` does."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)

"""What is drawn on a PDF page, also in forms within it, each with the matrix that places it."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterator

import pypdfium2.raw as pdfium_c

_MOST_OBJECTS = 100_000
_DEEPEST_FORM = 3

Matrix = tuple[float, float, float, float, float, float]
AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def objects_on(page: object, kinds: Collection[int]) -> Iterator[tuple[object, Matrix, int]]:
    """What of these kinds is drawn on a page, with the matrix of what it stands in, and its kind, in the order of drawing."""
    return _objects(page, page, AS_IT_IS, 0, kinds)


def _objects(
    page: object, container: object, matrix: Matrix, depth: int, kinds: Collection[int]
) -> Iterator[tuple[object, Matrix, int]]:
    inside = depth > 0
    count = pdfium_c.FPDFFormObj_CountObjects(container) if inside else pdfium_c.FPDFPage_CountObjects(page)
    for index in range(min(count, _MOST_OBJECTS)):
        drawn = pdfium_c.FPDFFormObj_GetObject(container, index) if inside else pdfium_c.FPDFPage_GetObject(page, index)
        kind = pdfium_c.FPDFPageObj_GetType(drawn)
        if kind in kinds:
            yield drawn, matrix, kind
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
            yield from _objects(page, drawn, times(matrix_of(drawn), matrix), depth + 1, kinds)


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

"""The straight lines drawn on a PDF page, and its filled boxes: what parts the rows and columns of a table.

A rule is drawn in many ways: stroked, as a thin filled box, as the edge of a shaded one, in dashes, cell by cell.
All become one line where they lie on each other, so that a rule counts once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.page_objects import Area, Matrix, common, matrix_of, objects_on, times

_MOST_SEGMENTS = 30_000
_MOST_SEGMENTS_OF_A_PATH = 4_000
_MOST_RULES = 3_000
_STRAIGHT = 1.0
THICKEST = 3.0
"""Points within which lines beside each other are one."""
DASH_GAP = 3.0
"""Points that may part the pieces of a line."""
_SHORTEST_ACROSS = 10.0
_SHORTEST_UPRIGHT = 6.0
_SMALLEST_BOX = 4.0
_MOST_SHADES = 1000
_BESIDE = 1.5
_WHITE = 250
_WHOLE_PAGE = 0.97

Line = tuple[float, float, float]
"""A line across as (y, left, right), an upright one as (x, bottom, top)."""

_Colour = tuple[int, int, int, int]
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shade:
    """A filled box: its edges and its colour (red, green, blue, opacity)."""

    left: float
    bottom: float
    right: float
    top: float
    colour: _Colour


@dataclass(frozen=True, slots=True)
class Rules:
    """Straight lines and the edges of boxes: horizontal ones as (y, left, right) from the top, vertical ones as
    (x, bottom, top) from the left. `shades` are filled boxes in the order they are drawn."""

    across: list[Line] = field(default_factory=list)
    upright: list[Line] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)

    def ground(self, x: float, y: float) -> _Colour | None:
        """The colour that a place stands on, None for white paper."""
        return _ground(x, y, self.shades)

    def turned(self, place: Callable[[float, float], tuple[float, float]]) -> Rules:
        """The same on a page that is turned by quarters, moved or mirrored: `place` tells where a point comes to lie."""
        across: list[Line] = []
        upright: list[Line] = []
        ends = [((left, y), (right, y)) for y, left, right in self.across]
        ends += [((x, bottom), (x, top)) for x, bottom, top in self.upright]
        for one, other in ends:
            (x0, y0), (x1, y1) = place(*one), place(*other)
            if y0 == y1:
                across.append((y0, min(x0, x1), max(x0, x1)))
            else:
                upright.append((x0, min(y0, y1), max(y0, y1)))
        shades = []
        for shade in self.shades:
            (x0, y0), (x1, y1) = place(shade.left, shade.bottom), place(shade.right, shade.top)
            shades.append(Shade(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), shade.colour))
        return Rules(sorted(across, reverse=True), sorted(upright), shades)


def read_rules(page: pdfium.PdfPage) -> Rules:
    """The rules and filled boxes that are seen of a page, each once. A drawing of very many lines is not looked at to its end."""
    edges = page.get_bbox()
    strokes = _Strokes(edges)
    budget = _MOST_SEGMENTS
    for drawn in objects_on(page.raw, {pdfium_c.FPDF_PAGEOBJ_PATH}):
        path = drawn.raw
        count = pdfium_c.FPDFPath_CountSegments(path)
        budget -= count
        if budget < 0:
            break
        paint = _paint(path) if count <= _MOST_SEGMENTS_OF_A_PATH else None
        if paint is not None:
            left, bottom, right, top = common(edges, drawn.seen())
            seen = left - _BESIDE, bottom - _BESIDE, right + _BESIDE, top + _BESIDE
            for points in _outlines(path, count, times(matrix_of(path), drawn.around)):
                strokes.add(points, *paint, seen)
    across, upright = strokes.seen()
    return Rules(
        sorted(merged(across, _SHORTEST_ACROSS), reverse=True)[:_MOST_RULES],
        sorted(merged(upright, _SHORTEST_UPRIGHT))[:_MOST_RULES],
        strokes.shades,
    )


class _Strokes:
    """What the paths on a page with these edges draw: strokes, boxes, and the edges of boxes.

    A line across is [0] of each pair, an upright one [1].
    """

    def __init__(self, page: Area) -> None:
        self.shades: list[Shade] = []
        self._width, self._height = page[2] - page[0], page[3] - page[1]
        self._strokes: tuple[list[Line], list[Line]] = ([], [])
        self._white: tuple[list[Line], list[Line]] = ([], [])
        self._edges: tuple[list[Line], list[Line]] = ([], [])

    def add(self, points: Sequence[_Point], fill: _Colour | None, stroke: _Colour | None, seen: Area) -> None:
        """A part of a path, of which nothing is seen outside of an area."""
        box = _box(points)
        if box is not None and stroke is None:
            box = common(box, seen)
            if box[0] > box[2] or box[1] > box[3]:
                return
            points = [(box[0], box[1]), (box[0], box[3]), (box[2], box[3]), (box[2], box[1])]
        thin = box is None or min(box[2] - box[0], box[3] - box[1]) <= _SMALLEST_BOX
        if box is not None and fill is not None and not thin:
            if stroke is None and box[2] - box[0] > _WHOLE_PAGE * self._width and box[3] - box[1] > _WHOLE_PAGE * self._height:
                return
            self.shades.append(Shade(*box, fill))
        if stroke is None and not thin:
            _add_lines(points, seen, *self._edges)
        else:
            _add_lines(points, seen, *(self._white if _is_white(stroke or fill) else self._strokes))

    def seen(self) -> tuple[list[Line], list[Line]]:
        """The lines across and the upright ones: of white ones those on a coloured ground, of edges those between two grounds."""
        shades = self.shades[-_MOST_SHADES:]
        across = [line for line in self._white[0] if _ground((line[1] + line[2]) / 2, line[0], shades) is not None]
        upright = [line for line in self._white[1] if _ground(line[0], (line[1] + line[2]) / 2, shades) is not None]
        for y, left, right in self._edges[0][:_MOST_RULES]:
            middle = (left + right) / 2
            if _ground(middle, y - _BESIDE, shades) != _ground(middle, y + _BESIDE, shades):
                across.append((y, left, right))
        for x, bottom, top in self._edges[1][:_MOST_RULES]:
            middle = (bottom + top) / 2
            if _ground(x - _BESIDE, middle, shades) != _ground(x + _BESIDE, middle, shades):
                upright.append((x, bottom, top))
        return self._strokes[0] + across, self._strokes[1] + upright


def _paint(path: object) -> tuple[_Colour | None, _Colour | None] | None:
    """The colours that fill and stroke a path, None where it has none; None for one that is not seen."""
    mode, drawn = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(path, ctypes.byref(mode), ctypes.byref(drawn)):
        return None
    fill = _colour(pdfium_c.FPDFPageObj_GetFillColor, path) if mode.value else None
    stroke = _colour(pdfium_c.FPDFPageObj_GetStrokeColor, path) if drawn.value else None
    return (fill, stroke) if fill is not None or stroke is not None else None


def _colour(read: Callable[..., int], path: object) -> _Colour | None:
    parts = [ctypes.c_uint() for _ in range(4)]
    if not read(path, *map(ctypes.byref, parts)) or not parts[3].value:
        return None
    red, green, blue, opacity = (part.value for part in parts)
    return (red, green, blue, opacity)


def _is_white(colour: _Colour | None) -> bool:
    return colour is not None and min(colour[:3]) >= _WHITE


def _ground(x: float, y: float, shades: Sequence[Shade]) -> _Colour | None:
    """The colour that a place stands on, None for white paper."""
    for shade in reversed(shades):
        if shade.left <= x <= shade.right and shade.bottom <= y <= shade.top:
            return None if _is_white(shade.colour) else shade.colour
    return None


def _outlines(path: object, count: int, matrix: Matrix) -> Iterator[list[_Point]]:
    """The corners of each part of a path; a curve begins a new part."""
    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    x_at, y_at = ctypes.byref(x), ctypes.byref(y)
    points: list[_Point] = []
    for index in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, index)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x_at, y_at)
        if kind != pdfium_c.FPDF_SEGMENT_LINETO and points:
            yield points
            points = []
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if pdfium_c.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if points:
        yield points


def _box(points: Sequence[_Point]) -> tuple[float, float, float, float] | None:
    """The edges of an upright box, None for any other shape."""
    if not 4 <= len(points) <= 6:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
    at_corners = all(
        min(x - left, right - x) <= _STRAIGHT and min(y - bottom, top - y) <= _STRAIGHT for x, y in zip(xs, ys, strict=True)
    )
    return (left, bottom, right, top) if at_corners else None


def _add_lines(points: Sequence[_Point], seen: Area, across: list[Line], upright: list[Line]) -> None:
    """Add the straight lines between points, as far as they are seen."""
    low_x, low_y, high_x, high_y = seen
    closed = [*points, points[0]] if _box(points) is not None else points
    for (x0, y0), (x1, y1) in pairwise(closed):
        if abs(y1 - y0) < _STRAIGHT < abs(x1 - x0):
            y, left, right = (y0 + y1) / 2, max(min(x0, x1), low_x), min(max(x0, x1), high_x)
            if low_y <= y <= high_y and left < right:
                across.append((y, left, right))
        elif abs(x1 - x0) < _STRAIGHT < abs(y1 - y0):
            x, bottom, top = (x0 + x1) / 2, max(min(y0, y1), low_y), min(max(y0, y1), high_y)
            if low_x <= x <= high_x and bottom < top:
                upright.append((x, bottom, top))


def merged(lines: Iterable[Line], shortest: float) -> Iterator[Line]:
    """Lines that lie on each other, or go on after a small gap, as one; what stays shorter than `shortest` is left out."""
    group: list[Line] = []
    for line in sorted(lines):
        if group and line[0] - group[0][0] > THICKEST:
            yield from _joined(group, shortest)
            group = []
        group.append(line)
    yield from _joined(group, shortest)


def _joined(group: Sequence[Line], shortest: float) -> Iterator[Line]:
    run: list[Line] = []
    end = 0.0
    for line in sorted(group, key=lambda line: line[1]):
        if run and line[1] > end + DASH_GAP:
            yield from whole(run, end, shortest)
            run = []
        end = max(end, line[2]) if run else line[2]
        run.append(line)
    yield from whole(run, end, shortest)


def whole(run: Sequence[Line], end: float, shortest: float) -> Iterator[Line]:
    """The line that a run of them is, which ends at `end`; none where it is shorter than `shortest`."""
    if run and end - run[0][1] >= shortest:
        length = sum(line[2] - line[1] for line in run) or 1.0
        place = sum(line[0] * (line[2] - line[1]) for line in run) / length
        yield (round(place, 1), round(run[0][1], 1), round(end, 1))

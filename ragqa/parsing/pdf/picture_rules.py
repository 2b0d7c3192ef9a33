"""The lines of a scanned page: its rules are part of the picture, so they are looked for among its dark dots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.rules import DASH_GAP, THICKEST, Line, Rules, whole

_PICTURE_SHARE = 0.5
_SCALE = 1.5
_LARGEST_SIDE = 3000.0
_DARK = 150
_SHORTEST_ACROSS = 40.0
_SHORTEST_UPRIGHT = 25.0
_BLACK = 6
_FOLLOWS = 1


def is_scan(page: pdfium.PdfPage) -> bool:
    """Whether a picture covers most of the page."""
    width, height = page.get_size()
    for drawn in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = drawn.get_bounds()
        if (right - left) * (top - bottom) >= _PICTURE_SHARE * width * height:
            return True
    return False


def picture_rules(page: pdfium.PdfPage) -> Rules:
    """The straight lines that can be seen in the picture of a page, as rules of the page as it is stored."""
    width, height = page.get_size()
    scale = min(_SCALE, _LARGEST_SIDE / max(width, height))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    try:
        dark = bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width] < _DARK
    finally:
        bitmap.close()
    tall = dark.shape[0]
    across = [((tall - y) / scale, x0 / scale, x1 / scale) for y, x0, x1 in _runs(dark, _SHORTEST_ACROSS * scale)]
    upright = [(x / scale, (tall - y1) / scale, (tall - y0) / scale) for x, y0, y1 in _runs(dark.T, _SHORTEST_UPRIGHT * scale)]
    return Rules(sorted(drifting(across, _SHORTEST_ACROSS), reverse=True), sorted(drifting(upright, _SHORTEST_UPRIGHT)))


@dataclass(slots=True, eq=False)
class _Run:
    """Lines that are one so far, from left to right or from the foot up: where the last of them stands and ends."""

    lines: list[Line]
    place: float
    end: float


def drifting(lines: Iterable[Line], shortest: float) -> Iterator[Line]:
    """Lines that lie on each other, or go on after a small gap, as one; what stays shorter than `shortest` is left out.

    A line of a crooked page comes in pieces, each a little further up or down than the one before.
    """
    runs: list[_Run] = []
    open_at: dict[int, list[_Run]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line[1], line[0])):
        at = int(line[0] // THICKEST)
        near: list[_Run] = []
        for beside in (at - 1, at, at + 1):
            open_at[beside] = [run for run in open_at[beside] if run.end >= line[1] - DASH_GAP]
            near.extend(run for run in open_at[beside] if abs(run.place - line[0]) <= THICKEST)
        run = min(near, key=lambda run: abs(run.place - line[0]), default=None)
        if run is None:
            run = _Run([], line[0], line[2])
            runs.append(run)
        else:
            open_at[int(run.place // THICKEST)].remove(run)
            run.place = line[0]
        open_at[at].append(run)
        run.lines.append(line)
        run.end = max(run.end, line[2])
    for run in runs:
        yield from whole(run.lines, run.end, shortest)


def _runs(dark: np.ndarray, shortest: float) -> Iterator[Line]:
    """Long thin runs of dark dots, row by row: (row, first, last). A run may drift by a dot, as on a crooked scan."""
    thick = dark.copy()
    for shift in range(1, _FOLLOWS + 1):
        thick[shift:] |= dark[:-shift]
        thick[:-shift] |= dark[shift:]
    solid = np.zeros_like(dark)
    if len(dark) > 2 * _BLACK:
        solid[_BLACK:-_BLACK] = dark[: -2 * _BLACK] & dark[2 * _BLACK :] & dark[_BLACK:-_BLACK]
    thick &= ~solid
    full = np.nonzero(np.count_nonzero(thick, axis=1) >= shortest)[0]
    edges = np.zeros((len(full), thick.shape[1] + 1), dtype=np.int8)
    edges[:, :-1] += thick[full]
    edges[:, 1:] -= thick[full]
    begun, ended = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for number in np.nonzero(ended[:, 1] - begun[:, 1] >= shortest)[0]:
        row, first = begun[number]
        yield float(full[row]), float(first), float(ended[number, 1])

"""The lines of a scanned page: its rules are part of the picture, so they are looked for among its dark dots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.rules import Line, Rules, merged

_PICTURE_SHARE = 0.5
_SCALE = 1.5
_LARGEST_SIDE = 3000.0
_DARK = 150
_SHORTEST_ACROSS = 40.0
_SHORTEST_UPRIGHT = 25.0
_THICKEST = 6
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
    return Rules(
        sorted(merged(across, _SHORTEST_ACROSS, crooked=True), reverse=True),
        sorted(merged(upright, _SHORTEST_UPRIGHT, crooked=True)),
    )


def _runs(dark: np.ndarray, shortest: float) -> Iterator[Line]:
    """Long thin runs of dark dots, row by row: (row, first, last). A run may drift by a dot, as on a crooked scan."""
    thick = dark.copy()
    for shift in range(1, _FOLLOWS + 1):
        thick[shift:] |= dark[:-shift]
        thick[:-shift] |= dark[shift:]
    solid = np.zeros_like(dark)
    if len(dark) > 2 * _THICKEST:
        solid[_THICKEST:-_THICKEST] = dark[: -2 * _THICKEST] & dark[2 * _THICKEST :] & dark[_THICKEST:-_THICKEST]
    thick &= ~solid
    full = np.nonzero(np.count_nonzero(thick, axis=1) >= shortest)[0]
    edges = np.zeros((len(full), thick.shape[1] + 1), dtype=np.int8)
    edges[:, :-1] += thick[full]
    edges[:, 1:] -= thick[full]
    begun, ended = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for number in np.nonzero(ended[:, 1] - begun[:, 1] >= shortest)[0]:
        row, first = begun[number]
        yield float(full[row]), float(first), float(ended[number, 1])

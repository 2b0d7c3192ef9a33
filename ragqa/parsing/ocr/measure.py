"""How large and how heavy the type of a recognised line is, and where its baseline runs, by the ink of the picture.

A detector's box is the text with a margin that varies. The letters say which of ascenders and descenders there are, the ink says
how high they are together: that gives the size of the type to a few per cent, which is what headings are told by.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from ragqa.parsing.ocr.engine import Line
from ragqa.parsing.ocr.recognised import MeasuredLine
from ragqa.parsing.ocr.spacing import with_missing_spaces
from ragqa.parsing.ocr.straighten import threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragqa.parsing.ocr.engine import Picture

    Ink = NDArray[np.bool_]

_ASCENDING = frozenset("bdfhklti!?()[]{}/|\"'&%$\u00a7\u00b0")
_DESCENDING = frozenset("gjpqy()[]{}/|,;Q$\u00a7")
_ASCENT, _X_HEIGHT, _DESCENT = 0.72, 0.52, 0.21
_IDEOGRAPH = 0.92
_BOX_SHARE = 0.78
_RULE_SHARE = 0.9
_GAP_SHARE = 0.15
_MARGIN = 2


def ink_of(picture: Picture) -> Ink:
    """Where there is ink; single specks are none."""
    calm = np.asarray(Image.fromarray(picture).filter(ImageFilter.MedianFilter(3)), np.uint8)
    return calm <= threshold(calm)


def measured(line: Line, ink: Ink) -> MeasuredLine:
    """The line with what the ink in its box says; where that says nothing, by the box alone."""
    height, width = ink.shape
    left, right = (int(np.clip(x, 0, width)) for x in (line.box[0], line.box[2]))
    top, bottom = (int(np.clip(y, 0, height)) for y in (line.box[1], line.box[3]))
    part = ink[top:bottom, left:right]
    rows = _text_rows(part)
    if rows is None:
        tall = line.box[3] - line.box[1]
        size = _BOX_SHARE * tall
        return MeasuredLine(line.text, line.box[0], line.box[2], line.box[3] - 0.3 * size, size, 0.0, line.confidence)
    first, last = rows
    part = part[first : last + 1]
    size, below = _type_size(line.text, last - first + 1)
    columns = np.flatnonzero(part.any(axis=0))
    runs = int((part[:, 1:] & ~part[:, :-1]).sum() + part[:, 0].sum())
    stroke = float(part.sum()) / max(runs, 1) / size
    base = top + last + 1 - below
    inked = np.asarray(part.any(axis=0))
    text = with_missing_spaces(line.text, [x - left for x in line.centres], inked, size)
    return MeasuredLine(text, left + float(columns[0]), left + float(columns[-1]) + 1, base, size, stroke, line.confidence)


def _text_rows(part: Ink) -> tuple[int, int] | None:
    """The first and the last row of the text in the middle of a box; rules and the feet of the line above are left out."""
    if min(part.shape, default=0) < 4:
        return None
    counts = part.sum(axis=1)
    counts[counts >= _RULE_SHARE * part.shape[1]] = 0
    inked = np.flatnonzero(counts)
    if not len(inked):
        return None
    middle = int(np.argmin(np.abs(inked - part.shape[0] // 2)))
    gap = max(_MARGIN, round(_GAP_SHARE * part.shape[0]))
    first = last = middle
    while first > 0 and inked[first] - inked[first - 1] <= gap:
        first -= 1
    while last + 1 < len(inked) and inked[last + 1] - inked[last] <= gap:
        last += 1
    if inked[last] - inked[first] < 0.2 * part.shape[0]:
        return None
    return int(inked[first]), int(inked[last])


def _type_size(text: str, tall: int) -> tuple[float, float]:
    """The size of type that makes a text so tall, and how far it reaches below the baseline."""
    if any(unicodedata.category(character) == "Lo" for character in text):
        size = tall / _IDEOGRAPH
        return size, 0.12 * size
    above = any(character in _ASCENDING or character.isupper() or character.isdigit() for character in text)
    below = any(character in _DESCENDING for character in text)
    size = tall / ((_ASCENT if above else _X_HEIGHT) + (_DESCENT if below else 0.0))
    return size, _DESCENT * size if below else 0.0

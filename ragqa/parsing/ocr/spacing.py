"""Spaces that a recogniser left out, put back where the ink of a line has gaps as wide as those between its words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDE, _WIDE_BETWEEN_DIGITS = 0.24, 0.4
_OF_A_SPACE = 0.75
_MOST_ADDED = 0.25
_CLOSING = frozenset(".,;:!?)]}%\u00b0\u2019\u201d'\"/-_\u2013")
_OPENING = frozenset("([{/\u2018\u201c'\"-_\u2013")


def with_missing_spaces(text: str, centres: Sequence[float], inked: NDArray[np.bool_], size: float) -> str:
    """The text with spaces where they are missing; a line that is spaced out stays as it is.

    `centres` are the places of its characters but spaces, `inked` tells which columns hold ink, both from the left end of the
    line; `size` is that of the type.
    """
    places = [index for index, character in enumerate(text) if not character.isspace()]
    if len(places) != len(centres) or len(places) < 2:
        return text
    widths = _gaps(centres, inked)
    spaced = [second - first > 1 for first, second in pairwise(places)]
    known = [width for width, space in zip(widths, spaced, strict=True) if space and width]
    least = max(_WIDE * size, _OF_A_SPACE * median(known) if known else 0.0)
    added = [
        place + 1
        for place, width, space in zip(places, widths, spaced, strict=False)
        if not space and width >= least and _may_part(text[place], text[place + 1], width / size)
    ]
    if len(added) > _MOST_ADDED * len(places):
        return text
    for place in reversed(added):
        text = f"{text[:place]} {text[place:]}"
    return text


def _gaps(centres: Sequence[float], inked: NDArray[np.bool_]) -> list[float]:
    """The widest stretch without ink whose middle lies between each two characters that follow each other."""
    edges = np.flatnonzero(np.diff(np.concatenate(([1], inked.astype(np.int8), [1]))))
    begins, ends = edges[::2], edges[1::2]
    middles, widths = (begins + ends) / 2, ends - begins
    found = np.searchsorted(np.asarray(centres, np.float64), middles)
    between = [0.0] * (len(centres) - 1)
    for index, width in zip(found, widths, strict=True):
        if 0 < index < len(centres):
            between[index - 1] = max(between[index - 1], float(width))
    return between


def _may_part(before: str, after: str, width: float) -> bool:
    """Whether a space may stand between two characters: figures are set wide, and signs stand off from letters as they are."""
    if after in _CLOSING or before in _OPENING or (before in ".," and after.isdigit()):
        return False
    return width >= _WIDE_BETWEEN_DIGITS if before.isdigit() and after.isdigit() else before.isascii() and after.isascii()

"""Rows of a table that no rule parts: lines that stand beside each other in several columns and need not have been broken."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from ragqa.parsing.pdf.tables.words import Line, Word, baselines, line_text, lines_of, would_fit
from ragqa.parsing.tables import Cell

_SAME_HEIGHT = 2.5
_SLACK = 2.0
_SURE = 3
_APART = 1.7
_BESIDE = 0.8
# A number with its unit: it is not broken over lines.
_VALUE = re.compile(r"[^\w\s]*[\d.,:/\u2013-]+\s?\S{0,4}|[\W_]+")


def split_rows(cells: Sequence[Sequence[Word] | None], rights: Sequence[float], whole: list[Cell]) -> list[list[Cell]]:
    """The rows that the cells of one drawn row hold; `whole` where they are one.

    `cells` are the words in each column, None where the column belongs to the cell at its left; `rights` where each ends.
    """
    lines = [lines_of(words) if words is not None else None for words in cells]
    filled = [(one, right) for one, right in zip(lines, rights, strict=True) if one]
    if len(filled) < 2 or len(filled[0][0]) < 2:
        return [whole]
    tops = _entries(filled[0][0], [one for one, _ in filled[1:]])
    if len(tops) > 1:
        return [[_within(one, top, bottom) for one in lines] for top, bottom in zip(tops, [*tops[1:], -math.inf], strict=True)]
    heights = baselines(filled[0][0])
    if not all(_stand_at(one, heights) for one, _ in filled):
        return [whole]
    full = sum(len(one) == len(heights) for one, _ in filled)
    surely = full == len(filled) >= _SURE and len(heights) >= _SURE
    meant = all(_breaks_are_meant(one, right) for one, right in filled) and (full == len(filled) or len(heights) >= _SURE)
    if full < 2 or not (surely or meant):
        return [whole]
    return [[_at(one, height) for one in lines] for height in heights]


def _entries(key: Sequence[Line], beside: Sequence[Sequence[Line]]) -> list[float]:
    """The heights at which the entries of the first column begin, if they stand well apart and others begin beside each."""
    tops = [key[0][0].base]
    for above, below in pairwise(key):
        if above[0].base - below[0].base > _APART * max(above[0].size, below[0].size):
            tops.append(below[0].base)
    found = sum(any(abs(line[0].base - top) <= _SAME_HEIGHT for one in beside for line in one) for top in tops)
    return tops if len(tops) > 1 and found >= _BESIDE * len(tops) else []


def _within(lines: Sequence[Line] | None, top: float, bottom: float) -> Cell:
    """The lines from one height down to before another."""
    if lines is None:
        return None
    slack = _SAME_HEIGHT
    return "\n".join(line_text(line) for line in lines if bottom + slack < line[0].base <= top + slack)


def is_value(text: str) -> bool:
    """Whether a text is a number with its unit, or a sign."""
    return _VALUE.fullmatch(text) is not None


def _breaks_are_meant(lines: Sequence[Line], right: float) -> bool:
    return all(
        would_fit(above, below, right - _SLACK) or (is_value(line_text(above)) and is_value(line_text(below)))
        for above, below in pairwise(lines)
    )


def _stand_at(lines: Sequence[Line], heights: Sequence[float]) -> bool:
    return all(any(abs(line[0].base - height) <= _SAME_HEIGHT for height in heights) for line in lines)


def _at(lines: Sequence[Line] | None, height: float) -> Cell:
    if lines is None:
        return None
    return "\n".join(line_text(line) for line in lines if abs(line[0].base - height) <= _SAME_HEIGHT)

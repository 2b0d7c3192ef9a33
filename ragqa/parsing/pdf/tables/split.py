"""Rows of a table that no rule parts: lines that stand beside each other in several columns and need not have been broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragqa.parsing.pdf.tables.words import Line, Word, baselines, line_text, lines_of, would_fit
from ragqa.parsing.tables import Cell

_SAME_HEIGHT = 2.5
_SLACK = 2.0
_SURE = 3
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
    heights = baselines(filled[0][0])
    if not all(_stand_at(one, heights) for one, _ in filled):
        return [whole]
    full = [(one, right) for one, right in filled if len(one) == len(heights)]
    surely = len(full) == len(filled) >= _SURE and len(heights) >= _SURE
    meant = all(_breaks_are_meant(one, right) for one, right in filled)
    if len(full) < 2 or not (surely or meant):
        return [whole]
    return [[_at(one, height) for one in lines] for height in heights]


def _breaks_are_meant(lines: Sequence[Line], right: float) -> bool:
    return all(
        would_fit(above, below, right - _SLACK) or (_VALUE.fullmatch(line_text(above)) and _VALUE.fullmatch(line_text(below)))
        for above, below in pairwise(lines)
    )


def _stand_at(lines: Sequence[Line], heights: Sequence[float]) -> bool:
    return all(any(abs(line[0].base - height) <= _SAME_HEIGHT for height in heights) for line in lines)


def _at(lines: Sequence[Line] | None, height: float) -> Cell:
    if lines is None:
        return None
    return "\n".join(line_text(line) for line in lines if abs(line[0].base - height) <= _SAME_HEIGHT)

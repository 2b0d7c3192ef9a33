"""Rows of a table that no rule parts: lines that stand beside each other in several columns and need not have been broken."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from ragqa.parsing.pdf.tables.words import Line, Word, baselines, line_text, lines_of, would_fit
from ragqa.parsing.tables import Cell
from ragqa.text.sentences import ENDS_LINE

_SAME_HEIGHT = 2.5
_SLACK = 2.0
_SURE = 3
_APART = 1.7
_BESIDE = 0.8
_LONGEST_ENTRY = 16
# A number with its unit: it is not broken over lines.
_VALUE = re.compile(r"[^\w\s]*[\d.,:/\u2013-]+\s?\S{0,4}|[\W_]+")


def split_rows(
    cells: Sequence[Sequence[Word] | None], rights: Sequence[float], whole: list[Cell], spanning: Collection[int] = ()
) -> list[list[Cell]]:
    """The rows that the cells of one drawn row hold; `whole` where they are one.

    `cells` are the words in each column, None where the column belongs to the cell at its left; `rights` where each ends.
    Those of the columns `spanning` stand in other drawn rows too.
    """
    lines = [lines_of(words) if words is not None else None for words in cells]
    return _whole_rows(lines, rights) or _rows_of_a_group(lines, rights, whole, spanning) or [whole]


def _whole_rows(lines: Sequence[Sequence[Line] | None], rights: Sequence[float]) -> list[list[Cell]]:
    """The rows where the first column has a line for each; none where that does not say."""
    filled = [(one, right) for one, right in zip(lines, rights, strict=True) if one]
    if len(filled) < 2 or len(filled[0][0]) < 2:
        return []
    tops = _entries(filled[0][0], [one for one, _ in filled[1:]])
    if len(tops) > 1:
        return [[_within(one, top, bottom) for one in lines] for top, bottom in zip(tops, [*tops[1:], -math.inf], strict=True)]
    heights = baselines(filled[0][0])
    if not all(_stand_at(one, heights) for one, _ in filled):
        return []
    full = sum(len(one) == len(heights) for one, _ in filled)
    surely = full == len(filled) >= _SURE and len(heights) >= _SURE
    meant = all(_breaks_are_meant(one, right) for one, right in filled) and (full == len(filled) or len(heights) >= _SURE)
    if full < 2 or not (surely or meant):
        return []
    return [[_at(one, height) for one in lines] for height in heights]


def _rows_of_a_group(
    lines: Sequence[Sequence[Line] | None], rights: Sequence[float], whole: Sequence[Cell], spanning: Collection[int]
) -> list[list[Cell]]:
    """The rows of which other columns say something all together, a name at their top or middle; none where that is not sure."""
    own = {column: one for column, one in enumerate(lines) if one and column not in spanning}
    heights = max((baselines(one) for one in own.values()), key=len, default=[])
    full = {column for column, one in own.items() if len(one) == len(heights) and _stand_at(one, heights)}
    rest = own.keys() - full
    if len(full) < 2 or len(heights) < 2 or not (rest or spanning):
        return []
    each = [own[column] for column in sorted(full)]
    values = sum(all(is_value(line_text(line)) for line in one) for one in each)
    if len(heights) < _SURE and values < 2:
        return []
    if all(word.bold for one in own.values() for line in one for word in line) or any(map(_goes_on, each)):
        return []
    if not _are_entries(each, [rights[column] for column in sorted(full)]):
        return []
    if not all(_is_of_all(own[column], heights) or (column == 0 and _is_key(own[column], heights, rights[0])) for column in rest):
        return []
    return [[_at(lines[column], height) if column in full else cell for column, cell in enumerate(whole)] for height in heights]


def _are_entries(columns: Sequence[Sequence[Line]], rights: Sequence[float]) -> bool:
    """Whether each break is meant in one of the columns at least, and all in two of them or half in each."""
    meant = [
        [_is_meant(above, below, right - _SLACK) for above, below in pairwise(one)]
        for one, right in zip(columns, rights, strict=True)
    ]
    if sum(map(all, meant)) >= 2:
        return True
    return all(map(any, zip(*meant, strict=True))) and all(2 * sum(one) >= len(one) for one in meant)


def _is_meant(above: Line, below: Line, right: float) -> bool:
    entries = _is_entry(above) and _is_entry(below)
    return entries or would_fit(above, below, right) or ENDS_LINE.search(line_text(above)) is not None


def _is_entry(line: Line) -> bool:
    text = line_text(line)
    return is_value(text) or (text[0].isdigit() and len(text) <= _LONGEST_ENTRY)


def _goes_on(lines: Sequence[Line]) -> bool:
    """Whether a line goes on with the one above: in small letters or in brackets."""
    return any(line[0].text[0].islower() or line[0].text[0] in "([" for line in lines[1:])


def _is_of_all(lines: Sequence[Line], heights: Sequence[float]) -> bool:
    """Whether lines stand at the middle of all heights."""
    middle = (lines[0][0].base + lines[-1][0].base) / 2
    return len(lines) < len(heights) and abs(middle - (heights[0] + heights[-1]) / 2) <= _SAME_HEIGHT


def _is_key(lines: Sequence[Line], heights: Sequence[float], right: float) -> bool:
    """Whether lines that begin beside the first height are one name, and not those of the first rows."""
    beside = len(lines) < len(heights) and abs(lines[0][0].base - heights[0]) <= _SAME_HEIGHT
    one = len(lines) == 1 or _goes_on(lines) or not _breaks_are_meant(lines, right)
    return beside and one


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

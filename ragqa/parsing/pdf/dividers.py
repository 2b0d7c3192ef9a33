"""Lines that stand upright and free between two columns of text: what is left of one is read before what is right of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from statistics import median

from ragqa.parsing.pdf.layout import Row, are_numbered, drawn_runs, rows_of
from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import Span

_SHORTEST = 80.0
_TOUCH = 3.5
_SLACK = 1.0
_FEWEST_ROWS = 3
_NEXT_ROW = 1.6
_SHORTEST_TEXT = 8
_OFF_CENTRE = 0.02


def dividers_of(spans: Sequence[Span], rules: Rules, width: float) -> list[Line]:
    """The upright lines in the middle of a page of this width that part columns of text, the longest first.

    The walls of a table meet lines across, and a table is drawn row by row; the lines of drawings stand anywhere.
    """
    longest = sorted(rules.upright, key=lambda line: line[1] - line[2])
    middle = [line for line in longest if abs(line[0] - width / 2) <= _OFF_CENTRE * width]
    return [line for line in middle if line[2] - line[1] >= _SHORTEST and _parts(line, spans, rules)]


def straddles(left: float, right: float, low: float, high: float, dividers: Iterable[Line]) -> bool:
    """Whether a box has one of the lines within it."""
    return any(left < x < right and low < top and bottom < high for x, bottom, top in dividers)


def _meets(line: Line, rules: Rules, low: float, high: float) -> bool:
    """Whether a line across meets it between two heights."""
    return any(left - _TOUCH <= line[0] <= right + _TOUCH and low < y <= high for y, left, right in rules.across)


def _parts(line: Line, spans: Sequence[Span], rules: Rules) -> bool:
    """Whether it parts columns. A line across may meet its foot: the upper edge of a picture under the columns."""
    x, bottom, top = line
    if _meets(line, rules, bottom + _TOUCH, top + _TOUCH):
        return False
    beside = [span for span in spans if bottom <= span.base <= top]
    if any(span.x0 < x - _SLACK and span.x1 > x + _SLACK for span in beside):
        return False
    sides = [rows_of([span for span in beside if (span.x0 >= x - _SLACK) == right]) for right in (False, True)]
    fewest = min(map(len, sides))
    if fewest < _FEWEST_ROWS or are_numbered(*sides) or not all(map(_is_text, sides)):
        return False
    if _go_on(line, spans, _meets(line, rules, bottom - _TOUCH, bottom + _TOUCH)):
        return False
    return len(drawn_runs(beside, x)) <= fewest


def _is_text(rows: Sequence[Row]) -> bool:
    """Whether rows are more than the words of a drawing."""
    return median(len(span.text) for row in rows for span in row) >= _SHORTEST_TEXT


def _go_on(line: Line, spans: Sequence[Span], ended: bool) -> bool:
    """Whether a column reaches beyond an end of the line, which then does not part it; not so the foot if it is `ended` there.

    What stands close over the left column may be the title of both.
    """
    x, bottom, top = line
    sides = [[row[0] for row in rows_of([span for span in spans if (span.x0 >= x - _SLACK) == right])] for right in (False, True)]
    for right, side in enumerate(sides):
        for above, below in itertools.pairwise(side):
            near = above.base - below.base <= _NEXT_ROW * max(above.size, below.size)
            over = right and above.base > top >= below.base
            if near and (over or (not ended and above.base >= bottom > below.base)):
                return True
    return False

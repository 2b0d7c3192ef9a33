"""Tables between lines across: a line above, a line below, and some that part the head or the rows; none stands upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ragqa.parsing.pdf.layout import Row, rows_of
from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.aligned import aligned_table
from ragqa.parsing.pdf.tables.columns import pieces_of, place
from ragqa.parsing.pdf.tables.frames import uncrossed
from ragqa.parsing.pdf.tables.grid import Table

_SAME_END = 8.0
_SHORTEST = 60.0
_FEWEST_LINES = 2
_TALLEST_GAP = 250.0
_SAME_HEIGHT = 2.0
_MIDDLE = 0.3
_MOST_LEFT_OUT = 3
_ROW_GAP = 2.2
_LINE_GAP = 1.4
_WIDEST_GAP = 24.0
_MOSTLY = 0.6


def banded_tables(spans: Sequence[Span], rules: Rules) -> Iterator[tuple[Table, set[int]]]:
    """The tables between lines across, with the order of the spans that stand in each."""
    for band in _bands(uncrossed(rules, spans).across):
        found = _in_band(band, spans, rules)
        if found is not None:
            yield found


def _bands(across: Sequence[Line]) -> list[list[Line]]:
    """Lines of the same width under each other, from the top."""
    bands: list[list[Line]] = []
    for line in _whole_lines(across):
        if line[2] - line[1] < _SHORTEST:
            continue
        for band in bands:
            last = band[-1]
            ends = abs(last[1] - line[1]) <= _SAME_END and abs(last[2] - line[2]) <= _SAME_END
            if ends and last[0] - line[0] <= _TALLEST_GAP:
                band.append(line)
                break
        else:
            bands.append([line])
    return [band for band in bands if len(band) >= _FEWEST_LINES]


def _whole_lines(across: Sequence[Line]) -> list[Line]:
    """Lines with those that go on beside them at the same height, as under each cell of a row.

    Two tables in columns beside each other have lines at the same height by chance, at some heights and not at most.
    """
    ordered = sorted(across, key=lambda line: (-round(line[0] / _SAME_HEIGHT), line[1]))
    lines = np.array(ordered).reshape(-1, 3)
    pairs = np.array([(*one, *other[1:]) for one, other in pairwise(ordered) if _goes_on(one, other)]).reshape(-1, 5)
    whole: list[Line] = []
    last: Line | None = None
    for line in ordered:
        if last is not None and _goes_on(last, line) and _mostly_go_on(last, line, lines, pairs):
            whole[-1] = (whole[-1][0], whole[-1][1], max(whole[-1][2], line[2]))
        else:
            whole.append(line)
        last = line
    return sorted(whole, reverse=True)


def _mostly_go_on(one: Line, other: Line, lines: np.ndarray, pairs: np.ndarray) -> bool:
    """Whether most lines as wide as one of two are beside one as wide as the other, as far down and up as there are both."""
    together, *each = (
        _heights(found, ends) for found, ends in ((pairs, (*one[1:], *other[1:])), (lines, one[1:]), (lines, other[1:]))
    )
    low, high = max(own.min() for own in each) - _SAME_HEIGHT, min(own.max() for own in each) + _SAME_HEIGHT
    return len(together) >= _MOSTLY * max(np.sum((low <= own) & (own <= high)) for own in each)


def _heights(found: np.ndarray, ends: Sequence[float]) -> np.ndarray:
    """The heights of the lines, or of the pairs of them, that run from where to where these ends say."""
    return found[np.all(np.abs(found[:, 1:] - ends) <= _SAME_END, axis=1), 0]


def _goes_on(line: Line, other: Line) -> bool:
    """Whether another line begins at the same height near where a line ends."""
    return abs(line[0] - other[0]) <= _SAME_HEIGHT and -_SAME_HEIGHT < other[1] - line[2] <= _WIDEST_GAP


def _in_band(band: Sequence[Line], spans: Sequence[Span], rules: Rules) -> tuple[Table, set[int]] | None:
    """The table of a band; where the whole is none, its upper lines are left out one by one."""
    left, right = band[0][1] - _SAME_END, band[0][2] + _SAME_END
    rows = rows_of([span for span in spans if span.table is None and left <= span.x0 and span.x1 <= right])
    for first in range(min(len(band) - 1, _MOST_LEFT_OUT)):
        inside = [number for number, row in enumerate(rows) if band[-1][0] < row[0].base + _MIDDLE * row[0].size < band[first][0]]
        if len(inside) < 2:
            continue
        table = aligned_table(rows[inside[0] : inside[-1] + 1], rules, framed=True)
        if table is not None:
            end = _end(table, rows, inside[-1] + 1)
            longer = aligned_table(rows[inside[0] : end], rules, framed=True) if end > inside[-1] + 1 else None
            table = longer or table
            _, low, _, high = table.box
            return table, {span.order for row in rows[inside[0] : end] for span in row if low - 1 <= span.base <= high}
    return None


def _end(table: Table, rows: Sequence[Row], end: int) -> int:
    """The end of the rows that go on below the last line: cells in the same columns, and lines that end such cells."""
    while end < len(rows):
        gap = rows[end - 1][0].base - rows[end][0].base
        places = [place(piece, table.columns) for piece in pieces_of(rows[end])]
        in_columns = all(first == last for first, last in places)
        several = len(places) >= max(2, len(table.columns) // 2) and gap <= _ROW_GAP * table.size
        hanging = places[0][0] > 0 and gap <= _LINE_GAP * table.size
        if not in_columns or not (several or hanging):
            break
        end += 1
    return end

"""The columns of lines that no upright rule parts: strips that nearly all lines leave white."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.grid import Interval
from ragqa.parsing.pdf.tables.words import part_of

_WIDE_SPACE = 0.6
_WIDER = 1.8
_STRIP = 0.75
_ONE_LINE_STRIP = 1.2
_ASTRIDE = 0.2
_SLACK = 1.0
_FEW_LINES = 3

Line = list[Span]


def lines_of_pieces(rows: Sequence[Sequence[Span]]) -> list[Line]:
    """The spans of each row cut where a space is wider than between words. In a scan's text all of them may be wide."""
    gaps = sorted((left - right) / span.size for row in rows for span in row for _, right, left in span.gaps)
    usual = gaps[len(gaps) // 4] if gaps else 0.0
    wide = max(_WIDE_SPACE, _WIDER * usual)
    return [pieces_of(row, wide) for row in rows]


def pieces_of(line: Sequence[Span], wide: float = _WIDE_SPACE) -> Line:
    """The spans of a line cut where a space is wider than so many times the size of the type."""
    pieces: Line = []
    for span in line:
        first = 0
        for number, (_, right, left) in enumerate(span.gaps):
            if left - right >= wide * span.size:
                pieces.append(part_of(span, first, number))
                first = number + 1
        pieces.append(part_of(span, first, len(span.gaps)) if first else span)
    return sorted(pieces, key=lambda piece: piece.x0)


def columns_of(lines: Sequence[Line]) -> list[Interval]:
    """Where each column of the lines begins and ends; one that spans all of them, or none, is no column."""
    several = [line for line in lines if len(line) >= 2]
    if len(several) < 2:
        return []
    size = median(piece.size for line in several for piece in line)
    narrowest = (_STRIP if len(several) > _FEW_LINES else _ONE_LINE_STRIP) * size
    events: Counter[float] = Counter()
    for line in several:
        for left, right in _covered(line):
            events[left] += 1
            events[right] -= 1
    allowed = int(_ASTRIDE * len(several))
    columns: list[Interval] = []
    start, covered, begun = 0.0, 0, False
    for x in sorted(events):
        before, covered = covered, covered + events[x]
        if covered > allowed and before <= allowed:
            start = columns.pop()[0] if begun and x - columns[-1][1] < narrowest else x
            begun = True
        elif covered <= allowed < before:
            columns.append((start, x))
    return columns if len(columns) >= 2 else []


def _covered(line: Line) -> list[Interval]:
    """What a line covers, pieces that overlap counted once."""
    covered: list[Interval] = []
    for piece in line:
        if covered and piece.x0 <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], piece.x1))
        else:
            covered.append((piece.x0, piece.x1))
    return covered


def place(piece: Span, columns: Sequence[Interval]) -> tuple[int, int]:
    """The first and last column that a piece stands in; between columns, the nearest one."""
    touched = [index for index, (left, right) in enumerate(columns) if piece.x0 < right - _SLACK and piece.x1 > left + _SLACK]
    if touched:
        return touched[0], touched[-1]
    middle = (piece.x0 + piece.x1) / 2
    nearest = min(range(len(columns)), key=lambda index: max(columns[index][0] - middle, middle - columns[index][1]))
    return nearest, nearest

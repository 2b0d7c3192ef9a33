"""Walls that a table leaves out: a strip within one of its drawn columns that stays white beside words in all of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from ragqa.parsing.pdf.layout import rows_of
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.frames import INSIDE, Frame
from ragqa.parsing.pdf.tables.openings import Opening, openings_of, slot

_NARROWEST = 8.0
_STRIP = 1.0
_MIDDLE = 0.3
_FEWEST_LINES = 3
_MOSTLY = 0.75
_SHORTEST_TEXT = 12


def with_walls(frame: Frame, spans: Sequence[Span]) -> Frame:
    """The frame with a wall in each strip that parts the words of a column in two, from its first row to nearly every other."""
    cells, owner = openings_of(frame)
    held: list[list[Span]] = [[] for _ in cells]
    heights = [-y for y in frame.ys]
    for span in spans:
        row, column = slot(-span.base - _MIDDLE * span.size, heights), slot((span.x0 + span.x1) / 2, frame.xs)
        held[owner[row][column]].append(span)
    xs, upright = list(frame.xs), list(frame.upright)
    for column in range(len(frame.xs) - 1):
        own = [number for number, cell in enumerate(cells) if cell.left == cell.right == column]
        strip = _strip([held[number] for number in own if held[number]])
        if strip is not None:
            xs.append(strip)
            upright.extend(_wall(cells[number], strip, frame) for number in own if not _crosses(held[number], strip))
    return frame if len(xs) == len(frame.xs) else replace(frame, xs=sorted(xs), upright=sorted(upright))


def _wall(cell: Opening, x: float, frame: Frame) -> tuple[float, float, float]:
    return x, frame.ys[cell.bottom + 1], frame.ys[cell.top]


def _crosses(spans: Sequence[Span], x: float) -> bool:
    return any(span.x0 < x < span.x1 for span in spans)


def _strip(cells: Sequence[Sequence[Span]]) -> float | None:
    """The middle of the widest white strip between the words of the cells of a column, from the top; None where there is none."""
    if len(cells) < 2:
        return None
    pieces = sorted((span for spans in cells for span in spans), key=lambda span: span.x0)
    end, widest, middle = pieces[0].x1, 0.0, 0.0
    for piece in pieces[1:]:
        if piece.x0 - end > widest:
            widest, middle = piece.x0 - end, (piece.x0 + end) / 2
        end = max(end, piece.x1)
    size = sorted(piece.size for piece in pieces)[len(pieces) // 2]
    if widest < max(_NARROWEST, _STRIP * size):
        return None
    sides = [
        ([span for span in spans if span.x1 <= middle + INSIDE], [span for span in spans if span.x0 > middle]) for spans in cells
    ]
    both = [bool(left and right) for left, right in sides]
    if not both[0] or sum(both) < max(2, _MOSTLY * len(both)):
        return None
    return middle if all(_is_text([row[0] for side in sides for row in rows_of(side[number])]) for number in (0, 1)) else None


def _is_text(lines: Sequence[Span]) -> bool:
    """Whether lines are more than numbers of items, or words in a drawing."""
    return len(lines) >= _FEWEST_LINES and median(len(line.text) for line in lines) >= _SHORTEST_TEXT

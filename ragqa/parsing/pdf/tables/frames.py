"""Frames: lines across and upright that meet, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.words import words_of

SAME = 3.5
"""Points within which lines stand at one place."""
INSIDE = 1.5
"""Points by which a word may stand over a line beside it."""
LONGEST_MARK = 3
"""Letters of what may be a mark in a drawing and no word."""
_TOUCH = 3.5
_MOST_LINES = 1500
_MOST_OPENINGS = 6000
_FOOT = 0.15
_HEAD = 0.5


@dataclass(frozen=True, slots=True)
class Frame:
    """Where lines stand that meet: `xs` from the left, `ys` from the top; `across` and `upright` are the lines themselves."""

    xs: list[float]
    ys: list[float]
    across: list[Line]
    upright: list[Line]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its left, bottom, right and top."""
        return self.xs[0], self.ys[-1], self.xs[-1], self.ys[0]


def uncrossed(rules: Rules, spans: Sequence[Span]) -> Rules:
    """The rules without those that run through words: they belong to a drawing, a shading or a line struck out."""
    words = [word for span in spans for word in words_of(span) if len(word.text) >= LONGEST_MARK]
    if not words or not (rules.across or rules.upright):
        return rules
    x0, x1, base, size = np.array([(word.x0, word.x1, word.base, word.size) for word in words]).T
    foot, head = base + _FOOT * size, base + _HEAD * size
    across = [line for line in rules.across if np.sum((foot < line[0]) & (line[0] < head) & (line[1] < x1) & (x0 < line[2])) < 2]
    upright = [
        line
        for line in rules.upright
        if np.sum((x0 + INSIDE < line[0]) & (line[0] < x1 - INSIDE) & (line[1] < foot) & (head < line[2])) < 2
    ]
    return Rules(across, upright, rules.shades)


def frames_of(rules: Rules) -> list[Frame]:
    """The frames that rules draw, smallest first."""
    across, upright = rules.across, rules.upright
    if len(across) + len(upright) > _MOST_LINES:
        across = sorted(sorted(across, key=lambda line: line[1] - line[2])[: _MOST_LINES // 2], reverse=True)
        upright = sorted(sorted(upright, key=lambda line: line[1] - line[2])[: _MOST_LINES // 2])
    frames = []
    for lying, standing in _meeting(across, upright):
        lying, standing = _of_walls(lying, standing)
        if len(lying) + len(standing) < 3 or not lying or not standing:
            continue
        xs = _places([line[0] for line in standing] + _ends(lying))
        ys = _places([line[0] for line in lying] + _ends(standing))[::-1]
        if len(xs) >= 3 and len(ys) >= 3 and len(xs) * len(ys) <= _MOST_OPENINGS:
            frames.append(Frame(xs, ys, lying, standing))
    return sorted(frames, key=lambda frame: (frame.box[2] - frame.box[0]) * (frame.box[3] - frame.box[1]))


def _of_walls(across: list[Line], upright: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines without those that end freely, as the strokes of a bar code or of a drawing do."""
    for _ in range(3):
        kept = [line for line in upright if sum(_touch(other, line) for other in across) >= 2]
        lying = [line for line in across if any(_touch(line, other) for other in kept)]
        if len(kept) == len(upright) and len(lying) == len(across):
            break
        across, upright = lying, kept
    return across, upright


def _touch(across: Line, upright: Line) -> bool:
    y, left, right = across
    x, bottom, top = upright
    return left - _TOUCH <= x <= right + _TOUCH and bottom - _TOUCH <= y <= top + _TOUCH


def _ends(lines: Sequence[Line]) -> list[float]:
    """From where to where the lines run; one that reaches beyond most of the others belongs to something beside them too."""
    fewest = 2 if len(lines) > 3 else 1
    starts, ends = sorted(line[1] for line in lines), sorted((line[2] for line in lines), reverse=True)
    return [starts[_settled(starts, fewest)], ends[_settled(ends, fewest)]]


def _settled(values: Sequence[float], fewest: int) -> int:
    """The first of the values near which enough of them lie."""
    for index, value in enumerate(values):
        if sum(abs(other - value) <= SAME for other in values) >= fewest:
            return index
    return 0


def _places(values: Sequence[float]) -> list[float]:
    """The values in order, those that lie together as one."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= SAME:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _meeting(across: Sequence[Line], upright: Sequence[Line]) -> list[tuple[list[Line], list[Line]]]:
    """The lines that touch each other, directly or by others."""
    if not across or not upright:
        return []
    lying, standing = np.array(across), np.array(upright)
    meet = (
        (standing[None, :, 0] >= lying[:, None, 1] - _TOUCH)
        & (standing[None, :, 0] <= lying[:, None, 2] + _TOUCH)
        & (lying[:, None, 0] >= standing[None, :, 1] - _TOUCH)
        & (lying[:, None, 0] <= standing[None, :, 2] + _TOUCH)
    )
    parent = list(range(len(across) + len(upright)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for row, column in zip(*np.nonzero(meet), strict=True):
        parent[root(int(row))] = root(len(across) + int(column))
    groups: dict[int, tuple[list[Line], list[Line]]] = {}
    for number, line in enumerate((*across, *upright)):
        groups.setdefault(root(number), ([], []))[number >= len(across)].append(line)
    return [group for group in groups.values() if group[0] and group[1]]

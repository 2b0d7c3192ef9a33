"""The directions in which the text of a PDF page runs, each turned upright, and crooked lines made straight.

A page holds a table set sideways, the columns of a table head that stand on end, the slanted word of a stamp; a scan lies
askew by a degree or two, and with it every line of its text.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.pdf.words import Word

_MOST_TILT = 15.0
_LEAST_TILT = 0.03
_ONE_TILT = 3.0
_SLANT_STEP = 5
_STEEPEST_DRIFT = 0.12
_LINE_HEIGHT = 1.17


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle of the page."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Direction:
    """The words that run one way, placed as if they ran to the right on a page of this height.

    `quarter` is how far the page was turned for it, in degrees; `slanted` text runs along none of its edges.
    """

    quarter: int
    slanted: bool
    height: float
    words: list[Word]


def directions(words: Sequence[Word], box: Box, upright: int = 0) -> list[Direction]:
    """The words by their directions: those that run `upright` first, slanted ones last, else the commonest first.

    `box` is what can be seen of the page.
    """
    straight: dict[int, list[Word]] = defaultdict(list)
    slanted: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        angle = word.font.angle
        quarter = round(angle / 90) * 90
        if abs(angle - quarter) <= _MOST_TILT:
            straight[quarter % 360].append(word)
        else:
            slanted[round(angle / _SLANT_STEP)].append(word)
    found = sorted(straight.items(), key=lambda item: (item[0] != upright, -sum(len(word.text) for word in item[1])))
    views = [_straightened(quarter, group, box) for quarter, group in found]
    return [*views, *(_slanted(group, box) for group in slanted.values())]


def extent(quarter: int, box: Box) -> float:
    """The height of the page when it is turned."""
    return box.right - box.left if quarter % 180 else box.top - box.bottom


def turned(quarter: int, x: float, y: float, box: Box) -> tuple[float, float]:
    """A point of the page where it comes to lie when text of this direction is made to run to the right."""
    if quarter == 0:
        return x - box.left, y - box.bottom
    if quarter == 90:
        return y - box.bottom, box.right - x
    if quarter == 180:
        return box.right - x, box.top - y
    return box.top - y, x - box.left


def _straightened(quarter: int, words: list[Word], box: Box) -> Direction:
    if quarter or box.left or box.bottom:
        for word in words:
            _turn(word, quarter, box)
    tilts = [_tilt(word, quarter) for word in words]
    usual = weighted_median([(tilt, len(word.text)) for tilt, word in zip(tilts, words, strict=True)])
    if abs(usual) < _LEAST_TILT:
        usual = _drift(words)
    pivots: dict[float, tuple[float, float]] = {}
    for tilt, word in zip(tilts, words, strict=True):
        x, y = turned(quarter, word.x, word.y, box)
        if abs(tilt - usual) > _ONE_TILT:
            _level(word, x, y, tilt, tilt, *pivots.setdefault(tilt, (x, y)))
        elif usual:
            _level(word, x, y, usual, tilt)
    return Direction(quarter, False, extent(quarter, box), words)


def _slanted(words: list[Word], box: Box) -> Direction:
    angle = words[0].font.angle
    for word in words:
        _level(word, word.x - box.left, word.y - box.bottom, angle, angle)
    return Direction(0, True, extent(0, box), words)


def _tilt(word: Word, quarter: int) -> float:
    angle = word.font.angle
    return 0.0 if angle == quarter else (angle - quarter + 180) % 360 - 180


def _turn(word: Word, quarter: int, box: Box) -> None:
    one, other = turned(quarter, word.left, word.bottom, box), turned(quarter, word.right, word.top, box)
    word.x0, word.x1 = min(one[0], other[0]), max(one[0], other[0])
    word.base = turned(quarter, word.x, word.y, box)[1]


def _level(word: Word, x: float, y: float, rise: float, own: float, pivot_x: float = 0.0, pivot_y: float = 0.0) -> None:
    """Turn what begins at a point by `rise` degrees about another; `own` is how much the word's letters are tilted."""
    sine, cosine = math.sin(math.radians(rise)), math.cos(math.radians(rise))
    width = word.x1 - word.x0 if abs(own) < _LEAST_TILT else _width(word)
    x, y = x - pivot_x, y - pivot_y
    word.x0 = pivot_x + x * cosine + y * sine
    word.x1 = word.x0 + width
    word.base = pivot_y + y * cosine - x * sine


def _width(word: Word) -> float:
    """How wide a tilted word is, told from the upright box around it."""
    across, up = word.right - word.left, word.top - word.bottom
    angle = abs((word.font.angle + 90) % 180 - 90)
    if angle > 45:
        across, angle = up, 90 - angle
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    return max((across - _LINE_HEIGHT * word.font.size * sine) / cosine, 0.0)


def _drift(words: Sequence[Word]) -> float:
    """By how many degrees the lines rise whose words are upright themselves: each is set a little higher than the one before."""
    if 2 * sum(before.base == word.base for before, word in itertools.pairwise(words)) >= len(words):
        return 0.0
    rises: list[tuple[float, int]] = []
    for before, word in itertools.pairwise(words):
        across, up, size = word.x0 - before.x0, word.base - before.base, word.font.size
        if word.font.size == before.font.size and 0 < across < 12 * size and abs(up) < _STEEPEST_DRIFT * across:
            rises.append((math.degrees(math.atan2(up, across)), len(word.text)))
    drift = weighted_median(rises)
    same_way = sum(weight for rise, weight in rises if rise * drift > 0)
    return drift if abs(drift) >= _LEAST_TILT and same_way > 0.8 * sum(weight for _, weight in rises) else 0.0


def weighted_median(values: Sequence[tuple[float, int]]) -> float:
    """The value in the middle of (value, weight); 0 of none."""
    total, reached = sum(weight for _, weight in values), 0
    for value, weight in sorted(values):
        reached += weight
        if 2 * reached >= total:
            return value
    return 0.0

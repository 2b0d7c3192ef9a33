"""The nouns of recognition: a page, and the lines on it."""

from __future__ import annotations

from dataclasses import dataclass

Rule = tuple[float, float, float]
"""A straight line: where it runs, from where and to where, in pixels."""


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A line with the size of its type and its baseline in pixels, and the width of its strokes as a share of the size."""

    text: str
    left: float
    right: float
    base: float
    size: float
    stroke: float
    confidence: float


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """What stands on a page, upright, in pixels from its upper left corner. `confidence` is that of all lines, also of those that
    were too doubtful to be kept; 0 where there are none."""

    width: int
    height: int
    lines: tuple[MeasuredLine, ...] = ()
    across: tuple[Rule, ...] = ()
    upright: tuple[Rule, ...] = ()
    confidence: float = 0.0

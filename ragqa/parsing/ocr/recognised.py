"""The nouns of recognition: a page, and the lines on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ragqa.types import Box

Rule = tuple[float, float, float]
"""A straight line: where it runs, from where and to where, in pixels."""

_ABOVE_BASE, _BELOW_BASE = 0.8, 0.25
_DECIMALS = 4


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
    were too doubtful to be kept; 0 where there are none. To stand upright, the page was turned to the left by `quarters`, then by
    `angle` degrees."""

    width: int
    height: int
    lines: tuple[MeasuredLine, ...] = ()
    across: tuple[Rule, ...] = ()
    upright: tuple[Rule, ...] = ()
    confidence: float = 0.0
    quarters: int = 0
    angle: float = 0.0

    def box(self, line: MeasuredLine) -> Box | None:
        """Where a line stands on the page as it came, in shares of that; None where it is beyond its edges."""
        top, bottom = line.base - _ABOVE_BASE * line.size, line.base + _BELOW_BASE * line.size
        corners = [self._as_it_came(x, y) for x in (line.left, line.right) for y in (top, bottom)]
        across, down = [min(max(x, 0.0), 1.0) for x, _ in corners], [min(max(y, 0.0), 1.0) for _, y in corners]
        left, top, right, bottom = (round(edge, _DECIMALS) for edge in (min(across), min(down), max(across), max(down)))
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _as_it_came(self, x: float, y: float) -> tuple[float, float]:
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        tilt = abs(sin)  # the picture grew by the corners that turned out of it
        width = max((self.width * cos - self.height * tilt) / (cos * cos - sin * sin), 1.0)
        height = max((self.height * cos - self.width * tilt) / (cos * cos - sin * sin), 1.0)
        across, down = x - self.width / 2, y - self.height / 2
        x, y = (across * cos - down * sin) / width + 0.5, (across * sin + down * cos) / height + 0.5
        for _ in range(self.quarters % 4):
            x, y = 1 - y, x
        return x, y

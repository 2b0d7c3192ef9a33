"""A picture of a page to its lines: whichever way up it lay, and however often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ragqa.parsing.ocr.cache import PageCache
from ragqa.parsing.ocr.drawn_rules import are_joined_by_dots, rules_across, rules_upright
from ragqa.parsing.ocr.engine import Line, Recognizer
from ragqa.parsing.ocr.letters import put_right
from ragqa.parsing.ocr.measure import ink_of, measured
from ragqa.parsing.ocr.order import in_reading_order
from ragqa.parsing.ocr.recognised import MeasuredLine, RecognisedPage
from ragqa.parsing.ocr.straighten import dark_on_light, is_blank, straightened, turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragqa.parsing.ocr.engine import Picture

_SURE = 0.88
_LEAST_CONFIDENCE = 0.5
_MOST_LINES = 3000
_LONGEST_LINE = 2000
_SHORTEST_RULE = 0.04
_SMALLEST_SIDE = 24
_HOPELESS = 3
_LONGEST_NUMBER = 5
_DOTS = " " + "." * 8


class PageRecognizer:
    """Recognises the pages of one document. Pages before tell how the next will lie; what was recognised once is remembered."""

    def __init__(self, recognizer: Recognizer, cache: PageCache) -> None:
        self._recognizer, self._cache = recognizer, cache
        self._quarters = 0
        self._hopeless = 0

    def recognise(self, picture: Picture) -> RecognisedPage:
        """The page. Raises whatever the recogniser raises for a picture that it cannot read."""
        key = self._cache.key(picture, self._recognizer.name, self._recognizer.version)
        known = self._cache.get(key)
        if known is None:
            known = self._recognise(picture)
            self._cache.put(key, known)
        return known

    def _recognise(self, picture: Picture) -> RecognisedPage:
        if min(picture.shape) < _SMALLEST_SIDE or is_blank(picture):
            return RecognisedPage(picture.shape[1], picture.shape[0])
        picture = dark_on_light(picture)
        best = first = self._look(picture, self._quarters)
        if not first.lines or first.is_sure:
            return self._measure(first)
        if self._hopeless < _HOPELESS:
            best = self._turn(picture, first)
        self._hopeless = 0 if best.is_sure else self._hopeless + 1
        if best.is_sure:
            self._quarters = best.quarters
        return self._measure(best)

    def _turn(self, picture: Picture, first: _Look) -> _Look:
        """The best of what is seen when the page is turned the other ways, likely ones first."""
        sideways = (1, 3, 2) if first.is_sideways else (2, 1, 3)
        best = first
        for quarters in sideways:
            look = self._look(picture, (first.quarters + quarters) % 4)
            if look.is_sure:
                return look
            best = max(best, look, key=lambda look: look.score)
        return best

    def _look(self, picture: Picture, quarters: int) -> _Look:
        straight, angle = straightened(turned(picture, quarters))
        lines = [line for line in self._recognizer.recognise(straight) if line.text.strip()][:_MOST_LINES]
        return _Look(straight, quarters, angle, lines)

    def _measure(self, look: _Look) -> RecognisedPage:
        height, width = look.picture.shape
        ink = ink_of(look.picture)
        sure = [line for line in look.lines if line.confidence >= _LEAST_CONFIDENCE]
        lines = in_reading_order(_with_dots([measured(_put_right(line), ink) for line in sure], ink))
        shortest = max(12, round(_SHORTEST_RULE * max(height, width)))
        raw = look.picture <= (look.picture.max() // 2)
        return RecognisedPage(
            width, height, tuple(lines), tuple(rules_across(raw, shortest)), tuple(rules_upright(raw, shortest)),
            look.confidence, look.quarters, look.angle,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of a page that was turned by so many quarters and straightened by an angle."""

    picture: Picture
    quarters: int
    angle: float
    lines: Sequence[Line]

    @property
    def length(self) -> int:
        return sum(len(line.text) for line in self.lines)

    @property
    def score(self) -> float:
        return sum(line.confidence * len(line.text) for line in self.lines)

    @property
    def confidence(self) -> float:
        return self.score / self.length if self.lines else 0.0

    @property
    def is_sideways(self) -> bool:
        """Whether most text stands in boxes higher than wide."""
        tall = sum(len(line.text) for line in self.lines if line.box[3] - line.box[1] > line.box[2] - line.box[0])
        return tall > 0.5 * self.length

    @property
    def is_sure(self) -> bool:
        return bool(self.lines) and self.confidence >= _SURE and not self.is_sideways


def _put_right(line: Line) -> Line:
    return replace(line, text=put_right(line.text[:_LONGEST_LINE]))


def _with_dots(lines: list[MeasuredLine], ink: NDArray[np.bool_]) -> list[MeasuredLine]:
    """Headings joined with the page numbers that dots lead to, as one line: a table of contents, not a table."""
    margin = max((line.right for line in lines), default=0.0)
    taken: set[int] = set()
    joined: list[MeasuredLine] = []
    for line in sorted(lines, key=lambda line: line.left):
        if id(line) in taken:
            continue
        following = _following(line, lines)
        until = following.left if following is not None else margin
        if until - line.right < 3 * line.size or not _dots_between(line, until, ink):
            joined.append(line)
            continue
        number = following.text.strip(". ") if following is not None else ""
        if following is not None and number.isalnum() and len(number) <= _LONGEST_NUMBER:
            taken.add(id(following))
            joined.append(replace(line, text=f"{line.text.rstrip(' .')}{_DOTS} {number}", right=following.right))
        elif following is None:
            joined.append(replace(line, text=f"{line.text.rstrip(' .')}{_DOTS}"))
        else:
            joined.append(line)
    return joined


def _following(line: MeasuredLine, lines: Sequence[MeasuredLine]) -> MeasuredLine | None:
    """What stands next in the row of a line."""
    row = (other for other in lines if other.left >= line.right and abs(other.base - line.base) < 0.4 * line.size)
    return min(row, key=lambda other: other.left, default=None)


def _dots_between(line: MeasuredLine, until: float, ink: NDArray[np.bool_]) -> bool:
    top, foot = max(0, int(line.base - 0.75 * line.size)), int(line.base + 0.12 * line.size)
    return are_joined_by_dots(ink[top:foot, int(line.right) + 1 : max(0, int(until) - 1)])

"""Recognised lines as the spans that a PDF's own text is read as, so that one layout reads both.

Sizes measured on ink waver by a few per cent from line to line, which would make headings and tear paragraphs: those of a document
are settled together. What is a little larger or smaller than most of the text is of its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.ocr.recognised import MeasuredLine, RecognisedPage
from ragqa.parsing.pdf.spans import PageSpans, Rules, Span

_BODY = 1.14
_SHORT_BODY = 1.35
_SHORT = 3
_LEVEL = 1.12
_NEAR = 0.08
_BOLD = 1.22
_SHORTEST_BOLD = 3


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A recognised page with its number and how many points a pixel of it is."""

    number: int
    page: RecognisedPage
    scale: float


def spans_of(pages: Sequence[PlacedPage]) -> list[PageSpans]:
    """The pages of one document as the layout wants them: in points from the lower left corner."""
    lines = [(line, placed.scale) for placed in pages for line in placed.page.lines]
    sizes = _Sizes([(line.size * scale, line.text) for line, scale in lines])
    stroke = _weighted_median([(line.stroke, len(line.text)) for line, _ in lines if line.stroke])
    return [_page(placed, sizes, stroke) for placed in pages]


def _page(placed: PlacedPage, sizes: _Sizes, stroke: float) -> PageSpans:
    page, scale = placed.page, placed.scale
    spans = [_span(line, order, page.height, scale, sizes, stroke) for order, line in enumerate(page.lines)]
    rules = Rules(
        [((page.height - y) * scale, left * scale, right * scale) for y, left, right in page.across],
        [(x * scale, (page.height - bottom) * scale, (page.height - top) * scale) for x, top, bottom in page.upright],
    )
    return PageSpans(placed.number, page.height * scale, spans, rules)


def _span(line: MeasuredLine, order: int, height: int, scale: float, sizes: _Sizes, stroke: float) -> Span:
    return Span(
        line.text,
        line.left * scale,
        line.right * scale,
        (height - line.base) * scale,
        sizes.settled(line.size * scale, line.text),
        bold=len(line.text) >= _SHORTEST_BOLD and line.stroke > _BOLD * stroke > 0,
        mono=False,
        order=order,
    )


class _Sizes:
    """The few sizes of type that a document is set in."""

    def __init__(self, measured: Sequence[tuple[float, str]]) -> None:
        self._body = _weighted_median([(size, len(text)) for size, text in measured])
        others = sorted(size for size, text in measured if len(text) > _SHORT and self._is_other(size, _BODY))
        groups: list[list[float]] = []
        for size in others:
            if groups and size <= _LEVEL * groups[-1][0]:
                groups[-1].append(size)
            else:
                groups.append([size])
        self._levels = [sum(group) / len(group) for group in groups]

    def settled(self, size: float, text: str) -> float:
        """The size of the document that is meant by one that was measured."""
        if not self._is_other(size, _SHORT_BODY if len(text) <= _SHORT else _BODY):
            return self._body
        near = [level for level in self._levels if abs(level - size) <= _NEAR * size]
        return min(near, key=lambda level: abs(level - size), default=size)

    def _is_other(self, size: float, much: float) -> bool:
        return not self._body / much < size < self._body * much


def _weighted_median(values: Sequence[tuple[float, int]]) -> float:
    half = sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        half -= weight
        if half <= 0:
            return value
    return 0.0

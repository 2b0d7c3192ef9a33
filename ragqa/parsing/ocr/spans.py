"""Recognised lines as the spans that a PDF's own text is read as, so that one layout reads both.

Sizes measured on ink waver by a few per cent from line to line, which would make headings and tear paragraphs: those of a
document are settled together. What is a little larger or smaller than much of the text is of its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.ocr.recognised import MeasuredLine, RecognisedPage
from ragqa.parsing.pdf.directions import weighted_median
from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import PageSpans, Span

_WINDOW, _SAME, _SAME_OF_SHORT = 0.06, 0.11, 0.3
_SHORT = 3
_MOST_LEVELS = 12
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
    stroke = weighted_median([(line.stroke, len(line.text)) for line, _ in lines if line.stroke])
    return [_page(placed, sizes, stroke) for placed in pages]


def _page(placed: PlacedPage, sizes: _Sizes, stroke: float) -> PageSpans:
    page, scale = placed.page, placed.scale
    spans = [_span(line, order, page, scale, sizes, stroke) for order, line in enumerate(page.lines)]
    rules = Rules(
        [((page.height - y) * scale, left * scale, right * scale) for y, left, right in page.across],
        [(x * scale, (page.height - bottom) * scale, (page.height - top) * scale) for x, top, bottom in page.upright],
    )
    return PageSpans(placed.number, page.height * scale, spans, rules)


def _span(line: MeasuredLine, order: int, page: RecognisedPage, scale: float, sizes: _Sizes, stroke: float) -> Span:
    return Span(
        line.text,
        line.left * scale,
        line.right * scale,
        (page.height - line.base) * scale,
        sizes.settled(line.size * scale, line.text),
        bold=len(line.text) >= _SHORTEST_BOLD and line.stroke > _BOLD * stroke > 0,
        mono=False,
        order=order,
        box=page.box(line),
    )


class _Sizes:
    """The few sizes of type that a document is set in: where most of the text gathers, then where most of the rest does."""

    def __init__(self, measured: Sequence[tuple[float, str]]) -> None:
        held: Counter[float] = Counter()
        for size, text in measured:
            if len(text) > _SHORT:
                held[round(size, 1)] += len(text)
        self._levels: list[float] = []
        while held and len(self._levels) < _MOST_LEVELS:
            heaviest = max(held, key=lambda size: sum(held[other] for other in held if abs(other - size) <= _WINDOW * size))
            level = weighted_median([one for one in held.items() if abs(one[0] - heaviest) <= _WINDOW * heaviest])
            self._levels.append(level)
            held = Counter({size: length for size, length in held.items() if abs(size - level) > _SAME * level})

    def settled(self, size: float, text: str) -> float:
        """The size of the document that is meant by one that was measured."""
        same = _SAME_OF_SHORT if len(text) <= _SHORT else _SAME
        near = [level for level in self._levels if abs(level - size) <= same * level]
        return min(near, key=lambda level: abs(level - size), default=size)

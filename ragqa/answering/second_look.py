"""A second look at a reader's best spans: each read once more in nothing but its own lines.

What stands around a span draws the reader to it or away from it. Where the line alone says the same as the passage did, it is
surer that the line answers; a neighbour that only stood near what the question names loses there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragqa.answering.readers import Reader
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage

LOOKED_AT = 8
"""Spans that are read again. Their lines are short: together they cost about as much as one passage."""

BENEATH = 2.0
"""How far a span that was not read again, or not found again, is taken to be under the lowest that was."""

_OTHER_WORDS = ((0.8, 0.0), (0.4, 1.0), (0.0, 3.0))
"""What is taken from the margin of a span that was found instead, by the share of their characters that both have."""


class SecondLook:
    """A reader that gives its spans the margin that they have in their own lines, as `alone`.

    Threads: as for `Reader`.
    """

    def __init__(self, reader: Reader) -> None:
        self.name, self.settings = reader.name, reader.settings
        self._reader = reader

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """The reader's spans, each with what the second look says of it."""
        reading = self._reader.read(question, passages)
        lines: dict[tuple[int, int, int], list[int]] = {}
        for number in self._best(reading.spans, passages):
            span = reading.spans[number]
            lines.setdefault((span.passage, *_lines_of(passages[span.passage].text, span)), []).append(number)
        again = self._reader.read(question, [_cut(passages[passage], start, end) for passage, start, end in lines])
        found: dict[int, float] = {}
        for place, ((_, start, _), numbers) in enumerate(lines.items()):
            there = [replace(one, start=one.start + start, end=one.end + start) for one in again.spans if one.passage == place]
            for number in numbers:
                margins = [
                    one.margin - _penalty(one, reading.spans[number]) for one in there if _shared(one, reading.spans[number])
                ]
                if margins:
                    found[number] = max(margins)
        floor = min(found.values(), default=0.0) - BENEATH
        return replace(reading, spans=tuple(replace(one, alone=found.get(n, floor)) for n, one in enumerate(reading.spans)))

    def _best(self, spans: Sequence[SpanScore], passages: Sequence[Passage]) -> list[int]:
        weights = self.settings.calibration

        def score(number: int) -> float:
            span, passage = spans[number], passages[spans[number].passage]
            return weights.margin * span.margin + weights.dense * passage.dense + weights.lexical * passage.lexical

        return sorted(range(len(spans)), key=score, reverse=True)[:LOOKED_AT]


def _lines_of(text: str, span: SpanScore) -> tuple[int, int]:
    end = text.find("\n", span.end)
    return text.rfind("\n", 0, span.start) + 1, len(text) if end < 0 else end


def _cut(passage: Passage, start: int, end: int) -> Passage:
    """A part of a passage, with its segments and under the same headings."""
    inside = ((max(low, start) - start, min(high, end) - start) for low, high in passage.segments if low < end and start < high)
    return replace(passage, text=passage.text[start:end], segments=tuple(inside))


def _shared(one: SpanScore, other: SpanScore) -> float:
    """The share of the characters of both that are in both."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(shared, 0) / (max(one.end, other.end) - min(one.start, other.start))


def _penalty(one: SpanScore, other: SpanScore) -> float:
    share = _shared(one, other)
    return next(penalty for least, penalty in _OTHER_WORDS if share > least)

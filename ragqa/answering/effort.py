"""How much reading a question is worth: the quick reader, the strong one, or the strong one where the quick one points.

The strong one looks at its best spans a second time (see second_look.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ragqa.answering.readers import Reader, default_reader_folder, load_reader
from ragqa.answering.second_look import SecondLook
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage
from ragqa.config import ACCURATE_READER, DEFAULT_READER

STRONG_PASSAGES = 4
"""Passages that the strong reader reads: one takes it as long as four take the quick one. Six were not better."""

BESIDE = 4.0
"""How far the quick reader's margin for a span is taken to be under its best one in the passage, where it kept none there."""


class Cascade:
    """Two readers as one: of the passages given, the strong one reads those where the quick one finds the likeliest answers.

    The spans, margins and settings are the strong one's; what the quick one says of each span goes with it as `second`.

    Threads: as for `Reader`.
    """

    def __init__(self, name: str, quick: Reader, strong: Reader, passages: int = STRONG_PASSAGES) -> None:
        self.name, self.settings = name, strong.settings
        self._quick, self._strong, self._passages = quick, strong, passages

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """The strong reader's spans, of the passages it has read."""
        glance: dict[int, list[SpanScore]] = defaultdict(list)
        for span in self._quick.read(question, passages).spans:
            glance[span.passage].append(span)
        chosen = self._promising(glance, passages)
        reading = self._strong.read(question, [passages[number] for number in chosen])
        moved = (replace(span, passage=chosen[span.passage]) for span in reading.spans)
        return Reading(tuple(replace(span, second=_second(span, glance[span.passage])) for span in moved), reading.null)

    def _promising(self, glance: Mapping[int, Sequence[SpanScore]], passages: Sequence[Passage]) -> list[int]:
        """The numbers of the passages to read, in their order: those of the quick reader's best spans, by its own calibration."""
        weights = self._quick.settings.calibration

        def score(number: int) -> float:
            passage = passages[number]
            margin = max(span.margin for span in glance[number])
            return weights.margin * margin + weights.dense * passage.dense + weights.lexical * passage.lexical

        return sorted(sorted(glance, key=score, reverse=True)[: self._passages])


def _second(span: SpanScore, glance: Sequence[SpanScore]) -> float:
    """The quick reader's margin for what overlaps a span."""
    overlapping = [one.margin for one in glance if one.start < span.end and span.start < one.end]
    return max(overlapping) if overlapping else max(one.margin for one in glance) - BESIDE


def load_reader_for(effort: str, name: str = DEFAULT_READER, threads: int = 0) -> Reader:
    """The reader of a name (see `load_reader`) that is worth an effort: fast, auto or accurate. Raises ModelError.

    Only the default reader is two; any other reads everything, whatever the effort.
    """
    if name != DEFAULT_READER or effort == "fast":
        return load_reader(name, threads)
    strong = SecondLook(load_reader(str(default_reader_folder(ACCURATE_READER)), threads))
    return strong if effort == "accurate" else Cascade(DEFAULT_READER, load_reader(name, threads), strong)

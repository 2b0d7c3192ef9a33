"""How much reading a question is worth: the quick reader, the strong one, or the strong one where the quick one points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragqa.answering.readers import Reader, default_reader_folder, load_reader
from ragqa.answering.spans import Reading
from ragqa.answering.windows import Passage
from ragqa.config import ACCURATE_READER, DEFAULT_READER

STRONG_PASSAGES = 3
"""Passages of those given together that the strong reader reads: one takes it as long as a dozen take the quick one."""


class Cascade:
    """Two readers as one: of the passages given, the strong one reads those where the quick one finds the likeliest answers.

    Where they are few, it reads them all and the quick one none. So all spans, margins and settings are the strong one's.

    Threads: as for `Reader`.
    """

    def __init__(self, name: str, quick: Reader, strong: Reader, passages: int = STRONG_PASSAGES) -> None:
        self.name, self.settings = name, strong.settings
        self._quick, self._strong, self._passages = quick, strong, passages

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """The strong reader's spans, of the passages it has read."""
        chosen = self._promising(question, passages)
        reading = self._strong.read(question, [passages[number] for number in chosen])
        return Reading(tuple(replace(span, passage=chosen[span.passage]) for span in reading.spans), reading.null)

    def _promising(self, question: str, passages: Sequence[Passage]) -> list[int]:
        """The numbers of the passages to read, in their order."""
        if len(passages) <= self._passages:
            return list(range(len(passages)))
        spans = self._quick.read(question, passages).spans  # best first
        return sorted(list(dict.fromkeys(span.passage for span in spans))[: self._passages])


def load_reader_for(effort: str, name: str = DEFAULT_READER, threads: int = 0) -> Reader:
    """The reader of a name (see `load_reader`) that is worth an effort: fast, auto or accurate. Raises ModelError.

    Only the default reader is two; any other reads everything, whatever the effort.
    """
    if name != DEFAULT_READER or effort == "fast":
        return load_reader(name, threads)
    strong = load_reader(str(default_reader_folder(ACCURATE_READER)), threads)
    return strong if effort == "accurate" else Cascade(DEFAULT_READER, load_reader(name, threads), strong)

"""What the tests of answering share: hits made by hand, and readers that find what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage
from ragqa.types import Chunk, Hit


def a_hit(text: str, start: int = 0, document_id: int = 1, **changes: Any) -> Hit:
    number = changes.pop("chunk_id", 1)
    hit = Hit(
        number, document_id, f"{document_id}.md", "Kettle", Chunk(text, start, start + len(text), ("Errors",)), 0.9, 0.8, 2.0
    )
    return replace(hit, **changes)


class Pointer:
    """A reader that finds the given words wherever they stand, with the margins it is told."""

    name = "pointer"

    def __init__(self, margins: dict[str, float], null: float = -1.0, **settings: Any) -> None:
        self.settings = ReaderSettings(**settings)
        self.margins, self.null = margins, null
        self.passages: list[Passage] = []

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.passages = list(passages)
        spans = [
            SpanScore(number, passage.text.index(words), passage.text.index(words) + len(words), margin)
            for number, passage in enumerate(passages)
            for words, margin in self.margins.items()
            if words in passage.text
        ]
        return Reading(tuple(spans), self.null)


class CountingPointer(Pointer):
    """Notes how many passages it is given, each time."""

    def __init__(self, margins: dict[str, float], **settings: Any) -> None:
        super().__init__(margins, **settings)
        self.counts: list[int] = []

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.counts.append(len(passages))
        return super().read(question, passages)

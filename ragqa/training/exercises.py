"""What a retriever learns from: questions, the passages of the index that answer them, and those that retrieval takes for such.

The triplets that a reader learns from say which passages these are; here they become the very texts that are embedded.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.chunking import CountTokens
from ragqa.files import storage_errors
from ragqa.indexing.embedding import embedded_texts
from ragqa.indexing.index import Index, StoredChunk
from ragqa.training.contrast import Group as Batched
from ragqa.training.contrast import Lesson
from ragqa.training.examples import Group
from ragqa.types import Triplet

LOOKED_AT = 24
"""Passages that are retrieved for each question: those that do not answer are what the right ones are told from."""

FRONT = 0.85
"""Each wrong passage is drawn so many times less often than the one ranked before it."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question with the texts of passages that answer it, and of those that do not, by rank."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question of the validation, and where its answer stands: stretches of documents, by path, start and end."""

    question: str
    spans: tuple[tuple[str, int, int], ...]


def exercises(index: Index, training: Sequence[Group], validation: Sequence[Group], count_tokens: CountTokens) -> list[Exercise]:
    """The training questions that the index answers. No passage that answers a validation question is among the wrong ones."""
    groups = [group for group in training if group.positives]
    with index.snapshot():
        tested = chunks_of(index, [one for group in validation for one in group.positives])
        chunks = chunks_of(index, [one for group in groups for one in group.triplets])
        texts = _texts(index, {chunk for found in chunks.values() for chunk in found}, count_tokens)
    kept_out = {chunk for found in tested.values() for chunk in found}
    made = []
    for group in groups:
        right = dict.fromkeys(texts[chunk] for one in group.positives for chunk in chunks[one])
        wrong = dict.fromkeys(texts[chunk] for one in group.negatives for chunk in chunks[one] if chunk not in kept_out)
        if right:
            made.append(Exercise(group.question, tuple(right), tuple(text for text in wrong if text not in right)))
    return made


def chunks_of(index: Index, triplets: Sequence[Triplet]) -> dict[Triplet, tuple[int, ...]]:
    """The ids of the chunks that each triplet was read from; none where the index does not hold them any more.

    A passage that was grown for a reader is made of several: those of one that answers are the chunks with most of the answer.
    """
    with index.snapshot():
        ids = {document.path: document.id for document in index.documents()}
        stored = {path: index.document_chunks(ids[path]) for path in sorted({one.document for one in triplets} & ids.keys())}
    return {one: _read_from(one, stored.get(one.document, ())) for one in triplets}


def _read_from(triplet: Triplet, chunks: Sequence[StoredChunk]) -> tuple[int, ...]:
    """The ids of those of a document's chunks, in order, that a passage of it was made of."""
    first, last = triplet.context_start, triplet.context_start + len(triplet.context)
    at = bisect_left(chunks, first, key=lambda one: one.chunk.start)
    within = chunks[at : bisect_right(chunks, last, lo=at, key=lambda one: one.chunk.end)] if first >= 0 else ()
    if len(within) < 2:  # as it was retrieved, or edited since
        return tuple(one.id for one in chunks[at : at + 1] if one.chunk.start == first)
    if triplet.start is None or triplet.end is None:
        return tuple(one.id for one in within)
    start, end = first + triplet.start, first + triplet.end
    held = [min(one.chunk.end, end) - max(one.chunk.start, start) for one in within]
    return tuple(one.id for one, share in zip(within, held, strict=True) if share == max(held))


def judged(validation: Sequence[Group]) -> list[Judged]:
    """The validation questions whose answer stands in the index."""
    found = (
        Judged(
            group.question,
            tuple(
                (one.document, one.context_start + one.start, one.context_start + one.end)
                for one in group.positives
                if one.document and one.context_start >= 0 and one.start is not None and one.end is not None
            ),
        )
        for group in validation
    )
    return [one for one in found if one.spans]


def batched(lessons: Sequence[Exercise], negatives: int, seed: str) -> list[Batched]:
    """The exercises as `contrast.batches` takes them: questions on one passage together, each with `negatives` wrong ones.

    The same seed draws the same wrong ones, the front ones most often.
    """
    chance = random.Random(seed)
    by_passage: dict[str, list[Exercise]] = {}
    for lesson in lessons:
        by_passage.setdefault(lesson.right[0], []).append(lesson)
    groups = []
    for together in by_passage.values():
        drawn = [text for lesson in together for text in _drawn(lesson.wrong, negatives, chance)]
        passages = list(dict.fromkeys([*(text for lesson in together for text in lesson.right), *drawn]))
        numbers = {text: number for number, text in enumerate(passages)}
        groups.append(Batched(tuple(passages), tuple(_lesson(lesson, numbers) for lesson in together)))
    return groups


def _lesson(lesson: Exercise, numbers: dict[str, int]) -> Lesson:
    """What is neither right nor known to be wrong counts neither way."""
    right = tuple(numbers[text] for text in lesson.right)
    known = {*lesson.right, *lesson.wrong}
    return Lesson(lesson.question, right, tuple(number for text, number in numbers.items() if text not in known))


def _drawn(texts: Sequence[str], count: int, chance: random.Random) -> list[str]:
    left, drawn = list(texts), list[str]()
    while left and len(drawn) < count:
        [number] = chance.choices(range(len(left)), [FRONT**rank for rank in range(len(left))])
        drawn.append(left.pop(number))
    return drawn


def _texts(index: Index, chunks: set[int], count_tokens: CountTokens) -> dict[int, str]:
    """What is embedded for chunks, by their ids."""
    with index.connection() as connection, storage_errors(index.folder):
        return {one.chunk: one.text for one in embedded_texts(connection, sorted(chunks), index.manifest, count_tokens)}

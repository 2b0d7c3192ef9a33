"""What a retriever learns from: questions, the passages of the index that answer them, and those that retrieval takes for such.

The triplets that a reader learns from say which passages these are; here they become the very texts that are embedded.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragqa.chunking import CountTokens
from ragqa.files import storage_errors
from ragqa.indexing.embedding import embedded_texts
from ragqa.indexing.index import Index
from ragqa.training.contrast import Group as Batched
from ragqa.training.contrast import Lesson
from ragqa.training.examples import Group
from ragqa.types import Triplet

LOOKED_AT = 24
"""Passages that are retrieved for each question: those that do not answer are what the right ones are told from."""

FRONT = 0.85
"""Each wrong passage is drawn so many times less often than the one ranked before it."""

Place = tuple[str, int]
"""A document's path and a character offset."""


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
    kept_out = {_place(one) for group in validation for one in group.positives}
    groups = [group for group in training if group.positives]
    texts = _texts(index, (one for group in groups for one in group.triplets), count_tokens)
    made = []
    for group in groups:
        right = dict.fromkeys(texts[_place(one)] for one in group.positives if _place(one) in texts)
        wrong = (texts[place] for one in group.negatives if (place := _place(one)) in texts and place not in kept_out)
        if right:
            made.append(Exercise(group.question, tuple(right), tuple(text for text in dict.fromkeys(wrong) if text not in right)))
    return made


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


def _place(triplet: Triplet) -> Place:
    return triplet.document, triplet.context_start


def _texts(index: Index, triplets: Iterable[Triplet], count_tokens: CountTokens) -> dict[Place, str]:
    """What is embedded for the chunks that triplets were read from, by place; what the index holds no more is left out."""
    places = {_place(one) for one in triplets}
    with index.snapshot(), index.connection() as connection, storage_errors(index.folder):
        documents = {document.path: document.id for document in index.documents()}
        wanted: dict[int, Place] = {}
        for path in sorted({path for path, _ in places} & documents.keys()):
            chunks = index.document_chunks(documents[path])
            wanted |= {one.id: (path, one.chunk.start) for one in chunks if (path, one.chunk.start) in places}
        return {wanted[one.chunk]: one.text for one in embedded_texts(connection, list(wanted), index.manifest, count_tokens)}

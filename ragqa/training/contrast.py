"""What a retriever is taught: to bring a question nearer to the passages that answer it than to others of the same manual.

Groups of passages with questions (`Group`) become batches; in a batch every passage that does not answer a question is a wrong
one for it, but for those that may answer it too, which count neither way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ragqa.text.analysis import index_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEMPERATURE = 0.05
"""By which cosines are divided: small enough that the nearest wrong passages count most."""

SAME_TEXT = 0.8
"""Share of common terms (Jaccard) from which a passage that is like a right one is not called wrong."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with the numbers of the passages of its group that answer it, and of those that may."""

    question: str
    right: tuple[int, ...]
    spared: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Passages, as they are embedded, that are told from each other: those of a manual or an article, in their order."""

    passages: tuple[str, ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions and passages to compare, all with all. `right` and `spared`: bool, of shape (questions, passages)."""

    questions: tuple[str, ...]
    passages: tuple[str, ...]
    right: NDArray[np.bool_]
    spared: NDArray[np.bool_]


def contrastive_loss(questions: Any, passages: Any, batch: Batch, temperature: float = TEMPERATURE) -> Any:
    """The mean of -log of the share that right passages have of exp(cosine / temperature) over all that count.

    `questions` (questions, width) and `passages` (passages, width) are torch's, of length one. Of several right passages one may
    do. Returns a scalar with a gradient.
    """
    import torch

    scores = questions @ passages.T / temperature
    right, spared = torch.from_numpy(batch.right), torch.from_numpy(batch.spared)
    least = torch.finfo(scores.dtype).min
    among = torch.logsumexp(scores.masked_fill(spared & ~right, least), dim=1)
    return (among - torch.logsumexp(scores.masked_fill(~right, least), dim=1)).mean()


def batch_of(groups: Sequence[Group]) -> Batch:
    """All of some groups as one batch. A passage that stands in several groups, or is nearly a right one, is spared."""
    import numpy as np

    lessons = [(first, lesson) for first, group in _placed(groups) for lesson in group.lessons]
    passages = tuple(passage for group in groups for passage in group.passages)
    right = np.zeros((len(lessons), len(passages)), dtype=np.bool_)
    spared = np.zeros_like(right)
    alike = _alike(passages)
    for row, (first, lesson) in enumerate(lessons):
        right[row, [first + number for number in lesson.right]] = True
        spared[row, [first + number for number in lesson.spared]] = True
        spared[row] |= alike[right[row]].any(axis=0)
    return Batch(tuple(lesson.question for _, lesson in lessons), passages, right, spared)


def batches(groups: Sequence[Group], most_passages: int, chance: random.Random) -> Iterator[Batch]:
    """All groups once, whole ones together as far as `most_passages` allows; a larger one in stretches of its passages."""
    parts = [part for group in groups for part in _stretches(group, most_passages)]
    chance.shuffle(parts)
    together: list[Group] = []
    for part in parts:
        if together and sum(len(one.passages) for one in (*together, part)) > most_passages:
            yield batch_of(together)
            together = []
        together.append(part)
    if together:
        yield batch_of(together)


def _placed(groups: Sequence[Group]) -> Iterator[tuple[int, Group]]:
    """Each group with the number that its first passage has in the batch."""
    first = 0
    for group in groups:
        yield first, group
        first += len(group.passages)


def _stretches(group: Group, most_passages: int) -> Iterator[Group]:
    """The group in parts of like size, each with the questions that a passage in it answers."""
    count = -(-len(group.passages) // most_passages)
    edges = [len(group.passages) * number // count for number in range(count + 1)]
    for start, end in pairwise(edges):
        lessons = []
        for lesson in group.lessons:
            right, spared = (
                tuple(number - start for number in numbers if start <= number < end) for numbers in (lesson.right, lesson.spared)
            )
            if right:
                lessons.append(Lesson(lesson.question, right, spared))
        if lessons:
            yield Group(group.passages[start:end], tuple(lessons))


def _alike(passages: Sequence[str]) -> NDArray[np.bool_]:
    """Which passages say nearly the same, of shape (passages, passages)."""
    import numpy as np

    terms = [frozenset(index_terms(passage)) for passage in passages]
    numbers = {term: number for number, term in enumerate(sorted(frozenset().union(*terms)))}
    held = np.zeros((len(passages), max(len(numbers), 1)), dtype=np.float32)
    for row, some in enumerate(terms):
        held[row, [numbers[term] for term in some]] = 1
    shared = held @ held.T
    sizes = held.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - shared
    return shared >= SAME_TEXT * np.maximum(either, 1)

"""Questions into training and validation, so that no passage is on both sides."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Sequence

from ragqa.training.examples import Group

SAME_PLACE = 40
"""Characters of a grid on which answers of overlapping chunks are taken to stand at the same place."""


def split(groups: Sequence[Group], share: float, seed: int) -> tuple[list[Group], list[Group]]:
    """Training and validation groups, both in their order; about `share` of the questions in validation.

    Questions belong together when they are the same words, or answered by the same passage, or by the same text seen through
    overlapping chunks.
    """
    families = _families(groups)
    random.Random(seed).shuffle(families)
    wanted, chosen = round(share * len(groups)), set[int]()
    for family in families:
        if len(chosen) + len(family) <= wanted:
            chosen.update(family)
    training = [group for number, group in enumerate(groups) if number not in chosen]
    return training, [group for number, group in enumerate(groups) if number in chosen]


def _families(groups: Sequence[Group]) -> list[list[int]]:
    """The numbers of the groups that share a place, found by union-find."""
    parent = list(range(len(groups)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    seen: dict[Hashable, int] = {}
    for number, group in enumerate(groups):
        for place in _places(group):
            parent[root(number)] = root(seen.setdefault(place, number))
    families: dict[int, list[int]] = {}
    for number in range(len(groups)):
        families.setdefault(root(number), []).append(number)
    return list(families.values())


def _places(group: Group) -> Iterator[Hashable]:
    """What two groups must not share across the split."""
    yield "question", " ".join(group.question.casefold().split())
    for one in group.positives:
        yield one.context
        if one.start is not None and one.end is not None and one.document and one.context_start >= 0:
            first, last = one.context_start + one.start, one.context_start + one.end
            yield from ((one.document, cell) for cell in range(first // SAME_PLACE, last // SAME_PLACE + 1))

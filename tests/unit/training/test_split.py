from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from ragqa.training.examples import Group
from ragqa.training.split import SAME_PLACE, split
from ragqa.types import Triplet

Make = Callable[..., Triplet]


def alone(question: str, *positives: Triplet) -> Group:
    return Group(question, positives, ())


@pytest.fixture
def place(triplet: Make) -> Callable[..., Triplet]:
    """A positive of a document: the chunk from `first` on, the answer at start..end, all offsets of the document."""

    def make(document: str, first: int, start: int, end: int) -> Triplet:
        context = f"{document} {first} ".ljust(600, "x")
        one = triplet("q", context, document=document, context_start=first)
        return replace(one, start=start - first, end=end - first)

    return make


def side_of(groups: list[Group], sides: tuple[list[Group], list[Group]]) -> list[int]:
    return [next(number for number, side in enumerate(sides) if any(one is group for one in side)) for group in groups]


@pytest.fixture
def shelf(place: Callable[..., Triplet]) -> list[Group]:
    """Questions on five documents of 30,000 characters, seen through chunks of 600 that overlap by 200."""
    chance, groups = random.Random(7), []
    for number in range(300):
        document, start = f"manual{chance.randrange(5)}", chance.randrange(30_000)
        end = start + chance.randrange(3, 120)
        firsts = [first for first in range(0, 30_000, 400) if first <= start and end <= first + 600]
        if firsts:
            groups.append(alone(f"q{number}", *(place(document, first, start, end) for first in firsts)))
    return groups


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_nothing_is_on_both_sides(seed: int, share: float, shelf: list[Group]) -> None:
    training, validation = split(shelf, share, seed)

    def spans(side: list[Group]) -> list[tuple[str, int, int]]:
        return [
            (one.document, one.context_start + (one.start or 0), one.context_start + (one.end or 0))
            for group in side
            for one in group.positives
        ]

    contexts = [{one.context for group in side for one in group.positives} for side in (training, validation)]
    assert not contexts[0] & contexts[1]
    for document, start, end in spans(validation):
        assert not any(document == other and start < b and a < end for other, a, b in spans(training))
    assert len(validation) == pytest.approx(share * len(shelf), abs=2)
    assert sorted([*training, *validation], key=id) == sorted(shelf, key=id)


def test_both_sides_keep_the_order(shelf: list[Group]) -> None:
    for side in split(shelf, 0.3, 1):
        assert side == [group for group in shelf if any(one is group for one in side)]


def test_a_split_depends_on_its_seed_only(shelf: list[Group]) -> None:
    assert split(shelf, 0.3, 1) == split(shelf, 0.3, 1)
    assert split(shelf, 0.3, 1)[1] != split(shelf, 0.3, 2)[1]


@pytest.mark.parametrize("seed", range(20))
def test_families_are_transitive(seed: int, place: Callable[..., Triplet], triplet: Make) -> None:
    """A shares a passage with B, B a place with C, C a passage with D: all of them come to one side."""
    shared, other = triplet("q", "The lid is open.", "open"), triplet("q", "The base is wet.", "wet")
    family = [
        alone("A", shared),
        alone("B", shared, place("kettle", 0, 410, 450)),
        alone("C", place("kettle", 400, 440, 480), other),
        alone("D", other),
    ]
    rest = [alone(f"q{number}", triplet("q", f"Text {number}", "Text")) for number in range(6)]
    groups = [family[3], rest[0], family[1], *rest[1:4], family[0], *rest[4:], family[2]]
    sides = split(groups, 0.5, seed)
    assert len(set(side_of(family, sides))) == 1
    assert len(sides[1]) in (4, 5)


@pytest.mark.parametrize("seed", range(20))
def test_other_places_and_other_documents_are_no_family(seed: int, place: Callable[..., Triplet]) -> None:
    groups = [
        alone("A", place("kettle", 0, 100, 110)),
        alone("B", place("kettle", 400, 440 + 2 * SAME_PLACE, 450 + 2 * SAME_PLACE)),
        alone("C", place("lamp", 400, 440, 450)),
        alone("D", place("lamp", 0, 100, 110)),
    ]
    assert [len(side) for side in split(groups, 0.25, seed)] == [3, 1]


def test_any_group_can_be_drawn(shelf: list[Group]) -> None:
    drawn = {group.question for seed in range(40) for group in split(shelf, 0.2, seed)[1]}
    assert len(drawn) > 0.9 * len(shelf)


def test_contexts_of_unknown_place_in_one_document_are_no_family(triplet: Make) -> None:
    """As pairs bring them that have a context of their own: SQuAD's paragraphs, say, under their article's title."""
    groups = [alone(f"q{number}", triplet("q", f"Lamp {number} shines.", "shines", document="lamps")) for number in range(20)]
    assert [len(side) for side in split(groups, 0.2, 1)] == [16, 4]


def test_shared_negatives_do_not_tie_questions(triplet: Make) -> None:
    negative = triplet("q", "Nobody asks this.")
    groups = [Group(f"q{number}", (triplet("q", f"Text {number}", "Text"),), (negative,)) for number in range(10)]
    assert [len(side) for side in split(groups, 0.2, 1)] == [8, 2]
    assert [len(side) for side in split([Group(f"q{number}", (), (negative,)) for number in range(10)], 0.2, 1)] == [8, 2]


@pytest.mark.parametrize(("share", "sizes"), [(0.0, [10, 0]), (1.0, [0, 10])])
def test_the_ends_of_the_share(share: float, sizes: list[int], triplet: Make) -> None:
    groups = [alone(f"q{number}", triplet("q", f"Text {number}", "Text")) for number in range(10)]
    assert [len(side) for side in split(groups, share, 1)] == sizes


def test_nothing_to_split() -> None:
    assert split([], 0.2, 1) == ([], [])


def test_one_great_family_is_trained_on(triplet: Make) -> None:
    groups = [alone(f"q{number}", triplet("q", "One text", "text")) for number in range(10)]
    assert [len(side) for side in split(groups, 0.2, 1)] == [10, 0]


@pytest.mark.parametrize("seed", range(10))
def test_the_same_question_is_not_on_both_sides(seed: int, triplet: Make) -> None:
    """Whether it is answered or not, and however it is typed."""
    negative = triplet("q", "Nobody asks this.")
    alike = [Group(question, (), (negative,)) for question in ("Who made it?", "who  made it?", "WHO MADE IT?")]
    alike.append(alone("Who made  it?", triplet("q", "Ann made it.", "Ann")))
    groups = [*alike, *(alone(f"q{number}", triplet("q", f"Text {number}", "Text")) for number in range(6))]
    assert len(set(side_of(alike, split(groups, 0.4, seed)))) == 1

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ragqa.answering.asker import Retriever
from ragqa.config import AskSettings
from ragqa.errors import UsageError
from ragqa.indexing.index import Index
from ragqa.training.material import FEWEST, GROWN, LONG_ANSWER, from_triplets, mine_pairs, passage_length
from ragqa.training.triplet_file import read_triplets, write_triplets
from ragqa.types import Document, Match, Progress, QAPair, Triplet

Make = Callable[..., Triplet]
PAIRS = [
    QAPair("How long does the warranty last?", ("30 months",)),
    QAPair("How many watts does the lamp draw?", ("8 watts",)),
    QAPair("Who painted the ceiling?"),
]


@pytest.fixture
def shelf(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


@pytest.fixture
def triplets(triplet: Make) -> list[Triplet]:
    """Twenty answerable questions, each with a passage of its own and one that does not answer; and two without an answer."""
    found = []
    for number in range(20):
        question, context = f"How long is rod {number}?", f"Rod {number} is {number} cm long."
        found += [triplet(question, context, f"{number} cm", document="rods.md", score=number / 3, context_start=number * 100)]
        found += [triplet(question, "Rods are round.", answers=(f"{number} cm",), rank=2)]
    return found + [triplet(f"Who made rod {number}?", "Rods are round.") for number in range(2)]


def test_pairs_are_mined_in_their_order_and_told(shelf: Index, embedder: Any) -> None:
    told: list[Progress] = []
    mined = mine_pairs(Retriever(shelf, embedder, AskSettings()), PAIRS, progress=told.append)
    assert [bool(found[0].answerable) for found in mined.triplets] == [True, True, False]
    assert mined.report.aligned[Match.EXACT] == 2 and mined.report.unanswerable == 1 and not mined.stopped
    assert [(one.stage, one.items, one.items_total, one.detail) for one in told] == [
        ("mine", number, 3, pair.question) for number, pair in enumerate(PAIRS, start=1)
    ]


def test_a_stop_keeps_and_reports_what_was_mined(shelf: Index, embedder: Any) -> None:
    done: list[Progress] = []
    mined = mine_pairs(Retriever(shelf, embedder, AskSettings()), PAIRS, progress=done.append, stop=lambda: len(done) == 2)
    assert mined.stopped and len(mined.triplets) == mined.report.questions == 2


def test_long_answers_are_read_in_grown_passages() -> None:
    long, short = "x" * (LONG_ANSWER + 1), "30 months"
    assert passage_length([long] * 5 + [short]) == GROWN
    assert passage_length([short] * 50 + [long]) == passage_length([]) == 0


def test_material_holds_every_question_once(triplets: list[Triplet]) -> None:
    material = from_triplets(triplets, 0.5, seed=1)
    questions = [group.question for group in (*material.training, *material.validation)]
    assert sorted(questions) == sorted({one.question for one in triplets})
    assert len(material.validation) == 11
    assert not {one.positives for one in material.training if one.positives} & {one.positives for one in material.validation}


def test_the_fingerprint_tells_materials_apart_but_not_how_they_were_split(triplets: list[Triplet]) -> None:
    fingerprint = from_triplets(triplets, 0.5, seed=1).fingerprint
    assert fingerprint == from_triplets(iter(triplets), 0.45, seed=2).fingerprint
    changed = [replace(triplets[0], answers=("0 mm",)), *triplets[1:]]
    assert fingerprint != from_triplets(changed, 0.5, seed=1).fingerprint


def test_a_file_gives_the_same_material(triplets: list[Triplet], tmp_path: Any) -> None:
    """Otherwise a resumed training would go on with another split."""
    odd = [replace(triplets[0], answers=("0 cm", "a lone \udcff surrogate")), *triplets[1:]]
    write_triplets(odd, tmp_path / "t.jsonl")
    assert from_triplets(read_triplets(tmp_path / "t.jsonl")[0], 0.5, 1) == from_triplets(odd, 0.5, 1)


@pytest.mark.parametrize(("share", "side"), [(0.05, "validation"), (0.9, "training")])
def test_too_little_on_either_side_is_refused(share: float, side: str, triplets: list[Triplet]) -> None:
    with pytest.raises(UsageError, match=f"are left for {side}, but it takes at least {FEWEST}") as caught:
        from_triplets(triplets, share, seed=1)
    assert "ragqa triplets" in caught.value.hint


def test_questions_without_an_answer_do_not_count(triplets: list[Triplet], triplet: Make) -> None:
    """Of a hundred questions that the manuals do not answer nothing is learnt about reading."""
    unanswerable = [triplet(f"Who made rod {number}?", "Rods are round.") for number in range(100)]
    with pytest.raises(UsageError, match="answerable questions"):
        from_triplets([*triplets[:20], *unanswerable], 0.5, seed=1)
    with pytest.raises(UsageError, match="0 answerable"):
        from_triplets([], 0.5, seed=1)


def test_documents_that_are_named_but_not_there_are_told(shelf: Index, embedder: Any) -> None:
    pairs = [replace(PAIRS[0], document="lamp.html"), replace(PAIRS[1], document="gone.pdf")]
    report = mine_pairs(Retriever(shelf, embedder, AskSettings()), pairs).report
    assert report.notes == ("1 of 2 documents that the pairs name are not in the index: gone.pdf",)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ragqa.training.mining import EXAMPLES, report_mining
from ragqa.types import Match, QAPair, Triplet

Make = Callable[..., Triplet]


def test_answers_are_counted_by_how_they_were_found(triplet: Make) -> None:
    pairs = [
        QAPair("a", ("30 months",)),
        QAPair("b", ("30  Months",)),
        QAPair("c", ("thirty",), document="lamp.html"),
        QAPair("d"),
    ]
    mined = [
        [triplet("a", "It lasts 30 months.", "30 months", document="x.md"), triplet("a", "It is red.", rank=2)],
        [replace(triplet("b", "It lasts 30 months.", "30 months"), match=Match.NORMALISED)],
        [],
        [triplet("d", "It is red."), triplet("d", "It is small.")],
    ]
    report = report_mining(pairs, mined)
    assert (report.questions, report.unanswerable, report.missed, report.positives, report.negatives) == (4, 1, 0, 2, 3)
    assert report.aligned == {Match.EXACT: 1, Match.NORMALISED: 1, Match.FUZZY: 0, Match.NONE: 1}
    (exact,), (none,) = report.examples[Match.EXACT], report.examples[Match.NONE]
    assert (exact.question, exact.answer, exact.span, exact.document) == ("a", "30 months", "30 months", "x.md")
    assert (none.answer, none.span, none.document, none.similarity) == ("thirty", "", "lamp.html", 0.0)
    assert sum(report.aligned.values()) + report.unanswerable == report.questions


def test_passages_that_retrieval_missed_are_counted_by_question(triplet: Make) -> None:
    pairs = [QAPair("a", ("30 months",)), QAPair("b", ("30 months",))]
    missed, found = (
        triplet("a", "It lasts 30 months.", "30 months", rank=0),
        triplet("b", "It is 30 months.", "30 months", rank=3),
    )
    assert report_mining(pairs, [[missed, missed], [replace(found, rank=0), found]]).missed == 1


def test_the_least_similar_are_shown_first_and_not_all(triplet: Make) -> None:
    similarities = [0.9, 0.71, 0.8, 0.99, 0.75, 0.95, 0.85]
    fuzzy = [
        [replace(triplet(f"q{number}", "It lasts.", "lasts"), match=Match.FUZZY, similarity=one)]
        for number, one in enumerate(similarities)
    ]
    examples = report_mining([QAPair(f"q{number}", ("last",)) for number in range(7)], fuzzy).examples[Match.FUZZY]
    assert [example.similarity for example in examples] == sorted(similarities)[:EXAMPLES]


def test_pairs_and_triplets_must_belong_together() -> None:
    assert report_mining([], []).questions == 0
    with pytest.raises(ValueError, match="zip"):
        report_mining([QAPair("a")], [])

from __future__ import annotations

import math

from answering_samples import a_hit

from ragqa.answering.choose import distinct_spans, expected_spans
from ragqa.answering.rank import Candidate
from ragqa.types import Hit


def test_the_same_words_in_two_documents_are_two_answers() -> None:
    values = {"margin": 1.0}
    here, there = (Candidate(a_hit("text", document_id=number), 0, 4, values, 0.5) for number in (1, 2))
    assert distinct_spans([here, there], 5) == [here, there]


def test_distinct_spans_keep_the_best_and_touching_ones() -> None:
    hit = a_hit("0123456789")
    spans = [(2, 5), (4, 6), (0, 9), (5, 8), (0, 2)]
    kept = distinct_spans([Candidate(hit, start, end, {}, 0.5) for start, end in spans], 5)
    assert [(one.start, one.end) for one in kept] == [(2, 5), (5, 8), (0, 2)]
    assert distinct_spans([], 5) == []


def spans_of(hit: Hit, *spans: tuple[int, int, float]) -> list[Candidate]:
    """Candidates with the given odds against each other."""
    return [Candidate(hit, start, end, {"margin": odds}, math.log(odds)) for start, end, odds in spans]


def test_of_spans_that_nearly_agree_the_one_with_the_best_expected_overlap_is_taken() -> None:
    hit = a_hit("0123456789" * 4)
    (found,) = expected_spans(spans_of(hit, (0, 8, 0.40), (0, 20, 0.39), (0, 30, 0.38)), 5)
    assert (found.start, found.end) == (0, 20)
    assert found.score == math.log(0.40) and found.features == {"margin": 0.40}


def test_one_span_much_surer_than_the_others_is_taken_as_it_is() -> None:
    hit = a_hit("0123456789" * 4)
    (found,) = expected_spans(spans_of(hit, (0, 8, 0.95), (0, 20, 0.02), (0, 30, 0.02)), 5)
    assert (found.start, found.end) == (0, 8)


def test_expected_spans_stand_in_regions_of_their_own() -> None:
    here, there = a_hit("0123456789" * 4), a_hit("0123456789" * 4, document_id=2, chunk_id=2)
    ranked = spans_of(here, (0, 8, 0.6)) + spans_of(there, (0, 8, 0.5)) + spans_of(here, (4, 12, 0.4), (12, 20, 0.3))
    assert [(one.hit.document_id, one.start, one.end) for one in expected_spans(ranked, 5)] == [
        (1, 0, 8), (2, 0, 8), (1, 12, 20),
    ]  # fmt: skip
    assert [one.features["margin"] for one in expected_spans(ranked, 2)] == [0.6, 0.5]
    assert expected_spans([], 3) == []

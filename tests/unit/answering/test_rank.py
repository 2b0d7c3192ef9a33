from __future__ import annotations

import math

import pytest
from answering_samples import a_hit

from ragqa.answering.evidence import Evidence
from ragqa.answering.rank import candidates_of, rank
from ragqa.answering.reader_settings import Calibration
from ragqa.answering.spans import Reading, SpanScore
from ragqa.types import Block, BlockKind


def test_every_feature_reaches_the_ranking() -> None:
    text = "E-24 lid"
    hits = [a_hit(text, chunk_id=1), a_hit(text, chunk_id=2, dense=0.1, lexical=0.5)]
    blocks = [[Block(BlockKind.PARAGRAPH, 0, 4), Block(BlockKind.PARAGRAPH, 5, 8)]] * 2
    one_word, everything = pytest.approx(math.log(2)), pytest.approx(1.0)
    reading = Reading((SpanScore(0, 0, 4, 1.5), SpanScore(1, 5, 8, 2.5, 0.5)), -7.0)
    found = candidates_of(reading, hits, Evidence("E-24", hits, blocks))
    ranked = rank(found, Calibration())
    assert [candidate.features for candidate in ranked] == [
        {"margin": 2.5, "null": -7.0, "dense": 0.1, "lexical": 0.5, "near": 0.0, "second": 0.5, "alone": 0.0, "length": one_word},
        {
            "margin": 1.5,
            "null": -7.0,
            "dense": 0.8,
            "lexical": 2.0,
            "near": everything,
            "second": 0.0,
            "alone": 0.0,
            "length": one_word,
        },
    ]
    by_evidence = rank(found, Calibration(near=5.0))
    assert [candidate.start for candidate in by_evidence] == [0, 5]


def test_margins_decide_between_passages_not_shares_of_one() -> None:
    # Within its own passage the first span is alone, the second has rivals: a softmax in each passage would turn them round.
    hits = [a_hit("aaaa", chunk_id=1), a_hit("bbbb cccc dddd", chunk_id=2, document_id=2)]
    reading = Reading(
        (SpanScore(0, 0, 4, 1.0), SpanScore(1, 0, 4, 3.0), SpanScore(1, 5, 9, 2.9), SpanScore(1, 10, 14, 2.8)), -1.0
    )
    ranked = rank(candidates_of(reading, hits, Evidence("x", hits, [[], []])), Calibration())
    assert [candidate.features["margin"] for candidate in ranked] == [3.0, 2.9, 2.8, 1.0]


def test_equal_candidates_come_in_a_fixed_order() -> None:
    hits = [a_hit("aaaa bbbb", chunk_id=2), a_hit("aaaa bbbb", chunk_id=1, document_id=2)]
    spans = (SpanScore(0, 5, 9, 1.0), SpanScore(0, 0, 4, 1.0), SpanScore(1, 0, 4, 1.0))
    orders = {
        tuple(
            (one.hit.chunk_id, one.start)
            for one in rank(candidates_of(Reading(part, -1.0), hits, Evidence("x", hits, [[], []])), Calibration())
        )
        for part in (spans, spans[::-1])
    }
    assert orders == {((1, 0), (2, 0), (2, 5))}

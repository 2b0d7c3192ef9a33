"""Ranked candidates to distinct answers: no two overlapping, each as long as its question asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ragqa.answering.context import instruction_around
from ragqa.answering.least_risk import least_risk
from ragqa.answering.rank import Candidate
from ragqa.indexing.index import Index
from ragqa.text.analysis import asks_for_instructions

CANDIDATES = 20
"""Distinct spans of a question that are weighed against each other; the right one is hardly ever behind them."""

SHORTEST_INSTRUCTION = 4
"""Words under which a span is a fragment of an instruction, like "Tap"."""

Widen = Callable[[Candidate], Candidate]


@dataclass(frozen=True, slots=True)
class Manner:
    """How answers to one question are made of spans: long ones of many spans that nearly agree; `widen` makes a span whole where
    part of a step or sentence is too little, None takes spans as they are."""

    long_answers: bool = False
    widen: Widen | None = None


def manner_of(index: Index, question: str, long_answers: bool) -> Manner:
    """How this question's answers are made; `long_answers` is the reader's habit. What it widens is read from the index."""
    if long_answers:
        return Manner(True, lambda candidate: _completed(index, candidate))
    if asks_for_instructions(question, index.languages()):
        return Manner(False, lambda candidate: _instruction(index, candidate))
    return Manner()


def choose(ranked: Sequence[Candidate], manner: Manner) -> list[Candidate]:
    """The best answers among ranked candidates, best first."""
    widen = manner.widen or _as_it_is
    if manner.long_answers:
        return distinct_spans([widen(candidate) for candidate in expected_spans(ranked, CANDIDATES)], CANDIDATES)
    if manner.widen is not None:
        ranked = [widen(candidate) for candidate in ranked[:CANDIDATES]]
    return least_risk(ranked, CANDIDATES)


def distinct_spans(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """The first `count` candidates, leaving out those that overlap a better one of the same document."""
    kept: list[Candidate] = []
    for candidate in ranked:
        if len(kept) == count:
            break
        if not any(candidate.overlaps(other) for other in kept):
            kept.append(candidate)
    return kept


def expected_spans(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """Like `distinct_spans`, for long answers, where many spans that differ by a sentence share the probability.

    The first-ranked span tells where the answer is; of those that overlap it, the one is taken whose expected F1 (of characters,
    over them all, weighted by the odds of each) is best: minimum Bayes risk. It has the first one's features and score.
    """
    kept: list[Candidate] = []
    rest = list(ranked)
    while rest and len(kept) < count:
        first = rest[0]
        around = [candidate for candidate in rest if candidate.overlaps(first)]
        odds = [math.exp(candidate.score - first.score) for candidate in around]

        def expected(span: Candidate, around: list[Candidate] = around, odds: list[float] = odds) -> float:
            return sum(weight * _shared(span, other) for other, weight in zip(around, odds, strict=True))

        best = max(around, key=expected)
        kept.append(replace(first, hit=best.hit, start=best.start, end=best.end))
        rest = [candidate for candidate in rest if not (candidate.overlaps(first) or candidate.overlaps(best))]
    return kept


def _as_it_is(candidate: Candidate) -> Candidate:
    return candidate


def _shared(one: Candidate, other: Candidate) -> float:
    """The F1 of the characters of two spans."""
    if not one.overlaps(other):
        return 0.0
    both = min(one.end, other.end) - max(one.start, other.start)
    return 2.0 * both / (one.end - one.start + other.end - other.start)


def _completed(index: Index, candidate: Candidate) -> Candidate:
    """The candidate, widened to whole steps or sentences."""
    start, end = instruction_around(index, candidate.hit.document_id, candidate.start, candidate.end, candidate.hit.language)
    return replace(candidate, start=start, end=end)


def _instruction(index: Index, candidate: Candidate) -> Candidate:
    """The candidate, widened to its step or sentence where it is too short to tell anybody what to do."""
    if len(index.text(candidate.hit.document_id, candidate.start, candidate.end).split()) >= SHORTEST_INSTRUCTION:
        return candidate
    return _completed(index, candidate)

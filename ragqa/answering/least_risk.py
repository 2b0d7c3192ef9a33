"""Ranked spans to the answers that are likeliest right, where several spans say nearly the same or stand side by side.

The best span alone is often not it: "10 years" and "for 10 years from the date of purchase" share the chance of one answer, and
of two sentences in a row, either of which may be meant, both together answer. So each answer is the span, or the two in a row,
that says most of what the spans say, by their chances (minimum Bayes risk; Kumar and Byrne, 2004), where "says" is the rule by
which answers are judged. A sure span stays as it is: what is longer must be likelier right by a good deal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations

from ragqa.answering.rank import Candidate
from ragqa.text.agreement import plain, says

POOL = 12
"""Best spans that are weighed against each other; with twice as many the answers are hardly others."""

SHARPNESS = 2.0
"""The power to which the odds of spans are raised: those that the ranking gives are of many spans which are one answer."""

LEAST_GAIN = 0.05
"""How much more of the probability must be said by another than the best span, so that it is not answered with."""

LONGEST_PAIR, SHORTEST_PART = 60, 3
"""Words of the longest answer that is made of two spans, and of each of the two at least: fewer are no sentence."""

UNLIKELY = 0.002
"""A share of the probability that is not counted: comparing texts takes its time."""

_words = lru_cache(1 << 14)(plain)
"""The words of spans: while a calibration is fitted, the same are looked at again and again."""

_BETWEEN = re.compile(r"[^\w|]{0,20}(?:\d{1,2}[^\w|]{1,8})?")
"""What may stand between two spans in a row: marks, and the number of a step; no words, and no other cell of a table."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A span that may be answered with, with the features and score of the best candidate in it, and the numbers of the pool's
    spans that it says."""

    candidate: Candidate
    said: frozenset[int]


def least_risk(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """At most `count` answers out of ranked candidates, best first, no two overlapping.

    Each says most of the probability that those before it leave unsaid. The first has the features and the score of the best
    ranked candidate, the others those of the best candidate in each, in their order: so none is surer than one before it.
    """
    pool = ranked[:POOL]
    odds = [math.exp(SHARPNESS * (one.score - ranked[0].score)) for one in pool]
    left = [share / sum(odds) for share in odds]
    choices = _choices(pool, [number for number, share in enumerate(left) if share > UNLIKELY])
    kept: list[Candidate] = []
    while choices and len(kept) < count:
        best = _best(choices, left)
        kept.append(best.candidate)
        choices = [one for one in choices if not one.candidate.overlaps(best.candidate)]
        left = [0.0 if number in best.said else share for number, share in enumerate(left)]
    for one in ranked[POOL:]:
        if len(kept) < count and not any(one.overlaps(other) for other in kept):
            kept.append(one)
    of = [*ranked[:1], *sorted(kept[1:], key=lambda candidate: -candidate.score)]
    return [replace(one, features=of_one.features, score=of_one.score) for one, of_one in zip(kept, of, strict=True)]


def pairs(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Each two candidates in a row as one, with the features and the score of the better."""
    for one, other in permutations(candidates, 2):
        if one.hit.chunk_id == other.hit.chunk_id and one.end <= other.start and _in_a_row(one, other):
            pair = replace(max(one, other, key=lambda candidate: candidate.score), start=one.start, end=other.end)
            if (
                len(_text(pair).split()) <= LONGEST_PAIR
                and min(len(_text(part).split()) for part in (one, other)) >= SHORTEST_PART
            ):
                yield pair


def _choices(pool: Sequence[Candidate], likely: Sequence[int]) -> list[_Choice]:
    """The spans of the pool, in their order, and the pairs that they make; what another manual says is not the same answer."""
    words = [_words(_text(one)) for one in pool]

    def said(candidate: Candidate, own: str) -> frozenset[int]:
        document = candidate.hit.document_id
        return frozenset(number for number in likely if pool[number].hit.document_id == document and says(own, words[number]))

    alone = [_Choice(one, said(one, own) | {number}) for number, (one, own) in enumerate(zip(pool, words, strict=True))]
    return [*alone, *(_Choice(pair, said(pair, _words(_text(pair)))) for pair in pairs(pool))]


def _best(choices: Sequence[_Choice], left: Sequence[float]) -> _Choice:
    """What says most of the probability that is left; the first, the best ranked span, where that says nearly as much."""

    def worth(one: _Choice) -> float:
        return sum(left[number] for number in one.said)

    best = max(choices, key=worth)
    return best if worth(best) >= worth(choices[0]) + LEAST_GAIN * sum(left) else choices[0]


def _in_a_row(one: Candidate, other: Candidate) -> bool:
    begin = one.hit.chunk.start
    return _BETWEEN.fullmatch(one.hit.chunk.text, one.end - begin, other.start - begin) is not None


def _text(candidate: Candidate) -> str:
    """A candidate's words, as far as they stand in its passage."""
    begin = candidate.hit.chunk.start
    return candidate.hit.chunk.text[max(candidate.start - begin, 0) : max(candidate.end - begin, 0)]

"""Ranked spans to the answers that are likeliest right, where several spans say nearly the same.

The best span alone is often not it: "10 years" and "for 10 years from the date of purchase" share the chance of one answer, which
may be more than that of another span before them. So each answer is the span that says most of what all the spans say, by their
chances (minimum Bayes risk; Kumar and Byrne, 2004), where "says" is the rule by which answers are judged, and beside it the words
they share: by the rule alone an answer may be long, since what holds the right words is right. A sure span stays as it is:
another must be better by a good deal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ragqa.answering.rank import Candidate
from ragqa.text.agreement import overlap, plain, says

POOL = 12
"""Best spans that are weighed against each other; with twice as many the answers are hardly others."""

SHARPNESS = 1.5
"""The power to which the odds of spans are raised: those that the ranking gives are of many spans which are one answer."""

LEAST_GAIN = 0.05
"""With how much more of all the probability another span must agree than the best ranked one that is left, to come before it."""

EXACTNESS = 0.75
"""What the F1 of the words of two spans counts beside whether one says the other, which counts 1. With it as many of 1,954
questions over held-out manuals are answered rightly, and 4.4 points more word for word (tests/benchmarks/README.md)."""

UNLIKELY = 0.002
"""A share of the probability that is not counted: comparing texts takes its time."""

_words = lru_cache(1 << 14)(plain)
"""The words of spans: while a calibration is fitted, the same are looked at again and again."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A span that may be answered with, the numbers of the pool's spans that it says, and how far it agrees with which."""

    candidate: Candidate
    said: frozenset[int]
    agreement: Mapping[int, float]


def least_risk(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """At most `count` answers out of ranked candidates, best first, no two overlapping.

    Each agrees most with the probability that those before it leave unsaid. The first has the features and the score of the best
    ranked candidate, the others theirs in order: so none is surer than one before it.
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
    by_score = [*ranked[:1], *sorted(kept[1:], key=lambda candidate: -candidate.score)]
    return [replace(one, features=as_sure.features, score=as_sure.score) for one, as_sure in zip(kept, by_score, strict=True)]


def _choices(pool: Sequence[Candidate], likely: Sequence[int]) -> list[_Choice]:
    """The spans of the pool, in their order; what another manual says is not the same answer."""
    words = [_words(_text(one)) for one in pool]

    def choice(own: int) -> _Choice:
        document = pool[own].hit.document_id
        beside = [one for one in likely if one != own and pool[one].hit.document_id == document]
        said = frozenset((own, *(one for one in beside if says(words[own], words[one]))))
        agreement = {one: (float(one in said) + EXACTNESS * overlap(words[own], words[one])) / (1 + EXACTNESS) for one in beside}
        return _Choice(pool[own], said, {own: 1.0, **agreement})

    return [choice(number) for number in range(len(pool))]


def _best(choices: Sequence[_Choice], left: Sequence[float]) -> _Choice:
    """What agrees with most of the probability that is left; the first, the best ranked span, where that does nearly so."""

    def worth(one: _Choice) -> float:
        return sum(left[number] * share for number, share in one.agreement.items())

    best = max(choices, key=worth)
    return best if worth(best) >= worth(choices[0]) + LEAST_GAIN else choices[0]


def _text(candidate: Candidate) -> str:
    """A candidate's words, as far as they stand in its passage."""
    begin = candidate.hit.chunk.start
    return candidate.hit.chunk.text[max(candidate.start - begin, 0) : max(candidate.end - begin, 0)]

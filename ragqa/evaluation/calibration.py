"""How far a confidence can be trusted: calibration error, risk against coverage, and the threshold for a tolerated risk.

Everywhere `confidence` holds a probability per question and `right` whether its best answer is right, both of shape (questions,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SURE = 0.9
"""How sure a threshold for a tolerated risk must be. In simulations with 100 to 1,000 questions the true risk was over the limit
in at most one of nine cases; taking the risk as observed, in every second one."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The questions whose confidence lies in low..high: how sure the system was of them and how often it was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """What answering from `threshold` on gives: the share of questions answered, and of those the share that is wrong."""

    threshold: float
    coverage: float
    risk: float
    answered: int
    wrong: int


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """The threshold that keeps wrong answers to `max_wrong` of those given; `point` is None when no threshold surely does."""

    max_wrong: float
    questions: int
    point: CoveragePoint | None


def reliability(
    confidence: Sequence[float], right: Sequence[bool], bins: int = 10, weights: Sequence[float] | None = None
) -> tuple[ReliabilityBin, ...]:
    """Confidence and accuracy in `bins` equally wide intervals of 0..1; empty ones are left out. `weights` count questions."""
    import numpy as np

    values, hits = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    weight = np.ones_like(values) if weights is None else np.asarray(weights, dtype=float)
    owner = np.minimum((values * bins).astype(int), bins - 1)
    found = []
    for number in range(bins):
        inside = owner == number
        total = weight[inside].sum()
        if total > 0:
            mean_confidence = float((values * weight)[inside].sum() / total)
            accuracy = float((hits * weight)[inside].sum() / total)
            found.append(ReliabilityBin(number / bins, (number + 1) / bins, int(inside.sum()), mean_confidence, accuracy))
    return tuple(found)


def expected_calibration_error(
    probabilities: Sequence[float], right: Sequence[bool], bins: int = 10, weights: Sequence[float] | None = None
) -> float:
    """The mean distance of confidence and accuracy over equally wide bins, weighted by their questions (Naeini et al. 2015).

    0 is perfect. Raises ValueError when there is no question.
    """
    import numpy as np

    values, hits = np.asarray(probabilities, dtype=float), np.asarray(right, dtype=float)
    if not len(values):
        raise ValueError("no question has no calibration error")
    weight = np.ones_like(values) if weights is None else np.asarray(weights, dtype=float)
    owner = np.minimum((values * bins).astype(int), bins - 1)
    gaps = np.bincount(owner, weights=weight * (values - hits), minlength=bins)
    return float(np.abs(gaps).sum() / weight.sum())


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[CoveragePoint, ...]:
    """The risk at every threshold that tells questions apart, from the highest on (El-Yaniv & Wiener 2010).

    Questions of one confidence are answered together or not at all.
    """
    import numpy as np

    values, wrong = np.asarray(confidence, dtype=float), ~np.asarray(right, dtype=bool)
    order = np.argsort(-values, kind="stable")
    values, errors = values[order], np.cumsum(wrong[order])
    ends = [number for number in range(len(values)) if number + 1 == len(values) or values[number + 1] < values[number]]
    return tuple(
        CoveragePoint(float(values[end]), (end + 1) / len(values), float(errors[end]) / (end + 1), end + 1, int(errors[end]))
        for end in ends
    )


def area_under_risk_coverage(curve: Sequence[CoveragePoint]) -> float:
    """The risk, averaged over all coverages (AURC, Geifman & El-Yaniv 2017): 0 is perfect, small when the right ones rank first.

    A step of the curve has the risk of its end.
    """
    before = [0.0, *(point.coverage for point in curve)]
    return sum(point.risk * (point.coverage - start) for point, start in zip(curve, before, strict=False))


def threshold_for_risk(confidence: Sequence[float], right: Sequence[bool], max_wrong: float) -> RiskLimit:
    """The threshold that answers most questions while at most `max_wrong` (0..1) of the answers are wrong.

    An observed risk under the limit may be luck, above all when few are answered. So the threshold must pass an exact binomial
    test as well (Clopper & Pearson 1934): if the true risk were `max_wrong`, as few wrong answers as seen would come about with a
    probability of at most 1 − SURE. Each threshold is tested by itself. `RiskLimit.point` is None when none passes.
    Raises ValueError for a `max_wrong` outside 0..1, both excluded.
    """
    import numpy as np

    if not 0 < max_wrong < 1:
        raise ValueError(f"max_wrong is {max_wrong}, but must lie between 0 and 1")
    curve = risk_coverage(confidence, right)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, len(confidence) + 1)))])
    for point in reversed(curve):
        if point.risk <= max_wrong and _chance_of_so_few(point, max_wrong, log_factorial) <= 1 - SURE:
            return RiskLimit(max_wrong, len(confidence), point)
    return RiskLimit(max_wrong, len(confidence), None)


def answers_needed(max_wrong: float) -> int:
    """How many answers, none of them wrong, it takes before a limit can be promised at all: (1 − max_wrong)ⁿ ≤ 1 − SURE."""
    from math import ceil, log, log1p

    return ceil(log(1 - SURE) / log1p(-max_wrong))


def _chance_of_so_few(point: CoveragePoint, risk: float, log_factorial: NDArray[np.float64]) -> float:
    """P(X ≤ wrong) for X binomial over the answered questions, each wrong with probability `risk`."""
    import numpy as np

    wrong = np.arange(point.wrong + 1)
    ways = log_factorial[point.answered] - log_factorial[wrong] - log_factorial[point.answered - wrong]
    return float(np.exp(ways + wrong * np.log(risk) + (point.answered - wrong) * np.log1p(-risk)).sum())

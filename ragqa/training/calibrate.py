"""Scores to probabilities: fits how likely a reader's best span is right, on questions it was not trained on.

Both halves are shrunk towards the base reader's: fifty validation questions bend them a little, a thousand decide them. First the
weights that rank a question's candidate spans, a conditional logit; then, over the first-ranked spans alone, the logistic model
(Platt scaling with three features of the question) that makes their scores probabilities.

The candidates of a question are those that the calibration itself would serve: it decides which spans are chosen, and whether
more passages are read. So a fit is repeated on what the last one would serve, until that stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ragqa.answering.rank import RANKING, Candidate
from ragqa.answering.reader_settings import Calibration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = ("margin", "null", "dense", "lexical", "near", "second", "alone", "length")
_COLUMNS = [FEATURES.index(name) for name in RANKING]
_MARGIN, _NULL = FEATURES.index("margin"), FEATURES.index("null")

SHRINKAGE = 4.0
"""Precision of the prior around the base's calibration, features in standard deviations. In simulations a fit on ten questions
costs a perfect base 0.09 of log loss and one on fifty 0.03, while one on fifty cures slopes that are off by a factor of 2.7."""

FOLDS = 5

ROUNDS = 6
"""Fits, each on what the one before would serve; on the 222 questions about the sample manuals, what is served stayed the same
after four."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidate spans: `features` of shape (spans, 8), and which are right, shape (spans,). `weight` counts it."""

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    weight: float = 1.0


class Asked(Protocol):
    """A question that was read, and what any calibration would serve of it; whether that is nothing, no calibration decides."""

    def served(self, calibration: Calibration) -> Case: ...


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration, and what it says of questions held out of it: the probability of the best span, and whether it is right."""

    calibration: Calibration
    held_out: tuple[float, ...]
    right: tuple[bool, ...]
    weights: tuple[float, ...]


def case_of(candidates: Sequence[Candidate], right: Sequence[bool], weight: float = 1.0) -> Case:
    """The candidates of a question, each with whether it is right, as a case."""
    import numpy as np

    features = [[candidate.features[name] for name in FEATURES] for candidate in candidates]
    return Case(np.array(features, dtype=float).reshape(-1, len(FEATURES)), np.array(right, dtype=bool), weight)


def fit(asked: Sequence[Asked], base: Calibration) -> Fit:
    """The calibration of all questions, or `base` where that says more of questions held out.

    The held-out probabilities of a fit come from fits without a fifth of the questions each, and are those that `ask` would give
    with that fit: of the spans it would choose, at the stage of the reading where it would stop.
    """
    usable = [one for one in asked if len(one.served(base).right)]
    given = [one.served(base) for one in usable]
    weights = tuple(case.weight for case in given)
    if not usable:
        return Fit(base, (), (), ())
    folds = [fit_served([one for number, one in enumerate(usable) if number % FOLDS != fold], base) for fold in range(FOLDS)]
    fitted = [folds[number % FOLDS] for number in range(len(usable))]
    said = [best_span(one.served(calibration), calibration) for one, calibration in zip(usable, fitted, strict=True)]
    said_by_base = [best_span(case, base) for case in given]
    if _log_loss(said_by_base, weights) <= _log_loss(said, weights):
        calibration, said = base, said_by_base
    else:
        calibration = fit_served(usable, base)
    held_out, right = zip(*said, strict=True)
    return Fit(calibration, held_out, right, weights)


def fit_served(asked: Sequence[Asked], base: Calibration, keep_ranking: bool = False) -> Calibration:
    """The calibration fitted on what it serves itself, its confidence alone where the ranking is to stay as it is; questions must
    have spans.

    Each fit is on what the one before would serve. Mostly that is soon the same; where a few questions go to and fro between two
    stages, the fit is taken that loses least on what it serves.
    """
    fits: list[tuple[float, Calibration]] = []
    calibration, cases = base, [one.served(base) for one in asked]
    for _ in range(ROUNDS):
        calibration, before = fit_calibration(cases, base, keep_ranking), cases
        cases = [one.served(calibration) for one in asked]
        said = [best_span(case, calibration) for case in cases]
        fits.append((_log_loss(said, [case.weight for case in cases]) if said else 0.0, calibration))
        if _same(cases, before):
            break
    return min(fits, key=lambda fit: fit[0])[1]


def _same(cases: Sequence[Case], before: Sequence[Case]) -> bool:
    """Whether the same candidates are served as before, in whatever order."""
    import numpy as np

    def ordered(case: Case) -> NDArray[np.float64]:
        rows = np.column_stack([case.features, case.right])
        return rows[np.lexsort(rows.T)]

    return all(np.array_equal(ordered(one), ordered(other)) for one, other in zip(cases, before, strict=True))


def _log_loss(said: Sequence[tuple[float, bool]], weights: Sequence[float]) -> float:
    """What some probabilities, each with whether the span was right, lose on average; less is better."""
    import numpy as np

    chances = [probability if right else 1 - probability for probability, right in said]
    return float(-np.average(np.log(np.clip(chances, 1e-9, 1)), weights=weights))


def fit_calibration(cases: Sequence[Case], base: Calibration, keep_ranking: bool = False) -> Calibration:
    """The ranking, unless it is to stay, then the confidence of the cases, both shrunk towards `base`; that itself where there is
    nothing to fit."""
    import numpy as np

    if not cases:
        return base
    ranking = base if keep_ranking else _fit_ranking(cases, base)
    if ranking.margin <= 0:  # spans that the reader likes less must not come first, however bad it is
        ranking = base
    tops = [int(np.argmax(scores(case, ranking))) for case in cases]
    names = ("slope", "null", "best", "lead", "bias")
    solution = _ridge_logistic(
        np.array([_first_features(case, ranking) for case in cases]),
        np.array([float(case.right[top]) for case, top in zip(cases, tops, strict=True)]),
        np.array([case.weight for case in cases]),
        np.array([getattr(base, name) for name in names]),
    )
    fitted = dict(zip(names, map(float, solution), strict=True))
    fitted["slope"] = max(fitted["slope"], 1e-3)  # a reader whose scores say nothing must not turn the ranking round
    return replace(ranking, **fitted)


def best_span(case: Case, calibration: Calibration) -> tuple[float, bool]:
    """The probability of a case's first-ranked span, and whether it is right."""
    import numpy as np

    weights = [calibration.slope, calibration.null, calibration.best, calibration.lead, calibration.bias]
    logit = float(np.dot(_first_features(case, calibration), weights))
    best = int(np.argmax(scores(case, calibration)))
    return float(1 / (1 + np.exp(-np.clip(logit, -60, 60)))), bool(case.right[best])


def scores(case: Case, calibration: Calibration) -> NDArray[np.float64]:
    """The scores of a case's spans, shape (spans,)."""
    return case.features[:, _COLUMNS] @ _ranking_weights(calibration)


def _first_features(case: Case, calibration: Calibration) -> list[float]:
    """What the confidence of a case's first-ranked span is computed from: score, null, best, lead, and 1 for the bias."""
    import numpy as np

    held = scores(case, calibration)
    top = float(held.max())
    lead = -float(np.log(np.exp(held - top).sum()))
    return [top, float(case.features[0, _NULL]), float(case.features[:, _MARGIN].max()), lead, 1.0]


def _fit_ranking(cases: Sequence[Case], base: Calibration) -> Calibration:
    """The conditional logit of McFadden (1974): the chance of a span, against the others of its question, goes with exp(score).

    Weights = scale · the base's + a correction for each feature; scale is shrunk towards 1, corrections towards 0. Minimises
    Σ weight · −log of the right spans' share, over the questions with right and wrong spans, + SHRINKAGE/2 · |changes|².
    """
    import numpy as np
    from scipy.optimize import minimize

    telling = [case for case in cases if 0 < case.right.sum() < len(case.right)]
    if not telling:
        return base
    of_base = _ranking_weights(base)
    designs = []
    for case in telling:
        features = case.features[:, _COLUMNS]
        designs.append(np.column_stack([features @ of_base, features]))
    spread = np.sqrt(np.concatenate([(design - design.mean(axis=0)) ** 2 for design in designs]).mean(axis=0))
    spread[spread < 1e-6] = 1.0  # a feature that tells nothing apart
    design, right = np.concatenate(designs) / spread, np.concatenate([case.right for case in telling])
    sizes, weights = [len(case.right) for case in telling], np.array([case.weight for case in telling])
    of_case, begins = np.repeat(np.arange(len(telling)), sizes), np.cumsum([0, *sizes[:-1]])
    start = np.zeros(len(spread))
    start[0] = spread[0]

    def shares(logits: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Each span's share of the odds of its question, and the logarithm of what these come to; all questions at once."""
        top = np.maximum.reduceat(logits, begins)
        odds = np.exp(logits - top[of_case])
        total = np.add.reduceat(odds, begins)
        return odds / total[of_case], top + np.log(total)

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        away = coefficients - start
        value, slope = 0.5 * SHRINKAGE * float(away @ away), SHRINKAGE * away
        logits = design @ coefficients
        share, total = shares(logits)
        right_share, right_total = shares(np.where(right, logits, -np.inf))
        value += float(weights @ (total - right_total))
        return value, slope + (weights[of_case] * (share - right_share)) @ design

    solution = np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x) / spread
    fitted = solution[0] * of_base + solution[1:]
    return replace(base, **{name: float(value) for name, value in zip(RANKING, fitted, strict=True)})


def _ridge_logistic(
    design: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The coefficients that minimise Σ weight · log loss + SHRINKAGE/2 · |coefficients − prior|².

    `design` has shape (cases, coefficients); its columns count in standard deviations.
    """
    import numpy as np
    from scipy.optimize import minimize

    spread = design.std(axis=0)
    spread[spread < 1e-6] = 1.0  # the shift's column, and a feature that tells nothing apart
    scaled, start = design / spread, prior * spread

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits, away = scaled @ coefficients, coefficients - start
        errors = weights * (1 / (1 + np.exp(-np.clip(logits, -60, 60))) - right)
        value = float((weights * (np.logaddexp(0, logits) - right * logits)).sum())
        return value + 0.5 * SHRINKAGE * float(away @ away), scaled.T @ errors + SHRINKAGE * away

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x) / spread


def _ranking_weights(calibration: Calibration) -> NDArray[np.float64]:
    import numpy as np

    return np.array([getattr(calibration, name) for name in RANKING])

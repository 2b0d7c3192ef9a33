"""Scores to probabilities: fits how likely a reader's best span is right, on questions it was not trained on.

Both halves are shrunk towards the base reader's: fifty validation questions bend them a little, a thousand decide them. First the
weights that rank a question's candidate spans, a conditional logit; then, over the first-ranked spans alone, the logistic model
(Platt scaling with three features of the question) that makes their scores probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragqa.answering.evidence import Evidence
from ragqa.answering.read import RANKING, choose, passage_of, rank
from ragqa.answering.readers import Calibration, Reader
from ragqa.answering.retrieve import retrieve
from ragqa.answering.widen import widened
from ragqa.config import AskSettings
from ragqa.evaluation.calibration import RIGHT_F1
from ragqa.evaluation.metrics import f1
from ragqa.indexing.index import Index
from ragqa.inference.embedder import Embedder
from ragqa.types import Hit, QAPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = ("margin", "null", "dense", "lexical", "near")
_COLUMNS = [FEATURES.index(name) for name in RANKING]
_MARGIN, _NULL = FEATURES.index("margin"), FEATURES.index("null")

SHRINKAGE = 4.0
"""Precision of the prior around the base's calibration, features in standard deviations. In simulations a fit on ten questions
costs a perfect base 0.09 of log loss and one on fifty 0.03, while one on fifty cures slopes that are off by a factor of 2.7."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidate spans: `features` of shape (spans, 5), and each one's F1, shape (spans,). `weight` counts it."""

    features: NDArray[np.float64]
    f1: NDArray[np.float64]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration, and what it says of questions held out of it: the probability of the best span, and whether it is right."""

    calibration: Calibration
    held_out: tuple[float, ...]
    right: tuple[bool, ...]
    weights: tuple[float, ...]


def collect(
    index: Index,
    embedder: Embedder,
    reader: Reader,
    pairs: Sequence[QAPair],
    settings: AskSettings,
    told: Callable[[int], None] = lambda done: None,
) -> list[Case]:
    """Ask every pair's question, and keep the candidate spans with their features."""
    cases = []
    for number, pair in enumerate(pairs, start=1):
        with index.snapshot():
            hits = retrieve(index, embedder, pair.question, settings)
            cases.append(candidates(index, reader, pair, hits))
        told(number)
    return cases


def candidates(index: Index, reader: Reader, pair: QAPair, hits: Sequence[Hit], weight: float = 1.0) -> Case:
    """The best spans of some passages, as a case."""
    import numpy as np

    hits = widened(index, hits, reader.settings.passage_characters)
    blocks = [index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in hits]
    reading = reader.read(pair.question, [passage_of(hit, held) for hit, held in zip(hits, blocks, strict=True)])
    ranked = rank(reading, hits, Evidence(pair.question, hits, blocks), reader.settings.calibration)
    features, overlaps = [], []
    for span in choose(index, ranked, pair.question, reader.settings.join_blocks):
        text = index.text(span.hit.document_id, span.start, span.end)
        features.append([span.features[name] for name in FEATURES])
        overlaps.append(f1(text, pair.answers) if pair.answers else 0.0)
    return Case(np.array(features, dtype=float).reshape(-1, len(FEATURES)), np.array(overlaps), weight)


def fit(cases: Sequence[Case], base: Calibration) -> Fit:
    """The calibration of all cases, or `base` where that says more of questions held out.

    The held-out probabilities of a fit come from fits without a fifth of the cases each.
    """
    usable = [case for case in cases if len(case.f1)]
    weights = tuple(case.weight for case in usable)
    if not usable:
        return Fit(base, (), (), ())
    folds = [
        fit_calibration([case for number, case in enumerate(usable) if number % FOLDS != fold], base) for fold in range(FOLDS)
    ]
    fitted = [best_span(case, folds[number % FOLDS]) for number, case in enumerate(usable)]
    given = [best_span(case, base) for case in usable]
    if _log_loss(given, weights) <= _log_loss(fitted, weights):
        calibration, said = base, given
    else:
        calibration, said = fit_calibration(usable, base), fitted
    held_out, right = zip(*said, strict=True)
    return Fit(calibration, held_out, right, weights)


def _log_loss(said: Sequence[tuple[float, bool]], weights: Sequence[float]) -> float:
    """What some probabilities, each with whether the span was right, lose on average; less is better."""
    import numpy as np

    chances = [probability if right else 1 - probability for probability, right in said]
    return float(-np.average(np.log(np.clip(chances, 1e-9, 1)), weights=weights))


def fit_calibration(cases: Sequence[Case], base: Calibration) -> Calibration:
    """The ranking, then the confidence of the cases, both shrunk towards `base`; `base` itself where there is nothing to fit."""
    import numpy as np

    if not cases:
        return base
    ranking = _fit_ranking(cases, base)
    if ranking.margin <= 0:  # spans that the reader likes less must not come first, however bad it is
        ranking = base
    tops = [int(np.argmax(scores(case, ranking))) for case in cases]
    names = ("slope", "null", "best", "lead", "bias")
    solution = _ridge_logistic(
        np.array([_first_features(case, ranking) for case in cases]),
        np.array([float(case.f1[top] >= RIGHT_F1) for case, top in zip(cases, tops, strict=True)]),
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
    return float(1 / (1 + np.exp(-np.clip(logit, -60, 60)))), bool(case.f1[best] >= RIGHT_F1)


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

    telling = [case for case in cases if 0 < (case.f1 >= RIGHT_F1).sum() < len(case.f1)]
    if not telling:
        return base
    of_base = _ranking_weights(base)
    designs = []
    for case in telling:
        features = case.features[:, _COLUMNS]
        designs.append(np.column_stack([features @ of_base, features]))
    spread = np.sqrt(np.concatenate([(design - design.mean(axis=0)) ** 2 for design in designs]).mean(axis=0))
    spread[spread < 1e-6] = 1.0  # a feature that tells nothing apart
    designs = [design / spread for design in designs]
    rights = [case.f1 >= RIGHT_F1 for case in telling]
    start = np.zeros(len(spread))
    start[0] = spread[0]

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        away = coefficients - start
        value, slope = 0.5 * SHRINKAGE * float(away @ away), SHRINKAGE * away
        for case, design, right in zip(telling, designs, rights, strict=True):
            logits = design @ coefficients
            odds = np.exp(logits - logits.max())
            right_logits = logits[right]
            right_odds = np.exp(right_logits - right_logits.max())
            share = odds / odds.sum()
            value += case.weight * float(logits.max() + np.log(odds.sum()) - right_logits.max() - np.log(right_odds.sum()))
            slope = slope + case.weight * (share @ design - (right_odds / right_odds.sum()) @ design[right])
        return value, slope

    solution = np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x) / spread
    weights = solution[0] * of_base + solution[1:]
    return replace(base, **{name: float(value) for name, value in zip(RANKING, weights, strict=True)})


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

"""Scores to probabilities: fits how likely a reader's best span is right, on questions it was not trained on.

A logistic model of five features, shrunk towards the base reader's: fifty validation questions bend it a little, a thousand
decide it. First over all candidate spans, so that they rank well; then over the first-ranked alone (Platt scaling), so that the
confidence is a probability.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragqa.answering.evidence import Evidence
from ragqa.answering.read import distinct_spans, passage_of, rank
from ragqa.answering.reader import Calibration, Reader
from ragqa.answering.retrieve import retrieve
from ragqa.answering.widen import widened
from ragqa.config import AskSettings
from ragqa.evaluation.calibration import RIGHT_F1
from ragqa.evaluation.metrics import f1
from ragqa.indexing.embedder import Embedder
from ragqa.indexing.index import Index
from ragqa.types import Hit, QAPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = ("margin", "null", "dense", "lexical", "near")
CANDIDATES = 20
"""Spans of a question that the fit sees; the right one is hardly ever behind them."""

SHRINKAGE = 1.0
"""Precision of the prior around the base's calibration, features in standard deviations. In simulations a fit on ten questions
equals a base whose margins are off by a factor of 2.7, and one on fifty costs a perfect base 0.02 of log loss."""

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
    for span in distinct_spans(ranked, CANDIDATES):
        first = span.hit.chunk.start
        text = span.hit.chunk.text[span.start - first : span.end - first]
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
    """The logistic model of the cases, shrunk towards `base`; `base` itself where there is nothing to fit."""
    import numpy as np

    if not cases:
        return base
    features = np.concatenate([case.features for case in cases])
    right = np.concatenate([case.f1 >= RIGHT_F1 for case in cases]).astype(float)
    weights = np.concatenate([np.full(len(case.f1), case.weight) for case in cases])
    ranking = _shrunk_fit(features, right, weights, base)
    if ranking.margin <= 0:  # spans that the reader likes less must not come first, however bad it is
        ranking = base
    tops = [(case, int(np.argmax(case.features @ _weights(ranking)))) for case in cases]
    logits = np.array([case.features[best] @ _weights(ranking) + ranking.bias for case, best in tops])
    slope, shift = _ridge_logistic(
        np.stack([logits, np.ones_like(logits)], axis=1),
        np.array([float(case.f1[best] >= RIGHT_F1) for case, best in tops]),
        np.array([case.weight for case in cases]),
        np.array([1.0, 0.0]),
    )
    slope = max(float(slope), 1e-3)  # a reader whose scores say nothing must not turn the ranking round
    scaled = {name: float(slope * getattr(ranking, name)) for name in FEATURES}
    return Calibration(bias=float(slope * ranking.bias + shift), **scaled)


def best_span(case: Case, calibration: Calibration) -> tuple[float, bool]:
    """The probability of a case's first-ranked span, and whether it is right."""
    import numpy as np

    logits = case.features @ _weights(calibration) + calibration.bias
    best = int(np.argmax(logits))
    return float(1 / (1 + np.exp(-np.clip(logits[best], -60, 60)))), bool(case.f1[best] >= RIGHT_F1)


def _shrunk_fit(
    features: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64], base: Calibration
) -> Calibration:
    """Coefficients = scale · the base's + a correction for each feature; scale is shrunk towards 1, corrections towards 0."""
    import numpy as np

    mean = features.mean(axis=0)
    prior_logit = features @ _weights(base) + base.bias
    design = np.column_stack([prior_logit, features - mean, np.ones(len(features))])
    prior = np.zeros(design.shape[1])
    prior[0] = 1.0
    solution = _ridge_logistic(design, right, weights, prior)
    scale, corrections, shift = solution[0], solution[1:-1], solution[-1]
    combined = scale * _weights(base) + corrections
    bias = scale * base.bias + shift - float(corrections @ mean)
    return Calibration(bias=float(bias), **{name: float(value) for name, value in zip(FEATURES, combined, strict=True)})


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


def _weights(calibration: Calibration) -> NDArray[np.float64]:
    import numpy as np

    return np.array([getattr(calibration, name) for name in FEATURES])

"""What came of single questions to the figures of a whole evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ragqa.evaluation.calibration import (
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
    threshold_for_risk,
)
from ragqa.evaluation.metrics import exact_match, f1
from ragqa.evaluation.results import Metrics, Outcome, QuestionResult

TOLERATED = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Shares of wrong answers for which every report looks for a threshold."""


def summarise(results: Sequence[QuestionResult]) -> dict[str, Any]:
    """The parts of a Report that follow from the single results."""
    confidence = [result.confidence for result in results]
    right = [result.right for result in results]
    answerable = [result for result in results if result.pair.answers]
    return {
        "metrics": {
            "retrieval": retrieval_metrics(answerable),
            "reading": reading_metrics(answerable),
            "with_abstention": abstention_metrics(results),
            "no_answer": no_answer_metrics(results),
            "calibration": calibration_metrics(confidence, right),
            "latency": latency_metrics([result.seconds for result in results]),
        },
        "outcomes": {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome},
        "curve": risk_coverage(confidence, right),
        "limits": tuple(threshold_for_risk(confidence, right, share) for share in TOLERATED),
        "reliability": reliability(confidence, right),
    }


def retrieval_metrics(answerable: Sequence[QuestionResult]) -> Metrics:
    """Recall at 1, 5 and 20, and the mean reciprocal rank (0 where no passage within reach answers)."""
    ranks = [result.gold_rank for result in answerable]
    recall: Metrics = {f"recall@{k}": _mean(rank is not None and rank <= k for rank in ranks) for k in (1, 5, 20)}
    return {"questions": len(ranks), **recall, "mrr": _mean(1 / rank if rank else 0.0 for rank in ranks)}


def reading_metrics(answerable: Sequence[QuestionResult]) -> Metrics:
    """How well the best span answers, whether or not the system abstained; the right document where pairs name one."""
    return {
        "questions": len(answerable),
        "exact_match": _mean(result.exact for result in answerable),
        "f1": _mean(result.f1 for result in answerable),
        "rouge_l_precision": _mean(result.rouge.precision for result in answerable),
        "rouge_l_recall": _mean(result.rouge.recall for result in answerable),
        "rouge_l_f1": _mean(result.rouge.f1 for result in answerable),
        "right_document": _mean(result.right_document for result in answerable if result.right_document is not None),
    }


def abstention_metrics(results: Sequence[QuestionResult]) -> Metrics:
    """All questions as SQuAD 2.0 scores them, an abstention being the empty answer; and how often answers given are right."""
    given = [result.predicted if result.answered else "" for result in results]
    return {
        "questions": len(results),
        "exact_match": _mean(exact_match(text, result.pair.answers) for text, result in zip(given, results, strict=True)),
        "f1": _mean(f1(text, result.pair.answers) for text, result in zip(given, results, strict=True)),
        "answered": _mean(result.answered for result in results),
        "right_when_answered": _mean(result.right for result in results if result.answered),
    }


def no_answer_metrics(results: Sequence[QuestionResult]) -> Metrics:
    """How well "the manuals do not say" is told: abstaining is the finding, 1 − confidence its score for the AUC."""
    from sklearn.metrics import roc_auc_score

    unanswerable = [not result.pair.answers for result in results]
    abstained = [not result.answered for result in results]
    hits = sum(one and other for one, other in zip(unanswerable, abstained, strict=True))
    either = sum(unanswerable) + sum(abstained)
    both_kinds = len(set(unanswerable)) == 2
    return {
        "questions": sum(unanswerable),
        "precision": hits / sum(abstained) if any(abstained) else None,
        "recall": hits / sum(unanswerable) if any(unanswerable) else None,
        "f1": 2 * hits / either if any(unanswerable) else None,
        "auc": float(roc_auc_score(unanswerable, [1 - result.confidence for result in results])) if both_kinds else None,
    }


def calibration_metrics(confidence: Sequence[float], right: Sequence[bool]) -> Metrics:
    """How far confidence can be believed, over all questions."""
    return {
        "questions": len(confidence),
        "expected_calibration_error": expected_calibration_error(confidence, right) if confidence else None,
        "mean_confidence": _mean(confidence),
        "accuracy": _mean(right),
        "area_under_risk_coverage": area_under_risk_coverage(risk_coverage(confidence, right)) if confidence else None,
    }


def latency_metrics(seconds: Sequence[float]) -> Metrics:
    """Milliseconds of a question at the median and the 95th percentile; the first one is left out, since it loads the models."""
    import numpy as np

    warm = seconds[1:]
    p50, p95 = (float(value) * 1000 for value in np.percentile(warm, [50, 95])) if warm else (None, None)
    return {"questions": len(warm), "p50_ms": p50, "p95_ms": p95}


def _mean(values: Iterable[float]) -> float | None:
    """The mean; None of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else None

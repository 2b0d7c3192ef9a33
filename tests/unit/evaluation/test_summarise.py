from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.evaluation.results import Outcome
from ragqa.evaluation.summarise import (
    abstention_metrics,
    latency_metrics,
    no_answer_metrics,
    reading_metrics,
    retrieval_metrics,
    summarise,
)


def test_recall_and_reciprocal_rank(make_result: Callable) -> None:
    metrics = retrieval_metrics([make_result(gold_rank=rank) for rank in (1, 2, 5, 20, None)])
    assert metrics == pytest.approx(
        {"questions": 5, "recall@1": 0.2, "recall@5": 0.6, "recall@20": 0.8, "mrr": (1 + 1 / 2 + 1 / 5 + 1 / 20) / 5}
    )


def test_reading_counts_the_best_span_even_of_abstentions(make_result: Callable) -> None:
    metrics = reading_metrics(
        [make_result(answered=False), make_result("8", right_document=False), make_result(right_document=None)]
    )
    assert metrics["exact_match"] == pytest.approx(2 / 3)
    assert metrics["f1"] == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert metrics["right_document"] == 0.5
    assert metrics["rouge_l_recall"] == pytest.approx(0.25)


def test_an_abstention_is_the_empty_answer(make_result: Callable) -> None:
    results = [
        make_result(),
        make_result(answered=False),
        make_result("nonsense", ()),
        make_result("nonsense", (), answered=False),
    ]
    metrics = abstention_metrics(results)
    assert metrics == {"questions": 4, "exact_match": 0.5, "f1": 0.5, "answered": 0.5, "right_when_answered": 0.5}


def test_telling_that_the_manuals_do_not_say(make_result: Callable) -> None:
    results = [
        make_result("x", (), answered=False, confidence=0.1),
        make_result("x", (), answered=True, confidence=0.7),
        make_result(answered=False, confidence=0.4),
        make_result(answered=True, confidence=0.9),
        make_result(answered=True, confidence=0.8),
    ]
    assert no_answer_metrics(results) == pytest.approx({"questions": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "auc": 5 / 6})


def test_figures_that_the_questions_do_not_allow_are_none(make_result: Callable) -> None:
    answerable = no_answer_metrics([make_result()])
    assert answerable == {"questions": 0, "precision": None, "recall": None, "f1": None, "auc": None}
    unanswerable = no_answer_metrics([make_result("x", ())])
    assert unanswerable == {"questions": 1, "precision": None, "recall": 0.0, "f1": 0.0, "auc": None}
    assert reading_metrics([])["f1"] is None and retrieval_metrics([])["mrr"] is None


def test_no_question_at_all() -> None:
    parts = summarise([])
    assert parts["curve"] == () and parts["metrics"]["calibration"]["expected_calibration_error"] is None
    assert all(limit.point is None for limit in parts["limits"])


def test_the_first_question_does_not_count_for_the_time() -> None:
    assert latency_metrics([30.0, 0.010, 0.020, 0.030]) == {
        "questions": 3,
        "p50_ms": pytest.approx(20),
        "p95_ms": pytest.approx(29),
    }
    assert latency_metrics([30.0]) == {"questions": 0, "p50_ms": None, "p95_ms": None}


def test_outcomes_are_counted_also_at_none(make_result: Callable) -> None:
    outcomes = summarise([make_result(), make_result(outcome=Outcome.MISREAD)])["outcomes"]
    assert outcomes[Outcome.RIGHT] == outcomes[Outcome.MISREAD] == 1
    assert outcomes[Outcome.WRONG_MANUAL] == 0 and len(outcomes) == len(Outcome)


def test_wrongly_answered_questions_count_as_risk(make_result: Callable) -> None:
    parts = summarise([make_result("x", (), confidence=0.9), make_result(confidence=0.8)])
    assert [(point.answered, point.wrong) for point in parts["curve"]] == [(1, 1), (2, 1)]
    assert parts["metrics"]["calibration"]["accuracy"] == 0.5

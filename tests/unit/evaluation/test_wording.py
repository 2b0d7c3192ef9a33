from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.evaluation import wording
from ragqa.evaluation.calibration import CoveragePoint, RiskLimit
from ragqa.evaluation.results import Outcome
from ragqa.types import QAPair


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("f1", 0.8216, "82.2 %"),
        ("f1", None, "–"),
        ("f1", 0.0, "0.0 %"),
        ("mrr", 0.5, "0.500"),
        ("p95_ms", 1234.4, "1,234 ms"),
        ("expected_calibration_error", 0.0321, "0.032"),
    ],
)
def test_figures(name: str, value: float | None, text: str) -> None:
    assert wording.figure(name, value) == text


def test_every_outcome_and_every_figure_has_words(make_result: Callable, make_report: Callable) -> None:
    assert set(wording.OUTCOMES) == set(Outcome)
    metrics = make_report([make_result()]).metrics
    assert set(metrics) == set(wording.GROUPS)
    for group in metrics.values():
        assert len(list(wording.metric_rows(group))) == len(group) - 1


def test_a_limit_that_can_be_kept() -> None:
    limit = RiskLimit(0.05, 200, CoveragePoint(0.43218, 0.71, 3 / 142, 142, 3))
    sentence = wording.limit_sentence(limit)
    assert sentence == "at most 5 % wrong answers: answers 71 % of the questions (confidence >= 0.4321); 3 of 142 were wrong"


def test_a_limit_that_cannot() -> None:
    assert "it takes 230 answers without an error" in wording.limit_sentence(RiskLimit(0.01, 100, None))
    assert (
        wording.limit_sentence(RiskLimit(0.025, 500, None))
        == "at most 2.5 % wrong answers: no threshold keeps that with 90 % certainty"
    )


def test_the_threshold_told_never_leaves_out_a_question_it_was_found_on() -> None:
    assert float(wording.rounded_down(0.99999)) == 0.9999


def test_places() -> None:
    assert wording.place("a.pdf", (3,), ("One", "Two")) == "a.pdf › page 3 › One › Two"
    assert wording.place("a.pdf", (3, 4), ()) == "a.pdf › pages 3–4"
    assert wording.expected_place(QAPair("?", document="a.pdf", page=3, section="One > Two")) == "a.pdf › page 3 › One › Two"
    assert wording.expected_place(QAPair("?")) == ""
    assert wording.expected_answer(QAPair("?", ("a", "b"))) == "a / b"
    assert wording.expected_answer(QAPair("?")) == "(the manuals do not say)"


def test_ranks(make_result: Callable) -> None:
    assert wording.retrieval_remark(make_result(gold_rank=4)) == "rank 4"
    assert wording.retrieval_remark(make_result(gold_rank=None)) == "not retrieved"
    assert wording.retrieval_remark(make_result("x", ())) == ""

from __future__ import annotations

import math

import pytest
from answering_samples import a_hit

from ragqa.answering.confidence import SHARPNESS, confidences
from ragqa.answering.rank import Candidate
from ragqa.answering.reader_settings import Calibration


def scored(*scores: float, null: float = -1.0, margin: float = 0.0) -> list[Candidate]:
    return [Candidate(a_hit("text"), 0, 4, {"margin": margin, "null": null}, score) for score in scores]


def test_confidence_is_logistic_in_the_score_and_the_questions_features() -> None:
    calibration = Calibration(slope=0.5, null=0.25, best=2.0, lead=3.0, bias=-4.0)
    first, second = confidences(scored(2.0, 1.0, null=-4.0, margin=1.5), calibration)
    lead = -math.log(1 + math.exp(-1.0))
    question = -4.0 + 0.25 * -4.0 + 2.0 * 1.5 + 3.0 * lead
    assert first == pytest.approx(1 / (1 + math.exp(-(0.5 * 2.0 + question))))
    assert second == pytest.approx(1 / (1 + math.exp(-(0.5 * 1.0 + question))))


def test_one_after_the_first_is_no_surer_than_its_share_of_the_odds() -> None:
    first, *others = confidences(scored(2.0, 1.0, -40.0), Calibration(slope=1.0, bias=3.0))
    odds = [1.0, math.exp(-SHARPNESS), math.exp(-42 * SHARPNESS)]
    assert first == pytest.approx(1 / (1 + math.exp(-5.0)))
    assert others[0] == pytest.approx(odds[1] / sum(odds)) and others[1] < 1e-6
    equals = confidences(scored(1.0, 1.0, 1.0), Calibration(slope=1.0, bias=9.0))
    assert equals[0] > 0.99 and equals[1:] == pytest.approx([1 / 3, 1 / 3])


def test_confidences_are_probabilities_whatever_the_scores() -> None:
    assert confidences([], Calibration()) == []
    assert confidences(scored(0.0), Calibration()) == [0.5]
    sure, hopeless = confidences(scored(1e9, -1e9), Calibration())
    assert 0.0 <= hopeless < 0.5 < sure <= 1.0

from __future__ import annotations

import numpy as np
import pytest

from ragqa.evaluation.calibration import (
    SURE,
    answers_needed,
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
    threshold_for_risk,
)


def test_the_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    confidence, right = [0.95, 0.95, 0.95, 0.95, 0.15, 0.15], [True, True, True, False, False, False]
    assert expected_calibration_error(confidence, right) == pytest.approx((4 * 0.20 + 2 * 0.15) / 6)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0
    assert expected_calibration_error([1.0, 1.0], [False, False]) == 1


def test_bins_hide_gaps_that_cancel_within_them_only() -> None:
    confidence, right = [0.2, 0.8], [True, False]
    assert expected_calibration_error(confidence, right, bins=1) == pytest.approx(0.0)
    assert expected_calibration_error(confidence, right, bins=10) == pytest.approx(0.8)


def test_weights_count_questions() -> None:
    assert expected_calibration_error([0.9, 0.5], [True, True], weights=[3, 1]) == pytest.approx((3 * 0.1 + 0.5) / 4)
    assert expected_calibration_error([0.9, 0.5], [True, True], weights=[1, 0]) == pytest.approx(0.1)
    assert reliability([0.9, 0.9], [True, False], weights=[3, 1])[0].accuracy == 0.75


def test_no_question_has_no_calibration_error() -> None:
    with pytest.raises(ValueError, match="no question"):
        expected_calibration_error([], [])


def test_reliability_leaves_empty_bins_out() -> None:
    bins = reliability([0.05, 0.15, 0.11, 1.0], [False, True, False, True])
    assert [(held.low, held.count, held.accuracy) for held in bins] == [(0.0, 1, 0.0), (0.1, 2, 0.5), (0.9, 1, 1.0)]
    assert bins[1].confidence == pytest.approx(0.13)


def test_risk_against_coverage_from_the_surest_on() -> None:
    curve = risk_coverage([0.2, 0.9, 0.6, 0.7], [False, True, True, False])
    assert [(point.threshold, point.coverage, point.answered, point.wrong) for point in curve] == [
        (0.9, 0.25, 1, 0),
        (0.7, 0.5, 2, 1),
        (0.6, 0.75, 3, 1),
        (0.2, 1.0, 4, 2),
    ]
    assert [point.risk for point in curve] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk_coverage(curve) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_ties_are_answered_together_in_whatever_order_they_come() -> None:
    one, other = risk_coverage([0.5, 0.5, 0.9], [True, False, True]), risk_coverage([0.5, 0.5, 0.9], [False, True, True])
    assert one == other
    assert [point.answered for point in one] == [1, 3]


def test_no_question_has_no_curve() -> None:
    assert risk_coverage([], []) == ()
    assert area_under_risk_coverage(()) == 0


def test_the_threshold_with_most_answers_under_the_limit() -> None:
    right = [True] * 100 + [False] * 100
    confidence = [0.9] * 60 + [0.8] * 40 + [0.4] * 100
    limit = threshold_for_risk(confidence, right, 0.05)
    assert limit.point is not None
    assert (limit.point.threshold, limit.point.coverage, limit.point.wrong) == (0.8, 0.5, 0)


def test_a_fluke_promises_nothing() -> None:
    """One answer, and that one right, is a risk of 0; it says little."""
    assert threshold_for_risk([0.9, 0.1], [True, False], 0.05).point is None
    assert threshold_for_risk([0.9] * 44, [True] * 44, 0.05).point is None
    assert threshold_for_risk([0.9] * 45, [True] * 45, 0.05).point is not None
    assert answers_needed(0.05) == 45


def test_a_risk_at_the_limit_is_not_surely_under_it() -> None:
    confidence, right = [0.9] * 100, [False] * 5 + [True] * 95
    assert risk_coverage(confidence, right)[0].risk == 0.05
    assert threshold_for_risk(confidence, right, 0.05).point is None
    assert threshold_for_risk(confidence, right, 0.1).point is not None


def test_where_most_is_wrong_no_threshold_is_found() -> None:
    assert threshold_for_risk(list(np.linspace(0, 1, 500)), [False] * 500, 0.2).point is None


def test_the_promise_holds_for_questions_not_seen() -> None:
    """Confidence q is right with probability q, so the true risk above a threshold t is 1 − (1 + t) / 2."""
    random, broken, found = np.random.default_rng(7), 0, 0
    for _ in range(100):
        confidence = random.random(300)
        limit = threshold_for_risk(list(confidence), list(random.random(300) < confidence), 0.2)
        if limit.point is not None:
            found += 1
            broken += (1 - limit.point.threshold) / 2 > 0.2
    assert found > 80
    assert broken / 100 < 2 * (1 - SURE)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 5.0])
def test_a_limit_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="max_wrong"):
        threshold_for_risk([0.5], [True], share)

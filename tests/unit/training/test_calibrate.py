from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ragqa.answering.read import CANDIDATES
from ragqa.answering.readers import Calibration, ReaderSettings
from ragqa.answering.spans import Reading
from ragqa.answering.windows import Passage
from ragqa.config import AskSettings
from ragqa.evaluation.calibration import expected_calibration_error
from ragqa.indexing.index import Index
from ragqa.training.calibrate import FEATURES, Case, best_span, candidates, collect, fit, fit_calibration, scores
from ragqa.types import Document, QAPair

ODDS = Calibration(bias=-1.0, margin=1.0)
TRUTH = Calibration(bias=-3.0, margin=0.8, dense=2.0, lexical=0.1, near=1.5)
"""Scores are log odds, against each other and against e^-bias that none of the spans is right."""
ROUGH = Calibration(margin=0.3)


def simulated(count: int, truth: Calibration, seed: int = 1) -> list[Case]:
    """Questions with four candidate spans, of which at most one is right, as often as `truth` says."""
    chance, cases = np.random.default_rng(seed), []
    for _ in range(count):
        columns = {
            "margin": chance.normal(0, 3, 4), "null": np.full(4, chance.normal(-2, 1)), "dense": chance.uniform(0.2, 0.8, 4),
            "lexical": chance.gamma(2, 3, 4), "near": chance.uniform(0, 1, 4),
        }  # fmt: skip
        case = Case(np.column_stack([columns[name] for name in FEATURES]), np.zeros(4))
        odds = np.exp([*scores(case, truth), -truth.bias])
        right = chance.choice(5, p=odds / odds.sum())
        cases.append(Case(case.features, (np.arange(4) == right).astype(float)))
    return cases


def log_loss(calibration: Calibration, cases: list[Case]) -> float:
    """The mean surprise at whether the first-ranked span is right."""
    said = [best_span(case, calibration) for case in cases]
    return float(np.mean([-np.log(probability if right else 1 - probability) for probability, right in said]))


def rightly_ranked(calibration: Calibration, cases: list[Case]) -> float:
    """The share of questions whose first-ranked span is right."""
    return float(np.mean([best_span(case, calibration)[1] for case in cases]))


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    """What thousands of questions on a reader whose margins are log odds give."""
    return fit_calibration(simulated(3000, ODDS), ROUGH)


def test_margins_that_are_log_odds_stay_so(fitted: Calibration) -> None:
    assert fitted.margin == pytest.approx(1.0, abs=0.1) and fitted.near == pytest.approx(0.0, abs=0.3)
    found = fit(simulated(1000, ODDS, seed=5), fitted)
    assert expected_calibration_error(found.held_out, found.right) < 0.06


def test_many_questions_decide() -> None:
    found = fit_calibration(simulated(3000, TRUTH, seed=2), ROUGH)
    for name in ("margin", "dense", "lexical", "near"):
        assert getattr(found, name) == pytest.approx(getattr(TRUTH, name), rel=0.3)
    fresh = simulated(1000, TRUTH, seed=3)
    assert log_loss(found, fresh) < log_loss(ROUGH, fresh) - 0.05
    assert rightly_ranked(found, fresh) > rightly_ranked(ROUGH, fresh) + 0.01


@pytest.mark.parametrize("count", [10, 20])
def test_few_questions_change_little(count: int, fitted: Calibration) -> None:
    """A fit without the prior would be sure of what it saw, and be punished for it on others."""
    fresh = simulated(500, ODDS, seed=99)
    samples = [simulated(count, ODDS, seed) for seed in range(6)]
    bent = np.mean([log_loss(fit_calibration(cases, fitted), fresh) for cases in samples])
    guarded = np.mean([log_loss(fit(cases, fitted).calibration, fresh) for cases in samples])
    assert guarded < bent < log_loss(fitted, fresh) + 0.2


def test_the_base_is_kept_where_it_says_more_of_questions_held_out(fitted: Calibration) -> None:
    kept = [fit(simulated(20, ODDS, seed), fitted).calibration == fitted for seed in range(10)]
    assert sum(kept) >= 6
    cases = simulated(20, ODDS, kept.index(True))
    assert fit(cases, fitted).held_out == tuple(best_span(case, fitted)[0] for case in cases)
    assert fit(simulated(400, TRUTH), ROUGH).calibration != ROUGH


def test_nothing_to_fit_changes_nothing() -> None:
    assert fit_calibration([], TRUTH) is TRUTH
    empty = Case(np.empty((0, len(FEATURES))), np.empty(0))
    found = fit([empty], TRUTH)
    assert (found.calibration, found.held_out, found.right, found.weights) == (TRUTH, (), (), ())


def test_features_that_never_vary_do_no_harm() -> None:
    cases = [Case(np.full((2, 5), 3.0), np.array([1.0, 0.0])) for _ in range(20)]
    found = fit_calibration(cases, ODDS)
    assert all(np.isfinite(getattr(found, name)) for name in ("bias", *FEATURES))


def test_held_out_probabilities_do_not_see_their_own_case() -> None:
    cases = simulated(40, TRUTH, seed=4)
    before = fit(cases, ROUGH)
    cases[7] = Case(cases[7].features, 1 - cases[7].f1)
    after = fit(cases, ROUGH)
    assert after.held_out[7] == before.held_out[7] and after.right[7] is not before.right[7]
    assert after.held_out[2] == before.held_out[2]  # of the same fold: not seen either
    assert all(after.held_out[number] != before.held_out[number] for number in (0, 1, 3, 4))
    assert after.calibration != before.calibration


def test_weights_count_questions() -> None:
    """A question of weight two is two questions."""
    twice = simulated(30, TRUTH)
    heavy = [Case(case.features, case.f1, 2.0) for case in twice]
    one, other = fit_calibration([*twice, *twice], ROUGH), fit_calibration(heavy, ROUGH)
    for name in ("margin", "near", "slope", "bias"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-2)
    assert fit(heavy, ROUGH).weights == (2.0,) * 30


@pytest.mark.parametrize("count", [10, 300])
def test_a_reader_that_prefers_wrong_spans_does_not_turn_the_ranking_round(count: int) -> None:
    adverse = simulated(count, Calibration(margin=-1.0))
    found = fit_calibration(adverse, ODDS)
    assert found.margin == ODDS.margin and 0 < found.slope < ODDS.slope
    for case in adverse:  # ranked as the base ranks
        assert best_span(case, found)[1] == best_span(case, ODDS)[1]


def test_sure_mistakes_at_the_top_do_not_turn_the_ranking_round() -> None:
    """Among the spans of a question the margin tells right from wrong; among first-ranked spans the surest are wrong."""

    def case(top: float, right: bool) -> Case:
        features = np.zeros((6, len(FEATURES)))
        features[:, FEATURES.index("margin")] = [top, -20, -22, -24, -26, -28]
        return Case(features, np.array([float(right), 0, 0, 0, 0, 0]))

    found = fit_calibration([case(2.0, True)] * 20 + [case(6.0, False)] * 20, ODDS)
    assert found.margin > 0


def test_collected_cases_hold_what_the_reader_saw(
    make_index: Callable[..., Index], kettle: Document, lamp: Document, embedder: Any, fake_models: Any
) -> None:
    index, told = make_index(kettle, lamp), list[int]()
    pairs = [
        QAPair("How long does the warranty last?", ("The warranty lasts 30 months from the day of purchase.",)),
        QAPair("Who painted the warranty?"),
    ]
    cases = collect(index, embedder, fake_models[1], pairs, AskSettings(), told.append)
    assert told == [1, 2]
    for case in cases:
        assert case.features.shape == (len(case.f1), len(FEATURES)) and 0 < len(case.f1) <= CANDIDATES and case.weight == 1
    assert cases[0].f1[0] == 1.0 and cases[0].f1[1:].max() < 0.5
    assert not cases[1].f1.any()
    assert (cases[0].features[:, FEATURES.index("null")] == -1.0).all()


def test_no_passages_are_a_case_without_spans(make_index: Callable[..., Index], kettle: Document, fake_models: Any) -> None:
    case = candidates(make_index(kettle), fake_models[1], QAPair("What?"), [], weight=0.5)
    assert case.features.shape == (0, len(FEATURES)) and case.f1.shape == (0,) and case.weight == 0.5


@pytest.mark.parametrize(("long_answers", "whole"), [(True, True), (False, False)])
def test_a_case_is_judged_by_the_answer_that_would_be_given(
    make_index: Callable[..., Index], lamp: Document, embedder: Any, fake_models: Any, long_answers: bool, whole: bool
) -> None:
    class Short:
        """Finds the beginnings of what the other one finds."""

        name, settings = "short", ReaderSettings(join_blocks=long_answers)

        def read(self, question: str, passages: Sequence[Passage]) -> Reading:
            reading = fake_models[1].read(question, passages)
            begun = [replace(span, end=span.start + (span.end - span.start) // 2) for span in reading.spans]
            return replace(reading, spans=tuple(begun))

    pair = QAPair("How long does the warranty last?", ("The warranty lasts 30 months from the day of purchase.",))
    (case,) = collect(make_index(lamp), embedder, Short(), [pair], AskSettings())
    assert case.f1[0] > 0 and bool(case.f1[0] == 1.0) is whole

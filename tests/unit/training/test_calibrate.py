from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from ragqa.answering.rank import RANKING
from ragqa.answering.reader_settings import Calibration
from ragqa.evaluation.calibration import expected_calibration_error
from ragqa.training.calibrate import FEATURES, ROUNDS, Case, Fit, best_span, fit_calibration, fit_served, scores
from ragqa.training.calibrate import fit as fit_asked

ODDS = Calibration(bias=-1.0, margin=1.0)
TRUTH = Calibration(bias=-3.0, margin=0.8, dense=2.0, lexical=0.1, near=1.5)
"""Scores are log odds, against each other and against e^-bias that none of the spans is right."""
ROUGH = Calibration(margin=0.3)


@dataclass
class Plain:
    """A question of which every calibration serves the same."""

    case: Case

    def served(self, calibration: Calibration) -> Case:
        return self.case


def fit(cases: Sequence[Case], base: Calibration) -> Fit:
    """A fit on questions of which every calibration serves the same."""
    return fit_asked([Plain(case) for case in cases], base)


def simulated(count: int, truth: Calibration, seed: int = 1) -> list[Case]:
    """Questions with four candidate spans, of which at most one is right, as often as `truth` says."""
    chance, cases = np.random.default_rng(seed), []
    for _ in range(count):
        columns = {
            "margin": chance.normal(0, 3, 4), "null": np.full(4, chance.normal(-2, 1)), "dense": chance.uniform(0.2, 0.8, 4),
            "lexical": chance.gamma(2, 3, 4), "near": chance.uniform(0, 1, 4),
            "second": np.zeros(4), "alone": np.zeros(4), "length": np.zeros(4),
        }  # fmt: skip
        case = Case(np.column_stack([columns[name] for name in FEATURES]), np.zeros(4, dtype=bool))
        odds = np.exp([*scores(case, truth), -truth.bias])
        right = chance.choice(5, p=odds / odds.sum())
        cases.append(Case(case.features, np.arange(4) == right))
    return cases


def log_loss(calibration: Calibration, cases: list[Case]) -> float:
    """The mean surprise at whether the first-ranked span is right."""
    said = [best_span(case, calibration) for case in cases]
    return float(np.mean([-np.log(probability if right else 1 - probability) for probability, right in said]))


def rightly_ranked(calibration: Calibration, cases: list[Case]) -> float:
    """The share of questions whose first-ranked span is right."""
    return float(np.mean([best_span(case, calibration)[1] for case in cases]))


def test_confidence_alone_is_fitted_where_the_ranking_is_to_stay() -> None:
    unsure = replace(TRUTH, bias=TRUTH.bias - 2)
    found = fit_served([Plain(case) for case in simulated(800, TRUTH)], unsure, keep_ranking=True)
    fresh = simulated(2000, TRUTH, seed=2)
    assert [getattr(found, name) for name in RANKING] == [getattr(unsure, name) for name in RANKING]
    assert log_loss(found, fresh) < log_loss(unsure, fresh)


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
    empty = Case(np.empty((0, len(FEATURES))), np.empty(0, dtype=bool))
    found = fit([empty], TRUTH)
    assert (found.calibration, found.held_out, found.right, found.weights) == (TRUTH, (), (), ())


def test_features_that_never_vary_do_no_harm() -> None:
    cases = [Case(np.full((2, len(FEATURES)), 3.0), np.array([True, False])) for _ in range(20)]
    found = fit_calibration(cases, ODDS)
    assert all(np.isfinite(getattr(found, name)) for name in ("bias", *FEATURES))


def test_held_out_probabilities_do_not_see_their_own_case() -> None:
    cases = simulated(40, TRUTH, seed=4)
    before = fit(cases, ROUGH)
    cases[7] = Case(cases[7].features, ~cases[7].right)
    after = fit(cases, ROUGH)
    assert after.held_out[7] == before.held_out[7] and after.right[7] is not before.right[7]
    assert after.held_out[2] == before.held_out[2]  # of the same fold: not seen either
    assert all(after.held_out[number] != before.held_out[number] for number in (0, 1, 3, 4))
    assert after.calibration != before.calibration


def test_weights_count_questions() -> None:
    """A question of weight two is two questions."""
    twice = simulated(30, TRUTH)
    heavy = [Case(case.features, case.right, 2.0) for case in twice]
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
        return Case(features, np.array([right, *[False] * 5]))

    found = fit_calibration([case(2.0, True)] * 20 + [case(6.0, False)] * 20, ODDS)
    assert found.margin > 0


class Staged:
    """A question whose first passages hold one span and all of them a second; the first decides where it is sure enough."""

    def __init__(self, first: Case, last: Case, decisive: float = 0.6) -> None:
        self.first, self.last, self.decisive = first, last, decisive

    def served(self, calibration: Calibration) -> Case:
        return self.first if best_span(self.first, calibration)[0] >= self.decisive else self.last


def staged(count: int, seed: int) -> list[Staged]:
    """Questions of which the further passages bring a span that is often the right one, and whose log odds are its margin."""
    asked = []
    for case in simulated(count, ODDS, seed):
        first = Case(case.features[:2].copy(), case.right[:2])
        first.features[:, FEATURES.index("null")] *= 0.4
        asked.append(Staged(first, case))
    return asked


@pytest.mark.parametrize("seed", [3, 6, 7])
def test_a_fit_is_one_on_what_it_serves_itself(seed: int) -> None:
    asked = staged(300, seed)
    found = fit_served(asked, ROUGH)
    once = fit_calibration([one.last for one in asked], ROUGH)  # on readings of all passages, as it was done before

    def loss(calibration: Calibration) -> float:
        return log_loss(calibration, [one.served(calibration) for one in asked])

    served = [one.served(found) for one in asked]
    assert 30 < sum(case is one.first for case, one in zip(served, asked, strict=True)) < 270  # both stages count
    assert loss(found) < loss(once) - 0.001
    assert log_loss(fit_calibration(served, ROUGH), served) == pytest.approx(loss(found), abs=0.02)


def test_held_out_probabilities_are_those_of_what_is_served() -> None:
    asked = staged(200, seed=7)
    found = fit_asked(asked, ROUGH)
    assert found.calibration != ROUGH
    folds = [fit_served([one for number, one in enumerate(asked) if number % 5 != fold], ROUGH) for fold in range(5)]
    for number, one in enumerate(asked):
        calibration = folds[number % 5]
        assert (found.held_out[number], found.right[number]) == best_span(one.served(calibration), calibration)


def test_a_base_that_is_kept_speaks_of_what_it_serves() -> None:
    asked = staged(10, seed=8)
    kept = fit_served(staged(3000, seed=9), ROUGH)
    found = fit_asked(asked, kept)
    if found.calibration == kept:
        assert list(found.held_out) == [best_span(one.served(kept), kept)[0] for one in asked]


def test_a_fit_that_never_settles_ends() -> None:
    cases = simulated(40, ODDS)

    class Restless:
        """Serves something else each time."""

        def __init__(self, first: Case, second: Case) -> None:
            self.both = [first, second]
            self.times = 0

        def served(self, calibration: Calibration) -> Case:
            self.times += 1
            return self.both[self.times % 2]

    asked = [Restless(one, other) for one, other in zip(cases[:20], cases[20:], strict=True)]
    assert fit_served(asked, ROUGH) != ROUGH and all(one.times <= 2 * ROUNDS for one in asked)

from __future__ import annotations

import numpy as np
import pytest

from ragqa.evaluation import bootstrap
from ragqa.evaluation.bootstrap import paired_difference


def test_a_constant_gain_is_certain() -> None:
    difference = paired_difference([0.1, 0.5, 0.7], [0.2, 0.6, 0.8], samples=200)
    assert (difference.mean, difference.low, difference.high) == pytest.approx((0.1, 0.1, 0.1))
    assert difference.probability == 1 and difference.shown


def test_equal_systems_show_nothing() -> None:
    difference = paired_difference([0.1, 0.5], [0.1, 0.5], samples=200)
    assert (difference.mean, difference.probability, difference.shown) == (0, 0, False)


def test_the_interval_is_that_of_the_normal_approximation() -> None:
    random = np.random.default_rng(3)
    before = random.random(400)
    after = before + random.normal(0.02, 0.2, 400)
    difference, gains = paired_difference(before, after), after - before
    error = gains.std() / 20
    assert difference.low == pytest.approx(gains.mean() - 1.96 * error, abs=0.002)
    assert difference.high == pytest.approx(gains.mean() + 1.96 * error, abs=0.002)


def test_pairing_matters() -> None:
    """Questions differ far more than systems do; unpaired, the small gain would drown."""
    before = np.linspace(0, 1, 50)
    assert paired_difference(before, before + np.tile([0.01, 0.03], 25), samples=1000).low > 0


def test_the_direction_is_after_minus_before() -> None:
    worse = paired_difference([1.0, 1.0, 0.5], [0.0, 0.5, 0.5], samples=500)
    assert worse.mean == pytest.approx(-0.5) and worse.probability < 0.05


def test_a_seed_repeats_and_blocks_do_not_change_how_many_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [0.0, 1.0, 0.0, 1.0], [1.0, 0.5, 0.0, 1.0]
    assert paired_difference(*values, seed=1) == paired_difference(*values, seed=1)
    whole = paired_difference(*values, samples=999, seed=1)
    monkeypatch.setattr(bootstrap, "DRAWN_AT_ONCE", 40)
    assert paired_difference(*values, samples=999, seed=1) == whole


@pytest.mark.parametrize(("before", "after"), [([], []), ([1.0], [1.0, 0.0])])
def test_what_does_not_pair_is_refused(before: list[float], after: list[float]) -> None:
    with pytest.raises(ValueError, match="pair"):
        paired_difference(before, after)

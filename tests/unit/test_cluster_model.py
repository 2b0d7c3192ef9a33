"""The model of a cluster, where theory is exact: queues of one node, the slowest of several shards, shards out of reach."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import pytest
from cluster_assumptions import Assumptions, Outcome, Tally, always, exponential, from_parts, from_percentiles
from cluster_model import simulate

ALONE = Assumptions(nodes=1, shards=0, queue=10**9, seconds=1e9)
"""One node that only reads, with a line as long as it takes: a queue as the formulas have it."""

RUNS, QUESTIONS = 8, 2000
T_99 = 3.499
"""Student's t for 7 degrees of freedom, two-sided 99 %."""


def interval(assumed: Assumptions, figure: Callable[[Tally], float], seconds: float) -> tuple[float, float]:
    """The 99 % confidence interval of a figure's mean, over independent runs."""
    found = [figure(simulate(assumed, seed, seconds, leave_out=seconds / 10)) for seed in range(RUNS)]
    reach = T_99 * statistics.stdev(found) / math.sqrt(RUNS)
    return statistics.mean(found) - reach, statistics.mean(found) + reach


def wait_in_mmc(servers: int, load: float, service: float) -> float:
    """The mean wait in an M/M/c queue, by Erlang's C formula."""
    offered = servers * load
    terms = [offered**number / math.factorial(number) for number in range(servers)]
    last = offered**servers / math.factorial(servers) / (1 - load)
    return last / (sum(terms) + last) * service / (servers * (1 - load))


def mean_wait(tally: Tally) -> float:
    return statistics.mean(tally.waits)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (3, 0.6)])
def test_waits_of_random_work_are_those_of_the_formula(servers: int, load: float) -> None:
    arrivals = servers * load / 2.0
    assumed = replace(ALONE, reading_cores=servers, reading=exponential(2.0), arrivals=arrivals)
    low, high = interval(assumed, mean_wait, QUESTIONS / arrivals)
    assert low < wait_in_mmc(servers, load, 2.0) < high
    assert high < 1.6 * low  # narrow enough that more load would be seen
    assert not low < wait_in_mmc(servers, load + 0.1, 2.0) < high


def test_waits_of_equal_work_are_those_of_the_formula() -> None:
    load = 0.5
    assumed = replace(ALONE, reading_cores=1, reading=always(1.0), arrivals=load)
    low, high = interval(assumed, mean_wait, QUESTIONS / load)
    assert low < load / (2 * (1 - load)) < high  # M/D/1
    assert not low < wait_in_mmc(1, load, 1.0) < high


def test_the_slowest_of_the_shards_is_waited_for() -> None:
    shards = 6
    alone = replace(ALONE, nodes=shards, shards=shards, replicas=1, chunks_a_shard=1e6, hop=0.0, reading=always(0.0))
    assumed = replace(alone, searching=exponential(1.0), searching_cores=1, arrivals=0.001)
    low, high = interval(assumed, lambda tally: statistics.mean(tally.latencies), 500_000)
    assert low < sum(1 / number for number in range(1, shards + 1)) < high  # the mean of the largest of so many
    assert high < 1.2 * low


def test_a_shard_is_out_of_reach_as_often_as_all_its_copies_are_down() -> None:
    assumed = Assumptions(
        nodes=3, shards=3, replicas=2, reading=always(1e-6), searching=always(1e-9), arrivals=0.1, mean_up=100.0, mean_down=25.0,
        noticed=0.0, start=0.0, load_bytes=1e18, replay=1e18, rebalance=1e9,
    )  # fmt: skip
    low, high = interval(assumed, partial_share, 16_000)
    down = 25 / 125
    two, three = 3 * down**2 * (1 - down), down**3
    assert low < two / (1 - three) < high  # any two nodes share a shard; with all three down, nobody is asked
    assert high < 2 * low


def partial_share(tally: Tally) -> float:
    answered = tally.outcomes[Outcome.ANSWERED] + tally.outcomes[Outcome.PARTIAL]
    return tally.outcomes[Outcome.PARTIAL] / answered


# What the theory does not know.


def test_copies_loaded_elsewhere_bring_shards_back_into_reach() -> None:
    assumed = Assumptions(
        nodes=6, shards=6, replicas=2, chunks_a_shard=1e5, reading=always(0.001), searching=always(0.001), arrivals=0.3,
        mean_up=2000.0, mean_down=600.0,
    )  # fmt: skip
    kept = simulate(replace(assumed, rebalance=1e9), 1, 20_000)
    moved = simulate(replace(assumed, rebalance=30.0), 1, 20_000)
    assert partial_share(moved) < partial_share(kept) / 2


def test_a_line_that_is_full_refuses_and_one_that_is_slow_gives_up() -> None:
    over = Assumptions(nodes=1, shards=0, reading_cores=2, reading=always(1.0), arrivals=4.0, queue=4, seconds=100.0)
    tally = simulate(over, 1, 2000, leave_out=100)
    assert tally.outcomes[Outcome.REFUSED] / tally.outcomes.total() == pytest.approx(0.5, abs=0.03)
    assert max(tally.latencies) <= 4.0  # four wait for two that take a second each
    late = simulate(replace(over, queue=10**6, seconds=5.0, reading=exponential(1.0)), 1, 2000, leave_out=100)
    assert late.outcomes[Outcome.TIMED_OUT] > 0 and late.outcomes[Outcome.REFUSED] > 0
    assert max(late.latencies) <= 5.0


def test_a_node_that_dies_takes_its_questions_with_it() -> None:
    assumed = Assumptions(nodes=2, shards=0, reading_cores=1, reading=always(10.0), arrivals=0.1, mean_up=200.0, mean_down=50.0)
    tally = simulate(assumed, 1, 20_000)
    assert 0.02 < tally.outcomes[Outcome.LOST] / tally.outcomes.total() < 0.2


def test_a_seed_gives_the_same_each_time() -> None:
    assumed = replace(Assumptions(arrivals=5.0, mean_up=500.0), reading=exponential(0.5), searching=from_percentiles(0.01, 0.03))
    assert simulate(assumed, 3, 200) == simulate(assumed, 3, 200)
    assert simulate(assumed, 3, 200) != simulate(assumed, 4, 200)


def test_what_is_drawn_is_what_was_measured() -> None:
    import random

    dice = random.Random(1)
    drawn = sorted(from_parts([1.0, 2.0, 10.0])(dice) for _ in range(4000))
    assert drawn[0] >= 1 and drawn[-1] <= 10 and drawn[2000] == pytest.approx(2.0, abs=0.2)
    drawn = sorted(from_percentiles(1.0, 3.0)(dice) for _ in range(4000))
    assert drawn[2000] == pytest.approx(1.0, rel=0.1) and drawn[3800] == pytest.approx(3.0, rel=0.1)

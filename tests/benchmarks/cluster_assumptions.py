"""What a simulated cluster takes for granted, how times are drawn, and what is counted."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ragqa.config import ServeSettings

Draw = Callable[[random.Random], float]
"""Draws from a distribution, with the dice that it is given."""


def from_parts(parts: Sequence[float]) -> Draw:
    """Draws from a measured distribution, given by its ends and the bounds between equal parts of it."""
    last = len(parts) - 1

    def draw(dice: random.Random) -> float:
        place = dice.random() * last
        at = int(place)
        return parts[at] + (place - at) * (parts[at + 1] - parts[at])

    return draw


def from_percentiles(p50: float, p95: float) -> Draw:
    """Draws from the lognormal distribution that has these percentiles."""
    middle, spread = math.log(p50), math.log(p95 / p50) / 1.6449
    return lambda dice: dice.lognormvariate(middle, spread)


def always(value: float) -> Draw:
    return lambda dice: value


def exponential(mean: float) -> Draw:
    return lambda dice: dice.expovariate(1 / mean)


ONE_SECOND, TEN_MILLISECONDS = always(1.0), always(0.01)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the model takes for granted. Times are seconds, of one core where they are work.

    Questions come at random (Poisson), each to the next node that serves. Its lane lets so many be read at once, a core each, and
    so many wait, and refuses, gives up and keeps a place as ragqa/serve/lanes.py does. A question searches one copy of each
    shard, the least busy that is not known to be dead, and waits for the slowest. Nodes fail independently, at random times; what
    they work on is lost then, and nobody asks again for it.
    """

    nodes: int = 3
    shards: int = 3
    replicas: int = 2
    chunks_a_shard: float = 1e7 / 3
    reading_cores: int = 6
    """Of a node: as many questions are read at once."""
    searching_cores: int = 2
    """Of a node, for all copies of shards that it holds; a shard is searched by one of them."""
    arrivals: float = 1.0
    """Questions a second, of the whole cluster."""
    reading: Draw = ONE_SECOND
    """Work of a question but for its searches."""
    searching: Draw = TEN_MILLISECONDS
    """Work of searching a million chunks; a shard's is so much more as it is larger."""
    hop: float = 0.001
    """From who asks to a shard and back."""
    queue: int = ServeSettings().queue
    seconds: float = ServeSettings().seconds
    mean_up: float = math.inf
    mean_down: float = 120.0
    noticed: float = 2.0
    """After a node's death, until those that wait for it, or would ask it, know."""
    start: float = 10.0
    """From a node's return until it serves: models are loaded."""
    bytes_a_chunk: float = 2400.0
    """That a search node loads."""
    load_bytes: float = 200e6
    """A second, from shared storage; loading takes a core from searching."""
    changes: float = 20.0
    """Chunks a second that are added or replaced; who returns applies those it has missed."""
    replay: float = 2000.0
    """Chunks a second that are applied then."""
    rebalance: float = 60.0
    """After so long, the copies of a dead node are loaded by others; they let go of them when it is back."""

    @property
    def loading(self) -> float:
        """Seconds that a copy of a shard takes to load."""
        return self.chunks_a_shard * self.bytes_a_chunk / self.load_bytes

    def capacity(self, dice: random.Random, draws: int = 20_000) -> float:
        """Questions a second that all nodes could just do, were none ever idle or dead: the least of reading and searching."""
        reads = sum(self.reading(dice) for _ in range(draws)) / draws
        searches = self.shards * self.chunks_a_shard / 1e6 * sum(self.searching(dice) for _ in range(draws)) / draws
        most = self.nodes * self.reading_cores / reads
        return min(most, self.nodes * self.searching_cores / searches) if searches else most


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    """Answered although some shard had no living copy: ragqa answers by what it has, or says so."""
    REFUSED = "refused"
    """Told at once to come again: the line is full, or longer than the time limit (429); or no node serves."""
    TIMED_OUT = "timed out"
    LOST = "lost"
    """Its node died."""


@dataclass(slots=True)
class Tally:
    """What a run counted, after its beginning was left out."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Of those that had their turn: how long they were in line."""
    seconds: float = 0.0

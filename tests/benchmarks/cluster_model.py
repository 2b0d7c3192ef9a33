"""A model of a served cluster: questions that wait in line, shards that are searched, nodes that fail and come back.

Every node is a `ragqa serve` that reads, with a search node beside it that holds copies of shards. What is taken for granted is
named in `cluster_assumptions.py`, and nowhere else.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Generator

import simpy
from cluster_assumptions import Assumptions, Outcome, Tally

from ragqa.serve.lanes import LEARNING

Steps = Generator[simpy.Event, object, None]

FIRST_EXPECTED = 0.1
"""Seconds that a lane expects of a question before it has seen one, as ragqa/serve/lanes.py."""

TRIES = 3
"""Copies of a shard that are asked one after the other, before the shard counts as out of reach."""


class Node:
    """One node in one of its lives: a lane of questions, cores that search, and the copies of shards that it holds.

    When it dies is drawn when it begins to live, so that what it will not finish is known beforehand.
    """

    def __init__(self, number: int, env: simpy.Environment, assumed: Assumptions) -> None:
        self.number = number
        self.assumed, self._env = assumed, env
        self.home: set[int] = set()
        self.loaded: set[int] = set()
        self.dies_at = math.inf
        self.begin_life()

    def begin_life(self) -> None:
        self.serves = True
        self.lane = simpy.Resource(self._env, self.assumed.reading_cores)
        self.held, self.expected = 0, FIRST_EXPECTED
        self._free = [0.0] * self.assumed.searching_cores
        """When each searching core will have done what it was given: a heap."""

    @property
    def refuses(self) -> bool:
        """Whether a question would be sent away, as a Lane decides it."""
        threads = self.assumed.reading_cores
        in_vain = self.held >= threads and self.held / threads * self.expected > self.assumed.seconds
        return self.held >= threads + self.assumed.queue or in_vain

    @property
    def busy_until(self) -> float:
        return self._free[0]

    def work(self, seconds: float) -> float:
        """Give the next free searching core some work; when that will be done. Comes in order of time."""
        done = max(self._env.now, self._free[0]) + seconds
        heapq.heapreplace(self._free, done)
        return done

    def learn(self, seconds: float) -> None:
        self.expected += LEARNING * (seconds - self.expected)


class Cluster:
    """All nodes, what asks them, and what happens to them. One run; its dice decide everything."""

    def __init__(self, assumed: Assumptions, seed: int, leave_out: float) -> None:
        self.assumed, self._leave_out = assumed, leave_out
        self._dice = random.Random(seed)
        self.env = simpy.Environment()
        self.tally = Tally()
        self.nodes = [Node(number, self.env, assumed) for number in range(assumed.nodes)]
        self._copies: list[set[int]] = [set() for _ in range(assumed.shards)]
        for shard in range(assumed.shards):
            for copy in range(min(assumed.replicas, assumed.nodes)):
                node = self.nodes[(shard * assumed.replicas + copy) % assumed.nodes]
                node.home.add(shard)
                self._hold(node, shard)
        self._next = 0

    def run(self, seconds: float) -> Tally:
        self.env.process(self._arrivals())
        if self.assumed.mean_up < math.inf:
            for node in self.nodes:
                self.env.process(self._lives(node))
        self.env.run(self._leave_out + seconds)
        self.tally.seconds = seconds
        return self.tally

    # Questions.

    def _arrivals(self) -> Steps:
        while True:
            yield self.env.timeout(self._dice.expovariate(self.assumed.arrivals))
            self.env.process(self._question())

    def _front(self) -> Node | None:
        """The next node that serves, in turns."""
        for step in range(len(self.nodes)):
            node = self.nodes[(self._next + step) % len(self.nodes)]
            if node.serves:
                self._next = node.number + 1
                return node
        return None

    def _question(self) -> Steps:
        came, node = self.env.now, self._front()
        if node is None or node.refuses:
            self._count(Outcome.REFUSED, came)
            return
        lane, dies_at, deadline = node.lane, node.dies_at, came + self.assumed.seconds
        node.held += 1
        turn = lane.request()
        if not turn.triggered:
            yield turn | self.env.timeout(max(0.0, min(deadline, dies_at) - came))
        if not turn.triggered:
            turn.cancel()
            outcome = Outcome.LOST if self.env.now >= dies_at else Outcome.TIMED_OUT
        else:
            began = self.env.now
            if began >= self._leave_out:
                self.tally.waits.append(began - came)
            whole = yield from self._answer()
            lane.release(turn)
            outcome = Outcome.ANSWERED if whole else Outcome.PARTIAL
            if self.env.now >= dies_at:
                outcome = Outcome.LOST
            else:
                node.learn(self.env.now - began)
                if self.env.now > deadline:
                    outcome = Outcome.TIMED_OUT
        if lane is node.lane:
            node.held -= 1
        self._count(outcome, came)

    def _answer(self) -> Generator[simpy.Event, object, bool]:
        """Search all shards, each at another copy where one dies, then read; whether every shard was reached."""
        wanted, tries, whole = set(range(self.assumed.shards)), TRIES, True
        while wanted and tries:
            tries -= 1
            until, again = self.env.now, set()
            for shard in sorted(wanted):
                asked = self._search(shard)
                if asked is None:
                    whole = False
                    continue
                until = max(until, asked[0])
                if not asked[1]:
                    again.add(shard)
            if until > self.env.now:
                yield self.env.timeout(until - self.env.now)
            wanted = again
        yield self.env.timeout(self.assumed.reading(self._dice))
        return whole and not wanted

    def _search(self, shard: int) -> tuple[float, bool] | None:
        """When a shard's hits will be there, or it will be known that its node died; None: no copy is known to live."""
        copies = [self.nodes[number] for number in sorted(self._copies[shard])]
        if not copies:
            return None
        node = min(copies, key=lambda one: one.busy_until)
        if node.dies_at <= self.env.now:
            return self.env.now + self.assumed.noticed, False
        work = self.assumed.chunks_a_shard / 1e6 * self.assumed.searching(self._dice)
        done = node.work(work)
        if done > node.dies_at:
            return node.dies_at + self.assumed.noticed, False
        return done + self.assumed.hop, True

    def _count(self, outcome: Outcome, came: float) -> None:
        if came < self._leave_out:
            return
        self.tally.outcomes[outcome] += 1
        if outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
            self.tally.latencies.append(self.env.now - came)

    # Nodes.

    def _hold(self, node: Node, shard: int) -> None:
        node.loaded.add(shard)
        self._copies[shard].add(node.number)

    def _let_go(self, node: Node, shard: int) -> None:
        node.loaded.discard(shard)
        self._copies[shard].discard(node.number)

    def _lives(self, node: Node) -> Steps:
        assumed = self.assumed
        while True:
            node.dies_at = self.env.now + self._dice.expovariate(1 / assumed.mean_up)
            yield self.env.timeout(node.dies_at - self.env.now)
            died, node.serves = self.env.now, False
            back = died + self._dice.expovariate(1 / assumed.mean_down)
            yield self.env.timeout(min(assumed.noticed, back - died))
            for shard in sorted(node.loaded):
                self._let_go(node, shard)
            if back - died > assumed.rebalance:
                yield self.env.timeout(max(0.0, died + assumed.rebalance - self.env.now))
                for shard in sorted(node.home):
                    self.env.process(self._stand_in(node, shard))
            yield self.env.timeout(back - self.env.now + assumed.start)
            node.begin_life()
            missed = (self.env.now - died) * assumed.changes / max(1, assumed.shards) / assumed.replay
            self.env.process(self._load_own(node, missed))

    def _load_own(self, node: Node, missed: float) -> Steps:
        """What a node that is back holds of its own, one after the other; who stood in for it lets go."""
        lane = node.lane
        for shard in sorted(node.home):
            yield self.env.timeout(max(0.0, node.work(self.assumed.loading + missed) - self.env.now))
            if node.lane is not lane or not node.serves:
                return
            self._hold(node, shard)
            for other in self.nodes:
                if shard in other.loaded and shard not in other.home:
                    self._let_go(other, shard)

    def _stand_in(self, gone: Node, shard: int) -> Steps:
        """The node that holds least loads a copy of a dead one's shard."""
        able = [one for one in self.nodes if one.serves and shard not in one.loaded]
        if not able:
            return
        node = min(able, key=lambda one: (len(one.loaded), one.number))
        lane = node.lane
        yield self.env.timeout(node.work(self.assumed.loading) - self.env.now)
        if node.serves and node.lane is lane and shard not in gone.loaded:
            self._hold(node, shard)


def simulate(assumed: Assumptions, seed: int, seconds: float, leave_out: float = 0.0) -> Tally:
    """One run of so many seconds, after a beginning that is not counted. The same each time, for a seed."""
    return Cluster(assumed, seed, leave_out).run(seconds)

"""Which chunks can be among the best although no range of chunks can be left out: those that hold the words that matter.

The words of a question that many chunks hold add little to any score. As long as all of them together cannot lift a chunk to the
scores found already, only chunks that hold one of the other words are looked at (MaxScore: Turtle and Flood, "Query evaluation:
strategies and optimizations", 1995). The frequent words are looked up for these alone, the weightiest first, and each look leaves
fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ragqa.indexing.search.found import Found
from ragqa.indexing.search.postings import RANGE, Postings
from ragqa.indexing.search.sought import SLACK, Bound, Bounds, Sought
from ragqa.indexing.search.worth import Norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 0.5
"""Share of a question's postings that, where it must be looked at, is no better than all: the others are looked up one by one."""

SLAB = 1 << 18
"""Chunks whose scores are added up at once: they stay in the processor's cache."""

TRIED = 4
"""So many times the chunks that are wanted are scored to the end, the most promising ones: that tells what the best come to."""


class Candidates:
    """The chunks of a segment that can be among the `k` best, by what the words of the question add to each at most."""

    def __init__(self, sought: Sequence[Sought], bounds: Bounds, postings: Postings, norms: Norms) -> None:
        self._postings, self._norms = postings, norms
        self._terms = sorted(zip(sought, bounds.each, strict=True), key=lambda one: -one[1].highest)

    def best(self, least: np.float32, k: int, score: Callable[[NDArray[np.int64]], Found]) -> Found | None:
        """The `k` best, ties included, where so many have a score of `least` or more. None where looking at all takes less time.

        `score` gives those of the chunks at some places, ascending, that count, with their scores.
        """

        if self._share(self._needed(least)) > MOST:
            return None
        found: list[Found] = []
        for start in range(0, len(self._postings), SLAB):
            needed = self._needed(least)
            places = self._left(*self._slab(start, needed, least), needed, least, k, score)
            found = [Found.of([*found, score(places)]).best(k)]
            least = max(least, _kth(found[0].scores, k))
        return found[0]

    def _left(
        self,
        places: NDArray[np.int64],
        scores: NDArray[np.float32],
        needed: int,
        least: np.float32,
        k: int,
        score: Callable[[NDArray[np.int64]], Found],
    ) -> NDArray[np.int64]:
        """The places, of some whose scores for the terms needed are known, that the other terms can lift to `least`."""
        import numpy as np

        for at in range(needed, len(self._terms) + 1):
            most = scores * np.float32(SLACK) + _together([bound for _, bound in self._terms[at:]], places // RANGE)
            if at == needed and len(places) > 2 * TRIED * k:
                tried = np.sort(places[np.argpartition(-most, TRIED * k)[: TRIED * k]])
                least = max(least, _kth(score(tried).scores, k))
            kept = most >= least
            places, scores = places[kept], scores[kept]
            if at < len(self._terms):
                self._terms[at][0].add(scores, places, self._postings.lengths, self._norms)
        return places

    def _share(self, needed: int) -> float:
        """Share of the postings that those of the first terms are."""
        sizes = [len(one.places) for one, _ in self._terms]
        return sum(sizes[:needed]) / sum(sizes)

    def _needed(self, least: np.float32) -> int:
        """How many of the terms, the weightiest first, leave others that cannot lift a chunk to `least` by themselves."""
        rest = [float(bound.highest) for _, bound in self._terms]
        return next(at for at in range(len(rest) + 1) if sum(rest[at:]) < least)

    def _slab(self, start: int, needed: int, least: np.float32) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The chunks of a slab that the terms needed lift so high that the others may do the rest, and their scores so far."""
        import numpy as np

        scores = np.zeros(min(SLAB, len(self._postings) - start), dtype=np.float32)
        for one, _ in self._terms[:needed]:
            low, high = np.searchsorted(one.places, np.array((start, start + len(scores)), dtype=one.places.dtype))
            which = slice(int(low), int(high))
            scores[one.places[which] - start] += one.worth(which, self._postings.lengths, self._norms)
        rest = sum(float(bound.highest) for _, bound in self._terms[needed:])
        places = np.flatnonzero(scores >= np.float32((float(least) - rest) / SLACK))
        return places + start, scores[places]


def _together(bounds: Sequence[Bound], ranges: NDArray[np.int64]) -> NDArray[np.float32]:
    import numpy as np

    most = np.zeros(len(ranges), dtype=np.float32)
    for bound in bounds:
        most += bound.within(ranges)
    return most


def _kth(scores: NDArray[np.float32], k: int) -> np.float32:
    """The k-th best, 0 where there are fewer."""
    import numpy as np

    return np.partition(scores, -k)[-k] if len(scores) >= k else np.float32(0)

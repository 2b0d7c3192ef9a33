"""The best chunks of one segment of postings, looked for only where they can be.

Neighbouring chunks make a range of RANGE. For a frequent term the file of postings says what the term is worth at best in each
range; for a rare one that is worked out from its few postings. The sum over the terms of a question bounds every score in a
range: the most promising ranges are searched first, and all whose bound is below the scores found by then are left out. What is
found is the same as by scoring every chunk, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragqa.indexing.search.postings import PEAK, RANGE, Postings
from ragqa.indexing.search.selection import Places, places_of
from ragqa.indexing.search.worth import Norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW_POSTINGS = 8_192
"""So many are all looked at: that takes less time than to find out where not to look."""

FEW_CHUNKS = 200_000
"""So many are all scored, where there are more than a few postings: that takes less time, too."""

MUCH = 0.25
"""Share of the ranges from which scoring all chunks takes less time than those in the ranges."""

FEW_CHOSEN = 65_536
"""So many chunks that a filter leaves are all looked at, and nothing else."""

SLACK = 1 + 1e-5
"""By which a bound is raised, against rounding."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Postings as one generation sees them: the chunks at the places `removed`, ascending, do not count."""

    postings: Postings
    removed: NDArray[np.int64]

    @classmethod
    def without(cls, postings: Postings, removed: NDArray[np.int64]) -> Segment:
        """The same without the chunks of these ids, ascending, some of which it may not have."""
        return cls(postings, places_of(removed, postings.ids))

    @property
    def count(self) -> int:
        """How many chunks count."""
        return len(self.postings) - len(self.removed)

    @property
    def total(self) -> int:
        """How many terms these have together."""
        import numpy as np

        return self.postings.total - int(self.postings.lengths[self.removed].sum(dtype=np.int64))

    def holders(self, key: int) -> int:
        """How many of them hold a term."""
        import numpy as np

        places, _ = self.postings.find(key)
        if not len(self.removed) or not len(places):
            return len(places)
        few, many = sorted((self.removed.astype(np.int32), places), key=len)
        return len(places) - len(places_of(few, many))

    def best(self, weights: Sequence[tuple[int, np.float32]], k: int, norms: Norms, allowed: Places | None) -> Found:
        """The chunks among which are the `k` best, ties included, by the keys of terms, each with the weight of its idf.

        Only chunks at `allowed` places count, where given.
        """
        sought = [Sought(*self.postings.find(key), weight, key) for key, weight in weights]
        sought = [one for one in sought if len(one.places)]
        if allowed is not None and len(allowed) <= FEW_CHOSEN:
            return self._in_intervals(sought, *allowed.runs, norms, None)
        if sum(len(one.places) for one in sought) <= FEW_POSTINGS:
            return self._everywhere(sought, norms, allowed)
        if len(self.postings) <= FEW_CHUNKS:
            return self._all(sought, norms, allowed)
        return self._where_bounds_allow(sought, k, norms, allowed)

    def _where_bounds_allow(self, sought: Sequence[Sought], k: int, norms: Norms, allowed: Places | None) -> Found:
        import numpy as np

        bounds = self._bounds(sought, norms)
        found, least, looked = [], np.float32(0), max(64, k)
        left = np.flatnonzero(bounds)
        while len(left):
            if least and len(left) > MUCH * len(bounds):
                return self._all(sought, norms, allowed)
            first = left if len(left) <= looked else left[np.argpartition(-bounds[left], looked)[:looked]]
            first.sort()
            found.append(self._in_intervals(sought, first * RANGE, (first + 1) * RANGE, norms, allowed))
            found = [_joined(found).best(k)]
            if len(found[0].places) >= k:
                least = found[0].scores.min()
            bounds[first] = 0
            left, looked = left[(bounds[left] >= least) & (bounds[left] > 0)], 4 * looked
        return _joined(found)

    def _bounds(self, sought: Sequence[Sought], norms: Norms) -> NDArray[np.float32]:
        """No chunk of a range has a score above the range's bound, shape (ranges,)."""
        import numpy as np

        bounds = np.zeros(-(-len(self.postings) // RANGE), dtype=np.float32)
        for one in sought:
            peaks = self.postings.peaks_of(one.key)
            if peaks is not None:
                # Where chunks are longer on average than when the peaks were made, a term is worth more, but no more than so.
                grown = max(1.0, norms.mean / self.postings.mean)
                bounds += peaks * np.float32(one.weight * grown * SLACK / PEAK)
                continue
            worth, ranges = self._worth(one, slice(None), norms), one.places // RANGE
            begins = np.flatnonzero(np.diff(ranges, prepend=-1))
            bounds[ranges[begins]] += np.maximum.reduceat(worth, begins) * np.float32(SLACK)
        return bounds

    def _worth(self, one: Sought, which: slice | NDArray[np.int64], norms: Norms) -> NDArray[np.float32]:
        """What a term adds to the scores of the chunks of some of its postings."""
        import numpy as np

        counts = one.counts[which].astype(np.float32)
        worth: NDArray[np.float32] = one.weight * counts / (counts + norms.of(self.postings.lengths[one.places[which]]))
        return worth

    def _all(self, sought: Sequence[Sought], norms: Norms, allowed: Places | None) -> Found:
        import numpy as np

        scores = np.zeros(len(self.postings), dtype=np.float32)
        for one in sought:
            scores[one.places] += self._worth(one, slice(None), norms)
        scores[self.removed] = 0
        places = np.flatnonzero(scores)
        if allowed is not None:
            places = places[allowed.mask[places]]
        return Found(places, scores[places])

    def _everywhere(self, sought: Sequence[Sought], norms: Norms, allowed: Places | None) -> Found:
        import numpy as np

        places = np.unique(np.concatenate([np.empty(0, dtype=np.int32), *(one.places for one in sought)]))
        scores = np.zeros(len(places), dtype=np.float32)
        for one in sought:
            scores[np.searchsorted(places, one.places)] += self._worth(one, slice(None), norms)
        kept = ~np.isin(places, self.removed) if len(self.removed) else np.ones(len(places), dtype=bool)
        if allowed is not None:
            kept &= allowed.mask[places]
        return Found(places[kept], scores[kept])

    def _in_intervals(
        self, sought: Sequence[Sought], starts: NDArray[np.int64], ends: NDArray[np.int64], norms: Norms, allowed: Places | None
    ) -> Found:
        """The chunks at places from each start to each end, ascending and apart, that hold a term."""
        import numpy as np

        sizes = ends - starts
        before = np.cumsum(sizes) - sizes  # where each interval begins among the scores
        scores = np.zeros(int(sizes.sum()), dtype=np.float32)
        shift = before - starts
        for one in sought:
            which, interval = _within(one.places, starts, ends)
            scores[one.places[which] + shift[interval]] += self._worth(one, which, norms)
        gone, interval = _within(self.removed, starts, ends)
        scores[self.removed[gone] + shift[interval]] = 0
        held = np.flatnonzero(scores)
        places = held - np.repeat(shift, sizes)[held]
        if allowed is not None:
            kept = allowed.mask[places]
            held, places = held[kept], places[kept]
        return Found(places, scores[held])


@dataclass(frozen=True, slots=True)
class Sought:
    """A term of a question as a segment has it: see `Postings.find`; `weight` is idf · (k1 + 1)."""

    places: NDArray[np.int32]
    counts: NDArray[np.uint8]
    weight: np.float32
    key: int


@dataclass(frozen=True, slots=True)
class Found:
    """Places of a segment, and the scores of the chunks there."""

    places: NDArray[np.int64]
    scores: NDArray[np.float32]

    def best(self, k: int) -> Found:
        """Those with a score of the `k` best; more where some are equal."""
        import numpy as np

        if len(self.places) <= k:
            return self
        chosen = self.scores >= np.partition(self.scores, -k)[-k]
        return Found(self.places[chosen], self.scores[chosen])


def _joined(found: Sequence[Found]) -> Found:
    import numpy as np

    none = Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    parts = [none, *found]
    return Found(np.concatenate([one.places for one in parts]), np.concatenate([one.scores for one in parts]))


def _within(
    places: NDArray[np.int32] | NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of some ascending places lie in intervals, and in which interval each does."""
    import numpy as np

    if len(places) <= len(starts):
        interval = np.searchsorted(starts, places, side="right") - 1
        which = np.flatnonzero((interval >= 0) & (places < ends[interval]))
        return which, interval[which]
    lows = np.searchsorted(places, starts.astype(places.dtype))
    sizes = np.searchsorted(places, ends.astype(places.dtype)) - lows
    interval = np.repeat(np.arange(len(starts)), sizes)
    return np.arange(len(interval)) + np.repeat(lows - (np.cumsum(sizes) - sizes), sizes), interval

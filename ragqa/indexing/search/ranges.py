"""The best chunks of one segment of postings, looked for only where they can be.

Neighbouring chunks make a range of RANGE. For a frequent term the file of postings says what the term is worth at best in each
range; for a rare one that is worked out from its few postings. The sum over the terms of a question bounds every score in a
range: the most promising ranges are searched first, and all whose bound is below the scores found by then are left out. Where
many are left, only chunks that hold a word that matters are looked at. What is found is the same as by scoring every chunk, to
the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragqa.indexing.search.essential import Candidates
from ragqa.indexing.search.found import Found
from ragqa.indexing.search.postings import RANGE, Postings
from ragqa.indexing.search.selection import Places, places_of
from ragqa.indexing.search.sought import Bounds, Sought
from ragqa.indexing.search.worth import Norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW_POSTINGS = 8_192
"""So many are all looked at: that takes less time than to find out where not to look."""

FEW_CHUNKS = 200_000
"""So many are all scored, where there are more than a few postings: that takes less time, too."""

FIRST = 64
"""Ranges that are searched first, or as many as chunks are wanted."""

MUCH = 0.05
"""Share of the ranges that, where so many are left, it takes less time to look for what matters in all: see essential.py."""

FEW_CHOSEN = 65_536
"""So many chunks that a filter leaves are all looked at, and nothing else."""


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

        known = Bounds.of(sought, self.postings, norms)
        bounds = known.together
        found, least, looked = [], np.float32(0), max(FIRST, k)
        left = np.flatnonzero(bounds)
        while len(left):
            if least and len(left) > MUCH * len(bounds):
                return self._by_what_matters(sought, known, least, k, norms, allowed)
            first = left if len(left) <= looked else left[np.argpartition(-bounds[left], looked)[:looked]]
            first.sort()
            found.append(self._in_intervals(sought, first * RANGE, (first + 1) * RANGE, norms, allowed))
            found = [Found.of(found).best(k)]
            if len(found[0].places) >= k:
                least = found[0].scores.min()
            bounds[first] = 0
            left, looked = left[(bounds[left] >= least) & (bounds[left] > 0)], 4 * looked
        return Found.of(found)

    def _by_what_matters(
        self, sought: Sequence[Sought], bounds: Bounds, least: np.float32, k: int, norms: Norms, allowed: Places | None
    ) -> Found:
        """Where `k` chunks have a score of `least` or more already, but hardly any range has nothing to add."""

        def score(places: NDArray[np.int64]) -> Found:
            return self._at(sought, places, norms, allowed)

        return Candidates(sought, bounds, self.postings, norms).best(least, k, score) or self._all(sought, norms, allowed)

    def _all(self, sought: Sequence[Sought], norms: Norms, allowed: Places | None) -> Found:
        import numpy as np

        scores = np.zeros(len(self.postings), dtype=np.float32)
        for one in sought:
            scores[one.places] += one.worth(slice(None), self.postings.lengths, norms)
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
            scores[np.searchsorted(places, one.places)] += one.worth(slice(None), self.postings.lengths, norms)
        kept = ~np.isin(places, self.removed) if len(self.removed) else np.ones(len(places), dtype=bool)
        if allowed is not None:
            kept &= allowed.mask[places]
        return Found(places[kept], scores[kept])

    def _at(self, sought: Sequence[Sought], places: NDArray[np.int64], norms: Norms, allowed: Places | None) -> Found:
        """The chunks at some places, ascending, each of which is looked up among the postings."""
        import numpy as np

        scores = np.zeros(len(places), dtype=np.float32)
        for one in sought:
            one.add(scores, places, self.postings.lengths, norms)
        scores[places_of(self.removed, places)] = 0
        kept = scores > 0 if allowed is None else (scores > 0) & allowed.mask[places]
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
            scores[one.places[which] + shift[interval]] += one.worth(which, self.postings.lengths, norms)
        gone, interval = _within(self.removed, starts, ends)
        scores[self.removed[gone] + shift[interval]] = 0
        held = np.flatnonzero(scores)
        places = held - np.repeat(shift, sizes)[held]
        if allowed is not None:
            kept = allowed.mask[places]
            held, places = held[kept], places[kept]
        return Found(places, scores[held])


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

"""The words of a question as a segment of postings has them: what each adds to the chunks that hold it, and at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragqa.indexing.search.postings import PEAK, RANGE, Postings
from ragqa.indexing.search.worth import Norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLACK = 1 + 1e-5
"""By which a bound is raised, against rounding."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A term of a question as a segment has it: see `Postings.find`; `weight` is idf · (k1 + 1)."""

    places: NDArray[np.int32]
    counts: NDArray[np.uint8]
    weight: np.float32
    key: int

    def worth(self, which: slice | NDArray[np.int64], lengths: NDArray[np.int32], norms: Norms) -> NDArray[np.float32]:
        """What the term adds to the scores of the chunks of some of its postings; `lengths` are those of all chunks."""
        import numpy as np

        counts = self.counts[which].astype(np.float32)
        worth: NDArray[np.float32] = self.weight * counts / (counts + norms.of(lengths[self.places[which]]))
        return worth

    def add(self, scores: NDArray[np.float32], places: NDArray[np.int64], lengths: NDArray[np.int32], norms: Norms) -> None:
        """Add what the term is worth to the scores of the chunks at some places, ascending. Looks each up: for few of many."""
        import numpy as np

        if not len(places):
            return
        at = np.searchsorted(self.places, places.astype(self.places.dtype))
        at[at == len(self.places)] = 0
        held = np.flatnonzero(self.places[at] == places)
        scores[held] += self.worth(at[held], lengths, norms)


@dataclass(frozen=True, slots=True)
class Bound:
    """No chunk gets more of a term than `highest`, and none of a range more than `peaks` · `scale`, where known."""

    highest: np.float32
    peaks: NDArray[np.uint8] | None
    scale: np.float32

    def within(self, ranges: NDArray[np.int64]) -> NDArray[np.float32] | np.float32:
        """What a chunk of each of these ranges gets at most."""
        if self.peaks is None:
            return self.highest
        bounds: NDArray[np.float32] = self.peaks[ranges] * self.scale
        return bounds


@dataclass(frozen=True, slots=True)
class Bounds:
    """What chunks get at most: of all terms together by range, shape (ranges,), and of each term, in their order."""

    together: NDArray[np.float32]
    each: Sequence[Bound]

    @classmethod
    def of(cls, sought: Sequence[Sought], postings: Postings, norms: Norms) -> Bounds:
        """Where chunks are longer on average than when the peaks were made, a term is worth more, but no more than so."""
        import numpy as np

        together, each = np.zeros(-(-len(postings) // RANGE), dtype=np.float32), []
        grown = max(1.0, norms.mean / postings.mean)
        for one in sought:
            peaks = postings.peaks_of(one.key)
            if peaks is not None:
                scale = np.float32(one.weight * grown * SLACK / PEAK)
                together += peaks * scale
                each.append(Bound(peaks.max() * scale, peaks, scale))
                continue
            worth, ranges = one.worth(slice(None), postings.lengths, norms) * np.float32(SLACK), one.places // RANGE
            begins = np.flatnonzero(np.diff(ranges, prepend=-1))
            together[ranges[begins]] += np.maximum.reduceat(worth, begins)
            each.append(Bound(worth.max(), None, np.float32(0)))
        return cls(together, each)

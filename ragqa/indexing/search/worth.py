"""What BM25 makes of how often a chunk holds a term, and of its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SATURATION, LENGTH_SHARE = 1.2, 0.75
"""k1 and b of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009)."""


def norms(lengths: NDArray[np.int32], mean: float) -> NDArray[np.float32]:
    """What chunks' lengths, in terms, mean for their scores: a term that a chunk holds tf times is worth tf / (tf + norm)."""
    import numpy as np

    return (SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / mean)).astype(np.float32)


TABLED = 4_096
"""Lengths whose norms are worked out once and looked up: nearly all chunks are shorter."""


class Norms:
    """The norms of an index whose chunks have a mean length. Never changed: threads may share one."""

    def __init__(self, mean: float) -> None:
        import numpy as np

        self.mean = mean
        self._table = norms(np.arange(TABLED, dtype=np.int32), mean)

    def of(self, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """What `norms` gives."""
        return self._table[lengths] if lengths.max(initial=0) < TABLED else norms(lengths, self.mean)

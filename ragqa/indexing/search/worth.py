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

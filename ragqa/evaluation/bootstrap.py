"""Whether a difference between two systems on the same questions is more than luck: the paired bootstrap (Efron 1979)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DRAWN_AT_ONCE = 4_000_000
"""Numbers held in memory at a time: 32 MB."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of after − before, its 95 % interval, and the share of resamples in which it is larger than 0."""

    mean: float
    low: float
    high: float
    probability: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def paired_difference(before: Sequence[float], after: Sequence[float], samples: int = 10_000, seed: int = 0) -> Difference:
    """The difference of two systems' scores, both of shape (questions,) in one order, by the percentile bootstrap.

    Questions are drawn with replacement `samples` times. Raises ValueError for unequal lengths or no question.
    """
    import numpy as np

    if len(before) != len(after) or not len(before):
        raise ValueError(f"{len(before)} and {len(after)} scores do not pair")
    gains = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    random = np.random.default_rng(seed)
    rows = max(1, DRAWN_AT_ONCE // len(gains))
    means = np.concatenate(
        [
            gains[random.integers(0, len(gains), size=(min(rows, samples - first), len(gains)))].mean(axis=1)
            for first in range(0, samples, rows)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Difference(float(gains.mean()), float(low), float(high), float((means > 0).mean()))

"""What a search by words finds in one segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Found:
    """Places of a segment, and the scores of the chunks there."""

    places: NDArray[np.int64]
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, parts: Sequence[Found]) -> Found:
        """What was found in several parts of a segment."""
        import numpy as np

        none = cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        held = [none, *parts]
        return cls(np.concatenate([one.places for one in held]), np.concatenate([one.scores for one in held]))

    def best(self, k: int) -> Found:
        """Those with a score of the `k` best; more where some are equal."""
        import numpy as np

        if len(self.places) <= k:
            return self
        chosen = self.scores >= np.partition(self.scores, -k)[-k]
        return Found(self.places[chosen], self.scores[chosen])

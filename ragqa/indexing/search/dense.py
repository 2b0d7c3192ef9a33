"""The vectors of one commit: a FAISS file made some commits ago, the chunks that came since, and without those that went since.

So a commit costs what it changes, not what the index holds: the file is made anew only when much has come or gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ragqa.indexing.search.changes import vector_slices
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.search.selection import Selection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DenseVectors:
    """Search over a base of vectors, what came since it was made, and without what went since.

    It is never changed, so threads may search one at once: `with_changes` makes another one around the same base.
    """

    def __init__(
        self,
        base: FaissVectors,
        dimension: int,
        fresh_ids: NDArray[np.int64] | None = None,
        fresh: NDArray[np.float32] | None = None,
        removed: NDArray[np.int64] | None = None,
    ) -> None:
        import numpy as np

        self.base = base
        self._fresh_ids = np.empty(0, dtype=np.int64) if fresh_ids is None else fresh_ids
        self._fresh = np.empty((0, dimension), dtype=np.float32) if fresh is None else fresh
        self._removed = Selection(np.empty(0, dtype=np.int64) if removed is None else removed)

    def with_changes(
        self, added: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]], removed: NDArray[np.int64]
    ) -> DenseVectors:
        """The same with more vectors, of ids that had none, and without all that went since the base was made."""
        import numpy as np

        parts = [(self._fresh_ids, self._fresh), *added]
        fresh_ids, fresh = np.concatenate([ids for ids, _ in parts]), np.concatenate([vectors for _, vectors in parts])
        kept = np.flatnonzero(~np.isin(fresh_ids, removed))
        kept = kept[np.argsort(fresh_ids[kept], kind="stable")]
        return DenseVectors(self.base, fresh.shape[1], fresh_ids[kept], fresh[kept], removed)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all chunks that have a vector, ascending; one that is held twice, as none should be, occurs twice."""
        import numpy as np

        return np.sort(np.concatenate([self.base.ids[~np.isin(self.base.ids, self._removed.ids)], self._fresh_ids]))

    def __len__(self) -> int:
        return len(self.ids)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Selection | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and inner products of the `k` nearest to one query, best first; only among `allowed` where given."""
        import numpy as np

        ids, scores = self.base.search(query, k, allowed, self._removed)
        if not len(self._fresh_ids):
            return ids, scores
        fresh = slice(None) if allowed is None else allowed.within(self._fresh_ids).numbers
        ids = np.concatenate([ids, self._fresh_ids[fresh]])
        scores = np.concatenate([scores, self._fresh[fresh] @ query.astype(np.float32)])
        best = np.argsort(-scores, kind="stable")[:k]
        return ids[best], scores[best]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors that are searched under these ids, shape (n, dimension)."""
        import numpy as np

        fresh = np.isin(ids, self._fresh_ids)
        found = np.empty((len(ids), self._fresh.shape[1]), dtype=np.float32)
        found[fresh] = self._fresh[np.searchsorted(self._fresh_ids, ids[fresh])]
        if not fresh.all():
            found[~fresh] = self.base.vectors(ids[~fresh])
        return found


def read_vectors(
    connection: sqlite3.Connection, dimension: int, above: int = 0, later: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """What `vector_slices` gives, in one."""
    import numpy as np

    slices = list(vector_slices(connection, dimension, above, later))
    if not slices:
        return np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=np.float32)
    return np.concatenate([ids for ids, _ in slices]), np.concatenate([vectors for _, vectors in slices])

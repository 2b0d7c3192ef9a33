"""The vectors of one commit: a FAISS file made some commits ago, the chunks that came since, and without those that went since.

So a commit costs what it changes, not what the index holds: the file is made anew only when much has come or gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged
from ragqa.indexing.database import removed_ids
from ragqa.indexing.search.faiss_vectors import FaissVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLICE = 10_000
"""Vectors read from SQLite at once."""


class DenseVectors:
    """Search over a base of vectors and what changed since it was made. `top` is the highest id that the base covers."""

    def __init__(self, base: FaissVectors, top: int, dimension: int) -> None:
        import numpy as np

        self.base, self._top = base, top
        self._fresh_ids = np.empty(0, dtype=np.int64)
        self._fresh = np.empty((0, dimension), dtype=np.float32)
        self._removed = np.empty(0, dtype=np.int64)

    def catch_up(self, connection: sqlite3.Connection) -> None:
        """Take in what the connection's commit has added or removed; commits may only be taken in in their order."""
        import numpy as np

        newest = int(self._fresh_ids[-1]) if len(self._fresh_ids) else self._top
        ids, vectors = read_vectors(connection, self._fresh.shape[1], above=newest)
        self._removed = removed_ids(connection)
        fresh_ids = np.concatenate([self._fresh_ids, ids])
        kept = ~np.isin(fresh_ids, self._removed)
        self._fresh_ids, self._fresh = fresh_ids[kept], np.concatenate([self._fresh, vectors])[kept]

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all chunks, ascending."""
        import numpy as np

        return np.concatenate([np.setdiff1d(self.base.ids, self._removed), self._fresh_ids])

    def __len__(self) -> int:
        return len(self.ids)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and inner products of the `k` nearest to one query, best first; only among `allowed` where given."""
        import numpy as np

        ids, scores = self.base.search(query, k, allowed, self._removed)
        if not len(self._fresh_ids):
            return ids, scores
        fresh = np.ones(len(self._fresh_ids), dtype=bool) if allowed is None else np.isin(self._fresh_ids, allowed)
        ids = np.concatenate([ids, self._fresh_ids[fresh]])
        scores = np.concatenate([scores, self._fresh[fresh] @ query.astype(np.float32)])
        best = np.argsort(-scores, kind="stable")[:k]
        return ids[best], scores[best]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors that are searched under these ids, shape (n, dimension)."""
        import numpy as np

        fresh = ids > self._top
        found = np.empty((len(ids), self._fresh.shape[1]), dtype=np.float32)
        found[fresh] = self._fresh[np.searchsorted(self._fresh_ids, ids[fresh])]
        if not fresh.all():
            found[~fresh] = self.base.vectors(ids[~fresh])
        return found


def read_vectors(
    connection: sqlite3.Connection, dimension: int, above: int = 0, step: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ids, shape (n,), and vectors, shape (n, dimension), of the chunks with ids above a number, by id; or of about one chunk
    in `step` of them."""
    import numpy as np

    slices = list(vector_slices(connection, dimension, above, step))
    if not slices:
        return np.empty(0, dtype=np.int64), np.empty((0, dimension), dtype=np.float32)
    return np.concatenate([ids for ids, _ in slices]), np.concatenate([vectors for _, vectors in slices])


def vector_slices(
    connection: sqlite3.Connection, dimension: int, above: int = 0, step: int = 1
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """What `read_vectors` gives, SLICE chunks at a time."""
    import numpy as np

    cursor = connection.execute(
        "SELECT id, vector FROM chunks JOIN embeddings ON hash = embedding WHERE id > ? AND id % ? = 0 ORDER BY id",
        (above, step),
    )
    while rows := cursor.fetchmany(SLICE):
        for chunk_id, vector in rows:
            if len(vector) != 2 * dimension:
                raise IndexDamaged(f"the vector of chunk {chunk_id} is of the wrong size", hint="Make the index again.")
        joined = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float16)
        yield np.array([row[0] for row in rows], dtype=np.int64), joined.reshape(len(rows), dimension).astype(np.float32)

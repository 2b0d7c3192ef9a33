"""The files of an index that SQLite's contents can always make again: vectors in FAISS, and the postings of terms.

Both are made together, by a commit, and go by its generation; what later commits change is searched beside them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged, StorageError
from ragqa.indexing.database import lacking_chunks, meta, put_meta, removed_ids
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.remains import DERIVED
from ragqa.indexing.search.bm25 import read_postings
from ragqa.indexing.search.changes import derived_generation, vector_slices
from ragqa.indexing.search.dense import read_vectors
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.search.merging import merge_postings
from ragqa.indexing.search.postings import Postings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUNNING_CHUNKS, RUNNING_SHARE = 20_000, 0.1
"""Chunks, and share of those in the derived files, that may have come and gone since they were made, while an ingest runs."""

SETTLED_CHUNKS, SETTLED_SHARE = 256, 0.01
"""The same when it has finished: what is not in the files is read from SQLite by every process that opens the index."""

STALE_SHARE = 0.2
"""Share of removed vectors from which inverted lists, which do not lose any, are made anew."""


def vectors_file(generation: int) -> str:
    """The name of the FAISS file that a generation made."""
    return f"vectors-{generation}.faiss"


def terms_file(generation: int) -> str:
    """The name of the file of postings that a generation made."""
    return f"terms-{generation}.npy"


class DerivedFiles:
    """Keeps the files up within a writer's transaction. `moved` counts the chunks that came or went since they were made, and the
    vectors that came later than their chunks."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, manifest: Manifest) -> None:
        self._folder, self._connection, self._manifest = folder, connection, manifest
        made = derived_generation(connection)
        self._made, self._top = made.number, made.newest
        self._remove_all_but(self._made)
        self._vectors: FaissVectors | None = None
        self._is_damaged = bool(self._made) and not self._can_be_read()
        self._held, stale = int(meta(connection, "derived_count", "0")), int(meta(connection, "derived_stale", "0"))
        self.moved = self._count("chunks WHERE id > ?", self._top) + self._count("removed") + self._count("arrived") - stale

    def are_due(self, settle: bool) -> bool:
        """Whether the files are damaged, or so much has come and gone that they are to be made anew."""
        chunks, share = (SETTLED_CHUNKS, SETTLED_SHARE) if settle else (RUNNING_CHUNKS, RUNNING_SHARE)
        return self._is_damaged or (settle and not self._made) or self.moved > chunks + share * self._held

    def renew(self, generation: int) -> None:
        """Make the files of a generation: the last ones with what came and went since, or all from SQLite."""
        if self._is_damaged or not self._made:
            self.rebuild(generation)
            return
        removed = removed_ids(self._connection)
        stale = removed[removed <= self._top]
        vectors = self._grown_vectors(stale)
        if vectors is None:
            vectors, stale = self._new_vectors(), stale[:0]
        last = Postings.load(self._folder / terms_file(self._made))
        self._make(generation, vectors, [last, *read_postings(self._connection, self._top)], removed, stale)

    def rebuild(self, generation: int) -> None:
        """Make the files of a generation from what SQLite holds of each chunk."""
        removed = removed_ids(self._connection)
        postings = [Postings.of([]), *read_postings(self._connection)]
        self._make(generation, self._new_vectors(), postings, removed, removed[:0])

    def _new_vectors(self) -> FaissVectors:
        """FAISS made again from all vectors in SQLite, without embedding."""
        dimension = self._manifest.dimension
        parts = partial(vector_slices, self._connection, dimension)
        return FaissVectors.built(parts, self._count_vectors(), dimension, self._manifest.vector_index)

    def _grown_vectors(self, stale: NDArray[np.int64]) -> FaissVectors | None:
        """The last FAISS file's vectors with what came since, if it still suits; inverted lists keep what is stale."""
        vectors, self._vectors = self._vectors, None
        if vectors is None:
            path = self._folder / vectors_file(self._made)
            vectors = FaissVectors.load(path, meta(self._connection, "vector_kind", ""), writable=True)
        if not vectors.suits(self._count_vectors(), self._manifest.vector_index):
            return None
        if vectors.can_remove:
            vectors.remove(stale)
        elif len(stale) > STALE_SHARE * len(vectors):
            return None
        vectors.add(*read_vectors(self._connection, self._manifest.dimension, above=self._top, later=self._made))
        return vectors

    def _make(
        self,
        generation: int,
        vectors: FaissVectors,
        postings: Sequence[Postings],
        removed: NDArray[np.int64],
        stale: NDArray[np.int64],
    ) -> None:
        """Write the files, and let the transaction name them. Of the `removed` chunks `vectors` may still hold the `stale`."""
        last, self._made = self._made, generation
        try:
            vector_checksum = vectors.save(self._folder / vectors_file(generation))
        except RuntimeError as error:  # FAISS reports a failed allocation or write so
            name = vectors_file(generation)
            raise StorageError(f"{name} cannot be written: {error}", hint="Check space and permissions.") from error
        terms_checksum = merge_postings(postings, removed, self._folder / terms_file(generation))
        left = stale if not vectors.can_remove else stale[:0]
        kept = json.dumps(left.tolist())
        self._connection.execute("DELETE FROM removed WHERE id NOT IN (SELECT value FROM json_each(?))", (kept,))
        self._connection.execute("DELETE FROM arrived")
        self._top = int(self._connection.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0])
        self._vectors, self._held, self._is_damaged, self.moved = vectors, self._count("chunks"), False, 0
        put_meta(
            self._connection, derived=generation, derived_top=self._top, derived_count=self._held, derived_stale=len(left),
            vector_kind=vectors.kind, vector_checksum=vector_checksum, terms_checksum=terms_checksum,
        )  # fmt: skip
        self._remove_all_but(last, generation)

    def _can_be_read(self) -> bool:
        try:
            FaissVectors.load(self._folder / vectors_file(self._made), meta(self._connection, "vector_kind", ""))
            Postings.load(self._folder / terms_file(self._made))
        except (FileNotFoundError, IndexDamaged):
            return False
        return True

    def _remove_all_but(self, *generations: int) -> None:
        keep = {name(generation) for generation in generations for name in (vectors_file, terms_file)}
        for pattern in DERIVED:
            for path in self._folder.glob(pattern):
                if path.name not in keep:
                    with suppress(PermissionError):  # some systems keep a file that a reader has open
                        path.unlink(missing_ok=True)

    def _count_vectors(self) -> int:
        return self._count("chunks") - lacking_chunks(self._connection)

    def _count(self, rows: str, *values: object) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {rows}", values).fetchone()[0])

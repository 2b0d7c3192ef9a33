"""The files of an index that SQLite's contents can always make again: vectors in FAISS, and the postings of terms.

Both are made together, by a commit, and go by its generation; what later commits change is searched beside them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged, StorageError
from ragqa.indexing.database import lacking_chunks, meta, put_meta, removed_ids
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.remains import DERIVED
from ragqa.indexing.search.bm25 import read_postings
from ragqa.indexing.search.changes import derived_generation, vector_slices
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.search.merging import merge_postings, save_postings
from ragqa.indexing.search.postings import Postings
from ragqa.indexing.search.selection import Selection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUNNING_CHUNKS, RUNNING_SHARE = 20_000, 0.1
"""Chunks, and share of those in the derived files, that may have come and gone since they were made, while an ingest runs."""

SETTLED_CHUNKS, SETTLED_SHARE = 256, 0.01
"""The same when it has finished: what is not in the files is read from SQLite by every process that opens the index."""

Tell = Callable[[int], None]
"""Is told how many chunks more are done."""


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
        vectors = self._last_vectors(removed)
        if vectors is None:
            vectors, parts, gone = self._new_vectors(), self._slices(), removed[:0]
        else:
            parts, gone = self._slices(above=self._top, later=self._made), removed
        last = Postings.load(self._folder / terms_file(self._made))
        with self._runs(generation, read_postings(self._connection, self._top)) as runs:
            self._make(generation, _Vectors(vectors, parts, Selection(gone)), [last, *runs], removed)

    def rebuild(self, generation: int, tell: Tell = lambda chunks: None) -> None:
        """Make the files of a generation from what SQLite holds of each chunk."""
        removed = removed_ids(self._connection)
        vectors = _Vectors(self._new_vectors(), _told(self._slices(), tell), Selection(removed[:0]))
        with self._runs(generation, read_postings(self._connection)) as runs:
            self._make(generation, vectors, [Postings.of([]), *runs], removed)

    def _slices(self, above: int = 0, later: int | None = None) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        return vector_slices(self._connection, self._manifest.dimension, above, later)

    def _new_vectors(self) -> FaissVectors:
        """An empty FAISS store for all vectors in SQLite."""
        return FaissVectors.trained(self._slices, self._count_vectors(), self._manifest.dimension, self._manifest.vector_index)

    def _last_vectors(self, removed: NDArray[np.int64]) -> FaissVectors | None:
        """The last FAISS file's vectors, if what came and went since can be put to them."""
        path, kind = self._folder / vectors_file(self._made), meta(self._connection, "vector_kind", "")
        vectors = FaissVectors.load(path, kind)
        if not vectors.suits(self._count_vectors(), self._manifest.vector_index):
            return None
        if vectors.writes_lists:
            return vectors
        return None if len(removed) and not vectors.can_remove else FaissVectors.load(path, kind, writable=True)

    @contextmanager
    def _runs(self, generation: int, parts: Iterable[Postings]) -> Iterator[list[Postings]]:
        """Postings that are to be merged: the first in memory, the others, of which there may be many, in files meanwhile."""
        import numpy as np

        runs: list[Postings] = []
        paths: list[Path] = []
        try:
            for number, part in enumerate(parts):
                if number:
                    paths.append(self._folder / f"{terms_file(generation)}.run{number}")
                    save_postings([part], np.empty(0, dtype=np.int64), paths[-1])
                runs.append(Postings.load(paths[-1]) if number else part)
            yield runs
        finally:
            runs.clear()  # some systems keep a file that is mapped
            for path in paths:
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)

    def _make(self, generation: int, vectors: _Vectors, postings: Sequence[Postings], removed: NDArray[np.int64]) -> None:
        """Write the files, and let the transaction name them."""
        last, self._made = self._made, generation
        try:
            vector_checksum = vectors.base.save_with(vectors.parts, vectors.gone, self._folder / vectors_file(generation))
        except RuntimeError as error:  # FAISS reports a failed allocation or write so
            name = vectors_file(generation)
            raise StorageError(f"{name} cannot be written: {error}", hint="Check space and permissions.") from error
        terms_checksum = merge_postings(postings, removed, self._folder / terms_file(generation))
        self._connection.execute("DELETE FROM removed")
        self._connection.execute("DELETE FROM arrived")
        self._top = int(self._connection.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0])
        self._held, self._is_damaged, self.moved = self._count("chunks"), False, 0
        put_meta(
            self._connection, derived=generation, derived_top=self._top, derived_count=self._held, derived_stale=0,
            vector_kind=vectors.base.kind, vector_checksum=vector_checksum, terms_checksum=terms_checksum,
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


@dataclass(frozen=True, slots=True)
class _Vectors:
    """What becomes a FAISS file: a store, what came to it, and what went."""

    base: FaissVectors
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]
    gone: Selection


def _told(
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]], tell: Tell
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    for ids, vectors in parts:
        yield ids, vectors
        tell(len(ids))

"""Other vectors for an index that goes on being asked: made beside those in use, and put in their place in one commit.

What is made is committed some texts at a time under the fingerprint of the embedder that it is for. A process killed at any
moment loses the texts at hand; the next one goes on. The vectors that were in use stay as the spare ones, so that the way back
embeds nothing but what came since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ragqa.chunking import CountTokens
from ragqa.errors import IndexMismatch, UsageError
from ragqa.files import now, storage_errors
from ragqa.indexing.database import close_writing, meta, open_for_writing, put_meta
from ragqa.indexing.embedding import EmbeddedText, Following, embed_lacking, embedded_texts
from ragqa.indexing.index import Index
from ragqa.indexing.lineage import put_mark
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.schema import SPARE_EMBEDDINGS
from ragqa.indexing.search.choice import EMBEDDED, choice_of
from ragqa.indexing.search.derived import DerivedFiles
from ragqa.inference.embedder import Embedder
from ragqa.types import Progress, Reembedding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BECOMING = "becoming"
"""Under which the database notes the manifest that it goes over to."""

_SPARE = "SELECT hash FROM spare_embeddings WHERE fingerprint = ?"


def becoming(index: Index) -> Manifest | None:
    """The manifest that an index is going over to; None where it is to stay as it is. Raises IndexDamaged."""
    with index.connection() as connection, storage_errors(index.folder):
        stored = meta(connection, BECOMING, "")
    return Manifest.from_json(stored) if stored else None


def reembedding(index: Index) -> Reembedding | None:
    """How far an index is on its way to another retriever; None where it is on none."""
    with index.snapshot(), index.connection() as connection, storage_errors(index.folder):
        target = becoming(index)
        if target is None:
            return None
        row = connection.execute(f"SELECT count(*), sum(hash IN ({_SPARE})) FROM embeddings", (target.fingerprint,)).fetchone()
        return Reembedding(target.retriever, int(row[1] or 0), int(row[0]))


class Reembedder:
    """Takes an index over to another embedder. Use as a context manager; it is the index's one writer as long as it lasts.

    One thread at a time may use it. Readers, in any thread or process, go on with the old vectors until `switch`.

    Raises IndexMissing, IndexBusy, IndexMismatch, IndexDamaged or StorageError on entering.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = WriteLock(folder)

    def __enter__(self) -> Reembedder:
        Index(self.folder).close()  # missing or damaged: told before a folder is made for the lock
        self._lock.__enter__()
        try:
            self._connection = open_for_writing(self.folder)
            with storage_errors(self.folder):
                self._connection.executescript(SPARE_EMBEDDINGS)
            self.manifest = Manifest.from_json(meta(self._connection, "manifest", ""))
            stored = meta(self._connection, BECOMING, "")
            self.target: Manifest | None = Manifest.from_json(stored) if stored else None
        except BaseException:
            if hasattr(self, "_connection"):
                self._connection.close()
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            with storage_errors(self.folder):
                close_writing(self._connection)
        finally:
            self._lock.__exit__(None, None, None)

    def aim(self, embedder: Embedder, retriever: str) -> None:
        """Note, durably, that the index is to go over to this embedder, which is the trained retriever of that name ("": none).

        To aim at what is in use already gives up what was aimed at. Raises IndexMismatch for vectors of another length: such an
        embedder would have cut other chunks.
        """
        if embedder.dimension != self.manifest.dimension:
            raise IndexMismatch(
                f"index '{self.folder.name}' has vectors of {self.manifest.dimension} numbers, the embedder makes "
                f"{embedder.dimension}",
                hint=f"Make it anew: ragqa index rm {self.folder.name} and ingest again.",
            )
        target = replace(self.manifest, embedder=embedder.name, fingerprint=embedder.fingerprint, retriever=retriever)
        self.target = None if target == self.manifest else target
        with self._transaction():
            if self.target is None:
                self._connection.execute("DELETE FROM meta WHERE key = ?", (BECOMING,))
            else:
                put_meta(self._connection, **{BECOMING: target.to_json()})

    def put_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Keep vectors that the embedder aimed at made elsewhere, by the hashes of their texts, each of shape (dimension,)."""
        rows = [(self._aim.fingerprint, key, vector.astype("float16").tobytes()) for key, vector in vectors.items()]
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO spare_embeddings VALUES (?, ?, ?)", rows)

    def embed(
        self,
        embedder: Embedder,
        progress: Callable[[Progress], None] = lambda step: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Make the vectors that the embedder aimed at still lacks, committing as it goes; False when it was stopped before all
        were there. `stop` is asked between batches. Raises UsageError for another embedder, ModelError or StorageError."""
        if embedder.fingerprint != self._aim.fingerprint:
            raise UsageError(f"index '{self.folder.name}' is on its way to another retriever than this one")
        return embed_lacking(self, Following(self, embedder), self._count("embeddings"), progress, stop)

    def lacking(self, document: str | None = None) -> list[int]:
        """A chunk of each text whose vector is still to be made, ascending; of all documents."""
        with storage_errors(self.folder):
            rows = self._connection.execute(
                f"SELECT min(id) FROM chunks WHERE embedding NOT IN ({_SPARE}) GROUP BY embedding ORDER BY 1",
                (self._aim.fingerprint,),
            )
            return [row[0] for row in rows]

    def texts(self, chunks: Sequence[int], count_tokens: CountTokens) -> list[EmbeddedText]:
        """What an ingest would embed for these chunks, each of which was told by `lacking` once."""
        with storage_errors(self.folder):
            return embedded_texts(self._connection, chunks, self.manifest, count_tokens)

    def commit(self, settle: bool = True) -> None:
        """What was put is kept already."""

    def switch(self) -> None:
        """Put the new vectors in the place of the old ones, in one commit that readers see whole: the old ones become the spare
        ones. Raises UsageError when some are still to be made."""
        target, following = self._aim, int(meta(self._connection, "generation", "0")) + 1
        if self.lacking():
            raise UsageError(f"index '{self.folder.name}' still lacks vectors", hint=f"ragqa index embed {self.folder.name}")
        with self._transaction():
            run = self._connection.execute
            run(
                "INSERT OR REPLACE INTO spare_embeddings SELECT ?, hash, vector FROM embeddings WHERE vector <> x''",
                (self.manifest.fingerprint,),
            )
            run(
                "UPDATE embeddings SET vector = spare.vector FROM spare_embeddings AS spare"
                " WHERE spare.fingerprint = ? AND spare.hash = embeddings.hash",
                (target.fingerprint,),
            )
            run("DELETE FROM spare_embeddings WHERE fingerprint <> ?", (self.manifest.fingerprint,))
            run("DELETE FROM spare_embeddings WHERE hash NOT IN (SELECT hash FROM embeddings)")
            run("DELETE FROM meta WHERE key = ?", (BECOMING,))
            put_meta(self._connection, manifest=target.to_json(), generation=following, updated=now(), lacking=0)
            if choice_of(self._connection) != EMBEDDED:
                put_mark(self._connection, following)
            DerivedFiles(self.folder, self._connection, target).rebuild(following)
        self.manifest, self.target = target, None

    @property
    def _aim(self) -> Manifest:
        if self.target is None:
            raise UsageError(f"index '{self.folder.name}' is on its way to no other retriever")
        return self.target

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of what is done in it, durably, or nothing."""
        with storage_errors(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    def _count(self, rows: str) -> int:
        with storage_errors(self.folder):
            return int(self._connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])

"""The writing side of an index: one writer at a time; one SQLite transaction a commit, before it new derived files where due.

Such a commit writes vectors and postings to new files, flushes them, and then commits the transaction that names them. Killed
before, the index opens at its last commit and the orphans are removed by the next writer; killed after, the index is at the new
one. Other commits leave the files: what came since is searched beside them. So a commit costs what it changes, not what the
index holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ragqa.errors import IndexBusy, IndexDamaged, StorageError
from ragqa.indexing.bm25 import read_postings
from ragqa.indexing.database import create_database, meta, now, open_for_writing, storage_errors
from ragqa.indexing.dense import read_vectors
from ragqa.indexing.derived import build_postings, build_vectors, derived_generation, terms_file, vectors_file
from ragqa.indexing.faiss_store import FaissVectors
from ragqa.indexing.index import chunk_terms
from ragqa.indexing.postings import Postings, encode_terms, merge_postings
from ragqa.indexing.store import Manifest
from ragqa.paths import DATABASE
from ragqa.types import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOCK, WRITER_PID = "write.lock", "write.pid"

RUNNING_CHUNKS, RUNNING_SHARE = 20_000, 0.1
"""Chunks, and share of those in the derived files, that may have come and gone since they were made, while an ingest runs."""

SETTLED_CHUNKS, SETTLED_SHARE = 256, 0.01
"""The same when it has finished: what is not in the files is read from SQLite by every process that opens the index."""

STALE_SHARE = 0.2
"""Share of removed vectors from which inverted lists, which do not lose any, are made anew."""


class WriteLock:
    """Keeps every other writer of an index folder out, across processes; the system releases it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> WriteLock:
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(blocking=False)
            except Timeout as error:
                raise IndexBusy(
                    f"index '{self._folder.name}' is being written by {self._owner()}",
                    hint="Wait until it has finished; asking and searching work meanwhile.",
                ) from error
            try:
                (self._folder / WRITER_PID).write_text(str(os.getpid()))
            except OSError:
                self._lock.release()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        (self._folder / WRITER_PID).unlink(missing_ok=True)
        self._lock.release()

    def _owner(self) -> str:
        try:
            return f"pid {int((self._folder / WRITER_PID).read_text())}"
        except (OSError, ValueError):
            return "another process"


class IndexWriter:
    """Changes an index. Use as a context manager; what was not committed on leaving is dropped.

    Raises IndexBusy, IndexMismatch, IndexDamaged or StorageError on entering.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = WriteLock(folder)

    def __enter__(self) -> IndexWriter:
        self._lock.__enter__()
        try:
            if not (self.folder / DATABASE).is_file():
                create_database(self.folder, self.manifest)
            self._connection = open_for_writing(self.folder)
            with storage_errors(self.folder):
                self._open()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.rollback()
        finally:
            self._connection.close()
            self._lock.__exit__(None, None, None)

    def _open(self) -> None:
        stored = Manifest.from_json(self._meta("manifest"))
        stored.refuse_mismatch(self.manifest, self.folder.name)
        self.generation = int(self._meta("generation"))
        self._made = derived_generation(self._connection)
        self._remove_files_but(self._made)
        self._vectors: FaissVectors | None = None
        self._is_damaged = bool(self._made) and not self._files_open()
        self._top, self._held = int(self._meta("derived_top", "0")), int(self._meta("derived_count", "0"))
        self._moved = self._count("chunks WHERE id > ?", self._top) + self._count("removed")
        self._left: set[bytes] = set()
        self._begin()

    @property
    def changed(self) -> bool:
        """Whether there is anything to commit."""
        return self._connection.total_changes != self._changes_at_begin

    def known_embeddings(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the hashes whose text was embedded before."""
        known: set[bytes] = set()
        for first in range(0, len(hashes), 500):
            part = hashes[first : first + 500]
            marks = ",".join("?" * len(part))
            known.update(row[0] for row in self._connection.execute(f"SELECT hash FROM embeddings WHERE hash IN ({marks})", part))
        return known

    def put_document(
        self,
        document: Document,
        source: bytes,
        sha256: str,
        size: int,
        mtime_ns: int,
        parser: str,
        chunks: Sequence[Chunk],
        hashes: Sequence[bytes],
        new_vectors: dict[bytes, NDArray[np.float32]],
    ) -> None:
        """Add a document, or replace the one of the same source, with its chunks.

        `hashes` name the embedded text of each chunk; `new_vectors` holds those not known before, each of shape (dimension,).
        """
        with storage_errors(self.folder):
            self._remove_where("source = ?", source)
            cursor = self._connection.execute(
                "INSERT INTO documents (source, path, title, sha256, size, mtime_ns, parser, pages, characters, warnings,"
                " ingested_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (source, document.path, document.title, sha256, size, mtime_ns, parser, document.pages, len(document.text),
                 json.dumps(document.warnings), now()),
            )  # fmt: skip
            assert cursor.lastrowid is not None
            self._put_text(cursor.lastrowid, document)
            self._connection.executemany(
                "INSERT OR IGNORE INTO embeddings VALUES (?, ?)",
                ((key, vector.astype("float16").tobytes()) for key, vector in new_vectors.items()),
            )
            self._put_chunks(cursor.lastrowid, document.title, chunks, hashes)

    def rename_document(self, document_id: int, source: bytes, path: str, mtime_ns: int) -> None:
        """Note a document's new place; its chunks stay as they are."""
        with storage_errors(self.folder):
            self._connection.execute(
                "UPDATE documents SET source = ?, path = ?, mtime_ns = ? WHERE id = ?", (source, path, mtime_ns, document_id)
            )

    def remove_document(self, document_id: int) -> None:
        """Take a document and its chunks out."""
        with storage_errors(self.folder):
            self._remove_where("id = ?", document_id)

    def commit(self, settle: bool = True) -> None:
        """Make everything since the last commit durable and visible to readers, as the next generation.

        `settle` says that no more commits are to follow soon: more of what is not yet in the FAISS file is put there.
        """
        with storage_errors(self.folder):
            due = self._is_due(settle)
            if not self.changed and not due:
                return
            self._drop_unused_embeddings()
            if due:
                self._fold()
            following = self.generation + 1
            self._put_meta(generation=following, updated=now())
            self._connection.commit()
            self.generation = following
            self._begin()

    def rebuild(self) -> None:
        """Make the derived files anew from what SQLite holds of each chunk, without embedding, and commit."""
        with storage_errors(self.folder):
            self._connection.execute("DELETE FROM lexical")
            rows = self._connection.execute(
                "SELECT chunks.id, title, section, text FROM chunks JOIN documents ON documents.id = document_id"
            )
            self._put_terms((row[0], chunk_terms(row[1], tuple(json.loads(row[2])), row[3])) for row in rows)
            self._make_files(build_vectors(self._connection, self.manifest), build_postings(self._connection))
            self._connection.execute("DELETE FROM removed")
        self.commit(settle=False)

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._changes_at_begin = self._connection.total_changes

    def _put_text(self, document_id: int, document: Document) -> None:
        self._connection.execute("INSERT INTO texts VALUES (?, ?)", (document_id, document.text))
        self._connection.executemany(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (document_id, block.start, block.end, block.kind.value, _json(block.section), _json(block.levels),
                 block.page, block.group)
                for block in document.blocks
            ),
        )  # fmt: skip

    def _put_chunks(self, document_id: int, title: str, chunks: Sequence[Chunk], hashes: Sequence[bytes]) -> None:
        held = []
        for chunk, key in zip(chunks, hashes, strict=True):
            cursor = self._connection.execute(
                "INSERT INTO chunks (document_id, start, end, text, section, page_first, page_last, embedding)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (document_id, chunk.start, chunk.end, chunk.text, _json(chunk.section), chunk.page_first, chunk.page_last, key),
            )
            assert cursor.lastrowid is not None
            self._moved += 1
            held.append((cursor.lastrowid, chunk_terms(title, chunk.section, chunk.text)))
        self._put_terms(held)

    def _put_terms(self, held: Iterable[tuple[int, list[str]]]) -> None:
        self._connection.executemany(
            "INSERT INTO lexical VALUES (?, ?, ?)", ((chunk_id, len(terms), encode_terms(terms)) for chunk_id, terms in held)
        )

    def _remove_where(self, condition: str, value: object) -> None:
        row = self._connection.execute(f"SELECT id FROM documents WHERE {condition}", (value,)).fetchone()
        if row is None:
            return
        chunks = self._connection.execute("SELECT id, embedding FROM chunks WHERE document_id = ?", row).fetchall()
        ids = [(chunk_id,) for chunk_id, _ in chunks]
        self._connection.execute("DELETE FROM documents WHERE id = ?", row)
        self._connection.executemany("INSERT INTO removed VALUES (?)", ids)
        self._moved += len(ids)
        self._left.update(key for _, key in chunks)

    def _drop_unused_embeddings(self) -> None:
        self._connection.executemany(
            "DELETE FROM embeddings WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE embedding = ?1)",
            ((key,) for key in self._left),
        )
        self._left.clear()

    def _is_due(self, settle: bool) -> bool:
        """Whether the derived files are damaged, or so much has come and gone that they are to be made anew."""
        chunks, share = (SETTLED_CHUNKS, SETTLED_SHARE) if settle else (RUNNING_CHUNKS, RUNNING_SHARE)
        return self._is_damaged or (settle and not self._made) or self._moved > chunks + share * self._held

    def _fold(self) -> None:
        """Put what came and went into new derived files: the last ones with the changes, or all from SQLite."""
        import numpy as np

        removed = np.array(self._connection.execute("SELECT id FROM removed ORDER BY id").fetchall(), dtype=np.int64).ravel()
        stale = removed[removed <= self._top]
        vectors = self._grown_vectors(stale)
        if vectors is None:
            stale = stale[:0]
            vectors = build_vectors(self._connection, self.manifest)
        last = self.folder / terms_file(self._made)
        postings = [Postings.load(last), *read_postings(self._connection, self._top)] if self._can_grow else None
        self._make_files(vectors, postings or build_postings(self._connection), removed)
        left = _json(stale.tolist() if not vectors.can_remove else [])
        self._connection.execute("DELETE FROM removed WHERE id NOT IN (SELECT value FROM json_each(?))", (left,))
        self._moved = self._count("removed")

    @property
    def _can_grow(self) -> bool:
        return bool(self._made) and not self._is_damaged

    def _grown_vectors(self, stale: NDArray[np.int64]) -> FaissVectors | None:
        """The last FAISS file's vectors with what came since, if it still suits; inverted lists keep what is stale."""
        if not self._can_grow:
            return None
        vectors, self._vectors = self._vectors, None
        if vectors is None:
            path = self.folder / vectors_file(self._made)
            vectors = FaissVectors.load(path, self._meta("vector_kind"), writable=True)
        if not vectors.suits(self._count("chunks"), self.manifest.vector_index):
            return None
        if vectors.can_remove:
            vectors.remove(stale)
        elif len(stale) > STALE_SHARE * len(vectors):
            return None
        vectors.add(*read_vectors(self._connection, self.manifest.dimension, above=self._top))
        return vectors

    def _make_files(self, vectors: FaissVectors, postings: Sequence[Postings], removed: NDArray[np.int64] | None = None) -> None:
        """Write the derived files, and let the transaction name them."""
        import numpy as np

        before, made = self._made, self.generation + 1
        try:
            checksum = vectors.save(self.folder / vectors_file(made))
        except RuntimeError as error:  # FAISS reports a failed allocation or write so
            raise StorageError(f"{vectors_file(made)} cannot be written: {error}", hint="Check space and permissions.") from error
        none = np.empty(0, dtype=np.int64)
        terms_checksum = merge_postings(postings, none if removed is None else removed, self.folder / terms_file(made))
        self._top = int(self._connection.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0])
        self._made, self._held, self._moved, self._is_damaged = made, len(vectors), 0, False
        self._put_meta(
            derived=made, derived_top=self._top, derived_count=self._held,
            vector_kind=vectors.kind, vector_checksum=checksum, terms_checksum=terms_checksum,
        )  # fmt: skip
        self._vectors = vectors
        self._remove_files_but(before, made)

    def _files_open(self) -> bool:
        """Whether the derived files can be read."""
        try:
            FaissVectors.load(self.folder / vectors_file(self._made), self._meta("vector_kind"))
            Postings.load(self.folder / terms_file(self._made))
        except (FileNotFoundError, IndexDamaged):
            return False
        return True

    def _remove_files_but(self, *generations: int) -> None:
        keep = {name(generation) for generation in generations for name in (vectors_file, terms_file)}
        for pattern in ("vectors-*", "terms-*"):
            for path in self.folder.glob(pattern):
                if path.name not in keep:
                    with suppress(PermissionError):  # some systems keep a file that a reader has open
                        path.unlink(missing_ok=True)

    def _count(self, rows: str, *values: object) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {rows}", values).fetchone()[0])

    def _put_meta(self, **values: object) -> None:
        rows = ((key, str(value)) for key, value in values.items())
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def _meta(self, key: str, default: str = "") -> str:
        return meta(self._connection, key, default)


def _json(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False)

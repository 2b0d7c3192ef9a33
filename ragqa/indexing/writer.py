"""The writing side of an index: one writer at a time; one SQLite transaction a commit, before it a FAISS file where one is due.

Such a commit writes the vectors to a new file, flushes it, and then commits the transaction that names it. Killed before, the
index opens at its last commit and the orphan file is removed by the next writer; killed after, the index is at the new one. Other
commits leave the FAISS file: `ragqa.indexing.dense` searches what came since beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ragqa.errors import IndexBusy, IndexDamaged, StorageError
from ragqa.indexing.database import create_database, now, open_for_writing, storage_errors
from ragqa.indexing.dense import base_file, build_base, meta, read_vectors, vectors_file
from ragqa.indexing.faiss_store import FaissVectors, choose_kind
from ragqa.indexing.index import lexical_entry
from ragqa.indexing.store import Manifest
from ragqa.paths import DATABASE
from ragqa.types import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOCK, WRITER_PID = "write.lock", "write.pid"

RUNNING_CHUNKS, RUNNING_SHARE = 20_000, 0.1
"""Chunks, and share of those in the FAISS file, that may have come and gone since it was made, while an ingest runs."""

SETTLED_CHUNKS, SETTLED_SHARE = 256, 0.01
"""The same when it has finished: what is not in the file is read from SQLite by every process that opens the index."""

STALE_SHARE = 0.2
"""Share of removed vectors from which a graph, which cannot lose any, is built anew."""


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
        self._remove_files_but(self._base_path)
        self._base: FaissVectors | None = None
        self._is_damaged = bool(self._meta("vector_base")) and not self._opens(self._base_path)
        self._top = int(self._meta("vector_top", "0"))
        self._held = int(self._meta("vector_count", "0"))
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

    def rebuild_vectors(self) -> None:
        """Make the FAISS file anew from the vectors in SQLite, without embedding, and commit."""
        with storage_errors(self.folder):
            self._save_base(*build_base(self._connection, self.manifest))
            self._connection.execute("DELETE FROM removed")
        self.commit(settle=False)

    def rebuild_lexical(self) -> None:
        """Make the lexical index anew from the stored chunks, as part of the running transaction."""
        with storage_errors(self.folder):
            self._connection.execute("DELETE FROM lexical")
            rows = self._connection.execute(
                "SELECT chunks.id, title, section, text FROM chunks JOIN documents ON documents.id = document_id"
            ).fetchall()
            self._put_lexical((row[0], row[1], tuple(json.loads(row[2])), row[3]) for row in rows)

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
        lexical = []
        for chunk, key in zip(chunks, hashes, strict=True):
            cursor = self._connection.execute(
                "INSERT INTO chunks (document_id, start, end, text, section, page_first, page_last, embedding)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (document_id, chunk.start, chunk.end, chunk.text, _json(chunk.section), chunk.page_first, chunk.page_last, key),
            )
            assert cursor.lastrowid is not None
            self._moved += 1
            lexical.append((cursor.lastrowid, title, chunk.section, chunk.text))
        self._put_lexical(lexical)

    def _put_lexical(self, entries) -> None:  # type: ignore[no-untyped-def]
        self._connection.executemany(
            "INSERT INTO lexical (rowid, heading, body) VALUES (?, ?, ?)",
            ((chunk_id, *lexical_entry(title, section, text)) for chunk_id, title, section, text in entries),
        )

    def _remove_where(self, condition: str, value: object) -> None:
        row = self._connection.execute(f"SELECT id FROM documents WHERE {condition}", (value,)).fetchone()
        if row is None:
            return
        chunks = self._connection.execute("SELECT id, embedding FROM chunks WHERE document_id = ?", row).fetchall()
        ids = [(chunk_id,) for chunk_id, _ in chunks]
        self._connection.executemany("DELETE FROM lexical WHERE rowid = ?", ids)
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

    @property
    def _base_path(self) -> Path:
        return base_file(self.folder, self._connection)

    def _is_due(self, settle: bool) -> bool:
        """Whether the FAISS file is damaged, or so much has come and gone since it was made that it is to be made anew."""
        chunks, share = (SETTLED_CHUNKS, SETTLED_SHARE) if settle else (RUNNING_CHUNKS, RUNNING_SHARE)
        never_made = settle and not self._meta("vector_base")
        return self._is_damaged or never_made or self._moved > chunks + share * self._held

    def _fold(self) -> None:
        """Make a FAISS file of the transaction's chunks: from the last one where its kind allows, otherwise from SQLite."""
        import numpy as np

        removed = np.array(self._connection.execute("SELECT id FROM removed ORDER BY id").fetchall(), dtype=np.int64).ravel()
        base = self._base or self._loaded_base()
        if base is not None and base.kind == choose_kind(self._count("chunks"), self.manifest.vector_index):
            ids, vectors = read_vectors(self._connection, self.manifest.dimension, above=self._top)
            stale = removed[removed <= self._top]
            if base.can_remove:
                base.remove(stale)
                stale = stale[:0]
            if len(stale) <= STALE_SHARE * len(base):
                base.add(ids, vectors)
                self._save_base(base, max(self._top, int(ids[-1]) if len(ids) else 0))
                self._connection.execute(
                    "DELETE FROM removed WHERE id NOT IN (SELECT value FROM json_each(?))", (_json(stale.tolist()),)
                )
                self._moved = len(stale)
                return
        self._base = base = None  # gives its memory back before the next one is made
        self._save_base(*build_base(self._connection, self.manifest))
        self._connection.execute("DELETE FROM removed")

    def _loaded_base(self) -> FaissVectors | None:
        if self._is_damaged or not self._meta("vector_base"):
            return None
        return FaissVectors.load(self._base_path, self._meta("vector_kind"), writable=True)

    def _opens(self, path: Path) -> bool:
        try:
            FaissVectors.load(path, self._meta("vector_kind"))
        except (FileNotFoundError, IndexDamaged):
            return False
        return True

    def _save_base(self, base: FaissVectors, top: int) -> None:
        """Write the file, and let the transaction name it."""
        before, path = self._base_path, self.folder / vectors_file(self.generation + 1)
        try:
            checksum = base.save(path)
        except RuntimeError as error:  # FAISS reports a failed allocation or write so
            raise StorageError(f"{path} cannot be written: {error}", hint="Check space and permissions.") from error
        self._put_meta(
            vector_base=self.generation + 1,
            vector_top=top,
            vector_count=len(base),
            vector_kind=base.kind,
            vector_checksum=checksum,
        )
        self._base, self._top, self._held, self._moved, self._is_damaged = base, top, len(base), 0, False
        self._remove_files_but(before, path)

    def _remove_files_but(self, *keep: Path) -> None:
        for path in [*self.folder.glob("vectors-*.faiss"), *self.folder.glob("vectors-*.tmp")]:
            if path not in keep:
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

"""The writing side of an index: one writer at a time, one SQLite transaction a commit, the derived FAISS file before it.

A commit writes the vectors of the next generation to a new file, flushes it, and then commits the transaction that names that
generation. Killed before, the index opens at its last commit and the orphan file is removed by the next writer; killed after,
the index is at the new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ragqa.errors import IndexBusy, IndexDamaged, StorageError
from ragqa.indexing.database import create_database, now, open_for_writing, storage_errors
from ragqa.indexing.faiss_store import FaissVectors, choose_kind
from ragqa.indexing.index import build_vectors, lexical_entry, vectors_file
from ragqa.indexing.store import Manifest
from ragqa.paths import DATABASE
from ragqa.types import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOCK, WRITER_PID = "write.lock", "write.pid"


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
        self._remove_files_but(self.generation)
        try:
            kind = self._meta("vector_kind")
            self._vectors = FaissVectors.load(self.folder / vectors_file(self.generation), kind)
        except (FileNotFoundError, IndexDamaged):
            self._vectors = build_vectors(self._connection, self.manifest)
        self._new_ids: list[int] = []
        self._gone_ids: list[int] = []
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

    def commit(self) -> None:
        """Make everything since the last commit durable and visible to readers, as the next generation."""
        with storage_errors(self.folder):
            if not self.changed and (self.folder / vectors_file(self.generation)).is_file():
                return
            if self._gone_ids:
                self._connection.execute("DELETE FROM embeddings WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE embedding = hash)")
            self._update_vectors()
            following = self.generation + 1
            path = self.folder / vectors_file(following)
            try:
                checksum = self._vectors.save(path)
            except RuntimeError as error:  # FAISS reports a failed allocation or write so
                raise StorageError(f"{path} cannot be written: {error}", hint="Check space and permissions.") from error
            meta = {
                "generation": str(following),
                "vector_kind": self._vectors.kind,
                "vector_checksum": checksum,
                "updated": now(),
            }
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
            self._connection.commit()
            previous, self.generation = self.generation, following
            self._remove_files_but(previous, following)
            self._begin()

    def rebuild_vectors(self) -> None:
        """Make the FAISS file anew from the vectors in SQLite, without embedding, and commit."""
        with storage_errors(self.folder):
            self._vectors = build_vectors(self._connection, self.manifest)
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('rebuilt', ?)", (now(),))
        self.commit()

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
            self._new_ids.append(cursor.lastrowid)
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
        ids = [chunk[0] for chunk in self._connection.execute("SELECT id FROM chunks WHERE document_id = ?", row)]
        self._connection.executemany("DELETE FROM lexical WHERE rowid = ?", ((chunk_id,) for chunk_id in ids))
        self._connection.execute("DELETE FROM documents WHERE id = ?", row)
        self._gone_ids.extend(ids)

    def _update_vectors(self) -> None:
        """Bring FAISS up to the transaction's chunks: in place where its kind allows, otherwise from SQLite."""
        import numpy as np

        gone = set(self._gone_ids)
        new_ids = [chunk_id for chunk_id in self._new_ids if chunk_id not in gone]
        old_gone = gone.difference(self._new_ids)
        wanted = choose_kind(len(self._vectors) + len(new_ids) - len(old_gone), self.manifest.vector_index)
        outgrown = self._vectors.kind == "flat" != wanted
        if outgrown or (old_gone and not self._vectors.can_remove):
            self._vectors = build_vectors(self._connection, self.manifest)
        else:
            self._vectors.remove(np.array(sorted(old_gone), dtype=np.int64))
            for first in range(0, len(new_ids), 10_000):
                part = new_ids[first : first + 10_000]
                self._vectors.add(np.array(part, dtype=np.int64), self._stored_vectors(part))
        self._new_ids, self._gone_ids = [], []

    def _stored_vectors(self, ids: list[int]) -> NDArray[np.float32]:
        import numpy as np

        rows = self._connection.execute(
            "SELECT vector FROM json_each(?) JOIN chunks ON chunks.id = value JOIN embeddings ON hash = embedding"
            " ORDER BY json_each.id",
            (json.dumps(ids),),
        ).fetchall()
        return np.frombuffer(b"".join(row[0] for row in rows), dtype=np.float16).reshape(len(ids), -1).astype(np.float32)

    def _remove_files_but(self, *generations: int) -> None:
        keep = {vectors_file(generation) for generation in generations}
        for path in [*self.folder.glob("vectors-*.faiss"), *self.folder.glob("vectors-*.tmp")]:
            if path.name not in keep:
                path.unlink(missing_ok=True)

    def _meta(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""


def _json(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False)

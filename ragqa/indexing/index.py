"""An index opened for reading: documents, blocks, chunks, and the searches, each thread over one committed generation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from ragqa.errors import BackendLost, IndexMismatch, IndexReembedded
from ragqa.files import storage_errors
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import lacking_chunks
from ragqa.indexing.embedding import embedded_texts
from ragqa.indexing.keys import documents_called, documents_like, languages
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.meantime import Meantime
from ragqa.indexing.metadata import Labels
from ragqa.indexing.notes import Notes
from ragqa.indexing.rows import CHUNK_COLUMNS, DOCUMENT_COLUMNS, StoredChunk, StoredDocument, block_of, chunk_of, document_of
from ragqa.indexing.search.backend import EVERYWHERE, Scored, SearchBackend, Where
from ragqa.indexing.search.dense import read_vectors
from ragqa.indexing.search.opening import open_chosen
from ragqa.indexing.search.thread_backends import OpenBackend, ThreadBackends
from ragqa.indexing.texts import text_of, whole_text_of
from ragqa.inference.embedder import Embedder
from ragqa.metadata import Wanted
from ragqa.types import Block, Coverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Index", "StoredChunk", "StoredDocument"]

Found = TypeVar("Found", Scored, tuple[Scored, Scored])

FAR = 2**31 - 1
"""An offset behind the end of every text."""


class Index:
    """Reads one index. Inside `snapshot()` everything comes from the same commit, whatever a writer does meanwhile.

    `notes` are what it says of itself, `labels` what its documents are labelled with, `connections` those that it reads over, for
    what reads or searches beside it.

    Threads may share an Index, and none waits for another: each reads over a connection of its own, which it opens when it first
    reads and which is closed when it ends, and is in no snapshot but its own. What is searched is shared and never changed; it is
    opened at the first search, and brought up to a new generation at the first one after that was committed, while other threads
    that search the new generation wait. After `close` whatever is asked raises IndexClosed, also within a snapshot that a thread
    holds; a read that is under way is finished first.

    Raises IndexMissing, IndexDamaged, IndexMismatch or StorageError when it is opened, IndexClosed, IndexDamaged or StorageError
    later on.
    """

    def __init__(self, folder: Path, open_backend: OpenBackend = open_chosen) -> None:
        self.folder = folder
        self.name = folder.name
        self.connections = Connections(folder)
        self.notes = Notes(self.connections)
        self.labels = Labels(self.connections, self.notes)
        try:
            self._described = self.notes.descriptions
            self.manifest = Manifest.from_json(self._described[0])
        except BaseException:
            self.connections.close()
            raise
        self._backends = ThreadBackends(self.connections, self.manifest, open_backend)
        self._meantime = Meantime()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index's files, as soon as the reads under way in other threads have ended; waits for none of them."""
        self.connections.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold, for the calling thread, the committed state of its first read in here; may be entered again within."""
        with self.connection() as connection:
            if connection.in_transaction:
                yield
                return
            with storage_errors(self.folder):
                connection.execute("BEGIN")
            try:
                yield
            finally:
                self._backends.let_go()
                with storage_errors(self.folder):
                    connection.rollback()

    def connection(self) -> AbstractContextManager[sqlite3.Connection]:
        """The calling thread's connection, to be used here and now: for reads that have no method below."""
        return self.connections.use()

    @property
    def generation(self) -> int:
        """The number of the last commit, which whatever is read in one snapshot is of."""
        return self.notes.generation

    def was_made_anew(self) -> bool:
        """Whether the index was removed, or removed and made anew, since it was opened: open it again. What reads it already goes
        on with what was there. Raises StorageError."""
        return self.connections.is_another_file()

    def was_reembedded(self) -> bool:
        """Whether the vectors are another embedder's by now than they were when the index was opened, or what it is searched by
        is elsewhere, or it is another index altogether: open it again."""
        return self.notes.descriptions != self._described

    def documents(self) -> list[StoredDocument]:
        """Every document, by path."""
        return [document_of(row) for row in self.connections.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents ORDER BY path")]

    def document(self, document_id: int) -> StoredDocument | None:
        """The document of an id; None where there is none."""
        rows = self.connections.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        return document_of(rows[0]) if rows else None

    def document_at(self, path: str) -> StoredDocument | None:
        """The document with this very path; None where there is none."""
        rows = self.connections.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE path = ?", (path,))
        return document_of(rows[0]) if rows else None

    def document_called(self, name: str) -> StoredDocument | None:
        """The first document, by path, that has this path, or whose path ends with it after a slash; case does not matter."""
        with self.snapshot(), self.connection() as connection, storage_errors(self.folder):
            found = documents_called(connection, name, self.notes.has_keys)
            named = [one for one in map(self.document, found) if one is not None]
        return min(named, key=lambda one: one.path, default=None)

    def names(self) -> list[tuple[int, str, str, str]]:
        """Id, path, title and language of every document, by id."""
        return self.connections.rows("SELECT id, path, title, language FROM documents ORDER BY id")

    def documents_of(self, chunks: Iterable[int]) -> dict[int, int]:
        """The ids of the documents that these chunks are of, by chunk id."""
        query = "SELECT id, document_id FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self.connections.rows(query, (_json_ids(chunks),)))

    def first_places(self, chunks: Iterable[int]) -> dict[int, int]:
        """Where the first of these chunks begins in each document that they are of, by the document's id."""
        query = "SELECT document_id, min(start) FROM chunks WHERE id IN (SELECT value FROM json_each(?)) GROUP BY document_id"
        return dict(self.connections.rows(query, (_json_ids(chunks),)))

    def languages(self) -> list[str]:
        """The codes of the languages that the documents are written in."""
        with self.connection() as connection, storage_errors(self.folder):
            return languages(connection)

    def count_documents(self) -> int:
        return int(self.connections.rows("SELECT count(*) FROM documents")[0][0])

    def count_chunks(self) -> int:
        return int(self.connections.rows("SELECT count(*) FROM chunks")[0][0])

    def text(self, document_id: int, start: int = 0, end: int | None = None) -> str:
        """A document's text between two character offsets."""
        with self.snapshot(), self.connection() as connection, storage_errors(self.folder):
            read = text_of if self.notes.has_keys else whole_text_of
            return read(connection, document_id, max(start, 0), FAR if end is None else end)

    def blocks(self, document_id: int, start: int, end: int) -> list[Block]:
        """A document's blocks that overlap the offsets start..end, in order."""
        first = "SELECT max(start) FROM blocks WHERE document_id = ?1 AND start <= ?2"  # they are in order and do not overlap
        rows = self.connections.rows(
            f"SELECT * FROM blocks WHERE document_id = ?1 AND start >= coalesce(({first}), 0) AND start < ?3 AND end > ?2"
            " ORDER BY start",
            (document_id, start, end),
        )
        return [block_of(row) for row in rows]

    def group(self, document_id: int, group: int, near: int, reach: int = 20_000) -> list[Block]:
        """The blocks of one list, table or warning, looked for within `reach` characters around the offset `near`."""
        return [block for block in self.blocks(document_id, near - reach, near + reach) if block.group == group]

    def chunks(self, ids: Iterable[int]) -> dict[int, StoredChunk]:
        """The chunks of these ids, by id."""
        return {chunk.id: chunk for chunk in self._chunks("chunks.id IN (SELECT value FROM json_each(?))", _json_ids(ids))}

    def document_chunks(self, document_id: int, start: int = 0, end: int = FAR) -> list[StoredChunk]:
        """One document's chunks that overlap the offsets start..end, in order."""
        before = (  # chunks overlap, but both their starts and their ends are in order
            "SELECT start FROM chunks WHERE document_id = ?1 AND start < ?2 AND end <= ?2 ORDER BY start DESC LIMIT 1"
        )
        return list(
            self._chunks(
                f"document_id = ?1 AND start > coalesce(({before}), -1) AND start < ?3 AND end > ?2 ORDER BY start",
                document_id, start, end,
            )
        )  # fmt: skip

    def where(self, document_glob: str | None = None, section: str | None = None, metadata: Wanted = ()) -> Where:
        """What may be found, for a search in the same snapshot.

        `document_glob` is a document's path, or a glob that is matched with the documents' paths, without regard to case, also at
        any folder depth; `section` must occur in a heading over the chunk, without regard to case either. Of `metadata` its
        document must have, of every key, one of the values.
        """
        if document_glob is None and not metadata:
            return Where(section=section)
        with self.snapshot(), self.connection() as connection, storage_errors(self.folder):
            found: list[frozenset[int]] = []
            if document_glob is not None:
                found.append(documents_like(connection, document_glob, self.notes.has_keys))
            if metadata:
                found.append(self.labels.documents_with(metadata))
            return Where(frozenset.intersection(*found), section)

    def search_dense(self, query: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        """The ids and cosine similarities of the `k` chunks nearest to a normalised query vector, best first.

        Raises IndexMismatch for a vector of another length than the index's, as an imported manifest may say it.
        """
        self._refuse_other_length(query)
        return self._searched(lambda backend: backend.dense(query, k, where))

    def search_lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        """The ids and BM25 scores (larger is better) of the `k` chunks that hold the terms best; any one term suffices."""
        return self._searched(lambda backend: backend.lexical(terms, k, where))

    def search_both(
        self, query: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE
    ) -> tuple[Scored, Scored]:
        """What `search_dense` and `search_lexical` find, asked for at once; raises what they do."""
        self._refuse_other_length(query)
        return self._searched(lambda backend: backend.both(query, terms, k, where))

    def backend(self) -> SearchBackend:
        """What is searched at the generation of the calling thread's snapshot, made ready where it was not yet."""
        with self.snapshot(), self.connection() as connection, storage_errors(self.folder):
            held = self._backends.held
            if held is not None:
                return held
            if self.was_reembedded():  # questions embedded as before would be looked for among other vectors
                raise IndexReembedded(f"index '{self.name}' has been given other vectors meanwhile", hint="Ask again.")
            return self._backends.hold(connection)

    def search_words_alone(self, reason: str) -> None:
        """Let the rest of the calling thread's snapshot be searched by the words in the index's own folder, for a reason."""
        with self.connection() as connection, storage_errors(self.folder):
            self._backends.hold_words(connection, reason)

    @property
    def words_alone(self) -> str:
        """Why the calling thread's snapshot is searched by words alone; empty where it is not."""
        return self._backends.words_alone

    def _refuse_other_length(self, query: NDArray[np.float32]) -> None:
        if len(query) != self.manifest.dimension:
            told = f"index '{self.name}' has vectors of {self.manifest.dimension} numbers, its embedder makes {len(query)}"
            raise IndexMismatch(told, hint=f"Make it anew: ragqa index rm {self.name} and ingest again.")

    def _searched(self, search: Callable[[SearchBackend], Found]) -> Found:
        """What a search finds; once more over a backend opened anew where the one that was known is there no more."""
        with self.snapshot(), storage_errors(self.folder):
            try:
                return search(self.backend())
            except BackendLost:
                self._backends.forget()
                return search(self.backend())

    def embeddings(self, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """The stored vectors of those of these chunks that have one, by chunk id."""
        import numpy as np

        rows = self.connections.rows(
            "SELECT chunks.id, vector FROM chunks JOIN embeddings ON hash = embedding"
            " WHERE chunks.id IN (SELECT value FROM json_each(?)) AND vector <> x''",
            (_json_ids(ids),),
        )
        return {row[0]: np.frombuffer(row[1], dtype=np.float16).astype(np.float32) for row in rows}

    def embeddings_meantime(self, ids: Sequence[int], embedder: Embedder) -> dict[int, NDArray[np.float32]]:
        """Vectors of chunks that have none yet, by chunk id: made now by the index's embedder, or lately. Raises ModelError."""
        with self.connection() as connection, storage_errors(self.folder):
            texts = embedded_texts(connection, ids, self.manifest, embedder.count_tokens)
        return self._meantime.vectors(texts, embedder)

    def stored_vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The id of every chunk that has a vector, shape (n,), and that as SQLite holds it, shape (n, dimension), by id."""
        with self.connection() as connection, storage_errors(self.folder):
            return read_vectors(connection, self.manifest.dimension)

    def count_vectors(self) -> int:
        """How many distinct texts were embedded."""
        return int(self.connections.rows("SELECT count(*) FROM embeddings WHERE vector <> x''")[0][0])

    def embedded(self) -> Coverage:
        """How many chunks have a vector."""
        with self.snapshot(), self.connection() as connection, storage_errors(self.folder):
            total = self.count_chunks()
            return Coverage(total - lacking_chunks(connection), total)

    def partly_embedded(self) -> Coverage | None:
        """How many chunks have a vector where not all do; None where all do, which costs hardly anything to tell."""
        return self.embedded() if int(self.notes.get("lacking", "0")) else None

    def _chunks(self, condition: str, *values: object) -> Iterator[StoredChunk]:
        rows = self.connections.rows(
            f"SELECT {CHUNK_COLUMNS} FROM chunks JOIN documents ON documents.id = document_id WHERE {condition}", values
        )
        return map(chunk_of, rows)


def _json_ids(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))

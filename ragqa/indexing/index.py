"""An index opened for reading: documents, chunks, and the dense and lexical searches over one committed generation."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ragqa.errors import IndexDamaged
from ragqa.files import storage_errors
from ragqa.indexing.database import open_for_reading
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.bm25 import LexicalSearch
from ragqa.indexing.search.dense import DenseVectors, read_vectors
from ragqa.indexing.search.derived import derived_generation, open_terms, open_vectors, terms_file, vectors_file
from ragqa.text.analysis import index_terms
from ragqa.types import Block, BlockKind, Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's row, without its text."""

    id: int
    source: bytes
    path: str
    title: str
    sha256: str
    parser: str
    pages: int | None
    characters: int
    warnings: tuple[str, ...]
    ingested_at: str
    language: str


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk's row with its document's path, title and language."""

    id: int
    document_id: int
    document: str
    title: str
    chunk: Chunk
    language: str


@dataclass(frozen=True, slots=True)
class _Derived:
    """What is searched, at a generation, from the files that the generation `made` made."""

    made: int
    generation: int
    vectors: DenseVectors
    terms: LexicalSearch


class Index:
    """Reads one index. Inside `snapshot()` everything comes from the same commit, whatever a writer does meanwhile.

    The vectors are opened at the first dense search, and brought up to a new generation at the first one after it. One Index may
    be shared by threads: calls wait for each other.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self._lock = threading.RLock()
        self._connection = open_for_reading(folder)
        self.manifest = Manifest.from_json(self._meta("manifest"))
        self._opened: _Derived | None = None

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one committed state for a question's whole way."""
        with self._lock, storage_errors(self.folder):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.rollback()

    @property
    def generation(self) -> int:
        return int(self._meta("generation"))

    @property
    def updated(self) -> str:
        """When the last commit was made, in UTC."""
        return self._meta("updated")

    @property
    def vector_kind(self) -> str:
        """flat or ivf; empty before the first commit."""
        return self._meta("vector_kind", "")

    @property
    def derived(self) -> dict[Path, str]:
        """The files that are searched, and the SHA-256 that each was committed with; none before they were first made."""
        made = derived_generation(self._connection)
        checksums = {vectors_file(made): self._meta("vector_checksum", ""), terms_file(made): self._meta("terms_checksum", "")}
        return {self.folder / name: checksum for name, checksum in checksums.items()} if made else {}

    def documents(self) -> list[StoredDocument]:
        """Every document, by path."""
        rows = self._rows(
            "SELECT id, source, path, title, sha256, parser, pages, characters, warnings, ingested_at, language"
            " FROM documents ORDER BY path"
        )
        return [StoredDocument(*(*row[:8], tuple(json.loads(row[8])), *row[9:])) for row in rows]

    def languages(self) -> list[str]:
        """The codes of the languages that the documents are written in."""
        return [row[0] for row in self._rows("SELECT DISTINCT language FROM documents ORDER BY language")]

    def count_chunks(self) -> int:
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    def chunk_counts(self) -> dict[int, int]:
        """How many chunks each document has, by its id."""
        return dict(self._rows("SELECT document_id, count(*) FROM chunks GROUP BY document_id"))

    def text_length(self, document_id: int) -> int | None:
        """A document's length in characters; None when there is no such document."""
        rows = self._rows("SELECT characters FROM documents WHERE id = ?", (document_id,))
        return int(rows[0][0]) if rows else None

    def text(self, document_id: int, start: int = 0, end: int | None = None) -> str:
        """A document's text between two character offsets."""
        length = 2**31 - 1 if end is None else end - start
        rows = self._rows("SELECT substr(text, ?, ?) FROM texts WHERE document_id = ?", (start + 1, length, document_id))
        return str(rows[0][0]) if rows else ""

    def blocks(self, document_id: int, start: int, end: int) -> list[Block]:
        """A document's blocks that overlap the offsets start..end, in order."""
        rows = self._rows(
            'SELECT kind, start, end, section, levels, page, "group" FROM blocks'
            " WHERE document_id = ? AND start < ? AND end > ? ORDER BY start",
            (document_id, end, start),
        )
        return [_block(row) for row in rows]

    def group(self, document_id: int, group: int, near: int, reach: int = 20_000) -> list[Block]:
        """The blocks of one list, table or warning, looked for within `reach` characters around the offset `near`."""
        return [block for block in self.blocks(document_id, near - reach, near + reach) if block.group == group]

    def chunks(self, ids: Iterable[int]) -> dict[int, StoredChunk]:
        """The chunks of these ids, by id."""
        return {chunk.id: chunk for chunk in self._chunks("chunks.id IN (SELECT value FROM json_each(?))", _json_ids(ids))}

    def document_chunks(self, document_id: int, start: int = 0, end: int = 2**31) -> list[StoredChunk]:
        """One document's chunks that overlap the offsets start..end, in order."""
        return list(self._chunks("document_id = ? AND start < ? AND end > ? ORDER BY start", document_id, end, start))

    def chunk_ids(self, document_glob: str | None = None, section: str | None = None) -> NDArray[np.int64] | None:
        """The ids of the chunks that filters leave, None when there is no filter.

        `document_glob` is matched with the document's path without regard to case, also at any folder depth; `section` must
        occur in a heading of its path, without regard to case either.
        """
        import numpy as np

        if document_glob is None and section is None:
            return None
        conditions, values = [], []
        if document_glob is not None:
            folded = document_glob.casefold()
            matching = [row.id for row in self.documents() if _matches(row.path.casefold(), folded)]
            conditions.append("document_id IN (SELECT value FROM json_each(?))")
            values.append(_json_ids(matching))
        if section is not None:
            wanted = section.casefold()
            paths = [row[0] for row in self._rows("SELECT DISTINCT section FROM chunks")]
            within = [path for path in paths if any(wanted in heading.casefold() for heading in json.loads(path))]
            conditions.append("section IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(within))
        rows = self._rows(f"SELECT id FROM chunks WHERE {' AND '.join(conditions)} ORDER BY id", values)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def search_dense(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The ids and cosine similarities of the `k` chunks nearest to a normalised query vector, best first."""
        with self.snapshot():
            ids, scores = self.vectors().search(query, k, allowed)
        return list(zip(ids.tolist(), scores.tolist(), strict=True))

    def search_lexical(self, terms: list[str], k: int, allowed: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """The ids and BM25 scores (larger is better) of the `k` chunks that hold the terms best; any one term suffices."""
        with self.snapshot():
            return self._derived().terms.search(terms, k, allowed)

    def embeddings(self, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """The stored vectors of these chunks, by chunk id."""
        import numpy as np

        rows = self._rows(
            "SELECT chunks.id, vector FROM chunks JOIN embeddings ON hash = embedding"
            " WHERE chunks.id IN (SELECT value FROM json_each(?))",
            (_json_ids(ids),),
        )
        return {row[0]: np.frombuffer(row[1], dtype=np.float16).astype(np.float32) for row in rows}

    def vectors(self) -> DenseVectors:
        """The vectors of the current generation."""
        with self.snapshot():
            return self._derived().vectors

    def terms(self) -> LexicalSearch:
        """The terms of the current generation."""
        with self.snapshot():
            return self._derived().terms

    def _derived(self) -> _Derived:
        """What is searched, brought up to the current generation; of its files only what is searched is read."""
        generation, made = self.generation, derived_generation(self._connection)
        if self._opened is None or self._opened.made != made:
            vectors = open_vectors(self.folder, self._connection, self.manifest)
            self._opened = _Derived(made, generation, vectors, open_terms(self.folder, self._connection))
        elif self._opened.generation != generation:
            self._opened.vectors.catch_up(self._connection)
            self._opened.terms.catch_up(self._connection)
            self._opened = replace(self._opened, generation=generation)
        return self._opened

    def stored_vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Every chunk's id, shape (n,), and its vector as SQLite holds it, shape (n, dimension), by id."""
        with self._lock:
            return read_vectors(self._connection, self.manifest.dimension)

    def integrity(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty when nothing."""
        rows = self._rows("PRAGMA integrity_check(20)") + self._rows("PRAGMA foreign_key_check")
        return [str(row) if len(row) > 1 else str(row[0]) for row in rows if row != ("ok",)]

    def orphans(self) -> dict[str, int]:
        """Counts of rows that lack their counterpart; all are 0 in a sound index."""
        counts = {
            "chunks without a vector": "chunks WHERE embedding NOT IN (SELECT hash FROM embeddings)",
            "chunks without a lexical entry": "chunks WHERE id NOT IN (SELECT id FROM lexical)",
            "lexical entries without a chunk": "lexical WHERE id NOT IN (SELECT id FROM chunks)",
            "documents without text": "documents WHERE id NOT IN (SELECT document_id FROM texts)",
            "vectors that no chunk uses": "embeddings WHERE hash NOT IN (SELECT embedding FROM chunks)",
            "vectors of the wrong size": f"embeddings WHERE length(vector) <> {2 * self.manifest.dimension}",
        }
        return {what: int(self._rows(f"SELECT count(*) FROM {rows}")[0][0]) for what, rows in counts.items()}

    def count_vectors(self) -> int:
        """How many distinct texts were embedded."""
        return int(self._rows("SELECT count(*) FROM embeddings")[0][0])

    def back_up(self, target: Path) -> None:
        """Copy the last commit's database to a file."""
        with self._lock, storage_errors(target):
            target.unlink(missing_ok=True)
            copy = sqlite3.connect(target)
            self._connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.close()

    def _meta(self, key: str, default: str | None = None) -> str:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        if not rows and default is None:
            raise IndexDamaged(f"index '{self.name}' has no {key}", hint=f"ragqa index rm {self.name}, then ingest again.")
        return str(rows[0][0]) if rows else str(default)

    def _chunks(self, condition: str, *values: object) -> Iterator[StoredChunk]:
        rows = self._rows(
            "SELECT chunks.id, document_id, path, title, text, start, end, section, page_first, page_last, language"
            f" FROM chunks JOIN documents ON documents.id = document_id WHERE {condition}",
            values,
        )
        for row in rows:
            chunk = Chunk(row[4], row[5], row[6], tuple(json.loads(row[7])), row[8], row[9])
            yield StoredChunk(row[0], row[1], row[2], row[3], chunk, row[10])

    def _rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, storage_errors(self.folder):
            return self._connection.execute(query, tuple(values)).fetchall()


def chunk_terms(title: str, section: tuple[str, ...], text: str, language: str) -> list[str]:
    """What the lexical search knows of a chunk: the terms of its document's title, its heading path and its text, as that
    document's language makes them."""
    return [*index_terms(" ".join((title, *section)), language), *index_terms(text, language)]


def _block(row: tuple[Any, ...]) -> Block:
    kind, start, end, section, levels, page, group = row
    return Block(BlockKind(kind), start, end, tuple(json.loads(section)), tuple(json.loads(levels)), page, group)


def _json_ids(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))


def _matches(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")

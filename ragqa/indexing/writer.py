"""The writing side of an index: one writer at a time; one SQLite transaction a commit, before it new derived files where due.

Such a commit writes vectors and postings to new files, flushes them, and then commits the transaction that names them. Killed
before, the index opens at its last commit and the orphans are removed by the next writer; killed after, the index is at the new
one. Other commits leave the files: what came since is searched beside them. So a commit costs what it changes, not what the
index holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

from ragqa.chunking import CountTokens
from ragqa.files import now, storage_errors
from ragqa.indexing.database import close_writing, create_database, meta, open_for_writing, put_meta
from ragqa.indexing.embedding import EmbeddedText, embedded_texts
from ragqa.indexing.keys import chunk_terms, drop_sections, put_names, put_sections
from ragqa.indexing.lineage import forget_marks, put_mark
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.metadata import put_metadata, stored_metadata
from ragqa.indexing.search.choice import EMBEDDED, choice_of
from ragqa.indexing.search.derived import DerivedFiles
from ragqa.indexing.search.postings import encode_terms
from ragqa.indexing.texts import put_text
from ragqa.indexing.told import told_in_chunks
from ragqa.paths import DATABASE
from ragqa.types import Chunk, Document, Metadata, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_VECTORS: Mapping[bytes, NDArray[np.float32]] = MappingProxyType({})
"""What an ingest brings first: words."""


REBUILT_AT_ONCE = 1_000
"""Chunks whose words are analysed anew between two steps that are told."""


class IndexWriter:
    """Changes an index. Use as a context manager; what was not committed on leaving is dropped.

    One thread at a time may use it. Readers, in any thread or process, go on beside it and see whole commits.

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
            try:
                with storage_errors(self.folder):
                    self._open()
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            with storage_errors(self.folder):
                close_writing(self._connection)
        finally:
            self._lock.__exit__(None, None, None)

    def _open(self) -> None:
        stored = Manifest.from_json(self._meta("manifest"))
        stored.refuse_mismatch(self.manifest, self.folder.name)
        self.generation = int(self._meta("generation"))
        self._derived = DerivedFiles(self.folder, self._connection, self.manifest)
        self._left: set[bytes] = set()
        self._left_sections: set[str] = set()
        self._begin()

    @property
    def changed(self) -> bool:
        """Whether there is anything to commit."""
        return self._connection.total_changes != self._changes_at_begin

    def known_embeddings(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the hashes whose text has a vector."""
        known: set[bytes] = set()
        for first in range(0, len(hashes), 500):
            part = hashes[first : first + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT hash FROM embeddings WHERE hash IN ({marks}) AND vector <> x''"
            known.update(row[0] for row in self._connection.execute(query, part))
        return known

    def vectors_of(self, document_id: int) -> frozenset[bytes]:
        """The hashes of a document's texts that have vectors."""
        query = "SELECT hash FROM chunks JOIN embeddings ON hash = embedding WHERE document_id = ? AND vector <> x''"
        with storage_errors(self.folder):
            return frozenset(row[0] for row in self._connection.execute(query, (document_id,)))

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
        new_vectors: Mapping[bytes, NDArray[np.floating]] = NO_VECTORS,
    ) -> int:
        """Add a document, or replace the one of the same source, with its chunks, and return its id.

        `hashes` name the embedded text of each chunk; `new_vectors` are as for `put_vectors`. A document keeps the metadata of
        the one that it replaces.
        """
        with storage_errors(self.folder):
            metadata = self._remove_where("source = ?", source)
            cursor = self._connection.execute(
                "INSERT INTO documents (source, path, title, sha256, size, mtime_ns, parser, pages, language, characters,"
                " warnings, ingested_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (source, document.path, document.title, sha256, size, mtime_ns, parser, document.pages, document.language,
                 len(document.text), json.dumps(document.warnings), now()),
            )  # fmt: skip
            assert cursor.lastrowid is not None
            self._put_text(cursor.lastrowid, document)
            put_names(self._connection, cursor.lastrowid, document.path, document.title, document.language)
            put_metadata(self._connection, cursor.lastrowid, metadata)
            self._connection.executemany("INSERT OR IGNORE INTO embeddings VALUES (?, x'')", ((key,) for key in hashes))
            self._put_chunks(cursor.lastrowid, document, chunks, hashes)
            self.put_vectors(new_vectors)
            return cursor.lastrowid

    def put_vectors(self, vectors: Mapping[bytes, NDArray[np.floating]]) -> None:
        """Give texts that have none their vectors, each of shape (dimension,); a text that no chunk has is passed over."""
        with storage_errors(self.folder):
            for key, vector in vectors.items():
                made = vector.astype("float16").tobytes()
                given = self._connection.execute("UPDATE embeddings SET vector = ? WHERE hash = ? AND vector = x''", (made, key))
                if not given.rowcount:  # it has its vector: its chunks are searched by it already
                    continue
                came_later = self._connection.execute(
                    "INSERT OR REPLACE INTO arrived SELECT id, ? FROM chunks WHERE embedding = ? AND id <= ?",
                    (self.generation + 1, key, self._newest),
                )
                self._derived.moved += came_later.rowcount

    def lacking(self, document: str | None = None) -> list[int]:
        """A chunk of each text that lacks its vector, ascending; those of one document, by its path, where given."""
        of_one = (
            "chunks CROSS JOIN embeddings ON hash = embedding WHERE document_id = (SELECT id FROM documents WHERE path = ?) AND"
        )
        of_all, values = "embeddings CROSS JOIN chunks ON embedding = hash WHERE", () if document is None else (document,)
        query = f"SELECT min(id) FROM {of_all if document is None else of_one} vector = x'' GROUP BY hash ORDER BY 1"
        with storage_errors(self.folder):
            return [row[0] for row in self._connection.execute(query, values)]

    def texts(self, chunks: Sequence[int], count_tokens: CountTokens) -> list[EmbeddedText]:
        """What is embedded for those of these chunks that lack a vector still."""
        with storage_errors(self.folder):
            found = embedded_texts(self._connection, chunks, self.manifest, count_tokens)
            known = self.known_embeddings([one.hash for one in found])
        return [one for one in found if one.hash not in known]

    def count_texts(self) -> int:
        """How many distinct texts the chunks have."""
        with storage_errors(self.folder):
            return int(self._connection.execute("SELECT count(DISTINCT embedding) FROM chunks").fetchone()[0])

    def rename_document(self, document_id: int, source: bytes, path: str, mtime_ns: int) -> None:
        """Note a document's new place; its chunks stay as they are."""
        with storage_errors(self.folder):
            self._connection.execute(
                "UPDATE documents SET source = ?, path = ?, mtime_ns = ? WHERE id = ?", (source, path, mtime_ns, document_id)
            )
            row = self._connection.execute("SELECT title, language FROM documents WHERE id = ?", (document_id,)).fetchone()
            if row is not None:
                put_names(self._connection, document_id, path, *row)

    def put_metadata(self, document_id: int, metadata: Metadata) -> bool:
        """Give a document these values of these keys, as `ragqa.indexing.metadata.put_metadata` says; False: it has them."""
        with storage_errors(self.folder):
            return put_metadata(self._connection, document_id, metadata)

    def remove_document(self, document_id: int) -> Metadata:
        """Take a document and its chunks out, and return what it was labelled with."""
        with storage_errors(self.folder):
            return self._remove_where("id = ?", document_id)

    def commit(self, settle: bool = True) -> None:
        """Make everything since the last commit durable and visible to readers, as the next generation.

        `settle` says that no more commits are to follow soon: more of what is not yet in the derived files is put there.
        """
        with storage_errors(self.folder):
            due = self._derived.are_due(settle)
            if not self.changed and not due:
                return
            self._drop_unused()
            following = self.generation + 1
            put_meta(self._connection, lacking=self._count_lacking())
            if due:
                self._derived.renew(following)
            put_meta(self._connection, generation=following, updated=now())
            if choice_of(self._connection) != EMBEDDED:
                put_mark(self._connection, following)
            self._connection.commit()
            self.generation = following
            self._begin()

    def rebuild(self, progress: Callable[[Progress], None] = lambda step: None) -> None:
        """Make the derived files anew from what SQLite holds of each chunk, without embedding, and commit."""
        with storage_errors(self.folder):
            chunks = int(self._connection.execute("SELECT count(*) FROM chunks").fetchone()[0])
            tell = told_in_chunks("rebuild", 2 * chunks, progress)  # each is gone through for its words, and for its vector
            self._connection.execute("DELETE FROM lexical")
            rows = self._connection.execute(
                "SELECT chunks.id, title, section, text, language FROM chunks JOIN documents ON documents.id = document_id"
            )
            while some := rows.fetchmany(REBUILT_AT_ONCE):
                self._put_terms((row[0], chunk_terms(row[1], tuple(json.loads(row[2])), *row[3:])) for row in some)
                tell(len(some))
            forget_marks(self._connection)
            self._derived.rebuild(self.generation + 1, tell)
        self.commit(settle=False)

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._changes_at_begin = self._connection.total_changes
        self._newest = int(self._connection.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0])

    def _put_text(self, document_id: int, document: Document) -> None:
        put_text(self._connection, document_id, document.text)
        self._connection.executemany(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (document_id, block.start, block.end, block.kind.value, _json(block.section), _json(block.levels),
                 block.page, block.group, None if block.box is None else _json(block.box))
                for block in document.blocks
            ),
        )  # fmt: skip

    def _put_chunks(self, document_id: int, document: Document, chunks: Sequence[Chunk], hashes: Sequence[bytes]) -> None:
        put_sections(self._connection, (_json(chunk.section) for chunk in chunks))
        held = []
        for chunk, key in zip(chunks, hashes, strict=True):
            cursor = self._connection.execute(
                "INSERT INTO chunks (document_id, start, end, text, section, page_first, page_last, embedding)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (document_id, chunk.start, chunk.end, chunk.text, _json(chunk.section), chunk.page_first, chunk.page_last, key),
            )
            assert cursor.lastrowid is not None
            held.append((cursor.lastrowid, chunk_terms(document.title, chunk.section, chunk.text, document.language)))
        self._put_terms(held)
        self._derived.moved += len(chunks)

    def _put_terms(self, held: Iterable[tuple[int, list[str]]]) -> None:
        self._connection.executemany(
            "INSERT INTO lexical VALUES (?, ?, ?)", ((chunk_id, len(terms), encode_terms(terms)) for chunk_id, terms in held)
        )

    def _remove_where(self, condition: str, value: object) -> Metadata:
        """Take a document out, if there is one, and return what it was labelled with."""
        row = self._connection.execute(f"SELECT id FROM documents WHERE {condition}", (value,)).fetchone()
        if row is None:
            return {}
        metadata = stored_metadata(self._connection, row[0])
        chunks = self._connection.execute("SELECT id, embedding, section FROM chunks WHERE document_id = ?", row).fetchall()
        ids = [(chunk_id,) for chunk_id, _, _ in chunks]
        self._connection.execute("DELETE FROM documents WHERE id = ?", row)
        self._connection.executemany("INSERT INTO removed VALUES (?)", ids)
        self._derived.moved += len(ids)
        self._left.update(key for _, key, _ in chunks)
        self._left_sections.update(section for _, _, section in chunks)
        return metadata

    def _drop_unused(self) -> None:
        """Let go of the vectors and the heading paths that no chunk has any more."""
        drop_sections(self._connection, self._left_sections)
        self._left_sections.clear()
        self._connection.executemany(
            "DELETE FROM embeddings WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE embedding = ?1)",
            ((key,) for key in self._left),
        )
        self._left.clear()

    def _count_lacking(self) -> int:
        query = "SELECT count(*) FROM embeddings JOIN chunks ON embedding = hash WHERE vector = x''"
        return int(self._connection.execute(query).fetchone()[0])

    def _meta(self, key: str) -> str:
        return meta(self._connection, key, "")


def _json(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False)

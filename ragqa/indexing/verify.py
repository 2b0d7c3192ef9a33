"""Whether an index agrees with itself: its database, its texts, and the files that are derived from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged
from ragqa.files import storage_errors
from ragqa.indexing.index import Index
from ragqa.indexing.rows import box_of
from ragqa.indexing.schema import BOXES_SINCE
from ragqa.indexing.search.changes import vector_slices
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.texts import PIECE
from ragqa.indexing.told import told_in_chunks
from ragqa.indexing.verify_backend import backend_problems
from ragqa.text.analysis import ANALYSER_VERSION
from ragqa.types import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUANTISED_COSINE = 0.99
"""The least cosine between a stored vector and its quantised form in FAISS."""


def verify_index(folder: Path, progress: Callable[[Progress], None] = lambda step: None) -> list[str]:
    """Every disagreement of an index with itself, as a sentence; an empty list means that it is sound.

    Raises IndexMissing when there is none, IndexMismatch when this version cannot read it.
    """
    problems: list[str] = []
    try:
        with Index(folder, Embedded.stored) as index:
            verified = -1
            while verified != index.generation and (problems or verified < 0):  # again if a writer went on meanwhile
                with index.snapshot():
                    # each chunk is gone through for its text, and for its vector
                    tell = told_in_chunks("verify", 2 * index.count_chunks(), progress)
                    verified, problems = index.generation, []
                    problems += _database_problems(index, tell)
                    problems += _derived_problems(index, tell)
                    problems += backend_problems(index)
    except IndexDamaged as error:
        problems.append(error.message)
    return problems


def stored_problems(folder: Path) -> list[str]:
    """The disagreements of an index's database with itself, without the files that are derived from it. Raises RagqaError."""
    with Index(folder) as index, index.snapshot():
        return _database_problems(index, lambda chunks: None)


def _database_problems(index: Index, tell: Callable[[int], None]) -> list[str]:
    problems = [f"SQLite: {row}" for row in _integrity(index)]
    problems += [f"{count} {what}" for what, count in _orphans(index).items() if count]
    for document in index.documents():
        text = index.text(document.id)
        chunks = [stored.chunk for stored in index.document_chunks(document.id)]
        tell(len(chunks))
        wrong = sum(chunk.text != text[chunk.start : chunk.end] for chunk in chunks)
        if wrong or len(text) != document.characters:
            problems.append(f"{document.path}: {wrong} chunks are not what its text says at their place")
    if index.notes.schema >= BOXES_SINCE:
        wrong = _wrong_boxes(index)
        problems += [f"{wrong} blocks whose box is no place on a page"] if wrong else []
    lacking = index.connections.rows("SELECT count(*) FROM chunks JOIN embeddings ON hash = embedding WHERE vector = x''")[0][0]
    if index.embedded().lacking != lacking:
        problems.append(f"{lacking} chunks have no vector yet, not {index.embedded().lacking}")
    if index.manifest.analyser != ANALYSER_VERSION:
        problems.append(f"the lexical index was made by text analysis {index.manifest.analyser}, not {ANALYSER_VERSION}")
    return problems


def _integrity(index: Index) -> list[str]:
    """What SQLite itself finds wrong with the file; empty when nothing."""
    rows = index.connections.rows("PRAGMA integrity_check(20)") + index.connections.rows("PRAGMA foreign_key_check")
    return [str(row) if len(row) > 1 else str(row[0]) for row in rows if row != ("ok",)]


def _orphans(index: Index) -> dict[str, int]:
    """Counts of rows that lack their counterpart; all are 0 in a sound index."""
    counts = {
        "chunks without a vector": "chunks WHERE embedding NOT IN (SELECT hash FROM embeddings)",
        "chunks without a lexical entry": "chunks WHERE id NOT IN (SELECT id FROM lexical)",
        "lexical entries without a chunk": "lexical WHERE id NOT IN (SELECT id FROM chunks)",
        "documents without text": "documents WHERE id NOT IN (SELECT document_id FROM texts)",
        "vectors that no chunk uses": "embeddings WHERE hash NOT IN (SELECT embedding FROM chunks)",
        "blocks that reach out of their text": "blocks JOIN documents ON documents.id = document_id"
        " WHERE start < 0 OR start > end OR end > characters",
        "vectors of the wrong size": f"embeddings WHERE length(vector) NOT IN (0, {2 * index.manifest.dimension})",
    }
    if index.notes.has_keys:
        counts |= {
            "pieces of texts out of their place": f"texts WHERE start % {PIECE} <> 0 OR length(text) <> {PIECE} AND EXISTS"
            " (SELECT 1 FROM texts AS later WHERE later.document_id = texts.document_id AND later.start > texts.start)",
            "documents without a name": "documents WHERE id NOT IN (SELECT document_id FROM names)",
            "chunks whose section cannot be found": "chunks WHERE section NOT IN (SELECT section FROM sections)",
            "sections that no chunk has": "sections WHERE section NOT IN (SELECT section FROM chunks)",
        }
    return {what: int(index.connections.rows(f"SELECT count(*) FROM {rows}")[0][0]) for what, rows in counts.items()}


def _derived_problems(index: Index, tell: Callable[[int], None]) -> list[str]:
    import numpy as np

    if index.generation == 0 and index.count_chunks() == 0:
        return []  # made, and nothing committed yet
    derived = index.notes.derived.items()
    problems = [problem for path, checksum in derived if (problem := _file_problem(path, checksum, index.name))]
    if problems:
        return problems
    backend = index.backend()
    assert isinstance(backend, Embedded)
    with_vectors = "SELECT id FROM chunks JOIN embeddings ON hash = embedding WHERE vector <> x'' ORDER BY id"
    for what, held, query in (
        ("FAISS", backend.vectors.ids, with_vectors),
        ("the lexical index", backend.terms.ids, "SELECT id FROM chunks ORDER BY id"),
    ):
        stored = _ids(index, query)
        if not np.array_equal(held, stored):
            return [f"{what} holds {len(held)} chunks, SQLite {len(stored)}: their ids differ"]
    with index.connection() as connection, storage_errors(index.folder):
        for ids, vectors in vector_slices(connection, index.manifest.dimension):
            cosines = (backend.vectors.vectors(ids) * vectors).sum(axis=1)
            wrong = ids[cosines < QUANTISED_COSINE]
            if len(wrong):
                problems.append(f"{len(wrong)} vectors in FAISS differ from those in SQLite, e.g. of chunk {wrong[0]}")
            tell(len(ids))
    return problems


def _ids(index: Index, query: str) -> NDArray[np.int64]:
    import numpy as np

    with index.connection() as connection, storage_errors(index.folder):
        return np.fromiter((row[0] for row in connection.execute(query)), dtype=np.int64)


def _wrong_boxes(index: Index) -> int:
    with index.connection() as connection, storage_errors(index.folder):
        return sum(box_of(box) is None for (box,) in connection.execute("SELECT box FROM blocks WHERE box IS NOT NULL"))


def _file_problem(path: Path, checksum: str, name: str) -> str | None:
    try:
        with open(path, "rb") as file:
            sound = hashlib.file_digest(file, "sha256").hexdigest() == checksum
    except FileNotFoundError:
        return f"{path.name} is missing (ragqa index rebuild {name} makes it again)"
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror} (check its permissions and the disk)"
    return None if sound else f"{path.name} does not have the checksum it was committed with"

"""The files of an index that SQLite's contents can always make again: vectors in FAISS, and the postings of terms.

Both are made together, by a commit, and go by its generation; later commits search what changed since beside them.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ragqa.errors import IndexDamaged
from ragqa.indexing.bm25 import LexicalSearch, read_postings
from ragqa.indexing.database import meta
from ragqa.indexing.dense import DenseVectors, read_vectors, vector_slices
from ragqa.indexing.faiss_store import FaissVectors, choose_kind, sample_step
from ragqa.indexing.postings import Postings
from ragqa.indexing.store import Manifest


def vectors_file(generation: int) -> str:
    """The name of the FAISS file that a generation made."""
    return f"vectors-{generation}.faiss"


def terms_file(generation: int) -> str:
    """The name of the file of postings that a generation made."""
    return f"terms-{generation}.npy"


def derived_generation(connection: sqlite3.Connection) -> int:
    """The generation that made the files which the connection's commit goes by; 0 where none were made yet."""
    return int(meta(connection, "derived", "0"))


def open_vectors(folder: Path, connection: sqlite3.Connection, manifest: Manifest) -> DenseVectors:
    """The vectors of the connection's commit, made again where their file is gone or damaged."""
    path = folder / vectors_file(derived_generation(connection))
    try:
        vectors, top = FaissVectors.load(path, meta(connection, "vector_kind", "flat")), _top(connection)
    except (FileNotFoundError, IndexDamaged):
        vectors = build_vectors(connection, manifest)
        top = int(vectors.ids[-1]) if len(vectors) else 0
    opened = DenseVectors(vectors, top, manifest.dimension)
    opened.catch_up(connection)
    return opened


def open_terms(folder: Path, connection: sqlite3.Connection) -> LexicalSearch:
    """The terms of the connection's commit, read from SQLite where their file is gone or damaged."""
    try:
        opened = LexicalSearch(Postings.load(folder / terms_file(derived_generation(connection))), _top(connection))
    except (FileNotFoundError, IndexDamaged):
        opened = LexicalSearch(Postings.of([]), 0)
    opened.catch_up(connection)
    return opened


def build_vectors(connection: sqlite3.Connection, manifest: Manifest) -> FaissVectors:
    """FAISS made again from all vectors in SQLite, without embedding."""
    count = connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    kind = choose_kind(count, manifest.vector_index)
    if kind == "flat":
        vectors = FaissVectors.flat(manifest.dimension)
    else:
        _, sample = read_vectors(connection, manifest.dimension, step=sample_step(count))
        vectors = FaissVectors.ivf(sample, count)
    for ids, part in vector_slices(connection, manifest.dimension):
        vectors.add(ids, part)
    return vectors


def build_postings(connection: sqlite3.Connection) -> list[Postings]:
    """The postings of all chunks, made again from what SQLite holds of each."""
    return [Postings.of([]), *read_postings(connection)]


def _top(connection: sqlite3.Connection) -> int:
    """The highest id of a chunk that the files cover."""
    return int(meta(connection, "derived_top", "0"))

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import IndexDamaged, IndexMismatch, IndexMissing
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index
from ragqa.indexing.search.derived import vectors_file
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.verify import verify_index
from ragqa.paths import DATABASE
from ragqa.text.analysis import ANALYSER_VERSION
from ragqa.types import Document


@pytest.fixture
def folder(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Path:
    index = make_index(kettle, lamp)
    index.close()
    return index.folder


def run_sql(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    for statement in statements:
        assert connection.execute(statement).rowcount != 0, statement
    connection.close()


def vectors_path(folder: Path) -> Path:
    with Index(folder) as index:
        return folder / vectors_file(index.generation)


def tamper_vectors(folder: Path) -> None:
    path = vectors_path(folder)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def remove_vectors(folder: Path) -> None:
    vectors_path(folder).unlink()


def empty_vectors(folder: Path) -> None:
    vectors_path(folder).write_bytes(b"")


def delete_lexical_row(folder: Path) -> None:
    run_sql(folder, "DELETE FROM lexical WHERE id = 2")


def add_lexical_row(folder: Path) -> None:
    run_sql(folder, "INSERT INTO lexical VALUES (999, 0, x'')")


def forget_vector_of(folder: Path, forged: bool) -> None:
    """A FAISS file with one vector less, which the checksum vouches for or not."""
    path = vectors_path(folder)
    store = FaissVectors.load(path, "flat", writable=True)
    store.remove(store.ids[:1])
    checksum = store.save(path)
    if forged:
        run_sql(folder, f"UPDATE meta SET value = '{checksum}' WHERE key = 'vector_checksum'")


def hold_vector_twice(folder: Path) -> None:
    """A FAISS file, for which the checksum vouches, that has one vector two times."""
    path = vectors_path(folder)
    store = FaissVectors.load(path, "flat", writable=True)
    store.add(store.ids[:1], store.vectors(store.ids[:1]))
    run_sql(folder, f"UPDATE meta SET value = '{store.save(path)}' WHERE key = 'vector_checksum'")


def flip_vector(folder: Path) -> None:
    """One stored vector turned round in SQLite."""
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    key, vector = connection.execute("SELECT hash, vector FROM embeddings LIMIT 1").fetchone()
    turned = (-np.frombuffer(vector, dtype=np.float16)).tobytes()
    connection.execute("UPDATE embeddings SET vector = ? WHERE hash = ?", (turned, key))
    connection.close()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (tamper_vectors, "checksum"),
        (remove_vectors, "missing"),
        (empty_vectors, "checksum"),
        (delete_lexical_row, "1 chunks without a lexical entry"),
        (add_lexical_row, "1 lexical entries without a chunk"),
        (lambda folder: forget_vector_of(folder, forged=False), "checksum"),
        (lambda folder: forget_vector_of(folder, forged=True), "their ids differ"),
        (hold_vector_twice, "their ids differ"),
        (flip_vector, "differ from those in SQLite"),
    ],
)
def test_verify_finds_what_rebuild_repairs(damage: Callable[[Path], None], found: str, folder: Path, embedder: Any) -> None:
    assert verify_index(folder) == []
    damage(folder)
    problems = verify_index(folder)
    assert any(found in problem for problem in problems), problems
    count = len(embedder.embedded)
    rebuild_index(folder)
    assert verify_index(folder) == []
    assert len(embedder.embedded) == count


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM chunks WHERE id = 1", "lexical entries without a chunk"),
        ("DELETE FROM chunks WHERE id = 1", "vectors that no chunk uses"),
        ("DELETE FROM chunks WHERE id = 1", "their ids differ"),
        ("DELETE FROM embeddings WHERE hash = (SELECT embedding FROM chunks WHERE id = 1)", "1 chunks without a vector"),
        ("DELETE FROM texts WHERE document_id = 1", "1 documents without text"),
        ("UPDATE embeddings SET vector = x'00' WHERE hash = (SELECT embedding FROM chunks WHERE id = 1)", "of the wrong size"),
        ("UPDATE chunks SET document_id = 99 WHERE id = 1", "SQLite"),
    ],
)
def test_verify_finds_rows_that_went_astray(statement: str, found: str, folder: Path) -> None:
    run_sql(folder, statement)
    assert any(found in problem for problem in verify_index(folder))


def test_a_chunk_without_a_vector_does_not_reach_the_rebuilt_vectors(folder: Path) -> None:
    run_sql(folder, "DELETE FROM embeddings WHERE hash = (SELECT embedding FROM chunks WHERE id = 1)")
    rebuild_index(folder)
    with Index(folder) as index:
        assert sorted(index.backend().vectors.ids.tolist()) == list(range(2, index.count_chunks() + 1))
    assert "1 chunks without a vector" in verify_index(folder)


def test_a_vector_of_the_wrong_size_is_damage_not_a_crash(folder: Path) -> None:
    run_sql(folder, "UPDATE embeddings SET vector = x'00' WHERE hash = (SELECT embedding FROM chunks WHERE id = 1)")
    with pytest.raises(IndexDamaged, match="chunk 1"):
        rebuild_index(folder)


def test_a_derived_file_that_cannot_be_read_is_told(folder: Path) -> None:
    path = vectors_path(folder)
    path.unlink()
    path.mkdir()
    (problem,) = verify_index(folder)
    assert problem.startswith(f"{path.name} cannot be read: ")


def test_verify_finds_a_damaged_database(folder: Path) -> None:
    path = folder / DATABASE
    data = bytearray(path.read_bytes())
    data[:100] = b"x" * 100
    path.write_bytes(data)
    for companion in folder.glob(f"{DATABASE}-*"):
        companion.unlink()
    assert len(verify_index(folder)) == 1


def test_verify_finds_damage_inside_the_database(folder: Path) -> None:
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("PRAGMA journal_mode = DELETE")
    pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('chunks_by_document', 'blocks')").fetchall()
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with open(folder / DATABASE, "r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * size + 8)
            file.write(b"\xff" * 200)
    assert verify_index(folder)


def test_verify_of_nothing_and_of_another_schema(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        verify_index(tmp_path / "nowhere")
    run_sql(folder, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(IndexMismatch):
        verify_index(folder)


def test_verify_finds_another_text_analysis(folder: Path) -> None:
    was = f'"analyser": {ANALYSER_VERSION}'
    run_sql(folder, f"""UPDATE meta SET value = replace(value, '{was}', '"analyser": 0') WHERE key = 'manifest'""")
    assert any("text analysis" in problem for problem in verify_index(folder))

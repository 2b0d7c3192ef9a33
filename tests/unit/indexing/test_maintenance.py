from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, UsageError
from ragqa.indexing.index import Index
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.maintenance import describe_index, export_index, import_index, rebuild_index, remove_index, verify_index
from ragqa.indexing.search.derived import vectors_file
from ragqa.indexing.search.faiss_vectors import FaissVectors
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
        assert sorted(index.vectors().ids.tolist()) == list(range(2, index.count_chunks() + 1))
    assert "1 chunks without a vector" in verify_index(folder)


def test_a_vector_of_the_wrong_size_is_damage_not_a_crash(folder: Path) -> None:
    run_sql(folder, "UPDATE embeddings SET vector = x'00' WHERE hash = (SELECT embedding FROM chunks WHERE id = 1)")
    with pytest.raises(IndexDamaged, match="chunk 1"):
        rebuild_index(folder)


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


def test_describe(folder: Path, kettle: Document, lamp: Document) -> None:
    info = describe_index(folder)
    assert (info.name, info.documents, info.pages, info.generation) == ("shelf", 2, 2, 1)
    assert info.characters == len(kettle.text) + len(lamp.text)
    assert info.chunks == info.vectors > 4
    assert info.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert info.settings["embedder"] == "fake" and info.updated.endswith("+00:00")


def test_rebuild_moves_the_generation_on(folder: Path) -> None:
    assert rebuild_index(folder).generation == 2
    assert [path.name for path in folder.glob("vectors-*")] != []


def test_remove(folder: Path) -> None:
    remove_index(folder)
    assert not folder.exists()
    with pytest.raises(IndexMissing):
        remove_index(folder)


def test_remove_takes_nothing_that_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(IndexMissing):
        remove_index(tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_an_index_that_is_written_is_not_removed(folder: Path) -> None:
    with WriteLock(folder), pytest.raises(IndexBusy):
        remove_index(folder)
    assert describe_index(folder).documents == 2


def test_an_export_comes_back_the_same(folder: Path, embedder: Any, tmp_path: Path, kettle: Document) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["shelf.zip"]
    info = import_index(archive, tmp_path / "elsewhere")
    original = describe_index(folder)
    assert (info.name, info.documents, info.chunks, info.settings) == (
        "shelf", original.documents, original.chunks, original.settings,
    )  # fmt: skip
    copy = tmp_path / "elsewhere" / "shelf"
    assert verify_index(copy) == []
    with Index(copy) as index:
        assert index.text(1) == kettle.text
        assert index.search_dense(embedder.embed(["vinegar"])[0], 1)


def test_an_import_takes_another_name_and_no_name_twice(folder: Path, tmp_path: Path) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    with pytest.raises(UsageError, match="already"):
        import_index(archive, folder.parent)
    assert import_index(archive, folder.parent, "copy").name == "copy"
    with pytest.raises(UsageError, match="not a name"):
        import_index(archive, folder.parent, "../copy")
    assert verify_index(folder) == []


def archive_with(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "-").replace("_dot_", "."), content)
    return path


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    indexes = tmp_path / "indexes"
    with pytest.raises(UsageError, match="there is no file"):
        import_index(tmp_path / "nowhere.zip", indexes)
    plain = tmp_path / "plain.zip"
    plain.write_text("no archive")
    described = json.dumps({"name": "shelf", "schema": 1})
    for archive in (
        plain,
        archive_with(tmp_path / "1.zip", other="x"),
        archive_with(tmp_path / "2.zip", ragqa__index_dot_json="no json", index_dot_sqlite=""),
        archive_with(tmp_path / "3.zip", ragqa__index_dot_json='["list"]', index_dot_sqlite=""),
        archive_with(tmp_path / "4.zip", ragqa__index_dot_json=described),
        archive_with(tmp_path / "5.zip", ragqa__index_dot_json='{"name": "../../evil"}', index_dot_sqlite=""),
    ):
        with pytest.raises(UsageError):
            import_index(archive, indexes)
    assert not list(indexes.glob(f"*/{DATABASE}"))


def test_an_export_of_a_damaged_database_leaves_no_index(tmp_path: Path) -> None:
    described = json.dumps({"name": "shelf", "schema": 1})
    archive = archive_with(tmp_path / "1.zip", ragqa__index_dot_json=described, index_dot_sqlite="no database " * 500)
    with pytest.raises(IndexDamaged):
        import_index(archive, tmp_path / "indexes")
    assert not list((tmp_path / "indexes").glob(f"*/{DATABASE}"))

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import IndexBusy, IndexMismatch, StorageError
from ragqa.indexing import lock
from ragqa.indexing.index import Index
from ragqa.indexing.lock import LOCK, WriteLock
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import vector_kinds
from ragqa.indexing.search.derived import vectors_file
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.search.postings import term_key
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Document

Put = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


def dense_vector(text: str) -> np.ndarray:
    """A direction of its own for every text, in all dimensions at once, as real embeddings have."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).uniform(-1, 1, 64).astype(np.float32)
    return vector / np.linalg.norm(vector)


def vector_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("vectors-*"))


def paths_in(folder: Path) -> list[str]:
    with Index(folder) as index:
        return [document.path for document in index.documents()]


def test_each_commit_moves_the_generation_on(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        assert open_writer.generation == 0
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        assert open_writer.generation == 1
        put_document(open_writer, embedder, lamp)
        open_writer.commit()
    with Index(folder) as index:
        assert index.generation == 2
        assert len(index.backend().vectors) == index.count_chunks() > 4
    assert verify_index(folder) == []


def test_a_commit_without_changes_is_none(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        open_writer.commit()
    with IndexWriter(folder, manifest) as open_writer:
        assert not open_writer.changed
        open_writer.commit()
        assert open_writer.generation == 1


@pytest.mark.usefixtures("a_file_each_commit")
def test_only_the_last_two_vector_files_are_kept(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        for number in range(4):
            put_document(open_writer, embedder, script_document(f"{number}.md", [("paragraph", f"Text {number}.")]))
            open_writer.commit()
            assert vectors_file(number + 1) in vector_files(folder)
        assert vector_files(folder) == [vectors_file(3), vectors_file(4)]
    with IndexWriter(folder, manifest):
        assert vector_files(folder) == [vectors_file(4)]


def test_orphan_files_of_a_killed_writer_go(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    (folder / vectors_file(2)).write_bytes(b"written before a commit that never came")
    (folder / "vectors-3.tmp").write_bytes(b"half")
    with IndexWriter(folder, manifest):
        assert vector_files(folder) == [vectors_file(1)]
    assert verify_index(folder) == []


def test_what_was_not_committed_is_dropped(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        put_document(open_writer, embedder, lamp)
    assert paths_in(folder) == [kettle.path]
    with pytest.raises(RuntimeError), IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, lamp)
        raise RuntimeError
    assert paths_in(folder) == [kettle.path] and verify_index(folder) == []


@pytest.mark.usefixtures("a_file_each_commit")
def test_a_kill_between_vectors_and_transaction_leaves_the_last_commit(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    saved = FaissVectors.save

    def save_and_die(self: FaissVectors, path: Path) -> str:
        saved(self, path)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt), IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, lamp)
        patch.setattr(FaissVectors, "save", save_and_die)
        open_writer.commit()
    assert vectors_file(2) in vector_files(folder)
    assert paths_in(folder) == [kettle.path] and verify_index(folder) == []


def test_a_failed_save_is_a_storage_error(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: FaissVectors, path: Path) -> str:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(FaissVectors, "save", fail)
    with pytest.raises(StorageError, match="No space left"), IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    assert paths_in(folder) == []


def test_the_same_text_is_embedded_once(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        count = len(embedder.embedded)
        assert count > 2
        put_document(open_writer, embedder, replace(kettle, path="copy.md"))
        assert len(embedder.embedded) == count
        open_writer.commit()
    with Index(folder) as index:
        assert index.count_vectors() == count and index.count_chunks() == 2 * count
        assert len(index.backend().vectors) == 2 * count
    assert verify_index(folder) == []


def test_known_embeddings_are_looked_up_in_any_number(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        stored = {row[0] for row in sqlite3.connect(folder / DATABASE).execute("SELECT hash FROM embeddings")}
        others = [number.to_bytes(16, "big") for number in range(1500)]
        assert open_writer.known_embeddings([*others, *stored]) == stored
        assert open_writer.known_embeddings([]) == set()


def test_a_document_put_again_replaces_its_chunks(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        put_document(open_writer, embedder, lamp)
        open_writer.commit()
        put_document(open_writer, embedder, replace(lamp, path=kettle.path))
        open_writer.commit()
    with Index(folder) as index:
        (copy, original) = sorted(index.documents(), key=lambda document: document.path == lamp.path)
        assert index.text(copy.id) == index.text(original.id) == lamp.text
        assert index.search_lexical(["vinegar"], 5) == []
        assert index.count_vectors() == len(index.document_chunks(original.id))  # the kettle's vectors have gone
    assert verify_index(folder) == []


def test_a_document_put_twice_in_one_commit_is_there_once(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    assert paths_in(folder) == [kettle.path] and verify_index(folder) == []


def test_a_removed_document_leaves_nothing(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        open_writer.remove_document(1)
        open_writer.remove_document(77)
        open_writer.commit()
    connection = sqlite3.connect(folder / DATABASE)
    for table in ("documents", "texts", "blocks", "chunks", "embeddings", "lexical"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert verify_index(folder) == []


def test_a_renamed_document_keeps_its_chunks(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
        open_writer.rename_document(1, b"/new/boiler.md", "boiler.md", 5)
        open_writer.commit()
    with Index(folder) as index:
        assert [(row.path, row.source) for row in index.documents()] == [("boiler.md", b"/new/boiler.md")]
        assert index.document_chunks(1)
    assert verify_index(folder) == []


def test_missing_vectors_are_made_again_by_the_next_commit(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    (folder / vectors_file(1)).unlink()
    count = len(embedder.embedded)
    with IndexWriter(folder, manifest) as open_writer:
        open_writer.commit()
    assert verify_index(folder) == [] and len(embedder.embedded) == count


@pytest.mark.parametrize("kind", ["flat", "ivf"])
@pytest.mark.usefixtures("a_file_each_commit")
def test_every_kind_of_vectors_survives_growing_and_removing(
    kind: str, folder: Path, manifest: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(vector_kinds, "TRAINED_FROM", 80)
    monkeypatch.setattr(embedder, "_vector", dense_vector)
    manifest = replace(manifest, vector_index=kind)
    long = [("paragraph", f"Part {number} of code E-{number} is a pump{number}.") for number in range(1000)]
    documents = [script_document("0.md", long[:3]), script_document("1.md", long)]
    documents.append(replace(documents[1], path="2.md"))
    kinds = []
    with IndexWriter(folder, manifest) as open_writer:
        open_writer.commit()  # as an ingest does before it reads the first file
        for document in documents:
            put_document(open_writer, embedder, document)
            open_writer.commit()
            with Index(folder) as index:
                kinds.append(index.notes.vector_kind)
            assert verify_index(folder) == []
    assert kinds == ["flat", "flat" if kind == "flat" else kind, kind]
    with IndexWriter(folder, manifest) as open_writer:
        open_writer.remove_document(2)
        open_writer.commit()
    assert verify_index(folder) == [] and paths_in(folder) == ["0.md", "2.md"]
    with Index(folder) as index:
        assert {stored.document for stored in index.chunks(index.backend().vectors.ids.tolist()).values()} == {"0.md", "2.md"}


@pytest.mark.usefixtures("a_file_each_commit")
def test_an_index_that_outgrows_exact_search_is_divided(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(vector_kinds, "FLAT_UP_TO", 5)
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, lamp)
        open_writer.commit()
        with Index(folder) as index:
            assert index.notes.vector_kind == "flat"
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    with Index(folder) as index:
        assert index.notes.vector_kind == "ivf"
    assert verify_index(folder) == []


def test_another_manifest_is_refused_and_the_lock_let_go(folder: Path, manifest: Manifest) -> None:
    with IndexWriter(folder, manifest):
        pass
    with pytest.raises(IndexMismatch), IndexWriter(folder, replace(manifest, chunk_tokens=99)):
        pass
    with IndexWriter(folder, manifest):
        pass


def test_a_second_writer_is_told_who_writes(folder: Path, manifest: Manifest) -> None:
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c",
         "import sys; from pathlib import Path; from ragqa.indexing.writer import WriteLock\n"
         "with WriteLock(Path(sys.argv[1])):\n    print('locked', flush=True); sys.stdin.read()", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None and other.stdout.readline() == "locked\n"
        with pytest.raises(IndexBusy, match=f"pid {other.pid}"), IndexWriter(folder, manifest):
            pass
        other.kill()
    with IndexWriter(folder, manifest):  # the system let go of the dead process's lock
        pass


def test_the_lock_leaves_no_pid_behind(folder: Path) -> None:
    with WriteLock(folder):
        assert (folder / lock.WRITER_PID).is_file()
    assert {path.name for path in folder.iterdir()} <= {LOCK}


def test_stored_vectors_are_float16_of_what_was_embedded(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, lamp: Document
) -> None:
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, lamp)
        open_writer.commit()
    with Index(folder) as index:
        ids, vectors = index.stored_vectors()
        expected = embedder.embed_passages(embedder.embedded[: len(ids)])
    assert np.allclose(vectors, expected, atol=1e-3)


def test_headings_with_any_characters_come_back(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> None:
    headings = ['A "quoted" heading', "日本語 \\ slash", "line\u2028separator"]
    steps = [("heading", text, level) for level, text in enumerate(headings, start=1)]
    document = script_document("a.md", [*steps, ("paragraph", "Text.")])
    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, document)
        open_writer.commit()
    with Index(folder) as index:
        blocks = index.blocks(1, 0, len(document.text))
        assert tuple(blocks) == document.blocks
        assert index.document_chunks(1)[0].chunk.section == document.blocks[-1].section


def test_rebuilding_gives_the_same_entries(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document
) -> None:
    def entries() -> list[Any]:
        return sqlite3.connect(folder / DATABASE).execute("SELECT id, length, terms FROM lexical ORDER BY id").fetchall()

    with IndexWriter(folder, manifest) as open_writer:
        put_document(open_writer, embedder, kettle)
        open_writer.commit()
    before = entries()
    with IndexWriter(folder, manifest) as open_writer:
        open_writer.rebuild()
    assert entries() == before != []
    assert sum(term_key("e-24").to_bytes(8, "little") in terms for _, _, terms in before) == 1
    assert verify_index(folder) == []

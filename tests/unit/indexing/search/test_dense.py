from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import bm25, derived, vector_kinds
from ragqa.indexing.search import faiss_vectors as faiss_store
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Document, Progress

Put = Callable[..., None]
MANY = 300


@pytest.fixture(params=["flat", "ivf"])
def manifest_of_kind(request: pytest.FixtureRequest, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.setattr(vector_kinds, "TRAINED_FROM", 10)
    return replace(manifest, vector_index=request.param)


@pytest.fixture
def library(
    tmp_path: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> Path:
    """An index of one long document, in its FAISS file."""
    folder = tmp_path / "library"
    long = [("paragraph", f"Valve {number} opens pipe{number}.") for number in range(MANY)]
    with IndexWriter(folder, manifest_of_kind) as opened:
        put_document(opened, embedder, script_document("long.md", long))
        put_document(opened, embedder, script_document("short.md", [("paragraph", "A walrus sleeps.")]))
        opened.commit()
    return folder


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("vectors-*"))


def nearest(index: Index, embedder: Any, words: str, document: str | None = None) -> str:
    found = index.search_dense(embedder.embed_queries([words])[0], 1, index.where(document))
    return index.chunks([found[0][0]])[found[0][0]].chunk.text if found else ""


def test_a_small_commit_leaves_the_file_alone_and_is_seen(
    library: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> None:
    before = files(library)
    with Index(library) as open_since_before:
        assert nearest(open_since_before, embedder, "walrus") == "A walrus sleeps."
        with IndexWriter(library, manifest_of_kind) as opened:
            put_document(opened, embedder, script_document("new.md", [("paragraph", "A zebra grazes.")]))
            put_document(opened, embedder, script_document("short.md", [("paragraph", "An otter swims.")]))
            opened.commit()
        assert files(library) == before
        with Index(library) as opened_after:
            for index in (open_since_before, opened_after):
                assert nearest(index, embedder, "zebra") == "A zebra grazes."
                assert nearest(index, embedder, "otter") == "An otter swims."
                assert nearest(index, embedder, "walrus") != "A walrus sleeps."
                held = index.backend().vectors
                assert held.ids.tolist() == index.stored_vectors()[0].tolist() and len(held) == index.count_chunks()
                assert nearest(index, embedder, "zebra", "long.md").startswith("Valve")
                assert nearest(index, embedder, "otter", "short.md") == "An otter swims."
    assert verify_index(library) == []


def test_what_came_and_went_between_two_looks_is_gone(
    library: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> None:
    with Index(library) as index:
        for animal in ("zebra", "otter", "heron"):
            with IndexWriter(library, manifest_of_kind) as opened:
                put_document(opened, embedder, script_document("new.md", [("paragraph", f"One {animal} alone.")]))
                opened.commit()
            assert nearest(index, embedder, animal) == f"One {animal} alone."
        assert nearest(index, embedder, "zebra alone") == "One heron alone."
        assert len(index.backend().vectors) == index.count_chunks()


def test_much_that_came_or_went_makes_a_new_file(
    library: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(derived, "SETTLED_CHUNKS", 2)
    before = files(library)
    with IndexWriter(library, manifest_of_kind) as opened:
        more = [("paragraph", f"Pump {number} drains tank{number}.") for number in range(40)]
        put_document(opened, embedder, script_document("more.md", more))
        opened.commit(settle=False)
        assert files(library) == before
        opened.commit()
        assert len(files(library)) == 2
        opened.remove_document(2)
        opened.remove_document(1)
        opened.commit()
    with Index(library) as index:
        assert len(index.backend().vectors) == index.count_chunks() > 2
        assert "Pump 7 drains tank7." in nearest(index, embedder, "tank7")
    assert verify_index(library) == []


def test_a_damaged_file_is_made_again_by_the_next_change(
    library: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document]
) -> None:
    (library / files(library)[0]).write_bytes(b"nonsense")
    with Index(library) as index:
        assert nearest(index, embedder, "walrus") == "A walrus sleeps."
    assert "checksum" in verify_index(library)[0]
    with IndexWriter(library, manifest_of_kind) as opened:
        put_document(opened, embedder, script_document("new.md", [("paragraph", "A zebra grazes.")]))
        opened.commit(settle=False)
    assert verify_index(library) == []


def test_a_new_file_leaves_out_what_went(
    library: Path, manifest_of_kind: Manifest, embedder: Any, put_document: Put, script_document: Callable[..., Document],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of either kind: no later search must look over what is gone."""
    monkeypatch.setattr(faiss_store, "GROWTH", 10**6)  # so few vectors would be divided anew each time
    monkeypatch.setattr(derived, "SETTLED_CHUNKS", 2)
    with IndexWriter(library, manifest_of_kind) as opened:
        gears = [step for n in range(8) for step in (("heading", f"Part {n}", 1), ("paragraph", f"Gear {n} turns."))]
        put_document(opened, embedder, script_document("gears.md", gears))
        opened.commit()
        opened.remove_document(3)
        opened.commit()
    made = files(library)[-1]
    with Index(library) as index:
        assert len(index.backend().vectors.base) == index.count_chunks()
    for animal in ("zebra", "otter"):
        with IndexWriter(library, manifest_of_kind) as opened:
            put_document(opened, embedder, script_document(f"{animal}.md", [("paragraph", f"One {animal} alone.")]))
            opened.commit()
        assert files(library) == [made]
    with Index(library) as index:
        assert nearest(index, embedder, "gear 5 turns") != "Gear 5 turns."
    assert verify_index(library) == []


def test_postings_of_many_chunks_wait_in_files_until_they_are_merged(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bm25, "SLICE", 7)
    before = (library / files(library)[0].replace("vectors", "terms").replace("faiss", "npy")).read_bytes()
    waiting: list[int] = []
    plain = derived.merge_postings

    def merge(*arguments: Any) -> str:
        waiting.append(len(list(library.glob("terms-*.run*"))))
        return plain(*arguments)

    monkeypatch.setattr(derived, "merge_postings", merge)
    steps: list[Progress] = []
    rebuild_index(library, steps.append)
    with Index(library) as index:
        chunks = index.count_chunks()
    assert waiting == [-(-chunks // 7) - 1] and not list(library.glob("*.run*"))
    assert next(library.glob("terms-*")).read_bytes() == before
    assert [(step.stage, step.total) for step in steps] == [("rebuild", 2 * chunks)] * len(steps) and steps[-1].done == 2 * chunks
    steps.clear()
    assert verify_index(library, steps.append) == [] and (steps[-1].done, steps[-1].stage) == (2 * chunks, "verify")


def test_what_a_killed_process_left_is_taken_away_by_the_next_writer(library: Path, manifest_of_kind: Manifest) -> None:
    before = sorted(path.name for path in library.iterdir())
    for name in ("vectors-9.codes", "vectors-9.tmp", "terms-9.npy.run3", "terms-9.tmp"):
        (library / name).write_bytes(b"half")
    with IndexWriter(library, manifest_of_kind):
        pass
    assert {path.name for path in library.iterdir()} <= set(before) and verify_index(library) == []

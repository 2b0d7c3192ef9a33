"""An index on its way to another retriever: asked all the while, switched in one commit, undone without embedding."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import IndexBusy, IndexMismatch, IndexMissing, IndexReembedded, UsageError
from ragqa.indexing import embedding, reembed
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index, remove_documents
from ragqa.indexing.reembed import Reembedder, becoming, reembedding
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Document, Progress, Reembedding
from tests.conftest import FakeEmbedder

FAKE = Trust(embedders=("fake",))


class Taught(FakeEmbedder):
    """The same embedder after it was taught: other vectors, and another fingerprint."""

    def __init__(self, shift: int = 1) -> None:
        super().__init__(seed=f"taught {shift}")
        self.shift = shift

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return np.roll(super().embed_passages(texts), self.shift, axis=1)


@pytest.fixture
def shelf(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Path:
    index = make_index(kettle, lamp)
    index.close()
    return index.folder


@pytest.fixture(autouse=True)
def two_texts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "TEXTS_AT_ONCE", 2)


def go_over(folder: Path, embedder: Any, retriever: str = "shop", **heard: Any) -> bool:
    """Take an index over to an embedder; whether it was switched."""
    with Reembedder(folder) as work:
        work.aim(embedder, retriever)
        if not work.embed(embedder, **heard):
            return False
        work.switch()
        return True


def after(batches: int) -> Callable[[], bool]:
    """Says stop after so many batches."""
    left = [batches]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop


def found(index: Index, embedder: Any, question: str) -> list[tuple[int, float]]:
    return [(chunk, round(score, 3)) for chunk, score in index.search_dense(embedder.embed_queries([question])[0], 3)]


def vectors(folder: Path) -> np.ndarray:
    with Index(folder) as index:
        return index.stored_vectors()[1]


def test_an_index_is_asked_until_the_switch_and_after_it(shelf: Path, embedder: FakeEmbedder) -> None:
    taught, question = Taught(), "How long is the warranty?"
    with Index(shelf) as index:
        before, generation = found(index, embedder, question), index.generation
        with Reembedder(shelf) as work:
            work.aim(taught, "shop")
            assert work.embed(taught)
            assert found(index, embedder, question) == before and index.generation == generation
            assert reembedding(index) == Reembedding("shop", index.count_vectors(), index.count_vectors())
            work.switch()
        assert index.was_reembedded()
        with pytest.raises(IndexReembedded, match="other vectors meanwhile"):
            found(index, embedder, question)
    with Index(shelf) as index:
        assert found(index, taught, question) == before and index.generation == generation + 1
        assert (index.manifest.retriever, index.manifest.fingerprint) == ("shop", taught.fingerprint)
        assert becoming(index) is None and reembedding(index) is None
    assert verify_index(shelf) == []


def test_a_snapshot_that_was_searched_is_searched_on_over_the_switch(shelf: Path, embedder: FakeEmbedder) -> None:
    with Index(shelf) as index:
        with index.snapshot():
            before = found(index, embedder, "lid open")
            assert go_over(shelf, Taught())
            assert found(index, embedder, "lid open") == before
            assert not index.was_reembedded()  # as far as this snapshot sees
        assert index.was_reembedded()


def test_what_was_stopped_goes_on_where_it_was(shelf: Path, embedder: FakeEmbedder) -> None:
    first, second, steps = Taught(), Taught(), list[Progress]()
    total = describe_index(shelf).vectors
    assert not go_over(shelf, first, stop=after(1))
    assert len(first.embedded) == 2 and vectors(shelf).shape[0] == total
    with Index(shelf) as index:
        assert reembedding(index) == Reembedding("shop", 2, total) == describe_index(shelf).reembedding
        assert found(index, embedder, "lid open")  # by the old vectors
    assert go_over(shelf, second, progress=steps.append)
    assert sorted(first.embedded + second.embedded) == sorted(set(first.embedded + second.embedded))
    assert len(first.embedded + second.embedded) == total
    assert [step.items for step in steps] == [*range(2, total, 2), total] and {step.items_total for step in steps} == {total}
    assert steps[-1].done == steps[-1].total > 0


def test_what_comes_and_goes_on_the_way_is_right_after_it(
    shelf: Path, embedder: FakeEmbedder, put_document: Any, script_document: Any
) -> None:
    assert not go_over(shelf, Taught(), stop=after(2))
    with Index(shelf) as index:
        manifest = index.manifest
    remove_documents(shelf, ["hall/lamp.html"])
    with IndexWriter(shelf, manifest) as writer:
        put_document(writer, embedder, script_document("fan.md", [("heading", "Fan", 1), ("paragraph", "It turns at 900 rpm.")]))
        writer.commit()
    assert go_over(shelf, Taught()) and verify_index(shelf) == []
    with Index(shelf) as index:
        [(chunk, _)] = index.search_dense(Taught().embed_queries(["fan turns rpm"])[0], 1)
        assert index.chunks([chunk])[chunk].document == "fan.md"
        assert {one.path for one in index.documents()} == {"kitchen/kettle.md", "fan.md"}
    with closing(sqlite3.connect(shelf / "index.sqlite")) as connection:  # nothing is kept of what is gone
        assert connection.execute(
            "SELECT count(*) FROM spare_embeddings WHERE hash NOT IN (SELECT hash FROM embeddings)"
        ).fetchone() == (0,)


def test_the_way_back_embeds_nothing(shelf: Path, embedder: FakeEmbedder) -> None:
    before = vectors(shelf)
    assert go_over(shelf, Taught())
    assert not np.array_equal(vectors(shelf), before)
    embedder.embedded.clear()
    assert go_over(shelf, embedder, "")
    assert embedder.embedded == [] and np.array_equal(vectors(shelf), before) and verify_index(shelf) == []


def test_only_the_last_vectors_are_kept_spare(shelf: Path) -> None:
    for shift in (1, 2, 3):
        assert go_over(shelf, Taught(shift), f"shop-{shift}")
    with closing(sqlite3.connect(shelf / "index.sqlite")) as connection:
        kept = connection.execute("SELECT DISTINCT fingerprint FROM spare_embeddings").fetchall()
    assert kept == [(Taught(2).fingerprint,)]


def test_vectors_made_elsewhere_are_not_made_again(shelf: Path) -> None:
    taught = Taught()
    with Reembedder(shelf) as work:
        work.aim(taught, "shop")
        texts = work.texts(work.lacking(), taught.count_tokens)
        work.put_vectors({one.hash: taught.embed_passages([one.text])[0] for one in texts})
        taught.embedded.clear()
        assert work.embed(taught) and taught.embedded == []
        work.switch()
    assert verify_index(shelf) == []


def test_an_aim_can_be_given_up(shelf: Path, embedder: FakeEmbedder) -> None:
    assert not go_over(shelf, Taught(), stop=after(1))
    with Reembedder(shelf) as work:
        work.aim(embedder, "")
        with pytest.raises(UsageError, match="no other retriever"):
            work.switch()
    assert describe_index(shelf).reembedding is None and verify_index(shelf) == []


def test_what_makes_no_sense_is_told(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Reembedder(tmp_path / "indexes" / "none").__enter__()
    assert not (tmp_path / "indexes" / "none").exists()
    wide = Taught()
    wide.dimension = 65
    with Reembedder(shelf) as work:
        with pytest.raises(IndexMismatch, match=r"64 numbers.*65"):
            work.aim(wide, "shop")
        work.aim(Taught(), "shop")
        with pytest.raises(UsageError, match="still lacks"):
            work.switch()
        with pytest.raises(UsageError, match="another retriever"):
            work.embed(Taught(2))
        with pytest.raises(IndexBusy):
            Reembedder(shelf).__enter__()


def test_a_switch_that_fails_changes_nothing(shelf: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = vectors(shelf)
    with monkeypatch.context() as broken:
        broken.setattr(reembed, "DerivedFiles", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            go_over(shelf, Taught())
    assert np.array_equal(vectors(shelf), before) and verify_index(shelf) == []
    taught = Taught()
    assert go_over(shelf, taught) and taught.embedded == []


def test_an_index_travels_on_its_way(shelf: Path, tmp_path: Path) -> None:
    assert not go_over(shelf, Taught(), stop=after(1))
    info = import_index(export_index(shelf, tmp_path / "shelf.ragqa"), tmp_path / "elsewhere", trust=FAKE)
    assert info.reembedding == describe_index(shelf).reembedding and info.reembedding is not None
    assert go_over(Path(info.path), Taught()) and verify_index(Path(info.path)) == []


def test_an_empty_index_goes_over_too(make_index: Callable[..., Index]) -> None:
    folder = make_index(name="empty").folder
    assert go_over(folder, Taught()) and verify_index(folder) == []

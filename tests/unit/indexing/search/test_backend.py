"""What every search backend must do, tried on the embedded one (from its files and from nothing) and on one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memory_backend import MemoryBackend
from milvus_lite_file import milvus_beside, milvus_is_chosen

from ragqa.answering.retrieve import Filters, retrieve
from ragqa.config import AskSettings
from ragqa.indexing.connections import Connections
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import changes as reading
from ragqa.indexing.search.backend import EVERYWHERE, NOTHING, Changes, Generation, Scored, SearchBackend, Where
from ragqa.indexing.search.changes import changes_since
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.milvus import Milvus
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Document
from tests.conftest import FakeEmbedder

Script = Callable[..., Document]

OPENERS: dict[str, Callable[[Connections, Manifest], SearchBackend]] = {
    "embedded, from its files": Embedded.stored,
    "embedded, from nothing": Embedded.empty,
    "in memory": lambda connections, manifest: MemoryBackend(),
    "milvus, in a file": lambda connections, manifest: milvus_beside(connections, manifest),
}
QUERIES = ["kettle", "the lid is open", "vinegar water", "E-24", "warranty 30 months", "zebra", "Überhitzung", "", "the"]
WHERES = [
    EVERYWHERE, Where(frozenset([1])), Where(frozenset([2, 3])), Where(frozenset([99])), Where(frozenset()),
    Where(section="errors"), Where(section="KETTLE"), Where(section="ÜBERHITZUNG"), Where(section="strasse"), Where(section=""),
    Where(section="nowhere"), Where(frozenset([1]), "desc"), Where(frozenset([2]), "errors"), Where(section="kettle > errors"),
    Where(section="Kettle K1 › Errors"), Where(section="errors > kettle"),
]  # fmt: skip


class Shelf:
    """An index that documents come to and go from, and a reader of it."""

    def __init__(self, folder: Path, manifest: Manifest, put: Callable[..., dict[bytes, str]]) -> None:
        self.folder, self.manifest, self._put = folder, manifest, put
        self.lacking: dict[bytes, str] = {}
        self.commit()
        self.connections = Connections(folder)

    def commit(
        self, *documents: Document, remove: int = 0, rename: int = 0, words: Document | None = None, follow: int = 0
    ) -> None:
        """`words` brings a document without vectors, `follow` gives so many texts theirs."""
        with IndexWriter(self.folder, self.manifest) as writer:
            for document in documents:
                self._put(writer, document)
            if remove:
                writer.remove_document(remove)
            if rename:
                writer.rename_document(rename, b"elsewhere", "elsewhere.md", 1)
            if words:
                self.lacking |= self._put(writer, words, vectors=False)
            for _ in range(min(follow, len(self.lacking))):
                key, text = self.lacking.popitem()
                writer.put_vectors({key: FakeEmbedder().embed_passages([text])[0]})
            writer.commit()

    def changes(self, since: Generation) -> Changes:
        with self.connections.use() as connection:
            return changes_since(connection, since, self.manifest.dimension)

    def caught_up(self, backend: SearchBackend) -> SearchBackend:
        with self.connections.use() as connection:
            connection.execute("BEGIN")
            try:
                return backend.catch_up(self.changes(backend.generation))
            finally:
                connection.rollback()


@pytest.fixture
def shelf(tmp_path: Path, manifest: Manifest, embedder: Any, put_document: Callable[..., None]) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "shelf", manifest, lambda writer, document, **how: put_document(writer, embedder, document, **how))
    yield made
    made.connections.close()


@pytest.fixture(params=OPENERS)
def open_backend(request: pytest.FixtureRequest, shelf: Shelf) -> Callable[[], SearchBackend]:
    """Opens each kind of backend in turn."""
    if request.param.startswith("milvus"):
        milvus_is_chosen(shelf.folder)
    return lambda: OPENERS[request.param](shelf.connections, shelf.manifest)


@pytest.fixture
def hot(script_document: Script) -> Document:
    script = [("heading", "Überhitzung", 1), ("paragraph", "Aus!"), ("heading", "Hauptstraße", 1), ("paragraph", "Da.")]
    return script_document("hot.md", script)


def assert_right(backend: SearchBackend, shelf: Shelf, embedder: Any) -> None:
    """It finds what a backend finds that was filled from nothing just now, by the same scores."""
    right = shelf.caught_up(MemoryBackend())
    assert backend.generation == right.generation
    if isinstance(backend, Milvus):  # whose every search goes to a server and back
        cases = [(WHERES[place % len(WHERES)], query) for place, query in enumerate(QUERIES * 2)]
    else:
        cases = [(where, query) for where in WHERES for query in QUERIES]
    for where, query in cases:
        vector = vector_of(embedder, query)
        assert_same(lambda k, one, v=vector, w=where: one.dense(v, k, w), backend, right)
        assert_same(lambda k, one, q=query, w=where: one.lexical(q.lower().split(), k, w), backend, right)
        for part in (0, 1):  # asked for at once
            both = lambda k, one, v=vector, q=query, w=where, p=part: one.both(v, q.lower().split(), k, w)[p]  # noqa: E731
            assert_same(both, backend, right)


def vector_of(embedder: Any, query: str) -> np.ndarray:
    return embedder.embed_queries([query])[0]


def assert_same(search: Callable[[int, SearchBackend], Scored], backend: SearchBackend, right: SearchBackend) -> None:
    scores = dict(search(10_000, right))
    for k in (1, 3, 10_000):
        found = search(k, backend)
        assert [score for _, score in found] == pytest.approx([score for _, score in search(k, right)], abs=1e-4)
        assert [score for _, score in found] == pytest.approx([scores[chunk_id] for chunk_id, _ in found], abs=1e-4)
        assert len({chunk_id for chunk_id, _ in found}) == len(found)


def test_an_empty_backend_finds_nothing(open_backend: Callable[[], SearchBackend], embedder: Any) -> None:
    backend = open_backend()
    assert backend.dense(vector_of(embedder, "kettle"), 5) == [] == backend.lexical(["kettle"], 5)


def test_step_by_step(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, hot: Document
) -> None:
    backend = shelf.caught_up(open_backend())
    steps: list[dict[str, Any]] = [
        {"documents": (kettle,)}, {"documents": (lamp, hot)}, {"documents": (replace(lamp, path=kettle.path),)}, {"remove": 2},
        {"documents": (kettle,), "remove": 3}, {"rename": 5},
    ]  # fmt: skip
    for step in steps:
        before = backend.generation.number
        shelf.commit(*step.pop("documents", ()), **step)
        backend = shelf.caught_up(backend)
        assert backend.generation.number == before + 1
        assert_right(backend, shelf, embedder)


def test_vectors_follow_their_chunks(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, hot: Document
) -> None:
    backend = behind = shelf.caught_up(open_backend())
    steps: list[dict[str, Any]] = [
        {"words": kettle}, {"follow": 1}, {"words": lamp}, {"documents": (hot,)}, {"follow": 2}, {"remove": 1}, {"follow": 99},
    ]  # fmt: skip
    for step in steps:
        shelf.commit(*step.pop("documents", ()), **step)
        backend = shelf.caught_up(backend)
        assert_right(backend, shelf, embedder)
    assert len(backend.dense(vector_of(embedder, "lamp"), 99)) == 4  # all that the lamp and the overheating have
    assert_right(shelf.caught_up(open_backend()), shelf, embedder)
    if not isinstance(behind, MemoryBackend):
        assert_right(shelf.caught_up(behind), shelf, embedder)


@pytest.mark.usefixtures("a_file_each_commit")
def test_vectors_that_follow_get_into_the_files(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document
) -> None:
    for step in ({"words": kettle}, {"words": lamp}, {"follow": 1}, {"follow": 2}, {"remove": 1}, {"follow": 99}):
        shelf.commit(**step)
        assert_right(shelf.caught_up(open_backend()), shelf, embedder)
        assert verify_index(shelf.folder) == []


def test_from_behind_and_from_nothing(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, hot: Document
) -> None:
    """What came and went between two looks is told too, and does no harm."""
    shelf.commit(kettle, lamp)
    behind = shelf.caught_up(open_backend())
    shelf.commit(hot)
    shelf.commit(replace(hot, path=kettle.path))
    shelf.commit(hot, remove=2)
    assert not shelf.changes(behind.generation).from_nothing
    assert_right(shelf.caught_up(behind), shelf, embedder)
    assert_right(shelf.caught_up(open_backend()), shelf, embedder)


def test_catching_up_twice_changes_nothing(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document
) -> None:
    shelf.commit(kettle, lamp)
    shelf.commit(remove=1)
    assert_right(shelf.caught_up(shelf.caught_up(open_backend())), shelf, embedder)


@pytest.mark.usefixtures("a_file_each_commit")
def test_whoever_is_too_far_behind_is_told_and_filled_from_nothing(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, hot: Document
) -> None:
    """New derived files cut the list of what went: the kettle is in it no more."""
    shelf.commit(kettle, lamp)
    behind = shelf.caught_up(open_backend())
    assert not shelf.changes(behind.generation).from_nothing
    shelf.commit(hot, remove=1)
    changes = shelf.changes(behind.generation)
    assert changes.from_nothing and len(changes.removed) == 0
    assert sum(len(part.ids) for part in changes.added()) == changes.count > 3
    assert_right(shelf.caught_up(behind), shelf, embedder)


def test_a_backend_of_an_index_that_was_made_anew_is_filled_from_nothing(
    open_backend: Callable[[], SearchBackend], shelf: Shelf, embedder: Any, kettle: Document, lamp: Document
) -> None:
    shelf.commit(kettle)
    old = shelf.caught_up(open_backend())
    other = Shelf(shelf.folder.with_name("other"), shelf.manifest, shelf._put)
    for _ in range(3):
        other.commit(lamp)
    assert other.changes(old.generation).from_nothing
    if isinstance(old, MemoryBackend):
        assert_right(other.caught_up(old), other, embedder)
    other.connections.close()


def test_a_section_and_a_document_are_enough_to_tell_what_may_be_found() -> None:
    where = Where(frozenset([7]), "Straße")
    assert where.holds(7, ["Start", "An der HAUPTSTRASSE"])
    assert not where.holds(8, ["An der HAUPTSTRASSE"]) and not where.holds(7, ["Start"]) and not where.holds(7, [])
    assert EVERYWHERE.holds(3, []) and not Where(frozenset()).holds(3, [])


@pytest.mark.parametrize("path", ["Use > Lid", "use › LID", "Use  >  Lid", "Use > The > Lid", "Kettle > Lid", " > lid", "Lid > "])
def test_a_path_of_headings_is_followed_down(path: str) -> None:
    assert Where(section=path).holds(1, ["Kettle K1", "Use", "The care", "Lid"])


@pytest.mark.parametrize("path", ["Lid > Use", "Use > Use", "Kettle > K1", "Use > Base", "Use>Lid"])
def test_headings_of_a_path_stand_below_each_other(path: str) -> None:
    assert not Where(section=path).holds(1, ["Kettle K1", "Use", "The care", "Lid"])


def test_a_heading_may_itself_look_like_a_path() -> None:
    assert Where(section="File > Save").holds(1, ["Menus", "File > Save as"]) and not Where(section=" > ").holds(1, ["Menus"])


def test_changes_come_in_slices_whose_columns_belong_together(
    shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SLICE", 2)
    shelf.commit(kettle, lamp)
    changes = shelf.changes(NOTHING)
    parts = list(changes.added())
    assert [len(part.ids) for part in parts[:-1]] == [2] * (len(parts) - 1) and len(parts) > 2
    with Index(shelf.folder) as index:
        stored = index.chunks(int(one) for part in parts for one in part.ids)
        vectors = index.embeddings(stored)
        assert changes.count == changes.vectors == index.count_chunks() == len(stored)
        assert changes.generation.number == index.generation and changes.generation.newest == max(stored)
    for part in parts:
        for row, chunk_id in enumerate(part.ids.tolist()):
            assert (part.documents[row], part.sections[row]) == (stored[chunk_id].document_id, stored[chunk_id].chunk.section)
            assert part.lengths[row] > 0
    made = list(changes.embedded())
    assert [ids.tolist() for ids, _ in made] == [part.ids.tolist() for part in parts]
    assert all(np.array_equal(one, vectors[chunk]) for ids, of in made for chunk, one in zip(ids.tolist(), of, strict=True))
    assert [part.ids.tolist() for part in changes.added()] == [part.ids.tolist() for part in parts]  # as often as one likes


def test_an_older_embedded_state_keeps_what_it_finds(shelf: Shelf, embedder: Any, kettle: Document, lamp: Document) -> None:
    shelf.commit(kettle)
    older = shelf.caught_up(Embedded.stored(shelf.connections, shelf.manifest))
    vector = vector_of(embedder, "lamp kettle")
    before = older.dense(vector, 99), older.lexical(["lamp", "kettle"], 99)
    shelf.commit(lamp, remove=1)
    newer = shelf.caught_up(older)
    assert (older.dense(vector, 99), older.lexical(["lamp", "kettle"], 99)) == before
    assert not {chunk_id for chunk_id, _ in newer.dense(vector, 99)} & {chunk_id for chunk_id, _ in before[0]}


def test_retrieval_goes_through_any_backend(shelf: Shelf, embedder: Any, kettle: Document, lamp: Document, hot: Document) -> None:
    shelf.commit(kettle, lamp, hot)
    memory = MemoryBackend()
    with Index(shelf.folder) as index, Index(shelf.folder, lambda connections, manifest: memory) as other:
        for step in ({}, {"remove": 1}, {"documents": (kettle,)}):
            shelf.commit(*step.pop("documents", ()), **step)
            for filters in (Filters(), Filters("lamp.html"), Filters(None, "warranty"), Filters("*", "überhitz")):
                found = [retrieve(one, embedder, "How long is the warranty?", AskSettings(), filters) for one in (index, other)]
                assert [replace(hit, score=0.0, dense=0.0, lexical=0.0) for hit in found[0]] == [
                    replace(hit, score=0.0, dense=0.0, lexical=0.0) for hit in found[1]
                ]
                assert [hit.score for hit in found[0]] == pytest.approx([hit.score for hit in found[1]], abs=1e-4)
    assert memory.refilled == 1  # at the beginning: its index had derived files by then


def test_what_a_backend_finds_that_the_snapshot_does_not_hold_is_left_out(
    shelf: Shelf, embedder: Any, kettle: Document, lamp: Document
) -> None:
    """An engine that keeps no older states may have been taken on by another process."""
    shelf.commit(kettle)
    memory = MemoryBackend()
    with Index(shelf.folder, lambda connections, manifest: memory) as index, index.snapshot():
        assert retrieve(index, embedder, "warranty", AskSettings())
        shelf.commit(lamp)
        shelf.caught_up(memory)
        hits = retrieve(index, embedder, "warranty", AskSettings())
        assert hits and {hit.document for hit in hits} == {kettle.path}
        with Index(shelf.folder, lambda connections, manifest: memory) as later:
            assert retrieve(later, embedder, "warranty", AskSettings())[0].document == lamp.path

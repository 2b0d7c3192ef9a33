"""An index that is searched in a Milvus: moved there and back, and every fault that may befall it, with a real Milvus Lite."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from filelock import FileLock
from grpc import StatusCode
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite_file import file_of, milvus_is_chosen

from ragqa.answering.asker import Retriever
from ragqa.answering.retrieve import retrieve
from ragqa.config import AskSettings
from ragqa.errors import (
    BackendLost,
    BackendRefused,
    BackendUnavailable,
    BackendUnusable,
    IndexDamaged,
    IndexReembedded,
    UsageError,
)
from ragqa.indexing import verify_backend
from ragqa.indexing.backends import begin_on, choice_for, move, refill, settle, take_away
from ragqa.indexing.index import Index
from ragqa.indexing.lock import BACKEND_LOCK
from ragqa.indexing.maintenance import describe_index, rebuild_index, remove_index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.reembed import Reembedder
from ragqa.indexing.search import changes as reading
from ragqa.indexing.search import milvus, milvus_rows, milvus_server
from ragqa.indexing.search.backend import Where
from ragqa.indexing.search.choice import EMBEDDED, Choice, chosen, put_choice
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.milvus import FILLING_SECONDS, filling, held_ids
from ragqa.indexing.search.milvus_file import address_of, let_go
from ragqa.indexing.search.milvus_rows import DENSE, HEADINGS, ID, TERMS, documents_expression
from ragqa.indexing.search.milvus_server import SEARCH_SECONDS, MilvusServer
from ragqa.indexing.search.milvus_state import STATE_ROW, find, prefix_of
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Document
from tests.conftest import FakeEmbedder

Commit = Callable[..., None]
NOWHERE = Choice("milvus", "http://127.0.0.1:9")
"""The port of a service that nothing here offers."""


@pytest.fixture
def folder(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Path:
    """An index that is searched in a Milvus, and is there."""
    index = make_index(kettle, lamp)
    index.close()
    move(index.folder, file_of(index.folder))
    return index.folder


@pytest.fixture
def commit(embedder: Any, manifest: Manifest, put_document: Callable[..., None]) -> Commit:
    """Puts documents into an index, and takes one out, by its id."""

    def committed(folder: Path, *documents: Document, remove: int = 0) -> None:
        with IndexWriter(folder, manifest) as writer:
            for document in documents:
                put_document(writer, embedder, document)
            if remove:
                writer.remove_document(remove)
            writer.commit()

    return committed


def server_of(folder: Path) -> MilvusServer:
    return MilvusServer(file_of(folder))


def collections(folder: Path) -> list[str]:
    return server_of(folder).names("ragqa_")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of any Milvus from now on, call by call."""
    made: list[str] = []
    real = MilvusServer._ask

    def told(self: MilvusServer, method: str, *values: Any, **named: Any) -> Any:
        made.append(method)
        return real(self, method, *values, **named)

    monkeypatch.setattr(MilvusServer, "_ask", told)
    return made


def test_a_question_is_one_call(folder: Path, embedder: Any, calls: list[str]) -> None:
    with Index(folder) as index, Index(folder, Embedded.stored) as right, index.snapshot():
        index.backend()
        calls.clear()
        found = retrieve(index, embedder, "When is the lid open?", AskSettings())
        assert calls == ["hybrid_search"] and found
        assert [hit.chunk_id for hit in found] == [
            hit.chunk_id for hit in retrieve(right, embedder, "When is the lid open?", AskSettings())
        ]


def test_a_server_that_cannot_search_both_at_once_is_asked_twice(
    folder: Path, embedder: Any, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(self: MilvusServicer, request: object, context: Any) -> None:
        context.abort(StatusCode.UNIMPLEMENTED, "unknown method HybridSearch for service milvus.proto.milvus.MilvusService")

    let_go(file_of(folder).uri)
    monkeypatch.setattr(MilvusServicer, "HybridSearch", cannot)
    with Index(folder) as index, Index(folder, Embedded.stored) as right, index.snapshot():
        index.backend()
        for told in (["hybrid_search", "search", "search"], ["search", "search"]):
            calls.clear()
            found = retrieve(index, embedder, "When is the lid open?", AskSettings())
            assert calls == told and found
            assert [hit.chunk_id for hit in found] == [
                hit.chunk_id for hit in retrieve(right, embedder, "When is the lid open?", AskSettings())
            ]


def test_what_refuses_one_search_too_may_search_both_at_once_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(folder) as index, index.snapshot():
        backend, vector = index.backend(), next(iter(index.embeddings(range(1, 99)).values()))
        assert isinstance(backend, milvus.Milvus)
        with monkeypatch.context() as full, pytest.raises(BackendUnavailable):
            for search in ("search", "search_both"):
                full.setattr(MilvusServer, search, refusing)
            backend.both(vector, ["lamp"], 3)
        assert backend.server.is_hybrid


def refusing(*_: object) -> None:
    raise BackendRefused("the Milvus refuses: too many requests")


@pytest.mark.parametrize("seed", range(20))
def test_what_a_glob_leaves_is_told_by_ranges_and_lists(seed: int) -> None:
    chance = Random(seed)
    there = sorted(chance.sample(range(1, 3000), 1000))
    wanted = {number for number in there if (number // chance.choice((1, 3, 40, 700))) % 2}
    left = documents_expression(frozenset(wanted), there)
    asked = compile(left, "expression", "eval")
    assert {number for number in there if eval(asked, {"document": number})} == wanted


def test_many_documents_are_told_shortly() -> None:
    there, told = range(1, 100_001), documents_expression
    assert told(frozenset(there), there) == ""
    assert told(frozenset(there[500:90_000]), there) == "((document >= 501 and document <= 90000))"
    assert told(frozenset({*there[9:2000], 5, 7000}), there) == "(document in [5, 7000] or (document >= 10 and document <= 2000))"
    assert told(frozenset(there) - {7, 70_000}, there) == "not (document in [7, 70000])"
    assert told(frozenset({7, 70_000}), there) == "(document in [7, 70000])"


def test_very_many_documents_here_and_there_leave_more_and_never_less() -> None:
    there = range(1, 100_001)
    assert documents_expression(frozenset(there[::2]), there).count(",") < 4_000
    left = documents_expression(frozenset({*there[:40_000:2], *there[60_000:]}), there)
    assert left.startswith("not ") and left.count(",") < 4_000 and "(document >= 40000 and document <= 60000)" in left


@pytest.mark.parametrize("most", [4_000, 1])
def test_ranges_and_what_is_not_wanted_find_the_same(
    folder: Path, commit: Commit, lamp: Document, kettle: Document, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    for number in range(6):
        commit(folder, replace(lamp if number % 2 else kettle, path=f"{number}.md"))
    for name, value in (("FEW_DOCUMENTS", 0), ("RANGE_COST", 2), ("MOST_LISTED", most)):
        monkeypatch.setattr(milvus_rows, name, value)
    with Index(folder) as index, Index(folder, Embedded.stored) as right, index.snapshot(), right.snapshot():
        vector = next(iter(index.embeddings(range(1, 99)).values()))
        for documents in ({3, 4, 5, 6}, {1, 3, 5, 7}, {2, 3, 4, 5, 6, 7, 8}, set(range(1, 9)), {2, 99}, {98, 99}):
            where = Where(frozenset(documents))
            for one, other in zip(*(of.search_both(vector, ["lamp", "lid"], 3, where) for of in (index, right)), strict=True):
                assert [score for _, score in one] == pytest.approx([score for _, score in other], abs=1e-3)
            assert len(index.search_dense(vector, 99, where)) == len(right.search_dense(vector, 99, where))


def searched(folder: Path, *opening: Any) -> list[Any]:
    """What two searches find."""
    with Index(folder, *opening) as index, index.snapshot():
        some = next(iter(index.embeddings(range(1, 99)).values()))
        return [index.search_dense(some, 9), index.search_lexical(["lamp", "lid", "warranti", "e-24"], 9)]


def assert_equal(folder: Path) -> None:
    """It finds what the embedded backend finds, and both sides agree."""
    there, here = searched(folder), searched(folder, Embedded.stored)
    for one, other in zip(there, here, strict=True):
        assert one and [score for _, score in one] == pytest.approx([score for _, score in other], abs=1e-3)
    assert [chunk for chunk, _ in there[1]] == [chunk for chunk, _ in here[1]]
    assert verify_index(folder) == []


def test_there_and_back(folder: Path) -> None:
    assert describe_index(folder).settings["backend_uri"] == file_of(folder).uri
    assert_equal(folder)
    with Index(folder) as index:
        index.backend()
        assert move(folder, EMBEDDED) == ""
        assert index.was_reembedded()  # it is opened again
    assert "backend" not in describe_index(folder).settings
    assert collections(folder) == []
    assert verify_index(folder) == []


def test_the_same_file_by_another_name_keeps_what_is_chosen(folder: Path) -> None:
    before, file = collections(folder), Path(file_of(folder).uri)
    (file.parent / "other").mkdir()
    choice = chosen("milvus", str(file.parent / "other" / ".." / file.name))
    assert move(folder, choice) == ""
    assert choice != file_of(folder) and collections(folder) == before
    assert verify_index(folder) == []


def test_a_file_that_a_link_leads_to_is_the_same_and_served_once(folder: Path, manifest: Manifest) -> None:
    file = Path(file_of(folder).uri)
    (folder.parent / "elsewhere").mkdir()
    link = folder.parent / "elsewhere" / "link.db"
    link.symlink_to(file)
    linked = chosen("milvus", str(link))
    begin_on(folder, linked, lambda: manifest)
    assert choice_for_folder(folder) == file_of(folder)
    assert MilvusServer(linked).names("") == collections(folder) != []
    assert move(folder, linked) == "" and choice_for_folder(folder) == linked  # it is kept as it was meant
    assert_equal(folder)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://host:19530", "http://HOST:19530/", True), ("http://host:19530/base", "http://host:19530/base", True),
        ("http://host:19530/base", "http://host:19530/Base", False), ("http://host:19530", "https://host:19530", False),
        ("a.db", "./a.db", True), ("a.db", "b/../a.db", True), ("a.db", "b.db", False),
    ],
)  # fmt: skip
def test_other_spellings_of_a_place(one: str, other: str, same: bool) -> None:
    assert chosen("milvus", one).is_same(chosen("milvus", other)) is same
    assert not chosen("milvus", one).is_same(EMBEDDED)


def choice_for_folder(folder: Path) -> Choice:
    with Index(folder) as index:
        return choice_for(index)


def test_what_comes_and_goes_is_brought_there_by_few_rows(
    folder: Path, commit: Commit, kettle: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, put = collections(folder), []
    real = MilvusServer.put
    monkeypatch.setattr(MilvusServer, "put", lambda self, name, rows, *new: (put.extend(rows), real(self, name, rows, *new)))
    commit(folder, kettle)  # in the place of the one there
    assert settle(folder) == "" and collections(folder) == before
    with Index(folder) as index:
        came = {chunk.id for chunk in index.document_chunks(3)}
    assert {row[ID] for row in put} == came | {STATE_ROW}
    assert_equal(folder)


@pytest.mark.usefixtures("a_file_each_commit")
def test_who_is_too_far_behind_is_told_apart_by_ids_and_not_filled_anew(folder: Path, commit: Commit, kettle: Document) -> None:
    before = collections(folder)
    commit(folder, remove=2)
    commit(folder, kettle)
    assert settle(folder) == "" and collections(folder) == before
    assert_equal(folder)


def test_longer_chunks_give_all_terms_other_weights(folder: Path, commit: Commit, script_document: Any) -> None:
    long = script_document("long.md", [("heading", "Long", 1), *[("paragraph", " ".join(f"word{n}" for n in range(80)))] * 6])
    mean = find(server_of(folder), _identity(folder)).state.mean
    commit(folder, long)
    assert settle(folder) == ""
    assert find(server_of(folder), _identity(folder)).state.mean > 1.25 * mean
    assert_equal(folder)


def _identity(folder: Path) -> str:
    with Index(folder) as index:
        return index.notes.identity


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_killed_while_it_is_brought_up_to_a_commit(
    folder: Path, commit: Commit, kettle: Document, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FEW", 2)
    commit(folder, kettle)
    with monkeypatch.context() as broken:
        broken.setattr(MilvusServer, "put", failing_after(MilvusServer.put, calls))
        assert "No space" in settle(folder)
    assert "lags" in verify_index(folder)[0]
    assert_equal(folder)


@pytest.mark.parametrize("calls", [0, 2])
def test_killed_while_it_is_filled(folder: Path, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FEW", 2)
    for name in collections(folder):
        server_of(folder).drop(name)
    with monkeypatch.context() as broken:
        broken.setattr(MilvusServer, "put", failing_after(MilvusServer.put, calls))
        assert "No space" in settle(folder)
    assert collections(folder) == []  # one more each time would fill the disk for good
    assert "holds nothing of this index" in verify_index(folder)[0]
    assert_equal(folder)


def test_what_a_killed_fill_left_is_gone_before_the_next_begins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, beside = server_of(folder), []
    with Index(folder) as index:
        left, dimension = prefix_of(index.notes.identity) + "left", index.manifest.dimension
    for name in collections(folder):
        server.drop(name)
    server.create(left, dimension, 1)
    real = MilvusServer.create
    monkeypatch.setattr(MilvusServer, "create", lambda self, *of: (beside.extend(self.names("")), real(self, *of))[1])
    assert settle(folder) == "" and beside == []
    assert len(collections(folder)) == 1


def failing_after(real: Callable[..., None], calls: int) -> Callable[..., None]:
    """A server that is full, or dead, after so many calls."""
    made = []

    def put(self: MilvusServer, *values: Any) -> None:
        made.append(values)
        if len(made) > calls:
            raise BackendUnavailable("the Milvus refuses: No space left on device")
        real(self, *values)

    return put


def test_restarted_empty_while_it_is_in_use(folder: Path) -> None:
    with Index(folder) as index:
        first = index.search_lexical(["lamp"], 5)
        for name in collections(folder):
            server_of(folder).drop(name)
        assert index.search_lexical(["lamp"], 5) == first != []
    assert_equal(folder)


def test_who_asks_waits_for_another_who_fills_no_longer_than_for_a_search(
    folder: Path, commit: Commit, kettle: Document, lamp: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    @contextmanager
    def told(connections: object, seconds: float) -> Iterator[None]:
        waited.append(seconds)
        yield

    monkeypatch.setattr(milvus, "filling", told)
    commit(folder, kettle)
    searched(folder)
    commit(folder, lamp)
    assert settle(folder) == ""
    assert waited == [SEARCH_SECONDS, FILLING_SECONDS]


def test_another_who_fills_is_not_waited_for_for_ever(folder: Path) -> None:
    with (
        Index(folder) as index, FileLock(folder / BACKEND_LOCK),
        pytest.raises(BackendUnavailable, match="still filling"), filling(index.connections, 0.0),
    ):  # fmt: skip
        pass


def test_one_that_is_lost_while_it_is_opened_is_opened_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the process has just ended that served its file."""
    real, lost = MilvusServer.names, [BackendLost("it is served no more")]

    def names(self: MilvusServer, prefix: str) -> list[str]:
        if lost:
            raise lost.pop()
        return real(self, prefix)

    monkeypatch.setattr(MilvusServer, "names", names)
    with Index(folder) as index:
        assert index.search_lexical(["lamp"], 5) and not lost


def test_its_file_is_lost(folder: Path) -> None:
    let_go(file_of(folder).uri)
    shutil.rmtree(file_of(folder).uri)
    assert_equal(folder)


def test_its_file_cannot_be_opened(folder: Path, embedder: Any) -> None:
    file = Path(file_of(folder).uri)
    let_go(str(file))
    shutil.rmtree(file)
    file.write_text("another program's")
    assert str(file) in settle(folder)
    assert str(file) in verify_index(folder)[0]
    with Index(folder) as index, index.snapshot():
        assert retrieve(index, embedder, "When is the lid open?", AskSettings(fallback="lexical"))
        assert str(file) in index.words_alone


def test_a_database_from_a_back_up_that_went_on(folder: Path, commit: Commit, kettle: Document, lamp: Document) -> None:
    """Its numbers and ids meet those of what is lost, and mean other chunks."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, closing(sqlite3.connect(folder / "kept")) as kept:
        connection.backup(kept)
    derived = {path.name: path.read_bytes() for path in folder.glob("*-[0-9]*")}
    commit(folder, kettle)
    assert settle(folder) == ""
    os.replace(folder / "kept", folder / DATABASE)
    for log in ("-wal", "-shm"):
        (folder / f"{DATABASE}{log}").unlink(missing_ok=True)
    for name, held in derived.items():
        (folder / name).write_bytes(held)
    assert "holds a later commit" in verify_index(folder)[0]
    commit(folder, lamp)
    assert "another past" in verify_index(folder)[0]
    commit(folder, remove=1)
    assert settle(folder) == ""
    assert_equal(folder)


def copy_of(folder: Path) -> Path:
    """A copy of an index's folder, which is searched where the first one is."""
    copy = folder.parent / "copies" / folder.name
    shutil.copytree(folder, copy)
    return copy


def test_a_copy_that_is_only_read_is_searched_there_and_changes_nothing(
    folder: Path, commit: Commit, kettle: Document, embedder: Any, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    copy = copy_of(folder)
    monkeypatch.setattr(milvus, "is_writable", lambda where: where != copy)
    assert searched(copy) == searched(folder)
    commit(folder, kettle)  # in the place of the one there
    assert settle(folder) == ""
    before, made = collections(folder), calls.copy()
    calls.clear()
    with Index(copy) as index:
        found = searched(copy)
        assert found[0] and {chunk for one in found for chunk, _ in one} <= index.chunks(range(99)).keys()
        assert index.backend().generation.number == index.generation + 1
    assert "this copy of the index" in verify_index(copy)[0]
    commit(copy, kettle)  # what it holds is ahead of the Milvus, as where it was copied before that was brought there
    commit(copy, kettle)
    with pytest.raises(BackendUnavailable, match="may only be read here"):
        searched(copy)
    assert_words_answer(copy, embedder, "may only be read here")
    assert made and not {"insert", "upsert", "delete", "drop_collection", "create_collection"} & set(calls)
    assert collections(folder) == before
    assert_equal(folder)


def test_a_copy_that_may_be_written_leaves_a_later_commit_alone(
    folder: Path, commit: Commit, kettle: Document, embedder: Any
) -> None:
    """It may be a back-up as well: who restored it says so."""
    copy = copy_of(folder)
    commit(folder, kettle)
    assert settle(folder) == ""
    before = collections(folder)
    with pytest.raises(BackendUnusable, match="holds a later commit of index"):
        searched(copy)
    for line in (settle(copy), verify_index(copy)[0]):
        assert "let nobody write to it here" in line and "ragqa index rebuild NAME --backend" in line
    assert_words_answer(copy, embedder, "a later commit")
    assert collections(folder) == before
    assert_equal(folder)
    refill(copy)
    assert_equal(copy)


def test_one_that_is_ahead_of_a_snapshot_is_left_there(folder: Path, commit: Commit, kettle: Document) -> None:
    with Index(folder) as index, index.snapshot():
        assert index.count_chunks()
        commit(folder, kettle)
        assert settle(folder) == ""
        before = collections(folder)
        found = index.search_lexical(["kettl", "lid"], 9)
        assert {chunk for chunk, _ in found} <= index.chunks(range(99)).keys()
    assert collections(folder) == before


def test_the_vectors_of_a_later_snapshot_are_left_there(folder: Path) -> None:
    other = FakeEmbedder("fake", "taught")
    with Index(folder) as index, index.snapshot():
        assert index.count_chunks()
        with Reembedder(folder) as work:
            work.aim(other, "taught")
            work.embed(other)
            work.switch()
        assert settle(folder) == ""
        filled = collections(folder)
        with pytest.raises(IndexReembedded):
            index.search_lexical(["lamp"], 5)
    assert collections(folder) == filled
    assert_equal(folder)


def test_a_collection_of_another_make(folder: Path, embedder: Any) -> None:
    server = server_of(folder)
    name = prefix_of(_identity(folder)) + "other"
    server._connected().create_collection(name, dimension=4)
    assert "is not as ragqa makes them" in settle(folder)
    assert "is not as ragqa makes them" in verify_index(folder)[0]
    with pytest.raises(BackendUnusable, match="is not as ragqa makes them"):
        searched(folder)
    assert_words_answer(folder, embedder, "is not as ragqa makes them")
    refill(folder)
    assert_equal(folder)


SAID = {"schema": 1, "index": "", "number": 5, "newest": 1, "mark": "", "fingerprint": "", "mean": 1.5}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{"schema": 2, "index": ""}', "is of schema 2, this version has 1"),
        ("[]", "does not say of which index"),
        ('{"schema": 1}', "does not say of which index"),
        (json.dumps({**SAID, "number": "5"}), "does not say of which index"),
        (json.dumps({**SAID, "mean": 0}), "does not say of which index"),
        (json.dumps({**SAID, "mean": "x"}), "does not say of which index"),
    ],
)
def test_a_collection_of_another_version(folder: Path, said: str, told: str, embedder: Any) -> None:
    server, (name,) = server_of(folder), collections(folder)
    server.put(name, [{**server.row(name, STATE_ROW), HEADINGS: said}])
    for line in (settle(folder), verify_index(folder)[0]):
        assert told in line and "ragqa index rebuild NAME --backend" in line and "next question" not in line
    assert_words_answer(folder, embedder, told)
    refill(folder)
    assert_equal(folder)


def test_both_sides_are_compared(folder: Path) -> None:
    server, (name,) = server_of(folder), collections(folder)
    row = server.row(name, 2)

    def problems() -> str:
        return " ".join(verify_index(folder))

    server.delete(name, [2])
    assert "it lacks 1 of" in problems() and "e.g. 2" in problems()
    server.put(name, [row, {**row, ID: 77}])
    assert "it holds 1 chunks that SQLite does not, e.g. 77" in problems()
    server.delete(name, [77])
    server.put(name, [{**row, DENSE: [0.5] * len(row[DENSE])}])
    assert "the vector of chunk 2 differs" in problems()
    server.put(name, [{**row, TERMS: {5: 1.0}}])
    assert "the weights of the terms of chunk 2 differ" in problems()
    server.put(name, [{**row, HEADINGS: "elsewhere"}])
    assert "chunk 2 is of another document or section" in problems()
    server.put(name, [row])
    assert problems() == ""


def test_a_row_that_goes_while_both_sides_are_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def then_gone(server: MilvusServer, name: str, newest: int) -> dict[int, bool]:
        there = held_ids(server, name, newest)
        server.delete(name, [2])
        return there

    monkeypatch.setattr(verify_backend, "held_ids", then_gone)
    assert "chunk 2 is gone from it" in " ".join(verify_index(folder))


def test_all_that_should_not_be_there_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, (name,) = server_of(folder), collections(folder)
    row, strays = server.row(name, 2), range(1000, 1019)
    server.put(name, [{**row, ID: number} for number in strays])
    for module in (milvus, milvus_server):
        monkeypatch.setattr(module, "MOST_HITS", 4)
    with Index(folder) as index:
        ids = {chunk for one in index.documents() for chunk in (stored.id for stored in index.document_chunks(one.id))}
    assert held_ids(server, name, max(ids)).keys() == {*ids, *strays}


def test_rebuilt_words_are_brought_there_too(folder: Path) -> None:
    before = collections(folder)
    rebuild_index(folder)
    assert_equal(folder)
    assert collections(folder) != before


def test_an_export_says_nothing_of_it(folder: Path, tmp_path: Path) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    with zipfile.ZipFile(archive) as packed:
        for member in packed.namelist():
            assert file_of(folder).uri.encode() not in packed.read(member)
    info = import_index(archive, tmp_path / "elsewhere", trust=Trust(embedders=("fake",)))
    assert "backend" not in info.settings
    assert verify_index(tmp_path / "elsewhere" / "shelf") == []


def test_what_an_archive_says_of_it_is_not_obeyed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.indexing.transfer.put_choice", lambda *_: None)  # as somebody else may write one
    archive = export_index(folder, tmp_path / "shelf.zip")
    info = import_index(archive, tmp_path / "elsewhere", trust=Trust(embedders=("fake",)))
    assert "backend" not in info.settings
    with Index(tmp_path / "elsewhere" / "shelf") as index:
        assert choice_for(index) == EMBEDDED


def test_removed_it_leaves_nothing_there(folder: Path) -> None:
    assert remove_index(folder) == ""
    assert collections(folder) == [] and not folder.exists()


def out_of_reach(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        put_choice(connection, NOWHERE)


def test_out_of_reach(folder: Path, commit: Commit, kettle: Document, embedder: Any) -> None:
    out_of_reach(folder)
    commit(folder, kettle)  # all the same
    assert settle(folder) == "the Milvus at http://127.0.0.1:9 is out of reach. The next question tries again."
    with Index(folder) as index, index.snapshot():
        with pytest.raises(BackendUnavailable, match="out of reach") as told:
            retrieve(index, embedder, "When is the lid open?", AskSettings())
        assert "--fallback lexical" in told.value.hint
        hits = retrieve(index, embedder, "When is the lid open?", AskSettings(fallback="lexical"))
        assert hits and index.words_alone == told.value.message
    with Index(folder) as index:
        found = Retriever(index, embedder, AskSettings(fallback="lexical")).search("When is the lid open?")
        assert found == hits and found.fallback == told.value.message
    with Index(folder) as index:
        assert not index.words_alone
    hint = "Start it. Until then questions can be asked with --fallback lexical."
    assert verify_index(folder) == [f"the Milvus at http://127.0.0.1:9 is out of reach ({hint})"]
    assert "is left there" in take_away(NOWHERE, _identity(folder))
    assert "is left there" in remove_index(folder)


def test_words_alone_are_those_of_the_embedded_backend(folder: Path, embedder: Any) -> None:
    with Index(folder) as index, Index(folder, Embedded.stored) as right, index.snapshot():
        index.search_words_alone("a fault")
        for section in (None, "errors"):
            where = index.where(None, section)
            assert index.search_lexical(["lid", "lamp"], 9, where) == right.search_lexical(["lid", "lamp"], 9, where)


def test_an_index_is_begun_there_and_never_where_it_is_not_meant(
    tmp_path: Path, manifest: Manifest, folder: Path, commit: Commit, lamp: Document
) -> None:
    new = tmp_path / "new"
    with pytest.raises(BackendUnavailable):
        begin_on(new, NOWHERE, lambda: manifest)
    assert not new.exists()
    begin_on(new, file_of(new), lambda: manifest)
    commit(new, lamp)
    assert_equal(new)
    begin_on(folder, file_of(folder), lambda: manifest)
    with pytest.raises(UsageError, match=r"is searched by milvus at .*, not embedded"):
        begin_on(folder, EMBEDDED, lambda: manifest)


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("milvus", ""), ("embedded", "x.db"), ("elastic", "http://a"), ("milvus", "http://me:pw@host:1"), ("milvus", "ftp://host"),
        ("milvus", "http://host:1/a?token=b"), ("milvus", "a\x1b[2Jb.db"), ("milvus", "http://ho st"),
        ("", "a.db"), ("milvus", "http://[::1"), ("milvus", "http://host:99999"), ("milvus", "~no-such-user/a.db"),
        ("milvus", " "), ("milvus", "localhost:19530"), ("milvus", "milvus.example:19530/manuals"), ("milvus", "[::1]:19530"),
    ],
)  # fmt: skip
def test_what_is_no_place(kind: str, uri: str) -> None:
    with pytest.raises(UsageError) as told:
        chosen(kind, uri)
    assert "pw" not in told.value.message and "\x1b" not in told.value.message


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://host/?a=b", "takes nothing behind a '?'"), ("http://host/#a@b", "takes nothing behind a '#'"),
        ("https://host:1/base?user=me@here", "takes nothing behind a '?'"), ("http://me:pw@host/?a=b", "a user or a password"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_address(uri: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        chosen("milvus", uri)


def test_a_place_is_kept_as_it_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen("milvus", "a.db") == Choice("milvus", str(tmp_path / "a.db"))
    assert chosen("milvus", "https://host:19530/base").uri == "https://host:19530/base"
    assert chosen("milvus", "./localhost:19530").uri == str(tmp_path / "localhost:19530")
    assert chosen("embedded") == EMBEDDED


def test_a_note_that_is_none(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("UPDATE meta SET value = '{}' WHERE key = 'backend'")
    with Index(folder) as index, pytest.raises(IndexDamaged, match="search backend cannot be read"):
        index.backend()
    move(folder, EMBEDDED)  # as the hint says
    assert verify_index(folder) == []


def test_a_file_is_served_where_only_its_user_may_go(tmp_path: Path) -> None:
    """Milvus Lite's own server listens on all interfaces, and pymilvus's on a port of this machine."""
    before = listening()
    address = address_of(str(tmp_path / "a.db"))
    socket = Path(address.removeprefix("unix:"))
    assert socket.is_socket() and socket.parent.stat().st_mode & 0o777 == 0o700
    MilvusServer(Choice("milvus", str(tmp_path / "a.db"))).names("")
    assert listening() == before


def listening() -> set[str]:
    """The TCP addresses that this process listens on."""
    mine = {os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink() and one.exists()}
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in mine}


CHILD = """
import sys
from pathlib import Path
from ragqa.indexing.index import Index
index = Index(Path(sys.argv[1]))
for line in sys.stdin:
    with index.snapshot():
        print(index.count_chunks(), len(index.search_lexical(["lamp", "lid"], 99)), flush=True)
"""


def test_two_processes_ask_while_a_third_writes(folder: Path, commit: Commit, kettle: Document) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    def there() -> tuple[int, int]:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write("\n")
        child.stdin.flush()
        chunks, found = child.stdout.readline().split()
        return int(chunks), int(found)

    def here() -> tuple[int, int]:
        with Index(folder) as index, index.snapshot():
            return index.count_chunks(), len(index.search_lexical(["lamp", "lid"], 99))

    with child:
        assert there() == here()
        commit(folder, kettle)
        assert there() == here()  # whoever asks first brings it up to the commit
        let_go(file_of(folder).uri)  # who served it has ended: the next serves it
        assert there() == here()
        commit(folder, remove=2)
        assert here() == there()
        assert child.stdin is not None
        child.stdin.close()


class Fault(Exception):
    def __init__(self, code: object, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (1, "DEADLINE_EXCEEDED", "did not answer within 20 s"),
        (2, "Fail connecting to server", "is out of reach"),
        (16, "UNAUTHENTICATED: hush-hush", "refuses the token"),
        (
            9,
            "quota exceeded: disk hush-hush\x1b[31m full\n  more",
            "refuses: quota exceeded: disk … [31m full more",
        ),
        (65535, "x" * 9999, "x" * 200),
        (16, "auth check failure, please check api key is correct", "refuses the token"),
        (65535, "rpc error: code = Unauthenticated desc = no such user", "refuses the token"),
        (StatusCode.UNAUTHENTICATED, "no", "refuses the token"),
        (StatusCode.DEADLINE_EXCEEDED, "", "did not answer within 20 s"),
        (1, "[search] Retry timeout: 20s", "did not answer within 20 s"),
        (1100, "no field of the author", "refuses: no field of the author"),
        (800, "database not found[database=authority]", "refuses: database not found"),
        (1100, 'cannot parse expression: headings like "%authenticated timeout%"', "refuses: cannot parse expression"),
    ],
)
def test_every_refusal_is_a_line(code: object, message: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(milvus_server.TOKEN_VARIABLE, "hush-hush")
    error = MilvusServer(NOWHERE)._told(Fault(code, message), 20.0)
    assert told in error.message and "hush-hush" not in error.message and "\x1b" not in error.message
    assert len(error.message) < 300 and "\n" not in error.message


def assert_words_answer(folder: Path, embedder: Any, reason: str) -> None:
    """Where that is wished, the index's own words do until somebody has mended it."""
    with Index(folder) as index, index.snapshot():
        assert retrieve(index, embedder, "When is the lid open?", AskSettings(fallback="lexical"))
        assert reason in index.words_alone


def test_without_the_extra_one_line_says_what_to_install(folder: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(BackendUnusable) as told:
        searched(folder)
    assert told.value.hint == "pip install 'ragqa[milvus]'"
    assert "needs pymilvus" in settle(folder) and "next question" not in settle(folder)
    assert_words_answer(folder, embedder, "needs pymilvus")


def test_an_index_without_an_identity(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'identity'")
    assert "without an identity" in settle(folder)


def test_the_tests_choose_what_users_do(folder: Path) -> None:
    assert milvus_is_chosen(folder) == file_of(folder)
    with Index(folder) as index:
        assert choice_for(index) == file_of(folder)

"""One index, many threads: none waits for another, each sees one commit, and closing harms nobody."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import versions
from versions import MANIFEST, move_on, put_version, vector_of, version_of

from ragqa.errors import IndexClosed, IndexDamaged, IndexMismatch, IndexOvertaken, RagqaError
from ragqa.indexing import database
from ragqa.indexing.browse import extract, find_text, list_documents
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import remove_index
from ragqa.indexing.search import derived
from ragqa.indexing.writer import IndexWriter

THREADS, LAST = 8, 24
LONG = 60.0
"""Seconds after which a thread that waits for another counts as stuck."""

QUERIES = ["pump turns", "manual 3 filter", "version hose"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that holds version 0."""
    monkeypatch.setattr(derived, "SETTLED_CHUNKS", 0)  # restored afterwards, whatever `move_on` makes it
    move_on(tmp_path / "shelf", 0)
    return tmp_path / "shelf"


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    with Index(folder) as opened:
        yield opened


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Any]]:
    """Runs a function in another thread, the same each time, and gives what it returns; fails where it gets stuck."""
    pool = ThreadPoolExecutor(1)
    yield lambda act, *given: pool.submit(act, *given).result(LONG)
    pool.shutdown(wait=False, cancel_futures=True)


def answers(index: Index) -> tuple[Any, ...]:
    """All that a thread may ask of a snapshot, without ids, which say how an index came about and not what it holds."""
    with index.snapshot():
        documents = index.documents()
        chunks = {one.id: one.chunk.text for document in documents for one in index.document_chunks(document.id)}
        lamps = index.where("manual-2.md", "part")
        searched = [
            sorted((round(score, 3), chunks[chunk_id]) for chunk_id, score in found)
            for query in QUERIES
            for found in (
                index.search_dense(vector_of(query), 5), index.search_lexical(query.split(), 999),
                index.search_dense(vector_of(query), 5, lamps), index.search_lexical(query.split(), 999, lamps),
            )
        ]  # fmt: skip
        read = [(one.path, index.text(one.id), len(index.blocks(one.id, 0, 10**6))) for one in documents]
        return searched, read, sorted(chunks.values())


def alone(folder: Path, version: int) -> tuple[Any, ...]:
    """What a single thread finds in an index that has only ever held this version."""
    with IndexWriter(folder, MANIFEST) as writer:
        put_version(writer, version)
        writer.commit()
    with Index(folder) as index:
        return answers(index)


def test_threads_answer_beside_writers_as_one_thread_does_alone(folder: Path, tmp_path: Path) -> None:
    """A thread of this process and another process take turns to write; the first snapshots are all held at once."""
    all_inside, done = threading.Barrier(THREADS), threading.Event()

    def ask(index: Index) -> list[tuple[int, tuple[Any, ...]]]:
        given = []
        with index.snapshot():
            assert index.documents()
            all_inside.wait(LONG)
        while not done.is_set() or len(given) < 3:
            with index.snapshot():
                version = version_of(index)
                given.append((version, answers(index)))
                assert version_of(index) == version
        return given

    arguments = [sys.executable, versions.__file__, str(folder), str(LAST)]
    with Index(folder) as index, ThreadPoolExecutor(THREADS) as pool, subprocess.Popen(arguments) as other:
        asking = [pool.submit(ask, index) for _ in range(THREADS)]
        try:
            move_on(folder, LAST)
            assert other.wait() == 0
        finally:
            done.set()
        found = [one for thread in asking for one in thread.result()]
        assert version_of(index) == LAST
    seen = {version for version, _ in found}
    assert len(seen) > 2
    right = {version: alone(tmp_path / f"alone-{version}", version) for version in seen}
    assert [version for version, answer in found if answer != right[version]] == []


def test_a_snapshot_held_elsewhere_keeps_nobody_waiting(index: Index, elsewhere: Callable[..., Any]) -> None:
    with index.snapshot():
        assert len(list_documents(index)) == versions.MANUALS
        assert elsewhere(find_text, index, 1, "pump", 0) is not None
        assert elsewhere(extract, index, 1, 0, 10).blocks
        assert elsewhere(list_documents, index) == list_documents(index)
        assert elsewhere(answers, index) == answers(index)


def test_each_thread_stays_at_the_generation_of_its_own_snapshot(
    index: Index, folder: Path, elsewhere: Callable[..., Any]
) -> None:
    with index.snapshot():
        before = answers(index)
        for version in (1, 2, 3):  # one of them with derived files of its own
            move_on(folder, version)
            later = elsewhere(answers, index)
            assert later != before and elsewhere(version_of, index) == version
            assert answers(index) == before
    assert answers(index) == later


def test_a_snapshot_taken_before_others_moved_on_searches_its_own(
    index: Index, folder: Path, elsewhere: Callable[..., Any], tmp_path: Path
) -> None:
    """Also where it had not searched yet, and its files are gone."""
    with index.snapshot():
        assert version_of(index) == 0
        for version in (1, 2, 3, 4):
            move_on(folder, version)
            elsewhere(answers, index)
        assert not any(path.exists() for path in index.notes.derived)
        assert answers(index) == alone(tmp_path / "alone", 0)


def test_a_closed_index_says_so_and_nothing_worse(folder: Path) -> None:
    index = Index(folder)
    answers(index)
    index.close()
    index.close()
    for use in (index.documents, lambda: index.text(1), lambda: answers(index), lambda: index.search_lexical(["pump"], 3)):
        with pytest.raises(IndexClosed, match="'shelf' is closed") as caught:
            use()
        assert "rm" not in caught.value.hint.split()
    with Index(folder) as again:
        assert version_of(again) == 0


def test_closing_while_another_thread_is_in_a_snapshot(index: Index, elsewhere: Callable[..., Any]) -> None:
    """It does not wait; that thread's next read is told, and its connection goes with its snapshot."""
    with pytest.raises(IndexClosed, match="is closed"), index.snapshot():
        assert index.documents()
        with index.connection() as connection:
            elsewhere(index.close)
            assert connection.execute("SELECT count(*) FROM documents").fetchone() == (versions.MANUALS,)
        index.documents()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_closing_while_many_threads_read(folder: Path) -> None:
    """Each goes on until it is told that the index is closed; none is told that it is damaged, and nothing crashes."""
    for _ in range(5):
        index, begun = Index(folder), threading.Barrier(THREADS + 1)

        def read(index: Index = index, begun: threading.Barrier = begun) -> RagqaError:
            begun.wait(LONG)
            while True:
                try:
                    answers(index)
                except RagqaError as error:
                    return error

        with ThreadPoolExecutor(THREADS) as pool:
            reading = [pool.submit(read) for _ in range(THREADS)]
            begun.wait(LONG)
            index.close()
            assert [type(thread.result(LONG)) for thread in reading] == [IndexClosed] * THREADS


def test_a_thread_that_ended_leaves_no_connection(index: Index) -> None:
    """However many come and go; those of an index that was forgotten go too."""
    gc.collect()
    before = open_connections()
    for _ in range(30):
        threads = [threading.Thread(target=index.documents) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert open_connections() <= before  # other tests' may have gone meanwhile
    gc.collect()
    before = open_connections()
    forgotten = Index(index.folder)
    forgotten.documents()
    assert open_connections() == before + 1
    del forgotten
    gc.collect()
    assert open_connections() <= before


def open_connections() -> int:
    count = 0
    for one in gc.get_objects():
        if isinstance(one, sqlite3.Connection):
            with suppress(sqlite3.ProgrammingError):
                one.execute("SELECT 1")
                count += 1
    return count


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_threads_that_come_and_go_use_up_no_files(index: Index) -> None:
    for _ in range(50):
        thread = threading.Thread(target=index.documents)
        thread.start()
        thread.join()
    held = [path for one in Path("/proc/self/fd").iterdir() if (path := readlink(one)).startswith(str(index.folder))]
    assert len(held) < 12


def readlink(path: Path) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""


def test_a_thread_that_comes_later_never_reads_another_index_of_the_name(
    index: Index, folder: Path, elsewhere: Callable[..., Any]
) -> None:
    """Its ids would be taken for those of the one that other threads read."""
    assert version_of(index) == 0
    remove_index(folder)
    move_on(folder, 2)
    assert version_of(index) == 0
    with pytest.raises(IndexClosed, match="made anew"):
        elsewhere(index.documents)


def test_many_threads_read_a_folder_that_nobody_may_write_to(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        with Index(folder) as index, ThreadPoolExecutor(4) as pool:
            assert [one.result(LONG) for one in [pool.submit(answers, index) for _ in range(8)]] == [answers(index)] * 8
    finally:
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o644)


def test_a_reader_without_the_right_to_write_sees_what_others_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite is told that such files never change; left alone, it would read pages of two commits and call them damaged."""
    connect = database._connect

    def refused(folder: Path, mode: str, *settings: str, immutable: bool = False, **cache: int) -> sqlite3.Connection:
        if mode == "ro" and not immutable:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(folder, mode, *settings, immutable=immutable, **cache)

    with monkeypatch.context() as patch:
        patch.setattr(database, "_connect", refused)
        patch.setattr(database.os, "access", lambda path, mode: False)
        with Index(folder) as index:
            for version in range(4):
                move_on_unpatched(folder, version)
                assert version_of(index) == version
                assert {text.split()[1] for text in answers(index)[2]} == {str(version)}


def test_a_read_without_a_lock_that_somebody_wrote_into_is_told_and_not_taken_for_damage(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.os, "access", lambda path, mode: False)
    plain = database._connect

    def connect(folder: Path, mode: str, *settings: str, immutable: bool = False, **cache: int) -> sqlite3.Connection:
        if mode == "ro" and not immutable and not (folder / "index.sqlite-wal").exists():
            raise sqlite3.OperationalError("unable to open database file")
        return plain(folder, mode, *settings, immutable=immutable, **cache)

    monkeypatch.setattr(database, "_connect", connect)
    with Index(folder) as index:
        assert version_of(index) == 0
        with pytest.raises(IndexOvertaken, match="somebody else"), index.snapshot():
            assert version_of(index) == 0
            move_on_unpatched(folder, 1)
        with pytest.raises(IndexOvertaken), index.snapshot():
            move_on_unpatched(folder, 2)
            raise IndexDamaged("what pages of two commits look like")
        assert version_of(index) == 2


def move_on_unpatched(folder: Path, version: int) -> None:
    """By somebody else, who may write."""
    subprocess.run([sys.executable, versions.__file__, str(folder), str(version)], check=True)


def test_a_writer_that_cannot_begin_leaves_no_connection(folder: Path) -> None:
    gc.collect()
    before = open_connections()
    writer = IndexWriter(folder, replace(MANIFEST, chunk_tokens=99))
    with pytest.raises(IndexMismatch):
        writer.__enter__()
    assert open_connections() == before

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock, Semaphore
from typing import Any

import pytest

from ragqa.errors import BackendUnavailable
from ragqa.indexing.connections import Connections
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import Generation, SearchBackend
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Document

THREADS = 6


def test_what_is_searched_is_opened_once_for_all_threads_and_caught_up_once(
    make_index: Callable[..., Index], kettle: Document, lamp: Document, manifest: Manifest, embedder: Any,
    put_document: Callable[..., None],
) -> None:  # fmt: skip
    opened: list[SearchBackend] = []

    def opening(connections: Connections, manifest: Manifest) -> SearchBackend:
        opened.append(Embedded.stored(connections, manifest))
        return opened[-1]

    folder = make_index(kettle).folder
    with Index(folder, opening) as index, ThreadPoolExecutor(THREADS) as pool:
        at_once = Barrier(THREADS)

        def searched() -> SearchBackend:
            at_once.wait(60)
            return index.backend()

        first = {pool.submit(searched) for _ in range(THREADS)}
        assert len({id(one.result()) for one in first}) == 1 == len(opened)
        with IndexWriter(folder, manifest) as writer:
            put_document(writer, embedder, lamp)
            writer.commit()
        second = {pool.submit(searched) for _ in range(THREADS)}
        assert len({id(one.result()) for one in second}) == 1 == len(opened)
        assert index.backend().generation.number == index.generation == 2


def test_older_generations_go_when_nobody_holds_them(
    make_index: Callable[..., Index], kettle: Document, lamp: Document, manifest: Manifest, embedder: Any,
    put_document: Callable[..., None],
) -> None:  # fmt: skip
    index = make_index(kettle)
    index.backend()
    for document in (lamp, kettle, lamp):
        with IndexWriter(index.folder, manifest) as writer:
            put_document(writer, embedder, document)
            writer.commit()
        index.backend()
    assert list(index._backends._generations._known) == [index.generation]


class Line:
    """A lock that tells of everybody who comes to it."""

    def __init__(self) -> None:
        self._lock, self.came = Lock(), Semaphore(0)

    def __enter__(self) -> None:
        self.came.release()
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def test_who_waits_for_what_is_out_of_reach_does_not_try_once_more(make_index: Callable[..., Index], kettle: Document) -> None:
    """Else the last of many would wait as long as all before it."""
    attempts, answered = [], Event()

    def opening(connections: Connections, manifest: Manifest) -> SearchBackend:
        attempts.append(manifest)
        assert answered.wait(60)
        raise BackendUnavailable("it is out of reach", hint="Start it.")

    with Index(make_index(kettle).folder, opening) as index, ThreadPoolExecutor(THREADS) as pool:
        line = index._backends._generations._lock = Line()  # type: ignore[assignment]
        asked = [pool.submit(index.backend) for _ in range(THREADS)]
        assert all(line.came.acquire(timeout=60) for _ in range(THREADS))
        answered.set()
        errors = [one.exception() for one in asked]
        assert [(error.message, error.hint) for error in errors] == [("it is out of reach", "Start it.")] * THREADS
        assert len(attempts) == 1
        with pytest.raises(BackendUnavailable):
            index.backend()
        assert len(attempts) == 2  # who asks later tries


class Lasting:
    """A backend that another process has brought to a generation."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation


def test_what_was_opened_ahead_of_a_snapshot_is_kept_for_the_newer_ones(
    make_index: Callable[..., Index], kettle: Document, lamp: Document, manifest: Manifest, embedder: Any,
    put_document: Callable[..., None],
) -> None:  # fmt: skip
    folder, opened = make_index(kettle).folder, []

    def opening(connections: Connections, manifest: Manifest) -> Any:
        opened.append(Lasting(Generation(2, 99, index.notes.identity)))
        return opened[-1]

    with Index(folder, opening) as index:
        with index.snapshot():
            assert index.generation == 1
            with IndexWriter(folder, manifest) as writer:
                put_document(writer, embedder, lamp)
                writer.commit()
            index.backend()
        assert index.generation == 2
        assert [index.backend() for _ in range(3)] == opened * 3
        assert len(opened) == 1

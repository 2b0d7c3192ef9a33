from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from ragqa.indexing.connections import Connections
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import SearchBackend
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
    assert list(index._generations._known) == [index.generation]

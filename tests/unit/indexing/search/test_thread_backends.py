from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ragqa.indexing.index import Index
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.thread_backends import ThreadBackends
from ragqa.types import Document


def test_a_thread_holds_its_own_until_it_lets_go(make_index: Callable[..., Index], kettle: Document) -> None:
    index = make_index(kettle)
    backends = ThreadBackends(index.connections, index.manifest, Embedded.stored)
    with index.snapshot(), index.connection() as connection, ThreadPoolExecutor(1) as pool:
        held = backends.hold(connection)
        assert backends.held is held and pool.submit(lambda: backends.held).result() is None
        backends.hold_words(connection, "it is out of reach")
        assert backends.words_alone == "it is out of reach" and pool.submit(lambda: backends.words_alone).result() == ""
        backends.let_go()
        assert backends.held is None and backends.words_alone == "" and backends.hold(connection) is held


def test_what_is_there_no_more_is_opened_again(make_index: Callable[..., Index], kettle: Document) -> None:
    index = make_index(kettle)
    backends = ThreadBackends(index.connections, index.manifest, Embedded.stored)
    with index.snapshot(), index.connection() as connection:
        backends.forget()
        first = backends.hold(connection)
        backends.forget()
        assert backends.held is None and backends.hold(connection) is not first

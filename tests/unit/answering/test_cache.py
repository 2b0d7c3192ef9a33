from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from answering_samples import CountingPointer

from ragqa.answering.asker import Asker
from ragqa.answering.cache import AnswerCache
from ragqa.answering.retrieve import NO_FILTERS, Filters
from ragqa.config import AskSettings
from ragqa.indexing.index import Index
from ragqa.types import Document, Response


@pytest.fixture
def asker(make_index: Callable[..., Index], kettle: Document, lamp: Document, embedder: Any) -> Asker:
    reader = CountingPointer({"1.7 litres": 3.0, "8 watts": 2.0})
    return Asker(make_index(kettle, lamp), embedder, AskSettings(decisive=1.0), reader, 0.5)


def reads(asker: Asker) -> int:
    return len(asker.reader.counts)  # type: ignore[attr-defined]


def test_a_question_asked_again_is_not_read_again(asker: Asker) -> None:
    cache = AnswerCache(asker)
    first = cache.ask("kettle", NO_FILTERS)
    assert cache.ask("kettle", NO_FILTERS) is first and first == asker.ask("kettle")
    count = reads(asker)
    cache.ask("kettle", Filters("*.html"))
    assert reads(asker) == count + 1 and len(cache) == 2  # asked elsewhere, it is another question


def test_only_the_latest_are_kept(asker: Asker) -> None:
    cache = AnswerCache(asker, kept=2)
    for question in ("kettle", "lamp", "kettle", "warranty"):
        cache.ask(question, NO_FILTERS)
    count = reads(asker)
    cache.ask("kettle", NO_FILTERS)
    assert (len(cache), reads(asker)) == (2, count)
    cache.ask("lamp", NO_FILTERS)
    assert reads(asker) == count + 1


def test_nothing_is_kept_of_a_question_that_failed(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = AnswerCache(asker)
    with monkeypatch.context() as patch:
        patch.setattr(asker.reader, "read", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cache.ask("kettle", NO_FILTERS)
    assert len(cache) == 0 and cache.ask("kettle", NO_FILTERS).answers


class Lingering(OrderedDict[Any, Any]):
    """A dict whose look-ups take so long that other threads come in between."""

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        time.sleep(0.0005)
        return found


def test_threads_that_ask_the_same_get_what_one_gets() -> None:
    """Without the lock, an answer that one thread has found is thrown out by another before it is fetched: KeyError."""

    class Still:
        """An index that never changes and an asker that answers at once: all that is left is the cache."""

        generation = 1
        index: Any = None

        def snapshot(self) -> Any:
            return nullcontext()

        def ask(self, question: str, filters: Filters) -> Any:
            return Response(question, True, None, (), (), 0.5)

    still: Any = Still()
    still.index = still
    cache = AnswerCache(still, kept=1)
    cache._responses = Lingering()
    questions = ["one", "one", "two", "two"] * 25

    def ask(turn: int) -> list[Any]:
        return [cache.ask(one, NO_FILTERS).question for one in questions]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [questions] * 8
    assert len(cache) == 1


def test_what_was_found_by_words_alone_is_asked_again(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Milvus that was out of reach may be back."""
    cache = AnswerCache(asker)
    with monkeypatch.context() as away:
        away.setattr(Index, "words_alone", property(lambda self: "it is out of reach"))
        assert cache.ask("What does E-24 mean?", NO_FILTERS).fallback == "it is out of reach"
    assert len(cache) == 0
    assert not cache.ask("What does E-24 mean?", NO_FILTERS).fallback
    assert len(cache) == 1

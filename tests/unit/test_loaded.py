from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.engine import RagQA
from ragqa.errors import IndexMissing, ModelError
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import remove_index
from ragqa.loaded import Loaded, Once

QUESTION = "How long does the warranty last?"


@pytest.fixture
def shelf(manuals: Path, fake_models: Any) -> None:
    RagQA("shelf").ingest(manuals)


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` gives to so many threads that begin together."""
    barrier = threading.Barrier(count)

    def run(_: int) -> Any:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def slowly(monkeypatch: pytest.MonkeyPatch, name: str, calls: list[str]) -> None:
    """Let a loader take its time, and note each time it is called."""
    module, _, function = name.rpartition(".")
    plain = getattr(__import__(module, fromlist=[function]), function)

    def load(*arguments: Any, **options: Any) -> Any:
        calls.append(function)
        time.sleep(0.05)
        return plain(*arguments, **options)

    monkeypatch.setattr(name, load)


def test_threads_that_ask_first_load_once(shelf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for name in (
        "ragqa.answering.effort.load_reader_for",
        "ragqa.inference.embedder.load_embedder",
        "ragqa.indexing.index.Index",
    ):
        slowly(monkeypatch, name, calls)
    qa = RagQA("shelf")
    responses = at_once(6, lambda: qa.ask(QUESTION))
    assert sorted(calls) == ["Index", "load_embedder", "load_reader_for"]
    assert all(response == responses[0] for response in responses) and responses[0].answered
    assert len({id(asker) for asker in at_once(6, lambda: qa.asker)}) == 1


def test_a_value_is_made_once_and_again_after_a_failure() -> None:
    calls: list[int] = []

    def make() -> object:
        calls.append(len(calls))
        time.sleep(0.01)
        if len(calls) == 1:
            raise ModelError("gone")
        return object()

    once = Once(make)
    with pytest.raises(ModelError):
        once.get()
    assert len(set(map(id, at_once(6, once.get)))) == 1 and len(calls) == 2
    made = once.get()
    assert once.let_go() is made and once.let_go() is None
    assert once.get() is not made


def test_a_change_of_settings_does_not_wait_for_a_model(shelf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal UI changes settings between two key strokes, while a reader is loading."""
    loading, go_on = threading.Event(), threading.Event()

    class Slow:
        name, settings = "slow", ReaderSettings()

    def load(effort: str, name: str, threads: int = 0) -> Any:
        loading.set()
        assert go_on.wait(30)
        return Slow()

    monkeypatch.setattr("ragqa.answering.effort.load_reader_for", load)
    qa = RagQA("shelf")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: qa.asker)
        assert loading.wait(30)
        try:
            qa.settings = replace(qa.settings, ask=replace(qa.settings.ask, threshold=0.75))
            qa.refresh_reader()
        finally:
            go_on.set()
        assert first.result(30).threshold == 0.75  # what was changed while it loaded holds


def test_a_question_under_way_ends_with_what_it_began_with(shelf: None, fake_models: Any) -> None:
    qa = RagQA("shelf")
    asker = qa.asker
    qa.settings = replace(qa.settings, ask=replace(qa.settings.ask, threshold=1.0))
    assert asker.ask(QUESTION).answered and not qa.ask(QUESTION).answered
    assert qa.asker is not asker and qa.asker is qa.asker


def test_threads_ask_while_settings_and_reader_change(shelf: None, manuals: Path) -> None:
    qa = RagQA("shelf")
    answers = {limit: qa.using(threshold=limit).ask(QUESTION) for limit in (0.1, 1.0)}
    done = threading.Event()

    def change() -> None:
        for number in range(60):
            qa.settings = replace(qa.settings, ask=replace(qa.settings.ask, threshold=(0.1, 1.0)[number % 2]))
            if number % 10 == 0:
                qa.refresh_reader()
            time.sleep(0.001)
        done.set()

    def ask() -> set[bool]:
        seen = set()
        while not done.is_set():
            response = qa.ask(QUESTION)
            assert response in (answers[0.1], answers[1.0])
            seen.add(response.answered)
        return seen

    qa.settings = replace(qa.settings, ask=replace(qa.settings.ask, threshold=0.1))
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        pool.submit(change).result(60)
        assert set().union(*(one.result(60) for one in asking)) == {True, False}


def test_closing_twice_and_from_many_threads(shelf: None) -> None:
    qa = RagQA("shelf")
    qa.ask(QUESTION)
    at_once(4, qa.close)
    assert qa.ask(QUESTION).answered
    qa.close()
    qa.close()


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    loaded = Loaded.of(RagQA("nowhere", home=str(tmp_path)).settings)
    loaded.close()
    assert loaded.reader_name == "default" and list(tmp_path.iterdir()) == []


def make_anew(text: str) -> None:
    """Remove the index and make another one under its name, as another process may."""
    Path("anew").mkdir(exist_ok=True)
    Path("anew/lamp.md").write_text(text)
    remove_index(Path("indexes/shelf"))
    RagQA("shelf").ingest("anew")


@pytest.mark.parametrize("where", ["in the thread that read", "in another thread"])
def test_an_index_that_was_made_anew_is_opened_again(shelf: None, where: str) -> None:
    qa = RagQA("shelf")
    assert qa.ask(QUESTION)[0].document == "lamp.html"
    make_anew("The warranty lasts ninety years.")
    with ThreadPoolExecutor(1) as pool:
        ask = qa.ask if where == "in the thread that read" else lambda question: pool.submit(qa.ask, question).result(30)
        assert ask(QUESTION).passages[0].chunk.text == "The warranty lasts ninety years."
    remove_index(Path("indexes/shelf"))
    with pytest.raises(IndexMissing):
        qa.ask(QUESTION)


def test_an_index_made_anew_in_the_very_file_is_opened_again(shelf: None) -> None:
    """As where the number of a file that nobody has open any more is given to the next one."""
    qa = RagQA("shelf")
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(lambda: qa.opened).result(30)
    gc.collect()
    database, file = Path("indexes/shelf/index.sqlite"), Path("kept")
    file.hardlink_to(database)
    make_anew("The warranty lasts ninety years.")
    gc.collect()
    file.write_bytes(database.read_bytes())
    file.replace(database)
    assert not before.was_made_anew()
    assert qa.opened is not before and qa.ask(QUESTION).passages[0].chunk.text == "The warranty lasts ninety years."


def test_a_question_that_meets_an_index_made_anew_is_asked_once_more(shelf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    qa = RagQA("shelf")
    qa.ask(QUESTION)  # this thread keeps the old file from being forgotten
    plain, looked = Index.was_made_anew, []

    def just_before(index: Index) -> bool:
        made_anew = plain(index)
        if not looked:
            looked.append(index)
            make_anew("The warranty lasts ninety years.")
        return made_anew

    monkeypatch.setattr(Index, "was_made_anew", just_before)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(qa.ask, QUESTION).result(30).passages[0].chunk.text == "The warranty lasts ninety years."
    assert looked[0] is not qa.opened

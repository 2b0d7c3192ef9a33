"""The sample manuals in a Milvus: found and answered as by the index's own files, with the real models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.demo.tour import INDEX, QUESTIONS
from ragqa.indexing.search.milvus_file import let_go

PAIRS = [json.loads(line) for line in (files("ragqa.demo") / "qa.jsonl").read_text("utf-8").splitlines()]
ASKED, ANSWERED = [str(pair["question"]) for pair in PAIRS[::12]], list(QUESTIONS)[:3]


@pytest.fixture(scope="module")
def moved(demo: RagQA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RagQA]:
    home = tmp_path_factory.mktemp("milvus")
    shutil.copytree(demo.folder.parent, home / "indexes")
    qa = RagQA(INDEX, settings=Settings(home=str(home)))
    assert qa.move("milvus", str(home / "a.db")) == ""
    yield qa
    qa.close()
    let_go(str(home / "a.db"))


def test_the_same_passages_are_found(demo: RagQA, moved: RagQA) -> None:
    for question in ASKED:
        there, here = moved.search(question), demo.search(question)
        assert [hit.chunk_id for hit in there] == [hit.chunk_id for hit in here], question
        assert [hit.score for hit in there] == pytest.approx([hit.score for hit in here], abs=1e-4)


def test_the_same_answers_are_given(demo: RagQA, moved: RagQA) -> None:
    for question in ANSWERED:
        there, here = moved.ask(question), demo.ask(question)
        assert [answer.text for answer in there] == [answer.text for answer in here]
        assert (there.answered, there.reason, there.fallback) == (here.answered, here.reason, "")
    assert moved.verify() == []


def test_words_alone_answer_while_it_is_gone(moved: RagQA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ragqa.errors import BackendUnavailable
    from ragqa.indexing.search.milvus_server import MilvusServer

    def gone(*_: object) -> None:
        raise BackendUnavailable("the Milvus is out of reach")

    monkeypatch.setattr(MilvusServer, "search", gone)
    with pytest.raises(BackendUnavailable):
        moved.ask("What does E-24 mean on the Aurora?")
    answer = moved.using(fallback="lexical").ask("What does E-24 mean on the Aurora?")
    assert answer.answered and answer.fallback == "the Milvus is out of reach"

"""The client against the real app: what an engine on a server gives is what the engine over the same index gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from serve_clients import KEYS, bridge

from ragqa import RagQA, connect
from ragqa.client import RemoteRagQA
from ragqa.client.faults import ERRORS
from ragqa.config import Settings
from ragqa.errors import IndexMissing, ServerError, UsageError
from ragqa.schema import hit_json, info_json, response_json
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.refusals import STATUSES
from ragqa.serve.routes.work import MOST_PAIRS
from ragqa.types import QAPair, Spot, Verdict

Remote = Callable[..., RemoteRagQA]


@pytest.fixture
def remote(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remote:
    """Makes an engine on a server, which is asked without a socket."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RAGQA_TOKEN", raising=False)

    def made(keys: bool = False, **options: Any) -> RemoteRagQA:
        return connect("http://127.0.0.1:8321", transport=bridge(serve(keys=keys)), **options)

    return made


def test_answers_are_those_of_the_engine(remote: Remote, served: Settings) -> None:
    here, there = RagQA(settings=served), remote()
    for question in ("What does E-24 mean?", "How many litres?", "Who wrote it?", ""):
        expected, found = here.ask(question), there.ask(question)
        assert response_json(found, explain=True) == response_json(expected, explain=True)
        assert [one.document_id for one in found] == [one.document_id for one in expected]
    assert list(map(hit_json, there.search("warranty", top_k=2))) == list(map(hit_json, here.search("warranty", top_k=2)))
    assert there.settings.index == "shelf"


def test_what_there_is_is_what_the_engine_says(remote: Remote, served: Settings) -> None:
    here, there = RagQA(settings=served), remote()
    assert {**info_json(here.info()), "path": ""} == info_json(there.info())
    assert [one.name for one in there.indexes()] == ["shelf"] and there.embedded() == here.embedded()
    documents = here.documents()
    assert there.documents() == [replace(one, source="") for one in documents]
    for one in documents:
        expected = here.extract(one.id, 0, one.characters)
        found = there.extract(one.id, 0, one.characters)
        assert [replace(block, box=None) for block in expected.blocks] == list(found.blocks)
        assert (expected.text, expected.start, expected.length) == (found.text, found.start, found.length)
        assert there.find(one.id, "the") == here.find(one.id, "the")
        assert there.headings(one.id) == [replace(block, box=None) for block in here.headings(one.id)] != []
    assert there.find(documents[0].id, "no such words") is None


def test_a_text_is_read_from_any_place_and_in_parts(remote: Remote, served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = RagQA(settings=served), remote()
    monkeypatch.setattr("ragqa.serve.routes.documents.LONGEST_TEXT", 25)
    monkeypatch.setattr("ragqa.client.library.TEXT_AT_ONCE", 25)
    for one in here.documents():
        for start, end in ((-9, 3), (-9, -3), (0, one.characters), (7, one.characters + 500), (one.characters + 5, -1)):
            expected, found = here.extract(one.id, start, end), there.extract(one.id, start, end)
            assert (found.start, found.text, found.length) == (expected.start, expected.text, expected.length)
            assert [replace(block, box=None) for block in expected.blocks] == list(found.blocks)
        for backwards in (False, True):
            assert there.find(one.id, "the", -5, backwards) == here.find(one.id, "the", -5, backwards)


def test_pages_are_those_of_the_engine(remote: Remote, served: Settings, pages: Path) -> None:
    here, there = RagQA(settings=served), remote()
    response = there.ask("What is the fuse of the pump?", document="pump.pdf")
    there.keep_answers(response.answers[:1])
    framed = Spot("pump.pdf", 2, "fuse", (0.1, 0.05, 0.9, 0.2))
    for spot in (there.spot_of_page("pump*", 2, "fuse"), framed, there.spot_of_answer(1)):
        expected, found = here.picture(spot), there.picture(spot)
        assert found.png == expected.png and (found.width, found.height) == (expected.width, expected.height)
        assert len(found.words) == len(expected.words) and found.box == expected.box
    with pytest.raises(UsageError, match="has no pages to show"):
        there.picture(Spot("fan.txt", 1))
    with pytest.raises(UsageError, match="no document called"):
        there.spot_of_page("../../etc/passwd", 1)


def test_verdicts_are_kept_there(remote: Remote, served: Settings) -> None:
    there = remote()
    response = there.ask("What does E-24 mean?", document="kettle*")
    kept = there.judge(response, Verdict.RIGHT, response[0])
    assert there.journal.verdicts() == RagQA(settings=served).journal.verdicts() == [kept]
    span = response[0].document_id, response[0].start, response[0].start + 4
    assert there.judge(response, Verdict.CORRECTED, response[0], span).answer == response[0].text[:4]
    assert there.judge(response, Verdict.UNANSWERABLE).verdict is Verdict.UNANSWERABLE
    assert len(there.feedback_pairs()) == 1
    assert there.journal.remove([kept.id, kept.id]) == 1
    assert kept not in RagQA(settings=served).journal.verdicts()


@dataclass(frozen=True)
class Told:
    """What the work of an evaluation was given, in the place of its report."""

    given: dict[str, Any]
    problems: tuple[object, ...] = ()


def test_more_pairs_are_evaluated_than_fit_into_json(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(task: Task) -> Outcome:
        (file,) = task.files.iterdir()
        return Outcome({"asked": dict(task.job.asked), "lines": file.read_text().splitlines()})

    monkeypatch.setattr("ragqa.serve.service.works_of", lambda *given: {"evaluate": Work(evaluate, writes=False)})
    monkeypatch.setattr("ragqa.client.jobs.read_report", Told)
    pairs = [QAPair(f"How many litres, of {number}?", ("1.7 l",), id=str(number)) for number in range(MOST_PAIRS + 1)]
    given: Any = remote().evaluate(pairs, baseline=True, document="kettle*", use_document=True)
    lines = [json.loads(line) for line in given.given["lines"]]
    assert len(lines) == len(pairs) and (lines[-1]["id"], lines[-1]["answers"]) == (str(MOST_PAIRS), ["1.7 l"])
    asked = given.given["asked"]
    assert (asked["baseline"], asked["document"], asked["use_document"], asked["limit"]) == (True, "kettle*", True, None)


def test_removing(remote: Remote) -> None:
    there = remote()
    assert there.remove_documents("fan.txt", "none.txt") == 1
    assert [one.path for one in there.documents()] == ["kettle.md", "lamp.html"]


def test_every_fault_of_an_engine_is_known_by_its_code() -> None:
    assert {code: kind for kind, (_, code) in STATUSES.items()}.items() <= ERRORS.items()


def test_faults_come_as_the_errors_that_they_are(remote: Remote) -> None:
    with pytest.raises(IndexMissing, match="no index 'other'"):
        remote(index="other").ask("?")
    with pytest.raises(IndexMissing):
        remote(index="other").warm_up()
    with pytest.raises(UsageError, match="question"):
        remote().ask("x" * 3000)


def test_roles(remote: Remote, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="demands a token"):
        remote(keys=True).ask("?")
    with pytest.raises(ServerError, match="does not know the token"):
        remote(keys=True, token="x" * 20).ask("?")
    reader = remote(keys=True, token=KEYS["read"])
    response = reader.ask("What does E-24 mean?")
    with pytest.raises(ServerError, match="takes the role 'judge'"):
        reader.judge(response, Verdict.RIGHT, response[0])
    with pytest.raises(ServerError, match="takes the role 'manage'"):
        reader.remove_documents("fan.txt")

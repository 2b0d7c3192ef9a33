from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from client_server import URL, Server

import ragqa
from ragqa import RagQA
from ragqa.client import RemoteRagQA
from ragqa.config import Settings
from ragqa.errors import ServerError, UsageError
from ragqa.schema import answer_json, feedback_json, hit_json, info_json, response_json
from ragqa.types import (
    Answer,
    BlockKind,
    Chunk,
    Context,
    Coverage,
    DocumentInfo,
    Feedback,
    Hit,
    IndexInfo,
    Response,
    Spot,
    Verdict,
)

Remote = Callable[..., RemoteRagQA]
ANSWER = Answer(
    "8 bar", 0.875, "a.pdf", ("A",), (2,), 7, 12, "passage", 5, Context(BlockKind.PARAGRAPH, "8 bar.", 7, 13), 3, 1.5, 0.5
)
HIT = Hit(0, 3, "a.pdf", "", Chunk("passage", 5, 40, ("A",), 2, 2), 0.75, 0.5, 6.0)
RESPONSE = Response("How much?", True, None, (ANSWER,), (HIT,), 0.5)
INFO = IndexInfo("shelf", "", 1, 2, 3, 4, 5, 6, 7, 1, "now", embedded=Coverage(1, 2))
DOCUMENT = DocumentInfo(3, "a.pdf", "A", "", 2, 100, 4, (), "now", True)
ASKED = {
    **response_json(RESPONSE, explain=True),
    "answers": [{**answer_json(ANSWER, explain=True), "document_id": 3}],
    "passages": [{**hit_json(HIT), "document_id": 3}],
    "index": "shelf",
    "generation": 7,
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (300).to_bytes(4, "big") + (200).to_bytes(4, "big")
PUBLIC = [name for name in dir(RagQA) if not name.startswith("_")]


def body(server: Server) -> dict[str, Any]:
    return {name: value for name, value in json.loads(server.requests[-1].content).items() if value is not None}


def test_a_url_makes_the_same_code_ask_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    qa = RagQA("HTTP://127.0.0.1:8321/#shelf", answers=2)
    assert type(qa) is RemoteRagQA and isinstance(qa, RagQA)
    assert (qa.server, qa.settings.index, qa.settings.ask.answers) == (URL, "shelf", 2)
    assert type(RagQA("shelf")) is RagQA and RagQA("shelf").server is None
    assert type(ragqa.connect(URL)) is RemoteRagQA


def test_nothing_of_an_engine_is_forgotten() -> None:
    """What RagQA does is done there or refused; nothing falls through to an index that is not here."""
    remote = [kind for kind in RemoteRagQA.__mro__ if kind.__module__.startswith("ragqa.client")]
    forgotten = [name for name in PUBLIC if not any(name in vars(kind) for kind in remote)]
    assert forgotten == ["feedback_pairs"]  # which it makes of the journal


@pytest.mark.parametrize("name", PUBLIC)
def test_signatures_are_those_of_an_engine(name: str) -> None:
    here, there = inspect.getattr_static(RagQA, name), inspect.getattr_static(RemoteRagQA, name)
    assert isinstance(here, property) == isinstance(there, property)
    if not isinstance(here, property) and there.__qualname__ != "refusal.<locals>.refuse":
        assert list(inspect.signature(there).parameters) == list(inspect.signature(here).parameters)


@pytest.mark.parametrize(
    "name", ["check", "compare", "finetune", "triplets", "use_reader", "verify", "rebuild", "remove", "export"]
)
def test_what_a_server_does_not_do_is_told(remote: Remote, server: Server, name: str) -> None:
    with pytest.raises(UsageError, match="works on a server") as error:
        getattr(remote(), name)("x")
    assert "--server" in error.value.hint and server.requests == []


@pytest.mark.parametrize("name", ["opened", "asker", "embedder", "reader", "folder", "reader_name", "threshold"])
def test_what_a_server_does_not_have_is_told(remote: Remote, name: str) -> None:
    with pytest.raises(UsageError, match="works on a server"):
        getattr(remote(), name)


def test_asking(remote: Remote, server: Server) -> None:
    server.answers["POST /v1/ask"] = ASKED
    qa = remote()
    assert qa.ask("How much?\ud800", document="*.pdf", section="A") == RESPONSE
    assert body(server) == {"question": "How much??", "document": "*.pdf", "section": "A", "explain": True}
    assert qa.settings.index == "shelf"


def test_what_was_given_here_is_sent_and_nothing_else(remote: Remote, server: Server, tmp_path: Path) -> None:
    server.answers["POST /v1/ask"] = ASKED
    (tmp_path / "ragqa.toml").write_text('[ask]\nthreshold = 0.25\nreader = "mine"\n')
    qa = remote(index="shelf", answers=3)
    qa.ask("?")
    assert body(server) == {"question": "?", "index": "shelf", "explain": True, "threshold": 0.25, "answers": 3}
    qa.using(effort="fast", answers=None).ask("?")
    assert (body(server)["effort"], body(server)["answers"]) == ("fast", 3)
    qa.settings = replace(qa.settings, ask=replace(qa.settings.ask, threshold=0.75))
    qa.ask("?")
    assert body(server)["threshold"] == 0.75 and "effort" not in body(server)
    qa.another("other").ask("?")
    assert body(server)["index"] == "other"
    with pytest.raises(UsageError):
        qa.another("../x")
    with pytest.raises(UsageError, match="between 0 and 1"):
        qa.using(threshold=2.0)
    with pytest.raises(ValueError, match="another index"):
        qa.settings = replace(qa.settings, index="x")


def test_the_index_is_named_by_the_url_an_option_or_the_settings(remote: Remote, server: Server) -> None:
    server.answers["POST /v1/ask"] = ASKED
    for qa in (remote(f"{URL}#one"), remote(index="one"), remote(settings=Settings(index="one"))):
        qa.ask("?")
        assert body(server)["index"] == "one"


def test_a_reader_that_is_named_here_is_refused(remote: Remote, server: Server) -> None:
    with pytest.raises(UsageError, match="chosen there"):
        remote(reader="mine").ask("?")
    assert server.requests == []


def test_searching(remote: Remote, server: Server) -> None:
    server.answers["POST /v1/search"] = {"passages": ASKED["passages"], "index": "shelf", "generation": 7}
    assert remote(top_k=5).search("?") == [HIT]
    assert body(server) == {"question": "?", "top_k": 5}
    remote(top_k=5).search("?", top_k=7)
    assert body(server)["top_k"] == 7


def test_a_server_says_where_passages_were_found_by_words_only(remote: Remote, server: Server) -> None:
    found = {"passages": ASKED["passages"], "index": "shelf", "generation": 7}
    for said, told in (({}, ""), ({"fallback": None}, ""), ({"fallback": "out of reach"}, "out of reach")):
        server.answers["POST /v1/search"] = {**found, **said}
        assert remote().search("?").fallback == told


def test_a_verdict_is_given_in_the_manner_of_its_question(remote: Remote, server: Server) -> None:
    server.answers["POST /v1/ask"] = ASKED
    kept = Feedback("How much?", Verdict.RIGHT, "8 bar", id=1)
    server.answers["POST /v1/feedback"] = feedback_json(kept)
    qa = remote(index="shelf", answers=2)
    response = qa.ask("How much?", document="*.pdf")
    assert qa.judge(response, Verdict.RIGHT, response[0]) == kept
    assert body(server) == {
        "question": "How much?", "verdict": "right", "index": "shelf", "document_id": 3, "start": 7, "end": 12,
        "document": "*.pdf", "answers": 2,
    }  # fmt: skip
    qa.judge(response, Verdict.CORRECTED, response[0], (3, 1, 2))
    assert (body(server)["start"], body(server)["end"]) == (1, 2)
    qa.judge(replace(response), Verdict.UNANSWERABLE)
    assert "document" not in body(server) and "start" not in body(server)


def test_a_verdict_is_on_what_a_busy_server_has_read(remote: Remote, server: Server) -> None:
    """It is asked again for it: by the large reader the answer would be another one."""
    server.answers["POST /v1/ask"] = {**ASKED, "effort": "fast"}
    server.answers["POST /v1/feedback"] = feedback_json(Feedback("How much?", Verdict.RIGHT, "8 bar", id=1))
    qa = remote()
    response = qa.ask("How much?")
    assert body(server).get("effort") is None  # which is the server's to choose
    qa.judge(response, Verdict.RIGHT, response[0])
    assert body(server)["effort"] == "fast"


def test_what_there_is(remote: Remote, server: Server) -> None:
    server.answers["GET /v1/indexes"] = {"indexes": [info_json(INFO)], "default": "shelf"}
    server.answers["GET /v1/indexes/shelf"] = info_json(INFO)
    qa = remote()
    assert (qa.indexes(), qa.info(), qa.embedded()) == ([INFO], INFO, Coverage(1, 2))
    qa.warm_up()
    assert qa.settings.index == "shelf"


def test_lists_are_read_to_their_end_and_no_further(remote: Remote, server: Server) -> None:
    document = asdict(DOCUMENT)
    server.answers["GET /v1/documents"] = [
        {"documents": [document], "next": "a b&c", "total": 2},
        {"documents": [{**document, "id": 4, "path": "b.pdf"}], "next": None, "total": 2},
    ]
    assert [one.id for one in remote().documents()] == [3, 4]
    assert server.requests[-1].url.params["cursor"] == "a b&c"
    server.answers["GET /v1/documents"] = {"documents": [document], "next": "again", "total": 1}
    with pytest.raises(ServerError, match="has no end"):
        remote().documents()
    server.answers["GET /v1/documents"] = {"documents": [], "next": "more", "total": 1}
    with pytest.raises(ServerError, match="has no end"):
        remote().documents()


def test_reading_in_a_document(remote: Remote, server: Server) -> None:
    block = {"kind": "paragraph", "start": 0, "end": 3, "section": ["A"], "page": 2}
    server.answers["GET /v1/documents/3/text"] = {"start": 0, "text": "abc", "length": 9, "blocks": [block]}
    assert remote().extract(3, 1, 2).text == "abc"
    assert dict(server.requests[-1].url.params) == {"start": "1", "end": "2"}
    server.answers["GET /v1/documents/3/text"] = {"start": 0, "text": "abc", "length": 900, "blocks": []}
    with pytest.raises(ServerError, match="do not follow each other"):
        remote().extract(3, 0, 800)
    server.answers["GET /v1/documents/3/find"] = [{"start": 1, "end": 2}, httpx.Response(200, content=b"null")]
    assert remote().find(3, "b", 0, backwards=True) == (1, 2)
    assert dict(server.requests[-1].url.params) == {"q": "b", "start": "0", "backwards": "true"}
    assert remote().find(3, "z") is None


def test_a_document_is_removed_by_its_path(remote: Remote, server: Server) -> None:
    server.answers["GET /v1/documents"] = {"documents": [asdict(DOCUMENT)], "next": None, "total": 1}
    server.answers["DELETE /v1/documents/3"] = {"removed": 1}
    assert remote(index="shelf").remove_documents("a.pdf", "none.pdf") == 1
    assert str(server.requests[-1].url) == f"{URL}/v1/documents/3?index=shelf"


def test_the_answers_to_the_last_question_are_kept_for_each_server_and_index(remote: Remote) -> None:
    remote(index="shelf").keep_answers([ANSWER])
    assert remote(f"{URL}#shelf").spot_of_answer(1) == Spot("a.pdf", 2, "8 bar")
    with pytest.raises(UsageError, match="there is no answer 2: the last question has 1 answers"):
        remote(index="shelf").spot_of_answer(2)
    for other in (remote(index="other"), remote("http://127.0.0.1:1#shelf")):
        with pytest.raises(UsageError, match="no question was answered last"):
            other.spot_of_answer(1)


def test_pages(remote: Remote, server: Server) -> None:
    other = {**asdict(DOCUMENT), "id": 4, "path": "a[1].pdf"}
    server.answers["GET /v1/documents"] = {"documents": [asdict(DOCUMENT), other], "next": None, "total": 2}
    boxes = {"X-Page-Words": "[[0.1, 0.2, 0.3, 0.4]]"}
    server.answers["GET /v1/documents/3/pages/2.png"] = lambda request: httpx.Response(200, content=PNG, headers=boxes)
    assert remote().spot_of_page("a.pdf", 2, "bar") == Spot("a.pdf", 2, "bar")
    picture = remote().picture(Spot("a.pdf", 2, "8 bar", (0.1, 0.2, 0.9, 0.25)))
    assert (picture.png, picture.width, picture.height, picture.words) == (PNG, 300, 200, ((0.1, 0.2, 0.3, 0.4),))
    assert dict(server.requests[-1].url.params) == {"highlight": "8 bar", "box": "0.100000,0.200000,0.900000,0.250000"}
    with pytest.raises(UsageError, match="2 documents are called"):
        remote().spot_of_page("*.pdf", 1)
    server.answers["GET /v1/documents"] = {"documents": [], "next": None, "total": 0}
    with pytest.raises(UsageError, match="there is no document called"):
        remote().spot_of_page("x.pdf", 1)


def test_a_picture_that_is_none_is_refused(remote: Remote, server: Server) -> None:
    server.answers["GET /v1/documents"] = {"documents": [asdict(DOCUMENT)], "next": None, "total": 1}
    for content in (b"<svg/>", PNG[:20], PNG.replace((300).to_bytes(4, "big"), (1 << 31).to_bytes(4, "big"))):
        server.answers["GET /v1/documents/3/pages/2.png"] = httpx.Response(200, content=content)
        with pytest.raises(ServerError, match="something else than a picture"):
            remote().picture(Spot("a.pdf", 2))


def test_the_journal(remote: Remote, server: Server) -> None:
    right = Feedback("How much?", Verdict.RIGHT, "8 bar", "passage", id=1)
    server.answers["GET /v1/feedback"] = {"feedback": [feedback_json(right)], "next": None, "total": 1}
    qa = remote(index="shelf")
    assert qa.journal.verdicts() == [right]
    assert [pair.answers for pair in qa.feedback_pairs()] == [("8 bar",)]
    for question in ("one", "two", "one"):
        qa.journal.remember(question)
    assert qa.journal.questions() == ["one", "two"]
    assert (qa.journal.losses(), qa.journal.wanted()) == ([], [])
    server.answers |= {"DELETE /v1/feedback/1": {"removed": 1, "id": 1}, "DELETE /v1/feedback/9": {"removed": 0, "id": 9}}
    assert qa.journal.remove([1, 9]) == 1 and str(server.requests[-1].url) == f"{URL}/v1/feedback/9?index=shelf"
    server.answers["DELETE /v1/feedback/1"] = {"removed": "all"}
    with pytest.raises(ServerError, match="not as a ragqa server"):
        qa.journal.remove([1])
    with pytest.raises(UsageError):
        qa.journal.add(right)


def test_options_that_a_server_does_not_take_are_told_and_not_dropped(remote: Remote, server: Server) -> None:
    for ask in (
        lambda: remote(top_k=5).ask("?"),
        lambda: remote().using(candidates=10).search("?"),
        lambda: remote(effort="fast").using(top_k=3).another("x").ask("?"),
        lambda: remote(effort="fast").evaluate([]),
    ):
        with pytest.raises(UsageError, match="as its own settings say"):
            ask()
    assert server.requests == []


def test_a_closed_engine_opens_again_for_all_that_share_it(remote: Remote, server: Server) -> None:
    server.answers["POST /v1/ask"] = ASKED
    qa = remote()
    other = qa.another("other")
    qa.close()
    assert other.ask("?") == qa.ask("?") == RESPONSE


@pytest.mark.parametrize("value", [[], {}, {"answers": "no"}, {**ASKED, "answers": [{"text": 1}]}, "x" * 100])
def test_a_hostile_server_gives_one_line(remote: Remote, server: Server, value: Any) -> None:
    server.answers["POST /v1/ask"] = lambda request: httpx.Response(200, json=value)
    with pytest.raises(ServerError, match="not as a ragqa server of this version does") as error:
        remote().ask("?")
    assert "\n" not in error.value.message

"""Asking over HTTP: the same answers, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.indexing.index import Index
from ragqa.schema import answer_json, hit_json
from ragqa.serve.lanes import Lane

QUESTION = "How many litres does the kettle boil?"


def test_answers_are_those_of_the_engine(client: Any, served: Settings) -> None:
    expected = RagQA(settings=served).ask(QUESTION)
    given = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert given["answered"] == expected.answered and given["answers"]
    for told, answer in zip(given["answers"], expected.answers, strict=True):
        assert told == {**answer_json(answer), "document_id": answer.document_id}
    assert (given["index"], given["generation"]) == ("shelf", RagQA(settings=served).opened.generation)


def test_a_question_may_stand_in_the_address(client: Any) -> None:
    asked = client.post("/v1/ask", json={"question": QUESTION, "answers": 1}).json()
    assert client.get("/v1/ask", params={"q": QUESTION, "answers": 1}).json() == asked
    assert len(asked["answers"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": "What?", "index": "nowhere"}, 404, "index_missing"),
        ({"question": "What?", "index": "../x"}, 400, "usage"),
        ({"question": "What?", "answers": 0}, 422, "malformed"),
        ({"question": "What?", "treshold": 0.5}, 422, "malformed"),
        ({"question": "x" * 2001}, 422, "malformed"),
        ({}, 422, "malformed"),
        ([], 422, "malformed"),
    ],
)
def test_what_cannot_be_asked_is_told(client: Any, body: object, status: int, code: str) -> None:
    response = client.post("/v1/ask", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.json()["error"]["message"]


def test_a_question_without_words_is_answered_honestly(client: Any) -> None:
    given = client.post("/v1/ask", json={"question": "?!"}).json()
    assert given["answered"] is False and given["reason"] == "the question has no words"


def test_a_batch_is_answered_in_order(client: Any) -> None:
    questions = [QUESTION, "What does E-25 mean?", "?!"]
    given = client.post("/v1/ask/batch", json={"questions": questions}).json()["responses"]
    assert given == [client.post("/v1/ask", json={"question": one}).json() for one in questions]
    assert client.post("/v1/ask/batch", json={"questions": [QUESTION] * 101}).status_code == 422
    assert client.post("/v1/ask/batch", json={"questions": [QUESTION], "index": "none"}).status_code == 404


def test_passages_are_those_of_the_engine(client: Any, served: Settings) -> None:
    given = client.post("/v1/search", json={"question": QUESTION, "top_k": 2, "document": "k*"}).json()
    hits = RagQA(settings=served).search(QUESTION, top_k=2, document="k*")
    assert given["passages"] == [{**hit_json(hit), "document_id": hit.document_id} for hit in hits]
    assert given["index"] == "shelf" and given["generation"] == RagQA(settings=served).opened.generation


def test_passages_that_were_found_by_words_only_say_so(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/v1/search", json={"question": QUESTION}).json()["fallback"] is None
    monkeypatch.setattr(Index, "words_alone", "it is out of reach")
    assert client.post("/v1/search", json={"question": QUESTION}).json()["fallback"] == "it is out of reach"


def test_a_busy_server_reads_with_less_effort_only_where_it_was_told_to(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    always, told = serve(), serve(effort_when_busy="fast")

    def effort(client: Any, **manner: str) -> str:
        return str(client.post("/v1/ask", json={"question": "Which fuse?", **manner}).json()["effort"])

    assert (effort(always), effort(told)) == ("auto", "auto")
    monkeypatch.setattr(Lane, "waiting", 3)  # of two threads
    assert (effort(always), effort(told), effort(told, effort="accurate")) == ("auto", "fast", "accurate")
    batch = told.post("/v1/ask/batch", json={"questions": ["Which fuse?"]}).json()
    assert [one["effort"] for one in batch["responses"]] == ["fast"]
    monkeypatch.setattr(Lane, "waiting", 2)
    assert effort(told) == "auto"

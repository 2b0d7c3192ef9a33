"""Verdicts over HTTP go into the journal that the other faces read."""

from __future__ import annotations

from typing import Any

import pytest
from serve_clients import KEYS

from ragqa import RagQA
from ragqa.config import Settings

ASK = {"question": "What is the cause of E-24?"}


def test_each_verdict_is_kept(client: Any, served: Settings) -> None:
    best = client.post("/v1/ask", json=ASK).json()["answers"][0]
    span = {name: best[name] for name in ("document_id", "start", "end")}
    for verdict, more in (("right", span), ("wrong", {}), ("corrected", span), ("unanswerable", {})):
        kept = client.post("/v1/feedback", json={**ASK, "verdict": verdict, **more}).json()
        assert (kept["verdict"], kept["question"], kept["given"]) == (verdict, ASK["question"], best["text"])
        assert kept["answer"] == (best["text"] if more else "")
    assert [one.verdict.value for one in RagQA(settings=served).journal.verdicts()] == [
        "right", "wrong", "corrected", "unanswerable",
    ]  # fmt: skip
    first = client.get("/v1/feedback", params={"limit": 3}).json()
    rest = client.get("/v1/feedback", params={"cursor": first["next"]}).json()
    assert first["total"] == 4 and [one["id"] for one in first["feedback"] + rest["feedback"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("question", ["", "  ", "?!"])
def test_a_question_without_words_is_not_judged(client: Any, served: Settings, question: str) -> None:
    """Nothing can be learnt from it, nor measured by it."""
    for verdict, more in (("unanswerable", {}), ("corrected", {"document_id": 1, "start": 0, "end": 4})):
        told = client.post("/v1/feedback", json={"question": question, "verdict": verdict, **more})
        assert (told.status_code, told.json()["error"]["code"]) == (422, "malformed")
    assert RagQA(settings=served).journal.verdicts() == []


def test_a_verdict_is_taken_back_once(serve: Any, served: Settings) -> None:
    client = serve(keys=True)
    judge, reader = ({"Authorization": f"Bearer {KEYS[role]}"} for role in ("judge", "read"))
    kept = [client.post("/v1/feedback", json={**ASK, "verdict": "right"}, headers=judge).json()["id"] for _ in range(2)]
    assert client.delete(f"/v1/feedback/{kept[0]}", headers=reader).status_code == 403
    for removed in (1, 0):
        told = client.delete(f"/v1/feedback/{kept[0]}", headers=judge)
        assert (told.status_code, told.json()) == (200, {"removed": removed, "id": kept[0]})
    assert [one.id for one in RagQA(settings=served).journal.verdicts()] == kept[1:]
    assert client.delete("/v1/feedback/0", headers=judge).status_code == 422
    assert client.delete("/v1/feedback/1?index=none", headers=judge).status_code == 404


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"verdict": "right", "document_id": 1, "start": 0, "end": 1}, 409),
        ({"verdict": "right", "document_id": 1}, 422),
        ({"verdict": "corrected"}, 422),
        ({"verdict": "corrected", "document_id": 1, "start": 5, "end": 5}, 422),
        ({"verdict": "corrected", "document_id": 1, "start": 0, "end": 99_999}, 422),
        ({"verdict": "corrected", "document_id": 99, "start": 0, "end": 9}, 404),
        ({"verdict": "nonsense"}, 422),
    ],
)
def test_what_cannot_be_judged_is_told(client: Any, served: Settings, more: dict[str, object], status: int) -> None:
    assert client.post("/v1/feedback", json={**ASK, **more}).status_code == status
    assert RagQA(settings=served).journal.verdicts() == []

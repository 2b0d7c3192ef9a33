"""The terminal UI on a server's index: what it asks there, and what it says of what is not done from afar."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from client_server import URL, Server
from tui_helpers import ask, press, screen_text, settle

from ragqa.client import connect
from ragqa.client.engine import RemoteRagQA
from ragqa.schema import answer_json, feedback_json, info_json, response_json
from ragqa.types import Answer, BlockKind, Context, DocumentInfo, Feedback, IndexInfo, Response, Verdict
from tui.app import RagqaApp
from tui.screens.dialogs import ErrorDialog
from tui.widgets.answers import AnswerList

INFO = IndexInfo("shelf", "", 1, 1, 1, 100, 1, 100, 7, 1, "now")
DOCUMENT = DocumentInfo(3, "kettle.md", "Kettle", "", None, 19, 1, (), "2026-01-01T00:00:00+00:00", True)
ANSWER = Answer(
    "1.7 litres", 0.9, "kettle.md", (), (), 4, 14, "It boils", 0, Context(BlockKind.PARAGRAPH, "1.7 litres", 4, 14), 3, 1, 1
)
RESPONSE = Response("How much?", True, None, (ANSWER,), (), 0.5)
TEXT = {
    "start": 0, "text": "it  1.7 litres, yes", "length": 19,
    "blocks": [{"kind": "paragraph", "start": 0, "end": 19, "section": [], "page": None}],
}  # fmt: skip


@pytest.fixture
def asked() -> list[str]:
    """What the server was asked."""
    return []


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    server = Server()
    server.answers = {
        "GET /v1/indexes": {"indexes": [info_json(INFO)], "default": "shelf"},
        "GET /v1/indexes/shelf": info_json(INFO),
        "GET /v1/documents": {"documents": [asdict(DOCUMENT)], "next": None, "total": 1},
        "GET /v1/documents/3/text": TEXT,
        "POST /v1/ask": {
            **response_json(RESPONSE, explain=True),
            "answers": [{**answer_json(ANSWER, explain=True), "document_id": 3}],
            "index": "shelf",
        },
        "POST /v1/feedback": feedback_json(Feedback("How much?", Verdict.RIGHT, "1.7 litres", id=5)),
        "DELETE /v1/feedback/5": {"removed": 1, "id": 5},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return server(request)

    return RagqaApp(connect(URL, transport=httpx.MockTransport(answer)))


@pytest.mark.asyncio
async def test_asking_and_what_is_not_done_from_afar(app: RagqaApp, asked: list[str]) -> None:
    told: list[str] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.notify = lambda message, **_: told.append(message)  # type: ignore[method-assign]
        assert (app.readiness.models, app.qa.settings.index) == ("ready", "shelf")
        await ask(pilot, "How much?")
        assert any(card.answer == ANSWER for card in app.screen.query("Card"))  # type: ignore[attr-defined]
        answers = app.screen.query_one(AnswerList)
        answers.focus()
        await press(pilot, "y")
        assert "u takes it back" in told.pop()
        await press(pilot, "u")
        assert told.pop() == "Taken back: right, on “How much?”." and "DELETE /v1/feedback/5" in asked
        await press(pilot, "o")
        await press(pilot, "f3", "r")
        await press(pilot, "R")
        await press(pilot, "f4", "ctrl+s")
        await press(pilot, "f6")
        assert not isinstance(app.screen, ErrorDialog)
    assert [message for message in told if URL in message] == told and len(told) == 4, told


@pytest.mark.asyncio
async def test_documents_there_are_labelled_and_asked_alone(app: RagqaApp, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled: list[Any] = []
    monkeypatch.setattr(RemoteRagQA, "metadata", lambda qa: {"brand": {"Aqua": 1}}, raising=False)
    monkeypatch.setattr(RemoteRagQA, "label", lambda qa, labels: labelled.extend(labels) or 1, raising=False)
    monkeypatch.setattr(RemoteRagQA, "ask", lambda qa, question, **filters: labelled.append(filters["metadata"]) or RESPONSE)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "f3", "l")
        await pilot.press(*"brand=Aqua", "enter")
        await settle(pilot)
        assert labelled == [(DOCUMENT.id, {"brand": ("Aqua",)})]
        await press(pilot, "f2", "ctrl+l")
        await pilot.press(*"aqua", "enter")
        await ask(pilot, "How much?")
        assert labelled[1:] == [{"brand": ("Aqua",)}] and "only brand=Aqua" in screen_text(app)

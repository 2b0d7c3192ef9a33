"""What stands before the routes: sizes, who hangs up, what every response says, and faults that nobody foresaw."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from serve_clients import HOST

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.errors import IndexDamaged, ModelError
from ragqa.gate import Gate
from ragqa.serve import app
from ragqa.serve import guard as module
from ragqa.serve.access import Access
from ragqa.serve.guard import HEADERS, Guard
from ragqa.serve.service import Service


@pytest.mark.parametrize("path", ["/healthz", "/v1/indexes", "/nowhere", "/v1/documents/x", "/openapi.json"])
def test_every_response_says_what_browsers_may_do(client: Any, path: str) -> None:
    given = client.get(path).headers
    for name, value in HEADERS.items():
        assert given[name] == value or name == "Cache-Control"
    assert "server" not in given


@pytest.mark.parametrize(
    "path",
    [
        "/", "/library", "/v1/indexes", "/v1/documents", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/ask?q=What",
        "/v1/documents/1/file", "/v1/jobs/none", "/nowhere",
    ],
)  # fmt: skip
def test_head_is_answered_as_get_without_the_body(client: Any, path: str) -> None:
    while not client.app.state.service.warm:
        time.sleep(0.01)
    whole, bare = client.get(path), client.head(path)
    assert (bare.status_code, bare.content) == (whole.status_code, b"")
    told = {name: value for name, value in whole.headers.items() if path != "/metrics" or name != "content-length"}
    assert told.items() <= bare.headers.items()


def test_head_is_no_way_around_what_get_refuses(serve: Any) -> None:
    client = serve(keys=True)
    assert client.head("/v1/indexes").status_code == 401 and not client.head("/v1/indexes").content
    assert client.head("/v1/indexes", headers={"Host": "elsewhere.example"}).status_code == 403


def test_head_where_there_is_nothing_to_get(client: Any) -> None:
    assert client.head("/v1/search").status_code == 405
    told = client.delete("/healthz")
    assert (told.status_code, told.headers["Allow"]) == (405, "GET, HEAD")


def test_heads_are_counted_by_their_route(client: Any) -> None:
    client.head("/v1/indexes")
    assert 'ragqa_requests_total{method="HEAD",route="/v1/indexes",status="200"} 1.0' in client.get("/metrics").text


@pytest.mark.asyncio
async def test_head_does_not_wait_for_the_end_of_a_stream() -> None:
    """The events of a job go on for as long as it does."""
    ended = []

    async def works(scope: Any, receive: Any, send: Any) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"event", "more_body": True})
                await asyncio.sleep(0.01)
        finally:
            ended.append("stopped")

    work, sent, counted = guarded(works, "HEAD")
    async with asyncio.timeout(10):
        await work
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b"" and ended == ["stopped"] and counted[0][:1] == ("HEAD",)


def test_bodies_have_a_length(serve: Any) -> None:
    client = serve(body_kb=1)
    assert client.post("/v1/ask", json={"question": "x" * 900}).status_code == 200
    told = client.post("/v1/ask", content=b'{"question": "' + b"x" * 2000 + b'"}')
    assert (told.status_code, told.json()["error"]["code"]) == (413, "too_large")
    streamed = client.post("/v1/ask", content=iter([b"x" * 600, b"x" * 600]))  # which says no length before
    assert (streamed.status_code, streamed.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1e3"])
def test_lengths_that_are_none_do_no_harm(client: Any, length: str) -> None:
    assert client.post("/v1/ask", content=b"{}", headers={"Content-Length": length}).status_code in (413, 422)


def test_addresses_have_a_length(client: Any) -> None:
    assert client.get("/v1/documents?" + "x" * 20_000).status_code == 413


def test_what_nobody_foresaw_is_told_without_its_inside(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise ValueError("secret of the inside")

    monkeypatch.setattr(client.app.state.service, "asked", fails)
    response = client.post("/v1/ask", json={"question": "What?"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "failed")
    assert "secret" not in response.text and response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_full_line_says_when_to_come_again(serve: Any) -> None:
    client = serve()
    lane = client.app.state.service.computing
    lane._held = lane.threads + lane.queue
    response = client.post("/v1/ask", json={"question": "What?"})
    lane._held = 0
    assert (response.status_code, response.json()["error"]["code"]) == (429, "busy")
    assert int(response.headers["Retry-After"]) >= 1


def test_what_is_counted(client: Any) -> None:
    for question in ("How many litres does the kettle boil?", "?!"):
        client.post("/v1/ask", json={"question": question})
    client.get("/v1/documents/123456")
    client.request("BREW", "/v1/nowhere/at/all")
    text = client.get("/metrics").text
    assert 'ragqa_requests_total{method="POST",route="/v1/ask",status="200"} 2.0' in text
    assert 'ragqa_questions_total{answered="no"} 1.0' in text
    assert re.search(r'ragqa_request_seconds_count\{route="/v1/ask"\} 2.0', text)
    assert "123456" not in text and "nowhere" not in text and "BREW" not in text


def test_ready_once_the_models_are_there(client: Any) -> None:
    service = client.app.state.service
    while not service.warm:  # which it becomes in a thread
        time.sleep(0.01)
    service.warm = False
    assert client.get("/readyz").status_code == 503
    service.warm_up()
    assert client.get("/readyz").json()["status"] == "ready"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelError("/srv/models/reader is damaged"), "model"), (IndexDamaged("/srv/index is damaged"), "index_damaged"),
        (OSError(5, "Input/output error", "/srv/models"), "failed"),
    ],
)  # fmt: skip
def test_not_ready_as_long_as_the_models_cannot_be_loaded(
    serve: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, reason: str
) -> None:
    """Not "ready", and not "loading" for ever; what may be heard by anybody names no place."""
    broken = [error]

    def warm_up(qa: RagQA) -> None:
        for one in broken:
            raise one

    monkeypatch.setattr(RagQA, "warm_up", warm_up)
    monkeypatch.setattr(app, "RETRY_SECONDS", 0.01)
    client = serve()
    while not client.app.state.service.failure:
        time.sleep(0.01)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "failed", "reason": reason, "waiting": 0})
    assert "/srv" in caplog.text and caplog.text.count("not ready") == 1
    broken.clear()  # somebody mends it
    while not client.app.state.service.warm:
        time.sleep(0.01)
    assert client.get("/readyz").json() == {"status": "ready", "reason": None, "waiting": 0}


def test_ready_where_there_is_no_index_yet(served: Settings) -> None:
    service = Service(replace(served, index="none"))
    assert service.warm_up() and not service.failure
    service.close()


@pytest.mark.asyncio
async def test_who_hangs_up_is_not_worked_for() -> None:
    begun, ended = asyncio.Event(), []

    async def works(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        begun.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("stopped")
            raise

    said = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if said:
            return said.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    counted: list[Any] = []
    metrics = type("Counts", (), {"request": lambda self, *given: counted.append(given)})()
    guard = Guard(works, Access(Gate.of("127.0.0.1", 8321)), lambda path: 100, metrics)
    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"host", HOST.encode())],
    }  # fmt: skip
    async with asyncio.timeout(10):
        await guard(scope, receive, send)
    assert ended == ["stopped"] and sent == [] and counted[0][2] == 499


@pytest.mark.parametrize(("piece", "status"), [(b"x", 504), (b"x" * 1_000, 200)])
@pytest.mark.asyncio
async def test_a_body_has_to_come(monkeypatch: pytest.MonkeyPatch, piece: bytes, status: int) -> None:
    """Who sends a byte now and then, which takes no token, would hold the connection for ever."""
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    left = 30

    async def receive() -> dict[str, Any]:
        nonlocal left
        await asyncio.sleep(0.02)
        left -= 1
        return {"type": "http.request", "body": piece, "more_body": left > 0}

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    metrics = type("Counts", (), {"request": lambda self, *given: None})()
    guard = Guard(reads, Access(Gate.of("127.0.0.1", 8321)), lambda path: 1 << 20, metrics)
    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"host", HOST.encode())],
    }  # fmt: skip
    async with asyncio.timeout(10):
        await guard(scope, receive, send)
    assert sent[0]["status"] == status and (left == 0) is (status == 200)
    assert ((b"connection", b"close") in sent[0]["headers"]) is (status == 504)


def guarded(works: Any, method: str = "POST") -> tuple[Any, list[Any], list[Any]]:
    """A guard's work for one request that has come whole and is still waited for; what it sends, and what it counts."""
    said = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []
    counted: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not said:
            await asyncio.sleep(30)
        return said.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    metrics = type("Counts", (), {"request": lambda self, *given: counted.append(given)})()
    guard = Guard(works, Access(Gate.of("127.0.0.1", 8321)), lambda path: 100, metrics)
    scope = {
        "type": "http", "method": method, "path": "/", "query_string": b"", "headers": [(b"host", HOST.encode())],
    }  # fmt: skip
    return guard(scope, receive, send), sent, counted


async def stopped(works: Any, begun: asyncio.Event) -> tuple[list[Any], list[Any]]:
    """What is sent and counted of a request that uvicorn cancels once it has begun, as where the time to stop is over."""
    work, sent, counted = guarded(works)
    async with asyncio.timeout(10):
        answering = asyncio.ensure_future(work)
        await begun.wait()
        answering.cancel("timeout graceful shutdown exceeded")
        await answering
    return sent, counted


@pytest.mark.asyncio
async def test_who_still_waits_when_the_server_ends_is_told_so() -> None:
    """uvicorn cancels them, and would answer "Internal Server Error", after which no client asks again by itself."""
    begun = asyncio.Event()

    async def works(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        begun.set()
        await asyncio.sleep(30)

    sent, counted = await stopped(works, begun)
    assert sent[0]["status"] == counted[0][2] == 503
    assert (b"retry-after", b"5") in sent[0]["headers"] and b'"stopping"' in sent[1]["body"]


@pytest.mark.parametrize(("length", "ends"), [([], True), ([(b"content-length", b"9")], False)])
@pytest.mark.asyncio
async def test_a_stream_ends_with_the_server(length: list[Any], ends: bool) -> None:
    """What said how long it is cannot be ended before: it is cut short, which who reads it notices."""
    begun = asyncio.Event()

    async def works(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"event", "more_body": True})
        begun.set()
        await asyncio.sleep(30)

    sent, _ = await stopped(works, begun)
    assert sent[0]["status"] == 200 and (not sent[-1].get("more_body", False)) is ends

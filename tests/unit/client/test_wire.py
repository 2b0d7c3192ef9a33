from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from client_server import URL, Server

from ragqa.client.address import Address
from ragqa.client.wire import Wire
from ragqa.errors import IndexMissing, ParseError, RagqaError, ServerError, UsageError

TOKEN = "t" * 20


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.waits = 1000.0, list[float]()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def wire(server: Server, clock: Clock) -> Wire:
    return Wire(Address.of(URL), TOKEN, 10.0, httpx.MockTransport(server), clock.sleep)


def fault(status: int, code: str = "busy", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "told", "hint": "do"}}, headers=headers)


def test_what_is_asked_and_shown(wire: Wire, server: Server) -> None:
    server.answers["GET /v1/x"] = {"a": 1}
    assert wire.json("GET", "v1", "x", query={"q": "ü&?", "none": None, "flag": True}) == {"a": 1}
    (asked,) = server.requests
    assert str(asked.url) == f"{URL}/v1/x?q=%C3%BC%26%3F&flag=true"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(wire: Wire, server: Server, status: int) -> None:
    server.answers["GET /v1/x"] = httpx.Response(status, headers={"Location": "http://evil.example/v1/x"})
    with pytest.raises(ServerError, match="not followed"):
        wire.json("GET", "v1", "x")
    assert [request.url.host for request in server.requests] == ["127.0.0.1"]


def test_the_environment_sends_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil.example:1")
    monkeypatch.setenv("ALL_PROXY", "http://evil.example:1")
    wire = Wire(Address.of(URL), TOKEN)
    assert not wire._http.trust_env and not wire._http._mounts


def test_a_busy_server_is_asked_again_when_it_says(wire: Wire, server: Server, clock: Clock) -> None:
    server.answers["GET /v1/x"] = [
        fault(429, **{"Retry-After": "2"}),
        fault(503, **{"Retry-After": "0"}),
        httpx.Response(200, json=1),
    ]
    assert wire.json("GET", "v1", "x") == 1
    assert clock.waits == [2.0, 0.2]


def test_a_date_can_be_waited_for(wire: Wire, server: Server, clock: Clock) -> None:
    server.answers["GET /v1/x"] = [fault(503, **{"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), httpx.Response(200, json=1)]
    assert wire.json("GET", "v1", "x") == 1
    assert clock.waits == [0.2]


@pytest.mark.parametrize("told", ["3600", "9" * 400, "soon", ""])
def test_nobody_waits_beyond_the_deadline_or_for_nothing(wire: Wire, server: Server, clock: Clock, told: str) -> None:
    server.answers["GET /v1/x"] = fault(503, "stopping", **{"Retry-After": told})
    with pytest.raises(ServerError, match="told"):
        wire.json("GET", "v1", "x")
    assert clock.waits == [] and len(server.requests) == 1


def test_a_server_that_is_always_busy_is_given_up(wire: Wire, server: Server, clock: Clock) -> None:
    server.answers["GET /v1/x"] = fault(429, **{"Retry-After": "3"})
    with pytest.raises(ServerError, match="told") as error:
        wire.json("GET", "v1", "x")
    assert error.value.hint == "do" and sum(clock.waits) <= 10


@pytest.mark.parametrize(
    ("code", "kind"), [("usage", UsageError), ("index_missing", IndexMissing), ("unreadable", ParseError), ("other", ServerError)]
)
def test_errors_are_those_of_the_engine(wire: Wire, server: Server, code: str, kind: type[RagqaError]) -> None:
    server.answers["GET /v1/x"] = fault(400, code)
    with pytest.raises(kind) as error:
        wire.json("GET", "v1", "x")
    assert (type(error.value), error.value.message, error.value.hint) == (kind, "told", "do")


def test_a_hint_for_who_speaks_http_is_told_as_what_can_be_done_here(wire: Wire, server: Server) -> None:
    told = {"code": "index_missing", "message": "there is no index 'x'", "hint": "GET /v1/indexes lists those there are."}
    server.answers["GET /v1/x"] = httpx.Response(404, json={"error": told})
    with pytest.raises(IndexMissing) as error:
        wire.json("GET", "v1", "x")
    assert "GET" not in error.value.hint and "ragqa index list --server" in error.value.hint


def test_long_messages_are_cut(wire: Wire, server: Server) -> None:
    server.answers["GET /v1/x"] = httpx.Response(400, json={"error": {"code": "usage", "message": "x" * 10_000}})
    with pytest.raises(UsageError) as error:
        wire.json("GET", "v1", "x")
    assert len(error.value.message) == 2000


@pytest.mark.parametrize(("token", "told"), [(TOKEN, "does not know the token"), (None, "demands a token")])
def test_wrong_tokens(server: Server, token: str | None, told: str) -> None:
    server.answers["GET /v1/x"] = fault(401)
    with pytest.raises(ServerError, match=told) as error:
        Wire(Address.of(URL), token, transport=httpx.MockTransport(server)).json("GET", "v1", "x")
    assert TOKEN not in f"{error.value.message}{error.value.hint}"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<h1>Not Found</h1>"),
        httpx.Response(200, text="<h1>Welcome to nginx</h1>"),
        httpx.Response(500, json=["no", "fault"]),
        httpx.Response(502),
    ],
)
def test_another_kind_of_server_is_told(wire: Wire, server: Server, answer: httpx.Response) -> None:
    server.answers["GET /v1/x"] = answer
    with pytest.raises(ServerError, match="not as a ragqa server of this version does"):
        wire.json("GET", "v1", "x")


def test_endless_bodies_are_not_taken(wire: Wire, server: Server) -> None:
    taken = []

    def endless() -> Any:
        while True:
            taken.append(1)
            yield b"x" * (1 << 16)

    server.answers["GET /v1/x"] = lambda request: httpx.Response(200, content=endless())
    with pytest.raises(ServerError, match="more than 1 MB"):
        wire.reply("GET", "v1", "x", most=1 << 20)
    assert len(taken) == 17


def test_slow_bodies_are_not_waited_for(wire: Wire, server: Server, clock: Clock) -> None:
    def slow() -> Any:
        while True:
            clock.now += 1
            yield b" "

    server.answers["GET /v1/x"] = lambda request: httpx.Response(200, content=slow())
    with pytest.raises(ServerError, match="takes too long"):
        wire.json("GET", "v1", "x")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "there is no server at http://127.0.0.1:8321"),
        (httpx.ConnectTimeout("timed out"), "there is no server"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "is not trusted"),
        (httpx.ReadTimeout("timed out"), "takes too long"),
        (httpx.RemoteProtocolError("illegal request line"), "broke"),
        (httpx.InvalidURL("label too long"), "broke"),
    ],
)
def test_faults_on_the_way(wire: Wire, server: Server, error: Exception, told: str) -> None:
    server.answers["GET /v1/x"] = error
    with pytest.raises(ServerError, match=told):
        wire.json("GET", "v1", "x")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(UsageError, match="httpx") as error:
        Wire(Address.of(URL))
    assert error.value.hint == "pip install 'ragqa[client]'"

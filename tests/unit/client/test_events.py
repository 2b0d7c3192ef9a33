from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from client_server import URL, Server

from ragqa.client.address import Address
from ragqa.client.events import BREAK_SECONDS, BREAKS, Event, Listener, read_events
from ragqa.client.wire import Wire
from ragqa.errors import IndexMissing, ServerError
from ragqa.schema_reading import Misread

ENDS = frozenset({"done"})
STREAM = b': hello\n\nid: 1\nevent: progress\ndata: {"done": 1}\n\nid: 2\nevent: done\ndata: {}\n\n'
EVENTS = "GET /v1/jobs/7/events"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_come_in_any_pieces(size: int) -> None:
    pieces = [STREAM.replace(b"\n", b"\r\n")[start : start + size] for start in range(0, 200, size)]
    assert list(read_events(pieces)) == [Event("progress", {"done": 1}, "1"), Event("done", {}, "2")]


def test_unknown_fields_are_passed_over_and_data_may_have_lines() -> None:
    assert list(read_events([b"retry: 5\nfuture: x\ndata: [1,\ndata: 2]\n\ndata: 3\n"])) == [Event("message", [1, 2])]


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@pytest.mark.parametrize("pieces", [endless(b"x" * 1000), endless(b"data: " + b"1" * 1000 + b"\n"), [b"data: {\n\n"]])
def test_what_is_no_event_is_refused(pieces: Iterator[bytes]) -> None:
    with pytest.raises(Misread):
        list(read_events(pieces))


def listener(server: Server, pause: float = 0) -> Listener:
    return Listener(Wire(Address.of(URL), transport=httpx.MockTransport(server)), "7", ENDS, pause)


def heard(one: Listener) -> list[str]:
    names = []
    while not names or names[-1] not in ENDS:
        event = one.next(5)
        assert event is not None
        names.append(event.name)
    return names


def test_a_stream_that_breaks_is_taken_up_where_it_broke(server: Server) -> None:
    first, rest = STREAM.split(b"id: 2")
    server.answers[EVENTS] = [
        httpx.Response(200, content=first),
        httpx.ReadError("gone"),
        lambda request: httpx.Response(200, content=b"id: 2" + rest),
    ]
    assert heard(listener(server)) == ["progress", "done"]
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, "1", "1"]


def test_a_server_that_has_gone_is_told(server: Server) -> None:
    server.answers[EVENTS] = httpx.ConnectError("refused")
    with pytest.raises(ServerError, match="there is no server"):
        listener(server).next(5)
    assert len(server.requests) == BREAKS


def test_a_server_that_is_away_for_a_moment_is_waited_for(server: Server) -> None:
    """Longer each time: the job goes on there meanwhile."""
    away = httpx.ConnectError("refused")
    server.answers[EVENTS] = [*[away] * (BREAKS - 1), httpx.Response(200, content=b"event: done\ndata: {}\n\n")]
    began = time.monotonic()
    assert heard(listener(server, pause=0.01)) == ["done"]
    assert time.monotonic() - began > 0.3 and 0.3 / 0.01 * BREAK_SECONDS >= 30


def test_what_the_server_refuses_is_told_at_once(server: Server) -> None:
    server.answers[EVENTS] = httpx.Response(404, json={"error": {"code": "index_missing", "message": "gone"}})
    with pytest.raises(IndexMissing, match="gone"):
        listener(server).next(5)
    assert len(server.requests) == 1


def test_a_stream_that_says_nothing_is_given_up(server: Server) -> None:
    server.answers[EVENTS] = lambda request: httpx.Response(200, content=b": here\n\n")
    with pytest.raises(ServerError, match="does not tell how the job goes on"):
        listener(server).next(5)

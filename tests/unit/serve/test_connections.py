"""Connections on which nothing comes, over socket pairs: no port is opened."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from ragqa.serve import connections
from ragqa.serve.connections import Connection

SOON = 0.6
EVER = 10**6
LARGE = 4 << 20
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOAD = b"POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    monkeypatch.setattr(connections, "REST_SECONDS", SOON)
    monkeypatch.setattr(connections, "UNREAD_SECONDS", SOON)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers without a look at a body; /slow piece by piece, for longer than a head may take; /read when all has come."""
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})
        await send({"type": "http.response.body", "body": b"!" * LARGE, "more_body": True})
        await send({"type": "http.response.body"})  # when the other has taken nearly all
        return
    pieces = 6 if scope["path"] == "/slow" else 1
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % pieces)]})
    for number in range(pieces):
        await asyncio.sleep(SOON / 2 if pieces > 1 else 0)
        await send({"type": "http.response.body", "body": b"!", "more_body": number < pieces - 1})


@asynccontextmanager
async def connected(idle: float = 60.0) -> AsyncIterator[tuple[asyncio.StreamReader, Callable[[bytes], None]]]:
    """What the server says, and how to say something to it."""
    config = uvicorn.Config(app, timeout_keep_alive=idle, log_config=None)  # type: ignore[arg-type]
    ours, theirs = socket.socketpair()
    loop, state = asyncio.get_running_loop(), ServerState()
    await loop.connect_accepted_socket(lambda: Connection(config, state, {}), theirs)
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        yield reader, writer.write
    finally:
        writer.close()
        await asyncio.gather(*state.tasks)


async def said(reader: asyncio.StreamReader) -> bytes:
    """A whole answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r")[0])
    return head + await reader.readexactly(length)


async def closed(reader: asyncio.StreamReader) -> None:
    """Waits until the server closes, which it would never do by itself; what is sent just then may break the pipe."""
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            assert await reader.read() == b""


@pytest.mark.parametrize("sent", [b"", b"GE", b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "])
def test_a_connection_on_which_no_request_comes_is_closed(sent: bytes) -> None:
    async def run() -> None:
        async with connected() as (reader, say):
            say(sent)
            await closed(reader)

    asyncio.run(run())


def test_headers_that_drip_win_no_time() -> None:
    async def run() -> None:
        async with connected() as (reader, say):
            say(b"GET / HTTP/1.1\r\n")
            dripping = asyncio.create_task(drip(say, b"X-Slow: yes\r\n", EVER))
            await closed(reader)
            dripping.cancel()

    asyncio.run(run())


async def drip(say: Callable[[bytes], None], drop: bytes, times: int) -> None:
    for _ in range(times):
        say(drop)
        await asyncio.sleep(SOON / 4)


def test_the_next_request_of_a_connection_is_waited_for_no_longer_either() -> None:
    async def run() -> None:
        async with connected() as (reader, say):
            say(REQUEST)
            assert (await said(reader)).endswith(b"!")
            await asyncio.sleep(2 * SOON)  # idle, as uvicorn lets it be
            say(REQUEST[:20])
            await asyncio.sleep(SOON / 2)
            say(REQUEST[20:])
            assert (await said(reader)).endswith(b"!")
            say(b"G")
            await closed(reader)

    asyncio.run(run())


def test_an_idle_connection_is_still_closed_by_uvicorn() -> None:
    async def run() -> None:
        async with connected(idle=0.1) as (reader, say):
            say(REQUEST)
            await said(reader)
            await closed(reader)

    asyncio.run(run())


def test_what_takes_long_to_answer_and_a_body_that_is_read_are_left_alone() -> None:
    async def run() -> None:
        async with connected() as (reader, say):
            say(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await said(reader)).endswith(b"!!!!!!")
            say(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n")
            await drip(say, b".", 12)  # in guard's time
            assert (await said(reader)).endswith(b"!")
            say(REQUEST + REQUEST)
            assert (await said(reader) + await said(reader)).count(b"200 OK") == 2

    asyncio.run(run())


def test_a_body_that_nobody_reads_any_more_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with connected() as (reader, say):
            say(UPLOAD)
            await said(reader)
            dripping = asyncio.create_task(drip(say, b".", EVER))
            await closed(reader)
            dripping.cancel()
        monkeypatch.setattr(connections, "SLOWEST", 1)  # who sends enough is let finish
        async with connected() as (reader, say):
            say(UPLOAD)
            await said(reader)
            await drip(say, b"." * 50, 20)
            say(REQUEST)
            assert (await said(reader)).endswith(b"!")

    asyncio.run(run())


@pytest.mark.parametrize("reads", [False, True])
def test_who_takes_nothing_of_an_answer_is_not_waited_for(reads: bool) -> None:
    async def run() -> None:
        config = uvicorn.Config(app, log_config=None)  # type: ignore[arg-type]
        ours, theirs = socket.socketpair()
        loop, state = asyncio.get_running_loop(), ServerState()
        await loop.connect_accepted_socket(lambda: Connection(config, state, {}), theirs)
        ours.setblocking(False)
        await loop.sock_sendall(ours, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = 0
        async with asyncio.timeout(60):
            while state.connections or not taken:  # slowly, or not at all
                await asyncio.sleep(SOON / 4)
                if reads or not taken:
                    taken += len(await loop.sock_recv(ours, 200_000))
                if taken > LARGE:
                    break
        assert (taken > LARGE) == reads
        await asyncio.wait_for(asyncio.gather(*state.tasks), 60)
        ours.close()

    asyncio.run(run())

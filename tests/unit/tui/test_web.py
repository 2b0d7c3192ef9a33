"""The page's server asked over real sockets on loopback, with a stand-in for the app that speaks its protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from ragqa.config import Settings
from ragqa.errors import RagqaError, UsageError
from ragqa.gate import Gate, Incoming
from tui.web import command, process
from tui.web.server import FILES, PageServer, link, run, runner_of

pytestmark = [pytest.mark.enable_socket, pytest.mark.asyncio]

APP = """
import json, os, sys
out, heard = sys.stdout.buffer, sys.stdin.buffer
def send(kind, data):
    out.write(kind + len(data).to_bytes(4, "big") + data); out.flush()
out.write(b"a line of some library\\n__GANGLION__\\n")
send(b"D", json.dumps({"pid": os.getpid(), "columns": os.environ["COLUMNS"]}).encode())
while head := heard.read(5):
    data = heard.read(int.from_bytes(head[1:], "big"))
    if head[:1] == b"M" and json.loads(data)["type"] == "quit" and len(sys.argv) == 1:
        break
    if data == b"leave":
        send(b"M", b'{"type": "exit"}')
    send(b"D", head[:1] + data)
"""
STUBBORN = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + APP + "time.sleep(60)\n"


class Served:
    """A server on a port of its own; `room` is where its page is."""

    def __init__(self, gate: Gate, room: str, processes: set[Any]) -> None:
        self.gate, self.room, self.processes = gate, room, processes
        self.ours = f"127.0.0.1:{gate.port}"

    async def status(self, path: str, method: str = "GET", **headers: str) -> int:
        return (await self.asked(path, method, **headers))[0]

    async def asked(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """The status of a request with just these headers, and all of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gate.port)
        lines = [f"{method} {path} HTTP/1.1", "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
        if headers.get("Upgrade"):
            lines = [line for line in lines if line != "Connection: close"]
            lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        writer.write("\r\n".join((*lines, "", "")).encode())
        answer = await (reader.readuntil(b"\r\n\r\n") if headers.get("Upgrade") else reader.read())
        writer.close()
        return int(answer.split()[1]), answer.decode("latin-1")

    def cookie(self) -> str:
        return f"ragqa={self.gate.cookie}"

    @asynccontextmanager
    async def page(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """The socket of a page, as a browser opens it."""
        headers = {"Origin": f"http://{self.ours}", "Cookie": self.cookie()}
        address = f"http://{self.ours}{self.room}/socket?width=100&height=30"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, headers=headers) as opened:
            yield opened


@asynccontextmanager
async def serving(app: str = APP, pages: int = 4, python: str = sys.executable) -> AsyncIterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gate = Gate.of("127.0.0.1", listening.getsockname()[1])
        server = PageServer([python, "-c", app], gate, pages)
        runner = runner_of(server, 1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield Served(gate, server.room, server.processes)
        finally:
            await runner.cleanup()


async def gone(pid: int) -> bool:
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with suppress(FileNotFoundError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        await asyncio.sleep(0.02)
    return False


async def test_strangers_are_refused_at_every_door() -> None:
    async with serving() as server:
        ours, key, cookie = server.ours, f"/?token={server.gate.token}", server.cookie()
        doors = [
            "/",
            key,
            f"{server.room}/",
            f"{server.room}/socket",
            f"{server.room}/textual.js",
            "/nothing",
            f"{server.room}/../x",
        ]
        upgrade = {"Upgrade": "websocket"}
        for door in doors:
            for strange in (
                {"Host": "evil.example"}, {"Host": f"evil.example:{server.gate.port}"}, {"Host": "127.0.0.1"},
                {"Host": f"user@{ours}"}, {"Host": f"[::ffff:127.0.0.1]:{server.gate.port}"},
                {"Host": ours, "Origin": "http://evil.example"}, {"Host": ours, "Origin": "null"},
                {"Host": ours, "Origin": f"https://{ours}"}, {"Host": ours, "Origin": "http://127.0.0.1:9"},
            ):  # fmt: skip
                for kind in ({}, upgrade):
                    assert await server.status(door, **strange, **kind, Cookie=cookie) == 403, (door, strange)
        for door in doors:
            if door != key:
                for kind in ({}, upgrade):
                    assert await server.status(door, Host=ours, **kind) == 403
                    assert await server.status(door, Host=ours, Cookie="ragqa=wrong", **kind) == 403
        assert await server.status("/?token=wrong", Host=ours, Cookie=cookie) == 403
        assert await server.status("/?token=", Host=ours, Cookie=cookie) == 403
        assert await server.status(f"{server.room}/?token={server.gate.token}", Host=ours) == 403
        assert await server.status(f"{server.room}/", "POST", Host=ours, Cookie=cookie) == 403
        assert await server.status(f"{server.room}/socket", Host=ours, Cookie=cookie, **upgrade) == 403
        assert not server.processes


async def test_a_second_host_is_no_host() -> None:
    async with serving() as server:
        both = {"Host": server.ours, "host": server.ours}
        assert await server.status(f"/?token={server.gate.token}", **both) in (400, 403)


async def test_the_token_leaves_the_address_for_a_cookie() -> None:
    async with serving() as server:
        for host in (server.ours, f"localhost:{server.gate.port}", f"LOCALHOST:{server.gate.port}", f"[::1]:{server.gate.port}"):
            status, answer = await server.asked(f"/?token={server.gate.token}", Host=host)
            assert status == 303 and f"Location: {server.room}/\r\n" in answer and server.gate.token not in answer
        (cookie,) = re.findall("Set-Cookie: (.*)\r", answer)
        assert cookie == f"{server.cookie()}; HttpOnly; Path={server.room}/; SameSite=Strict"

        status, page = await server.asked(f"{server.room}/", Host=server.ours, Cookie=server.cookie())
        assert status == 200
        assert f'"ws://{server.ours}{server.room}/socket"' in page
        assert server.gate.token not in page and server.gate.cookie not in page
        assert re.findall("https?:", page) == []  # nothing from elsewhere


async def test_the_browser_is_told_to_keep_to_itself() -> None:
    async with serving() as server:
        for path, cookie in (
            (f"{server.room}/", server.cookie()),
            (f"/?token={server.gate.token}", ""),
            ("/", ""),
            ("/none", ""),
        ):
            _, answer = await server.asked(path, Host=server.ours, Cookie=cookie)
            for told in (
                "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cache-Control: no-store",
                "X-Frame-Options: DENY",
                "Cross-Origin-Resource-Policy: same-origin", "default-src 'none'", "frame-ancestors 'none'", "Server: ragqa\r",
            ):  # fmt: skip
                assert told in answer, (path, told)
        assert "script-src 'self'; " in answer and "unsafe-eval" not in answer


async def test_nothing_is_served_but_the_pages_own_files() -> None:
    async with serving() as server:
        for name in FILES:
            assert await server.status(f"{server.room}/{name}", Host=server.ours, Cookie=server.cookie()) == 200, name
        for name in (
            "",
            "static/",
            "download/x",
            "..",
            "../server.py",
            "%2e%2e/server.py",
            "page.html",
            "images/",
            "server.py",
            "/etc/passwd",
        ):
            status, answer = await server.asked(f"{server.room}/{name}", Host=server.ours, Cookie=server.cookie())
            assert status == (404 if name else 200) and "import" not in answer


async def test_a_page_and_its_process() -> None:
    async with serving() as server:
        async with server.page() as page:
            told = json.loads(await page.receive_bytes())
            assert told["columns"] == "100"
            await page.send_json(["stdin", "hé"])
            assert (await page.receive_bytes()).decode() == "Dhé"
            await page.send_json(["resize", {"width": 90, "height": 20}])
            assert json.loads((await page.receive_bytes())[1:]) == {"type": "resize", "width": 90, "height": 20}
            await page.send_json(["ping", "7"])
            assert await page.receive_json() == ["pong", "7"]
        assert await gone(told["pid"])  # with its page


async def test_what_makes_no_sense_is_not_heard() -> None:
    senseless = [
        "",
        "{",
        "7",
        "[]",
        "[7]",
        "{}",
        '["stdin"]',
        '["stdin", 7]',
        '["resize", 7]',
        '["ping", {}]',
        "[" * 100_000,
        '["x", 1]',
    ]
    async with serving() as server, server.page() as page:
        await page.receive_bytes()
        for text in senseless:
            await page.send_str(text)
        await page.send_bytes(b"\xff\x00")
        for width, height in ((10**9, -4), ("x", None), (True, [3])):
            await page.send_json(["resize", {"width": width, "height": height}])
            assert json.loads((await page.receive_bytes())[1:]) == {"type": "resize", "width": 80, "height": 24}
        await page.send_json(["stdin", "still here"])
        assert await page.receive_bytes() == b"Dstill here"


NONSENSE = [
    b"\xff\xfe\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET http://a:b:c/ HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n" * 99,
]  # fmt: skip


async def test_nonsense_says_nothing_in_the_terminal(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server:
        for sent in NONSENSE:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.gate.port)
            writer.write(sent)
            writer.write_eof()
            assert b" 200 " not in await reader.read() and b" 303 " not in await reader.read()
            writer.close()
    assert caplog.records == [] and capfd.readouterr() == ("", "")


async def test_an_app_that_does_not_start_closes_the_page(capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(python="no-such-program") as server, server.page() as page:
        assert (await page.receive()).data == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    assert capfd.readouterr() == ("", "")


async def test_a_page_closes_with_its_app() -> None:
    async with serving() as server, server.page() as page:
        await page.receive_bytes()
        await page.send_json(["stdin", "leave"])
        assert (await page.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_pages_are_counted() -> None:
    async with serving(pages=1) as server:
        async with server.page() as page:
            told = json.loads(await page.receive_bytes())
            assert await server.status(f"{server.room}/", Host=server.ours, Cookie=server.cookie()) == 503
            upgrade = {"Upgrade": "websocket", "Origin": f"http://{server.ours}"}
            assert await server.status(f"{server.room}/socket", Host=server.ours, Cookie=server.cookie(), **upgrade) == 503
        assert await gone(told["pid"])
        for _ in range(100):
            if not server.processes:
                break
            await asyncio.sleep(0.02)
        assert await server.status(f"{server.room}/", Host=server.ours, Cookie=server.cookie()) == 200


async def test_an_app_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it started."""
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    app = STUBBORN.replace('{"pid": os.getpid(),', '{"child": subprocess.Popen(["sleep", "60"]).pid, "pid": os.getpid(),')
    async with serving(app.replace("len(sys.argv) == 1", "False")) as server:
        async with server.page() as page:
            told = json.loads(await page.receive_bytes())
        assert await gone(told["pid"]) and await gone(told["child"])


async def test_the_pages_end_with_the_server() -> None:
    async with serving() as server, server.page() as page:
        told = json.loads(await page.receive_bytes())
        ending = asyncio.create_task(page.receive())
        server_page = page
    assert await gone(told["pid"])
    await asyncio.wait([ending], timeout=5)
    assert server_page.closed


async def test_the_app_ends_when_nobody_serves_it() -> None:
    """However the server ended: the pipe it wrote to is closed."""
    code = "from textual.app import App; App().run()"
    environment = {**os.environ, "TEXTUAL_DRIVER": "tui.web.driver:PageDriver"}
    app = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert app.stdout is not None and app.stdin is not None
    assert app.stdout.readline() == process.PRELUDE
    app.communicate(timeout=60)
    assert app.returncode == 0


async def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(RagqaError) as caught:
        run([], "127.0.0.1", taken.getsockname()[1], lambda link: None)
    assert "cannot be listened on: Address already in use" in caught.value.message and "--port" in caught.value.hint
    with pytest.raises(UsageError, match=r"no address of this machine"):
        run([], "192.0.2.1", 8017, lambda link: None)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("shop.example", "shop.example"),
    ],
)
async def test_the_link_leads_to_the_gate(host: str, shown: str) -> None:
    gate = Gate.of(host, 99)
    assert link(host, gate) == f"http://{shown}:99/?token={gate.token}"
    assert gate.refusal(Incoming(f"{shown}:99", token=gate.token)) is None


async def test_the_app_is_opened_as_this_one_would_have_been() -> None:
    assert command(None, Settings(home="a b", index="shelf", threads=3))[3:] == [
        "--home", "a b", "--threads", "3", "tui", "--index", "shelf",
    ]  # fmt: skip

"""The page, its few files and its socket, behind the gate."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import textual_serve
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from ragqa.errors import RagqaError, UsageError
from ragqa.gate import Gate, Incoming
from tui.web.process import DRAWN, META, STOP_SECONDS, AppProcess

PAGES_AT_ONCE = 4
"""Pages that may be open at once: each is a process with models of its own."""

MESSAGE_BYTES = 4 << 20
"""The longest message of a page: a large paste."""

CELLS = range(2, 1001)
"""Columns or rows that a page may have."""

HERE, BROUGHT = Path(__file__).parent, Path(textual_serve.__file__).parent / "static"
FILES = {
    "page.css": HERE / "page.css",
    "page.js": HERE / "page.js",
    "textual.js": BROUGHT / "js" / "textual.js",
    "xterm.css": BROUGHT / "css" / "xterm.css",
    "RobotoMono-VariableFont_wght.ttf": BROUGHT / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "RobotoMono-Italic-VariableFont_wght.ttf": BROUGHT / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
}
"""All that is served but the page itself."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {socket}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The terminal in the page writes style sheets of its own; nothing comes from elsewhere, or goes there."""

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "ragqa",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

COOKIE = "ragqa"
_HINT = "Another program, perhaps another `ragqa tui --web`, may have it: use --port N."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """Serves the app to pages that come through the gate. For one event loop.

    Browsers send a cookie to every port of a host. So all is served below a path made up anew each time, and the cookie is for
    that path alone: no other server on this machine is sent it. `room` is that path, `processes` are those of open pages.
    """

    def __init__(self, command: Sequence[str], gate: Gate, pages: int = PAGES_AT_ONCE) -> None:
        self._command, self._gate, self._pages = command, gate, pages
        self.room = f"/{secrets.token_urlsafe(8)}"
        self.processes: set[AppProcess] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._opening = 0

    def application(self) -> web.Application:
        """The routes, and the gate before all of them."""
        made = web.Application(middlewares=[_keeping(self._gate)])
        routes = [web.get("/", self._enter), web.get(f"{self.room}/", self._page), web.get(f"{self.room}/socket", self._socket)]
        made.add_routes([*routes, *(web.get(f"{self.room}/{name}", _file(path)) for name, path in FILES.items())])
        made.on_response_prepare.append(_secure)
        made.on_shutdown.append(self._hang_up)
        return made

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """Take the token out of the browser's address bar, and give it a cookie instead."""
        response = web.Response(status=303, headers={"Location": f"{self.room}/"})
        response.set_cookie(COOKIE, self._gate.cookie, path=f"{self.room}/", httponly=True, samesite="Strict")
        return response

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self._is_full():
            return web.Response(
                status=503, text=f"{self._pages} pages are open already: close one of them, then load this again."
            )
        page = (HERE / "page.html").read_text(encoding="utf-8")
        return web.Response(text=page.replace("SOCKET", f"ws://{request.host}{self.room}/socket"), content_type="text/html")

    def _is_full(self) -> bool:
        return len(self.processes) + self._opening >= self._pages

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """Between one page and one process of the app, until either ends."""
        if self._is_full():
            return web.Response(status=503)
        page = web.WebSocketResponse(heartbeat=15, max_msg_size=MESSAGE_BYTES)
        self._opening += 1
        try:
            await page.prepare(request)
            width, height = (_cells(request.query.get(name), usual) for name, usual in (("width", 80), ("height", 24)))
            process = await AppProcess.started(self._command, width, height)
        except OSError:  # no memory, no more processes
            await page.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return page
        finally:
            self._opening -= 1
        self.processes.add(process)
        self._sockets.add(page)
        drawing = asyncio.create_task(_draw(process, page))
        try:
            async for message in page:
                await _hear(message, process, page)
        finally:
            self._sockets.discard(page)
            drawing.cancel()
            await asyncio.wait([drawing])
            try:
                await process.stop()
            finally:  # also when the server is told to stop a second time
                process.kill()
                self.processes.discard(process)
        return page

    async def _hang_up(self, application: web.Application) -> None:
        """Close every page, so that their processes end."""
        for page in tuple(self._sockets):
            await page.close(code=WSCloseCode.GOING_AWAY)


async def _draw(process: AppProcess, page: web.WebSocketResponse) -> None:
    """Bring to the page what the app draws, and close it with the app."""
    with suppress(ConnectionError, RuntimeError):  # the page has just been closed
        async for kind, payload in process.packets():
            if kind == DRAWN:
                await page.send_bytes(payload)
            elif kind == META and _fields(payload).get("type") == "exit":
                break
        await page.close()


async def _hear(message: WSMessage, process: AppProcess, page: web.WebSocketResponse) -> None:
    """Bring to the app what happened to the page; what makes no sense is not heard."""
    kind, value = _said(message)
    if kind == "stdin" and isinstance(value, str):
        await process.type(value)
    elif kind == "resize" and isinstance(value, dict):
        await process.tell("resize", width=_cells(value.get("width"), 80), height=_cells(value.get("height"), 24))
    elif kind == "ping" and isinstance(value, str):
        await page.send_json(["pong", value])
    elif kind in ("focus", "blur"):
        await process.tell(kind)


def _said(message: WSMessage) -> tuple[str, Any]:
    """What kind of message a page's is, and its value."""
    if message.type is WSMsgType.TEXT:
        with suppress(ValueError, RecursionError):
            said = json.loads(message.data)
            if isinstance(said, list) and said and isinstance(said[0], str):
                return said[0], said[1] if len(said) > 1 else None
    return "", None


def _fields(payload: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(payload)
        if isinstance(found, dict):
            return found
    return {}


def _cells(given: object, usual: int) -> int:
    """A number of columns or rows that makes sense."""
    if isinstance(given, str) and len(given) <= 4 and given.isdecimal():
        given = int(given)
    return given if isinstance(given, int) and given in CELLS else usual


def _keeping(gate: Gate) -> Any:
    """The gate before every route, and before what is none."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = gate.refusal(_incoming(request))
        return await handler(request) if refusal is None else web.Response(status=refusal.status, text=refusal.reason + "\n")

    return keep


def _incoming(request: web.Request) -> Incoming:
    """What the gate must know of a request. A header that comes twice is none that is known."""
    once = {name: given[0] if len(given) == 1 else ", ".join(given) for name in ("Host", "Origin")
            if (given := request.headers.getall(name, []))}  # fmt: skip
    acts = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
    token = request.query.get("token") if request.path == "/" else None
    return Incoming(once.get("Host"), once.get("Origin"), token, request.cookies.get(COOKIE), acts)


def _file(path: Path) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return serve


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser what this page may do: nothing with anybody else."""
    response.headers.update(HEADERS)
    let_in = response.status == 200  # so its host is known
    response.headers["Content-Security-Policy"] = POLICY.format(socket=f"ws://{request.host}" if let_in else "")


def run(command: Sequence[str], host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve on a host's address until interrupted. `tell` is given the link with its token. Raises RagqaError where the address
    or port cannot be had."""
    gate = Gate.of(host, port)
    with _listening(host, port) as listening, suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_serve(PageServer(command, gate), listening, lambda: tell(link(host, gate))))


def link(host: str, gate: Gate) -> str:
    """What opens the page, on this machine at least."""
    known = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{known}]' if ':' in known else known}:{gate.port}/?token={gate.token}"


def runner_of(server: PageServer, patience: float) -> web.AppRunner:
    """What serves it, and waits so many seconds for its pages to end. Nothing is logged: what strangers send is theirs, no fault
    here, and a log would hold the token."""
    silent = logging.getLogger(__name__)
    silent.propagate, silent.handlers = False, [logging.NullHandler()]
    return web.AppRunner(server.application(), access_log=None, logger=silent, shutdown_timeout=patience)


async def _serve(server: PageServer, listening: socket.socket, ready: Callable[[], None]) -> None:
    runner = runner_of(server, STOP_SECONDS + 1)
    with suppress(NotImplementedError):  # on Windows
        task = asyncio.current_task()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: task and task.cancel())
    try:
        await runner.setup()
        await web.SockSite(runner, listening).start()
        ready()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _listening(host: str, port: int) -> socket.socket:
    """A socket that is bound, before anything is told of it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"{host} is no address of this machine") from error
        raise RagqaError(f"port {port} of {host} cannot be listened on: {os.strerror(error.errno or 0)}", hint=_HINT) from error

"""What stands before every route: whose requests are let in, how large they may be, and who has gone meanwhile; what is answered
to HEAD, and what every response says to browsers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragqa.display import quoted
from ragqa.errors import RagqaError
from ragqa.serve.access import Access
from ragqa.serve.faults import fault_response
from ragqa.serve.metrics import Metrics
from ragqa.serve.refusals import Failed, Stopping, TimedOut, TooLarge

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every response that does not say otherwise itself: nothing of it is a page, or kept, or for other pages."""

LONGEST_ADDRESS = 16_384
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_NUMBER = 18
"""Digits of a Content-Length that are read as a number."""

PATIENCE, SLOWEST = 30.0, 1_000
"""Seconds that are waited for a body in all, and bytes of it that are worth another one: no connection, and none of its memory,
is held for who sends next to nothing, also before it is known who that is."""

STOPPED_SECONDS = 5
"""After which who is sent away because the server is being stopped may ask the next one."""

HUNG_UP = 499
"""The status that is counted for who has hung up before any answer."""

_LOG = logging.getLogger("ragqa.serve")
Largest = Callable[[str], int]
"""The most bytes that the body of a request to a path may have."""


class Guard:
    """Lets requests in, or answers in their place. Refuses strangers as `Access` says, bodies longer than `largest` says for
    their path, told or sent, and addresses beyond all measure; stops working for who has hung up. HEAD, which uptime checks and
    `curl -I` say, is answered as GET, without the body, and is nothing that a route knows of. Counts them all."""

    def __init__(self, app: ASGIApp, access: Access, largest: Largest, metrics: Metrics) -> None:
        self._app, self._access, self._largest, self._metrics = app, access, largest, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, began = scope["method"], time.perf_counter()
        answer = _Answer(send, is_bare=method == "HEAD")
        if answer.is_bare:
            scope = {**scope, "method": "GET"}  # the server's own says on what it waits for no body
        try:
            await self._answer(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(method if method in METHODS else "other", route, answer.status, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            headers = Headers(scope=scope)
            once = {name: ", ".join(headers.getlist(name)) for name in headers}
            self._access.refuse_strangers(scope["method"], once)
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
                raise TooLarge("the address is too long", hint="Long questions are asked with POST.")
            body = _Body(receive, self._largest(scope["path"]), answer)
            body.refuse_told_length(headers.get("content-length", ""))
            await _until_gone(self._app, scope, body, answer)
        except RagqaError as error:
            answer.refuse(error)
        except asyncio.CancelledError:  # by uvicorn, of who still waits when the time to stop is over; it would say "500"
            answer.refuse(Stopping("the server is being stopped", hint="Ask again in a moment.", retry_after=STOPPED_SECONDS))
            await answer.end()
        except Exception as error:
            _LOG.error("%s %s failed", scope["method"], quoted(scope["path"]), exc_info=error)
            answer.refuse(Failed("the server failed at this request", hint="Its log says more."))
        await answer.settle(scope, receive)


class _Answer:
    """Sends a response with the headers that every one has, or a refusal in its place, where it has not begun. One that `is_bare`
    ends with its headers."""

    def __init__(self, send: Send, is_bare: bool = False) -> None:
        self._send, self.is_bare = send, is_bare
        self.cut = asyncio.Event()
        """A bare one has ended, and what would follow of it, be it a stream without an end, is for nobody."""
        self._refusal: RagqaError | None = None
        self.begun = self.ended = self._is_measured = False
        self.is_last = False
        """Nothing more is taken on the connection, on which the rest of a body may still come."""
        self.status = HUNG_UP

    def refuse(self, error: RagqaError) -> None:
        """Send this error, and nothing of what the app says to it."""
        self._refusal = None if self.begun else self._refusal or error

    async def settle(self, scope: Scope, receive: Receive) -> None:
        """Send the refusal, where there is one."""
        error, self._refusal = self._refusal, None
        if error is not None:
            await fault_response(error)(scope, receive, self)

    async def end(self) -> None:
        """End a response that goes on and on, such as a stream of events; one whose length was told is left cut short."""
        if self.begun and not self.ended and not self._is_measured:
            await self({"type": "http.response.body", "body": b""})

    async def __call__(self, message: Message) -> None:
        if self._refusal is not None or (self.is_bare and self.begun):
            return
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            self._is_measured = "content-length" in headers
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self.is_last:
                headers["Connection"] = "close"
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.ended = True
        await self._send(message)
        if self.is_bare:
            self.ended = True
            await self._send({"type": "http.response.body", "body": b""})
            self.cut.set()


class _Body:
    """Hands on a request's body, as long as it is no longer and comes no slower than it may. Raises TooLarge or TimedOut."""

    def __init__(self, receive: Receive, largest: int, answer: _Answer) -> None:
        self._receive, self._left, self._largest, self._answer = receive, largest, largest, answer
        self._patience = PATIENCE
        self.whole = asyncio.Event()
        self.gone = asyncio.Event()

    def refuse_told_length(self, told: str) -> None:
        """Raise TooLarge for a body that is said to be longer than it may be."""
        if told.isdecimal() and (len(told) > LONGEST_NUMBER or int(told) > self._largest):
            raise self._too_large()

    async def __call__(self) -> Message:
        if self.whole.is_set():
            await self.gone.wait()
            return {"type": "http.disconnect"}
        message = await self._next()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self._answer.refuse(error := self._too_large())  # whatever the app makes of it
                raise error
            if not message.get("more_body", False):
                self.whole.set()
        else:
            self.gone.set()
            self.whole.set()
        return message

    async def _next(self) -> Message:
        """What comes next, as long as it does not come too slowly; how long the app takes over it does not count."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                message = await self._receive()
        except TimeoutError as error:
            slow = TimedOut("the body did not come to its end", hint="Send it again.")
            self._answer.is_last = True
            self._answer.refuse(slow)  # whatever the app makes of it
            raise slow from error
        self._patience += len(message.get("body", b"")) / SLOWEST - (time.monotonic() - began)
        return message

    async def until_gone(self) -> None:
        """Wait, once the body is whole, until who sent it has hung up."""
        await self.whole.wait()
        while not self.gone.is_set():
            if (await self._receive())["type"] == "http.disconnect":
                self.gone.set()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a request here may have {self._largest:,} bytes")


async def _until_gone(app: ASGIApp, scope: Scope, body: _Body, answer: _Answer) -> None:
    """Run the app for a request, and stop it when nobody waits for its answer any more."""
    working = asyncio.ensure_future(app(scope, body, answer))
    others = [asyncio.ensure_future(body.until_gone()), asyncio.ensure_future(answer.cut.wait())]
    try:
        await asyncio.wait([working, *others], return_when=asyncio.FIRST_COMPLETED)
        if not working.done() and (answer.cut.is_set() or not answer.ended):
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    finally:
        for task in (working, *others):
            if not task.done():
                task.cancel()
        await asyncio.gather(working, *others, return_exceptions=True)

"""What stands before every route: whose requests are let in, how large they may be, and who has gone meanwhile; and what every
response says to browsers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragqa.errors import RagqaError
from ragqa.serve.access import Access
from ragqa.serve.faults import fault_response
from ragqa.serve.refusals import TooLarge

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
Largest = Callable[[str], int]
"""The most bytes that the body of a request to a path may have."""


class Guard:
    """Lets requests in, or answers in their place. Refuses strangers as `Access` says, bodies longer than `largest` says for
    their path, told or sent, and addresses beyond all measure; stops working for who has hung up."""

    def __init__(self, app: ASGIApp, access: Access, largest: Largest) -> None:
        self._app, self._access, self._largest = app, access, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            headers = Headers(scope=scope)
            once = {name: ", ".join(headers.getlist(name)) for name in headers}
            self._access.refuse_strangers(scope["method"], once)
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
                raise TooLarge("the address is too long", hint="Long questions are asked with POST.")
            await _until_gone(self._app, scope, _Body(receive, self._largest(scope["path"]), headers), answer)
        except RagqaError as error:
            if not answer.begun:
                await fault_response(error)(scope, receive, answer)


class _Answer:
    """Sends a response with the headers that every one has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.ended = True
        await self._send(message)


class _Body:
    """Hands on a request's body, as long as it is no longer than it may be. Raises TooLarge."""

    def __init__(self, receive: Receive, largest: int, headers: Headers) -> None:
        self._receive, self._left, self._largest = receive, largest, largest
        told = headers.get("content-length", "")
        if told.isdecimal() and (len(told) > 18 or int(told) > largest):
            self._refuse()
        self.whole = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self) -> Message:
        if self.whole.is_set():
            await self.gone.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self._refuse()
            if not message.get("more_body", False):
                self.whole.set()
        else:
            self.gone.set()
            self.whole.set()
        return message

    async def until_gone(self) -> None:
        """Wait, once the body is whole, until who sent it has hung up."""
        await self.whole.wait()
        while not self.gone.is_set():
            if (await self._receive())["type"] == "http.disconnect":
                self.gone.set()

    def _refuse(self) -> None:
        raise TooLarge(f"a request here may have {self._largest:,} bytes")


async def _until_gone(app: ASGIApp, scope: Scope, body: _Body, answer: _Answer) -> None:
    """Run the app for a request, and stop it when nobody waits for its answer any more."""
    working = asyncio.ensure_future(app(scope, body, answer))
    watching = asyncio.ensure_future(body.until_gone())
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        if not working.done() and not answer.ended:
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    finally:
        for task in (working, watching):
            if not task.done():
                task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)

"""The app in a process of its own, for one page: what the page sends goes in, what the app draws comes out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any

STOP_SECONDS = 5.0
"""How long the app may take to end what it is doing, before it is killed."""

PACKET_BYTES = 64 << 20
"""More than any screen takes."""

PRELUDE = b"__GANGLION__\n"
"""What Textual says before its first packet."""

DRAWN, META = b"D", b"M"


class AppProcess:
    """One process of the app. For one event loop; `stop` may be called at any time, and again."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, command: Sequence[str], width: int, height: int) -> AppProcess:
        """A new process of the app, that draws for a terminal of so many columns and rows. What it says on stderr is seen where
        the server was started. Raises OSError."""
        told = {"COLUMNS": str(width), "ROWS": str(height), "TERM_PROGRAM_VERSION": version("textual-serve")}
        environment = {**os.environ, **told, "TERM_PROGRAM": "textual", "TEXTUAL_DRIVER": "tui.web.driver:PageDriver"}
        environment |= {"TEXTUAL_FPS": "60", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
        return cls(
            await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=os.name == "posix"
            )
        )

    async def packets(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """What the app sends, each packet with its kind (DRAWN, META, …), until it ends."""
        output = self._process.stdout
        assert output is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while await output.readline() != PRELUDE:
                if output.at_eof():
                    return
            while True:
                kind, size = await output.readexactly(1), int.from_bytes(await output.readexactly(4), "big")
                if size > PACKET_BYTES:
                    return
                yield kind, await output.readexactly(size)

    async def type(self, text: str) -> None:
        """Send what was typed, pasted, or done with the mouse, as a terminal tells it."""
        await self._send(DRAWN, text.encode("utf-8", "replace"))

    async def tell(self, kind: str, **values: Any) -> None:
        """Send what happened to the page: resize, focus, blur, quit."""
        await self._send(META, json.dumps({"type": kind, **values}).encode())

    async def stop(self) -> None:
        """Let the app end what it is doing, and kill it, with all that it started, where that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self.tell("quit")
                await self._drained()
                await self._process.wait()
        self.kill()
        await self._process.wait()

    def kill(self) -> None:
        """Kill the app at once, with all that it started, where it has not ended."""
        if self._process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    async def _send(self, kind: bytes, payload: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with suppress(ConnectionError, RuntimeError):  # it has just ended
            pipe.write(kind + len(payload).to_bytes(4, "big") + payload)
            await pipe.drain()

    async def _drained(self) -> None:
        """Read on, so that the app does not wait for a reader while it ends."""
        output = self._process.stdout
        assert output is not None
        while await output.read(1 << 16):
            pass

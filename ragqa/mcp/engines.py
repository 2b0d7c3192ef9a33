"""Where the tools find engines, and how they run them: beside the event loop, few at a time, and not for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from ragqa.config import Settings
from ragqa.engine import RagQA
from ragqa.errors import IndexMissing, RagqaError
from ragqa.paths import index_names

Given = TypeVar("Given")

AT_ONCE, WAITING = 4, 64
"""Calls that run, and that wait to, before more are refused."""
SECONDS = 120.0
"""How long a call may take, with its waiting; the first one loads the models."""


class Engines(Protocol):
    """What the tools need of whoever holds the engines: `ragqa serve` holds its own."""

    def engine(self, index: str | None) -> RagQA:
        """The engine on an index, None: on the one to use by default. Raises IndexMissing or UsageError."""

    def names(self) -> list[str]:
        """The names of the indexes that there are, sorted."""

    async def run(self, function: Callable[..., Given], *arguments: object) -> Given:
        """What a function that may block gives. Raises what it raises, and RagqaError for a call that is one too many or late.
        Cancelled, it returns at once."""


class OwnEngines:
    """The engines of `ragqa mcp`: one an index, made when it is first asked for, and shared by all calls.

    An engine cannot be stopped within a question: a call that is cancelled or late returns, its thread goes on until it is done,
    and counts among the `at_once` until then. `engine` may be called from any thread, `run` from the event loop.
    """

    def __init__(self, settings: Settings, *, at_once: int = AT_ONCE, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self._settings, self._seconds, self._most = settings, seconds, at_once + waiting
        self._engines: dict[str, RagQA] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(at_once, "mcp")
        self._calls = 0

    def engine(self, index: str | None) -> RagQA:
        """The engine on an index, None: on the one of the settings. Raises IndexMissing, or UsageError for what is no name."""
        name = index or self._settings.index
        with self._lock:
            if name not in self._engines:
                engine = RagQA(name, settings=self._settings)
                check_there(engine)
                self._engines[name] = engine
            return self._engines[name]

    def names(self) -> list[str]:
        """The names of the indexes under the home folder, sorted."""
        return index_names(self._settings.home)

    async def run(self, function: Callable[..., Given], *arguments: object) -> Given:
        """What the function gives, run in a thread. Raises what it raises; RagqaError where too many wait, or it is late."""
        if self._calls >= self._most:
            raise RagqaError("too many calls at once", hint="Try again in a moment.")
        with self._lock:
            self._calls += 1
        work = self._threads.submit(function, *arguments)
        work.add_done_callback(lambda _: self._done())
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(work)
        except TimeoutError:
            told = f"this took longer than {self._seconds:.0f} s"
            raise RagqaError(told, hint="Try again, or ask something shorter.") from None

    def _done(self) -> None:
        with self._lock:
            self._calls -= 1

    def close(self) -> None:
        """Let go of the indexes' files, and begin no call that still waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for engine in self._engines.values():
                engine.close()
            self._engines.clear()


def check_there(engine: RagQA) -> None:
    """Raises IndexMissing, with the names of those there are, where the engine's index is not there."""
    names = index_names(engine.settings.home)
    if engine.settings.index not in names:
        hint = f"Those there are: {', '.join(names)}" if names else "There is none yet: ragqa ingest FOLDER makes one."
        raise IndexMissing(f"there is no index '{engine.settings.index}'", hint=hint)

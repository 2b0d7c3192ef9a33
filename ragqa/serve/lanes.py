"""Blocking work for an event loop: so many threads, so many in line behind them, so long for each."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from math import ceil
from typing import TypeVar

from ragqa.serve.refusals import Busy, Stopping, TimedOut

Value = TypeVar("Value")

LEARNING = 0.1
"""How much the latest duration counts in what is expected of the next one."""

FIRST_EXPECTED = 0.5
"""Seconds expected of the very first: what a question takes two slow cores. Of too little, a crowd at the start waits in vain."""

SURE = 0.8
"""The share of the time limit within which something has to be done, as far as can be told, to be taken: some take longer."""


class Lane:
    """Does blocking work in `threads` threads of its own. Who comes is sent away (Busy) beyond `queue` that wait, and where they
    would wait in vain; what is not done within `seconds`, waiting counted, is given up (TimedOut), as is what nobody waits for
    any more: before it begins, it never does; what has begun runs on to its end in its thread, and keeps its place until then.

    `run` is for one event loop; the numbers may be read from any thread. `on_change` is told how much waits and how much runs
    whenever that changes: from any thread, one call at a time.
    """

    def __init__(self, name: str, threads: int, queue: int, seconds: float) -> None:
        self.threads, self.queue, self.seconds = threads, queue, seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"ragqa-{name}")
        self._lock = threading.Lock()
        self._held = 0
        self._expected = FIRST_EXPECTED
        self._closed = False
        self.on_change: Callable[[int, int], None] = lambda waiting, running: None

    @property
    def waiting(self) -> int:
        """How much is in line."""
        return max(0, self._held - self.threads)

    @property
    def running(self) -> int:
        """How much is being done."""
        return min(self._held, self.threads)

    async def run(self, function: Callable[..., Value], *arguments: object) -> Value:
        """What the function gives for these arguments. Raises Busy, TimedOut, Stopping, or what it raises."""
        future = self._submit(function, arguments)
        try:
            async with asyncio.timeout(self.seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if future.done() and not future.cancelled():
                return future.result()  # it came just in time; or the error is the function's own
            raise TimedOut(
                f"it took longer than {self.seconds:g} seconds", hint="Ask again, perhaps of one document only.", retry_after=1
            ) from error
        finally:
            future.cancel()

    def _submit(self, function: Callable[..., Value], arguments: tuple[object, ...]) -> Future[Value]:
        with self._lock:
            if self._closed:
                raise Stopping("the server is being stopped", hint="Ask again in a moment.", retry_after=5)
            if self._held >= self.threads + self.queue or self._would_wait_in_vain():
                told = f"{self._held - self.threads} requests are in line already"
                raise Busy(told, hint="Ask again later.", retry_after=self._patience())
            self._hold(1)
        future = self._pool.submit(self._timed, function, arguments)
        future.add_done_callback(self._leave)
        return future

    def _timed(self, function: Callable[..., Value], arguments: tuple[object, ...]) -> Value:
        began = time.monotonic()
        try:
            return function(*arguments)
        finally:
            self._expected += LEARNING * (time.monotonic() - began - self._expected)

    def _leave(self, future: Future[Value]) -> None:
        with self._lock:
            self._hold(-1)

    def _hold(self, more: int) -> None:
        """Count so much more; the lock is held, so that what changed last is told last."""
        self._held += more
        self.on_change(self.waiting, self.running)

    def _would_wait_in_vain(self) -> bool:
        """Whether what comes now would likely be given up before it is done: better told at once."""
        return self._held >= self.threads and (self._held / self.threads + 1) * self._expected > SURE * self.seconds

    def _patience(self) -> int:
        """Seconds after which half of what is in line will be done, as far as can be told: between 1 and 60."""
        return max(1, min(60, ceil(self._held / 2 * self._expected / self.threads)))

    def close(self, wait: bool = True) -> None:
        """Take nothing more, drop what waits, and wait for what runs."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=True)

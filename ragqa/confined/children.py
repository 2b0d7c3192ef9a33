"""The other processes, seen from the one that asks: started when needed, kept for later, ended when they take too long."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ragqa.confined.wire import LARGEST_ANSWER, READY, Malformed, receive, send
from ragqa.parsing.patience import Stopwatch

_WORKER = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve({memory}, {parent})"
_LOADING_SECONDS = 120.0
_LOOK_SECONDS = 0.25
_MOST_KEPT = 4
_KEPT_SECONDS = 60.0
"""How long one waits for the next file; by itself it ends some time later."""


class Late(Exception):
    """The process took longer than it may, and was ended. Its text says how long that was, and of what."""


class Crashed(Exception):
    """The process ended before it answered, or answered nonsense. Its text says how."""


class Child:
    """Another process that reads files, or does what another module's `serve` does. For one thread at a time; `end` may come from
    any other."""

    def __init__(self, memory_mb: int, module: str = "ragqa.confined.worker") -> None:
        self.memory_mb = memory_mb
        self._running = _start(memory_mb, module)
        self._lock = threading.Lock()
        self._question = 0
        self._late, self._is_last = "", False
        self._watch, self._asked_at = Stopwatch(self._running.pid), time.monotonic()
        self._timer: threading.Timer | None = None

    @property
    def is_of_use(self) -> bool:
        """Whether it can be asked: it lives, did not say that it ends, and has not waited so long that it may end now."""
        waited = time.monotonic() - self._asked_at
        return not self._is_last and waited < _KEPT_SECONDS and self._running.poll() is None

    def ask(self, kind: bytes, parts: tuple[bytes, ...], seconds: float) -> Generator[tuple[bytes, bytes]]:
        """Each message that comes back, until the caller closes the generator. Until then the process may compute for `seconds`,
        or what `allow` has made of them, as `Stopwatch` counts them; loading what is needed does not count. Raises Late or
        Crashed; the process is no more then."""
        self._late, self._watch = "", Stopwatch(self._running.pid)
        self.allow(_LOADING_SECONDS + seconds)
        ready = False
        try:
            send(_stream(self._running.stdin), kind, *parts)
            while not self._is_last:
                answer, content, self._is_last = receive(_stream(self._running.stdout), LARGEST_ANSWER)
                if answer == READY and not ready:
                    ready = True
                    self._watch = Stopwatch(self._running.pid)
                    self.allow(seconds)
                else:
                    yield answer, content
            raise Malformed("the last message is no answer")  # else nobody would ask for more
        except (EOFError, OSError, Malformed) as error:
            self.end()
            if self._late:
                raise Late(self._late) from error
            raise Crashed("it answers nonsense" if isinstance(error, Malformed) else _why(self._running)) from error
        finally:
            self._stop_timer()
            self._asked_at = time.monotonic()

    def allow(self, seconds: float) -> None:
        """Let what is asked compute for so many seconds, counted from when it was begun."""
        self._stop_timer()
        self._look_in(self._watch.next_look(seconds), seconds, self._question)

    def _look_in(self, wait: float, seconds: float, question: int) -> None:
        self._timer = threading.Timer(wait, self._look, (seconds, question))
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        with self._lock:
            self._question += 1
            if self._timer is not None:
                self._timer.cancel()

    def _look(self, seconds: float, question: int) -> None:
        """End it where it is late, else look again."""
        with self._lock:
            if question != self._question:  # it has been answered meanwhile
                return
            self._late = self._watch.late(seconds)
            if self._late:
                self.end()
            else:
                self._look_in(max(_LOOK_SECONDS, self._watch.next_look(seconds)), seconds, question)

    def end(self) -> None:
        """Stop it at once, with all that it has started."""
        if self._running.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._running.kill()
                else:
                    os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()

    def close(self) -> None:
        """End it and let go of its pipes. For when no thread waits for it any more."""
        self.end()
        for stream in (self._running.stdin, self._running.stdout):
            with suppress(OSError):  # what was not sent any more
                _stream(stream).close()


class Children:
    """Up to `count` other processes for one piece of work. What still works when it is left is ended, the others are kept for
    the next piece of work. Safe for threads."""

    def __init__(self, count: int, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        self._slots = threading.Semaphore(count)
        self._lock = threading.Lock()
        self._busy: set[Child] = set()
        self._left = False

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            self._left = True
            for child in self._busy:
                child.end()

    @contextmanager
    def one(self) -> Iterator[Child]:
        """One that nobody else asks meanwhile. Raises Crashed where all the work was left."""
        with self._slots:
            with self._lock:
                if self._left:
                    raise Crashed("nobody waits for it any more")
                child = _take(self._memory_mb)
                self._busy.add(child)
            try:
                yield child
            finally:
                with self._lock:
                    self._busy.discard(child)
                _keep(child)


_KEPT: list[Child] = []
_KEPT_LOCK = threading.Lock()


def _take(memory_mb: int) -> Child:
    """One that waits, else a new one."""
    with _KEPT_LOCK:
        fitting = [child for child in _KEPT if child.memory_mb == memory_mb]
        if fitting:
            _KEPT.remove(fitting[-1])
    if fitting and fitting[-1].is_of_use:
        return fitting[-1]
    if fitting:
        fitting[-1].close()
    return Child(memory_mb)


def _keep(child: Child) -> None:
    """Have it wait for the next file, if it can and there are not enough already."""
    useless = [child]
    with _KEPT_LOCK:
        if child.is_of_use:
            _KEPT.append(child)
            useless = [one for one in _KEPT if not one.is_of_use]
            useless += [one for one in _KEPT if one not in useless][:-_MOST_KEPT]
            for one in useless:
                _KEPT.remove(one)
    for one in useless:
        one.close()


@atexit.register
def end_kept() -> None:
    """End all that wait: nothing more will be asked, or it shall be asked of new ones."""
    with _KEPT_LOCK:
        kept, _KEPT[:] = list(_KEPT), []
    for child in kept:
        child.close()


def _after_fork() -> None:
    """A copy of this process must not talk with this one's children."""
    global _KEPT_LOCK
    _KEPT_LOCK = threading.Lock()
    _KEPT.clear()
    _starter.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _start(memory_mb: int, module: str) -> subprocess.Popen[bytes]:
    """By a thread that lives as long as this process: Linux ends a child with the thread that started it."""
    here = str(Path(__file__).resolve().parents[2])
    path = [*dict.fromkeys(entry for entry in [*sys.path, here] if entry and os.path.isabs(entry))]
    code = _WORKER.format(path=path, module=module, memory=memory_mb, parent=os.getpid())
    return _starter().submit(_popen, code).result()


@cache
def _starter() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="ragqa-starter")


def _popen(code: str) -> subprocess.Popen[bytes]:
    """Isolated (-I) from the folder and the variables of the user, and in a session of its own: Ctrl-C is for the process that
    asks, and what it starts is ended with it."""
    silent, pipe = subprocess.DEVNULL, subprocess.PIPE
    return subprocess.Popen([sys.executable, "-I", "-c", code], stdin=pipe, stdout=pipe, stderr=silent, start_new_session=True)


def _stream(stream: object) -> BinaryIO:
    return stream  # type: ignore[return-value]  # pipes were asked for


def _why(ended: subprocess.Popen[bytes]) -> str:
    code = ended.returncode
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"signal {-code}"

"""Whether a file has come to rest, so that none is read that is still being copied."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

OLD_SECONDS = 60.0
"""Age of a file's last change from which it counts as at rest at the first look; servers' clocks may differ by less."""

OPEN_SECONDS = 60.0
"""How long a file that is open for writing, but does not change, is waited for: some programs keep what they show open."""

CHANGING, OPEN = "is still changing", "is open for writing"


class Resting:
    """What files looked like, and since when they do. For one thread."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        is_open: Callable[[Path], bool] | None = None,
    ) -> None:
        self._seconds, self._clock = seconds, clock
        self._is_open = is_open_for_writing if is_open is None else is_open
        self._since: dict[Path, tuple[str, float]] = {}

    def why_not(self, path: Path, mark: str, changed_ns: int) -> str:
        """Why a file that looks so now is not to be read yet; empty where it may be."""
        now = self._clock()
        known, since = self._since.get(path, ("", now))
        if known != mark:
            since = now
            self._since[path] = mark, now
        is_old = changed_ns > 0 and time.time() - changed_ns / 1e9 >= OLD_SECONDS
        if not is_old and now - since < self._seconds:
            return CHANGING
        if now - since < OPEN_SECONDS and self._is_open(path):
            return OPEN
        return ""

    def forget(self, paths: Collection[Path]) -> None:
        """Let go of files that were read."""
        for path in paths:
            self._since.pop(path, None)

    def keep_only(self, is_there: Callable[[Path], bool]) -> None:
        """Let go of files that are gone before they were read, such as those that a program writes to and then renames."""
        self.forget([path for path in self._since if not is_there(path)])


def is_open_for_writing(path: Path) -> bool:
    """Whether some program has a file open for writing, where the system tells: Linux grants no read lease on such a file.

    Other systems, and file systems without leases, say no.
    """
    try:
        import fcntl

        set_lease, set_signal = fcntl.F_SETLEASE, fcntl.F_SETSIG
    except (ImportError, AttributeError):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Whoever opens the file before the lease is given back makes the system send a signal: one that does nothing.
        fcntl.fcntl(descriptor, set_signal, signal.SIGURG)
        fcntl.fcntl(descriptor, set_lease, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    else:
        with suppress(OSError):
            fcntl.fcntl(descriptor, set_lease, fcntl.F_UNLCK)
        return False
    finally:
        os.close(descriptor)

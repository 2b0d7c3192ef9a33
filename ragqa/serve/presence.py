"""Which processes of a server live: each holds a lock on a file of its own, which the system lets go of when it dies."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ragqa.files import alone_with, storage_errors

_NAME = re.compile(r"[0-9]{1,10}-[0-9a-f]{8}")


class Presence:
    """Says by its name that this process is there, as long as it lives or until `close`. Raises StorageError.

    Nobody may `forget_dead` while it is being made.
    """

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path = _lock_of(folder, self.name)
        self._lock = FileLock(self._path, is_singleton=False, thread_local=False)
        with storage_errors(folder):
            self._lock.acquire()

    def close(self) -> None:
        """Let go; what it still works on counts as interrupted."""
        self._lock.release()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def is_alive(folder: Path, name: str) -> bool:
    """Whether the process of a name lives still. Raises StorageError."""
    path = _lock_of(folder, name)
    if _NAME.fullmatch(name) is None or not path.exists():
        return False
    with alone_with(folder / "probe"), storage_errors(folder):  # who probes holds the lock as one who lives does
        try:
            with FileLock(path, timeout=0, is_singleton=False), suppress(OSError):
                path.unlink()
        except Timeout:
            return True
    return False


def forget_dead(folder: Path) -> None:
    """Take away what processes left that have died. Raises StorageError."""
    for path in folder.glob("worker-*.lock"):
        is_alive(folder, path.stem.removeprefix("worker-"))


def _lock_of(folder: Path, name: str) -> Path:
    return folder / f"worker-{name}.lock"

"""One writer at a time, across processes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ragqa.errors import IndexBusy
from ragqa.files import storage_errors

LOCK, WRITER_PID = "write.lock", "write.pid"

BACKEND_LOCK = "backend.lock"
"""Held by who brings a search backend elsewhere up to a commit; nobody writes to that at the same time."""

_ATTEMPTS = 5
"""At a lock whose file another process takes away, with the index, while it is being locked."""


class WriteLock:
    """Keeps every other writer of an index folder out, across processes; the system releases it when the process dies.

    Raises IndexBusy when another process has it, or StorageError, on entering.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> WriteLock:
        with storage_errors(self._folder):
            if not any(self._is_mine() for _ in range(_ATTEMPTS)):
                raise self._busy()
            with suppress(OSError):  # who writes is for people; a full disk, say, is no reason to remove nothing from it
                (self._folder / WRITER_PID).write_text(str(os.getpid()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with suppress(OSError):
            (self._folder / WRITER_PID).unlink(missing_ok=True)
        self._lock.release()

    def _is_mine(self) -> bool:
        """Take the lock; False where its file is not the one any more that others find, so that it keeps nobody out."""
        path = self._folder / LOCK
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            path.touch()
            found = path.stat()
            self._lock.acquire(blocking=False)
        except Timeout as error:
            raise self._busy() from error
        except FileNotFoundError:
            return False
        with suppress(FileNotFoundError):
            if os.path.samestat(found, path.stat()):
                return True
        self._lock.release()
        return False

    def _busy(self) -> IndexBusy:
        return IndexBusy(
            f"index '{self._folder.name}' is being written by {self._owner()}",
            hint="Wait until it has finished; asking and searching work meanwhile.",
        )

    def _owner(self) -> str:
        try:
            return f"pid {int((self._folder / WRITER_PID).read_text())}"
        except (OSError, ValueError):
            return "another process"

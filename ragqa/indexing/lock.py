"""One writer at a time, across processes."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ragqa.errors import IndexBusy
from ragqa.files import storage_errors

LOCK, WRITER_PID = "write.lock", "write.pid"


class WriteLock:
    """Keeps every other writer of an index folder out, across processes; the system releases it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> WriteLock:
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(blocking=False)
            except Timeout as error:
                raise IndexBusy(
                    f"index '{self._folder.name}' is being written by {self._owner()}",
                    hint="Wait until it has finished; asking and searching work meanwhile.",
                ) from error
            try:
                (self._folder / WRITER_PID).write_text(str(os.getpid()))
            except OSError:
                self._lock.release()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        (self._folder / WRITER_PID).unlink(missing_ok=True)
        self._lock.release()

    def _owner(self) -> str:
        try:
            return f"pid {int((self._folder / WRITER_PID).read_text())}"
        except (OSError, ValueError):
            return "another process"

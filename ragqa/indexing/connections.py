"""The connections over which one index is read: one a thread, so that no reader waits for another."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ragqa.errors import IndexClosed, IndexOvertaken, IndexReplaced
from ragqa.files import storage_errors
from ragqa.indexing.database import LooseConnection, files_state, open_for_reading
from ragqa.paths import DATABASE


class _Held:
    """One thread's connection, how many of its reads are under way, one within the other, and what the files were like before,
    where it reads them without a lock."""

    __slots__ = ("__weakref__", "connection", "files", "reads")

    def __init__(self, connection: sqlite3.Connection, files: tuple[int, ...]) -> None:
        self.connection, self.files, self.reads = connection, files, 0
        weakref.finalize(self, connection.close).atexit = False  # with the thread, or with the Connections


class Connections:
    """Gives each thread a connection of its own to an index, opened when it first reads and closed when the thread ends.

    All methods may be called by all threads at any time; none waits for another's read. Raises what `open_for_reading` raises.
    From a folder that only others may write to is read without a lock, where nobody writes at the time: a read during which
    somebody did ends with IndexOvertaken instead of what may be pages of two commits; the next one is of the new commit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mine = threading.local()
        self._lock = threading.Lock()  # around the two below, never around a read
        self._held: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._is_closed = False
        self._file: tuple[int, int] | None = None
        with self.use():
            pass

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The calling thread's connection, for a read; may be entered again within. Raises IndexClosed after `close`, and
        IndexOvertaken at the end of a read, whatever else came of it."""
        held = self._of_this_thread()
        with self._lock:
            self._refuse_closed()
            held.reads += 1
        try:
            yield held.connection
            self._refuse_overtaken(held)
        except Exception as error:
            self._refuse_overtaken(held, error)
            raise
        finally:
            with self._lock:
                held.reads -= 1
                left_over = self._is_closed and not held.reads
            if left_over:
                held.connection.close()

    def rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds, all read at once. Raises IndexClosed, IndexOvertaken, IndexDamaged or StorageError."""
        with self.use() as connection, storage_errors(self.folder):
            return connection.execute(query, tuple(values)).fetchall()

    def close(self) -> None:
        """Close what is idle now, and what is being read when its read ends; in a snapshot the next read raises IndexClosed."""
        with self._lock:
            self._is_closed = True
            idle = [held for held in self._held if not held.reads]
        for held in idle:
            held.connection.close()

    def is_another_file(self) -> bool:
        """Whether the database has been made anew since this was opened, or is gone; threads that read already, read on in the
        one that was there. Costs one look at the file. Raises StorageError."""
        with storage_errors(self.folder):
            try:
                return self._file != _file_of(self.folder)
            except FileNotFoundError:
                return True

    def _of_this_thread(self) -> _Held:
        held: _Held | None = getattr(self._mine, "held", None)
        if held is not None and not held.reads and self._is_overtaken(held):
            held.connection.close()
            held = None
        if held is None:
            with self._lock:
                self._refuse_closed()
            files = files_state(self.folder)
            connection = open_for_reading(self.folder)
            if not isinstance(connection, LooseConnection):
                files = ()
            try:
                self._refuse_another_file()
            except BaseException:
                connection.close()
                raise
            held = self._mine.held = _Held(connection, files)
            with self._lock:
                self._held.add(held)
                is_closed = self._is_closed
            if is_closed:  # while it was being opened
                connection.close()
        return held

    def _is_overtaken(self, held: _Held) -> bool:
        return bool(held.files) and held.files != files_state(self.folder)

    def _refuse_overtaken(self, held: _Held, cause: Exception | None = None) -> None:
        if not isinstance(cause, IndexOvertaken) and self._is_overtaken(held):
            message = f"index '{self.folder.name}' was written by somebody else while it was being read"
            raise IndexOvertaken(message, hint="Ask again.") from cause

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise IndexClosed(f"index '{self.folder.name}' is closed", hint="Open it again.")

    def _refuse_another_file(self) -> None:
        """Threads that read different databases would mix the ids of one with those of the other."""
        if self._file is None:
            with storage_errors(self.folder):
                self._file = _file_of(self.folder)
        elif self.is_another_file():
            raise IndexReplaced(f"index '{self.folder.name}' was made anew since it was opened", hint="Open it again.")


def _file_of(folder: Path) -> tuple[int, int]:
    """Which file an index's database is. Raises OSError."""
    status = (folder / DATABASE).stat()
    return status.st_dev, status.st_ino

"""Files that last: written whole or not at all, flushed to the disk, and what disk and SQLite complain of in ragqa's words."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ragqa.errors import IndexDamaged, RagqaError, StorageError
from ragqa.paths import DATABASE

LOCK_SECONDS = 10.0


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say into ragqa's errors: IndexDamaged only where SQLite says that the file itself is wrong,
    StorageError for all else.

    What the sqlite3 module says of its misuse, such as of a closed connection, is a mistake in the program and passes through.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise
    except sqlite3.Error as error:
        raise _told(folder, error) from error
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror}", hint="Check space and permissions.") from error


def _told(folder: Path, error: sqlite3.Error) -> RagqaError:
    """What SQLite reports, by its code: the words differ between its versions."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest of it says where it happened
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IndexDamaged(f"{folder / DATABASE} is damaged: {error}", hint=f"ragqa index rm {folder.name}, then ingest again.")
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"the disk of {folder} is full", hint="Free some space and run the same command again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        cannot = "opened" if code == sqlite3.SQLITE_CANTOPEN else "written"
        return StorageError(f"{folder} cannot be {cannot}", hint="Check the folder's permissions, or use --home or --index.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(f"{folder}: {error}", hint="Another program is using it: wait until it has finished, then try again.")
    if code == sqlite3.SQLITE_IOERR:
        return StorageError(f"{folder} could not be read or written: {error}", hint="Check the disk, then run the command again.")
    return StorageError(f"{folder}: {error}", hint="Run the command again; ragqa index verify checks the index.")


def sync_path(path: Path) -> None:
    """Make a file, or the renames in a folder, durable, where the system lets folders be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make all of a folder durable, before it takes the name it is looked for under."""
    for path in (*folder.rglob("*"), folder):
        sync_path(path)


def put_in_place(temporary: Path, path: Path) -> str:
    """Give a finished file its name, flushed to the disk, and return its SHA-256."""
    with open(temporary, "rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_path(path.parent)
    return checksum


def beside(path: Path) -> Path:
    """Where to write what is to take a file's place: no other thread or process writes there."""
    return path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Hold a small file while it is read, changed and put back: other threads and processes that do so wait. Raises StorageError
    where one of them takes longer than LOCK_SECONDS."""
    from filelock import FileLock, Timeout

    with storage_errors(path.parent):
        lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_SECONDS, is_singleton=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise StorageError(f"{path} is being changed by another program", hint="Try again when it has finished.") from error
    try:
        yield
    finally:
        lock.release()


def write_whole(path: Path, text: str) -> None:
    """Put a file in place whole and durably, or not at all. Raises StorageError."""
    temporary = beside(path)
    with storage_errors(path.parent):
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_path(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Files that last: written whole or not at all, flushed to the disk, and what disk and SQLite complain of in ragqa's words."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import secrets
import shutil
import socket
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ragqa.errors import IndexDamaged, RagqaError, StorageError, UsageError
from ragqa.paths import DATABASE

LOCK_SECONDS = 10.0

FORGOTTEN_SECONDS = 3600
"""Age from which what was being written to take a file's place is nobody's any more."""

FULL_BYTES = 1_000_000
"""Free space from which a disk counts as full when something could not be written."""

_REMOVED = ".removed"

_SCRATCH, _HELD = "ragqa-", ".lock"
"""What the names of folders of this process alone begin with, and what is put to them for the file that says who holds one."""

_UNHELD = re.compile(r"ragqa-(metrics-)?[a-z0-9_]{8}")
"""Names of such folders that earlier versions made, which nobody held."""

_COUNTS = re.compile(r"(?:counter|histogram|gauge_[a-z]+)_([0-9]+)\.db")
"""Names of files in which a process of a server counts."""


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
    if code == sqlite3.SQLITE_IOERR and is_full(folder):  # such as where the log's index finds no room
        code = sqlite3.SQLITE_FULL
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IndexDamaged(f"{folder / DATABASE} is damaged: {error}", hint=f"ragqa index rm {folder.name}, then ingest again.")
    if code == sqlite3.SQLITE_FULL:
        return _full(folder)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        cannot = "opened" if code == sqlite3.SQLITE_CANTOPEN else "written"
        return StorageError(f"{folder} cannot be {cannot}", hint="Check the folder's permissions, or use --home or --index.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(f"{folder}: {error}", hint="Another program is using it: wait until it has finished, then try again.")
    if code == sqlite3.SQLITE_IOERR:
        return StorageError(f"{folder} could not be read or written: {error}", hint="Check the disk, then run the command again.")
    return StorageError(f"{folder}: {error}", hint="Run the command again; ragqa index verify checks the index.")


@contextmanager
def full_disk_errors(folder: Path) -> Iterator[None]:
    """Tell of a full disk where a library does not: it raises something of its own, and there is no room left."""
    try:
        yield
    except (RagqaError, OSError, sqlite3.Error):
        raise
    except Exception as error:
        if is_full(folder):
            raise _full(folder) from error
        raise


def is_full(folder: Path) -> bool:
    """Whether the disk of a folder, or of the next one above that is there, has hardly any room left."""
    with suppress(OSError):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        return shutil.disk_usage(there).free < FULL_BYTES
    return False


def _full(folder: Path) -> StorageError:
    return StorageError(f"the disk of {folder} is full", hint="Free some space and run the same command again.")


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


def refuse_target(target: Path) -> None:
    """Raises UsageError where a file that is made whole cannot take the name that a user gave: it would not be written into a
    device or a pipe, such as /dev/stdout or /dev/null, but take its place."""
    if target.is_dir():
        why = "it is a folder"
    elif not target.parent.is_dir():
        why = "its folder is not there"
    elif target.exists() and not target.is_file():
        why = "it is a device or a pipe"
    else:
        return
    raise UsageError(f"{target} cannot be a file: {why}")


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Where to write what takes the name `path`, whole and durably, when the block ends; nothing does where it fails. Raises
    OSError."""
    temporary = beside(path)
    try:
        yield temporary
        sync_path(temporary)
        os.replace(temporary, path)
        sync_path(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                left.unlink()


def write_whole(path: Path, text: str) -> None:
    """Put a file in place whole and durably, or not at all. Raises StorageError."""
    with storage_errors(path.parent), made_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def take_name(draft: Path, folder: Path) -> None:
    """Let a folder that is finished take the name it is looked for under, durably. Raises OSError."""
    sync_tree(draft)
    draft.rename(folder)
    sync_path(folder.parent)


def delete_whole(folder: Path) -> None:
    """Delete a folder, or a link to one, whole or not at all; `sweep_deleted` takes what a kill leaves of it. Raises OSError."""
    sweep_deleted(folder.parent)  # a killed process may have had the same number, as the first of every container has
    gone = folder.with_name(f".{folder.name}.{os.getpid()}{_REMOVED}")
    folder.replace(gone)
    sync_path(folder.parent)
    sweep_deleted(folder.parent)


def sweep_deleted(parent: Path) -> None:
    """Take away what kills left of folders in here that were being deleted; what the disk refuses stays."""
    for left in parent.glob(f".*{_REMOVED}"):
        if left.is_symlink():
            left.unlink(missing_ok=True)
        else:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def scratch_folder(kind: str = "") -> Iterator[Path]:
    """A folder among the system's temporary ones that only this user may enter, gone at the end; may be left by another thread.

    Those that killed processes left, whose locks nobody holds any more, go as well, and those that earlier versions left, which
    had none. Raises OSError.
    """
    from filelock import FileLock

    parent = Path(tempfile.gettempdir()).absolute()
    _sweep_scratch(parent)
    _sweep_unheld(parent)
    folder = parent / f"{_SCRATCH}{kind}{secrets.token_hex(4)}"
    lock = FileLock(f"{folder}{_HELD}", is_singleton=False, thread_local=False)
    with lock:  # before the folder is there: whoever sweeps sees it held from the first
        try:
            folder.mkdir(0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)


def _sweep_scratch(parent: Path) -> None:
    """Take away the scratch folders of this user that no process holds; what the system refuses stays."""
    from filelock import FileLock, Timeout

    user = getattr(os, "getuid", lambda: 0)()
    for held in parent.glob(f"{_SCRATCH}*{_HELD}"):
        folder = held.with_name(held.name.removesuffix(_HELD))
        with suppress(OSError, Timeout):
            theirs = {one.lstat().st_uid for one in (held, folder) if os.path.lexists(one)}
            if theirs != {user} or held.is_symlink() or folder.is_symlink():
                continue
            with FileLock(held, blocking=False, is_singleton=False):
                shutil.rmtree(folder, ignore_errors=True)
                held.unlink(missing_ok=True)


def _sweep_unheld(parent: Path) -> None:
    """Take away this user's scratch folders of earlier versions, which no lock names the owner of, once they are nobody's."""
    if os.name != "posix":
        return
    for folder in parent.glob(f"{_SCRATCH}*"):
        with suppress(OSError):
            if _UNHELD.fullmatch(folder.name) and not os.path.lexists(f"{folder}{_HELD}") and _is_forgotten(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_forgotten(folder: Path) -> bool:
    """Whether a folder that nobody ever held holds what earlier versions had in theirs, and nobody has used it for long or could
    still: a conversion ends in time, a Milvus Lite answers on its socket, what counts has its number in its file's name. Raises
    OSError."""
    own, there = folder.lstat(), {one.name: one for one in folder.iterdir()}
    if not stat.S_ISDIR(own.st_mode) or (own.st_uid, own.st_mode & 0o777) != (os.getuid(), 0o700):
        return False
    if max(one.lstat().st_mtime for one in (folder, *there.values())) > time.time() - FORGOTTEN_SECONDS:
        return False
    if set(there) == {"milvus"} and there["milvus"].is_socket():
        with socket.socket(socket.AF_UNIX) as asked:
            return asked.connect_ex(str(there["milvus"])) != 0
    counting = [_COUNTS.fullmatch(name) for name in there]
    if all(counting):  # also of an empty one, whose process was killed at once
        return not any(_lives(int(found[1])) for found in counting if found)
    return {"in", "out"} <= set(there)


def _lives(process: int) -> bool:
    """Whether there is a process of a number, on a system that lets one ask."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's, or none that could be
        pass
    return True


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")

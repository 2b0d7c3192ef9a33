"""What is left of an index whose database is gone: by a removal, or a creation, that was cut off.

The database's file makes a folder an index. Its removal takes that file first, in one step; from then on whatever else is there
counts for nothing, and whoever next writes takes it away before a new database is made. A write-ahead log left in the folder
would else be taken for the new one's, and bring the removed index back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ragqa.errors import IndexBusy, StorageError
from ragqa.files import sync_path
from ragqa.indexing.lock import BACKEND_LOCK, LOCK, WRITER_PID, WriteLock
from ragqa.paths import DATABASE, INDEX_READER, JOURNAL, LAST_ANSWERS

DERIVED = ("vectors-[0-9]*", "terms-[0-9]*")
"""The files that are searched, and what they are written to."""

_LOGS = ("-wal", "-shm", "-journal")
_OWN = (
    *(f"{DATABASE}{log}" for log in _LOGS), f"{DATABASE}.new", *(f"{DATABASE}.new{log}" for log in _LOGS), *DERIVED,
    INDEX_READER, f"{INDEX_READER}.lock", f"{INDEX_READER}.*.tmp", LAST_ANSWERS, f"{LAST_ANSWERS}.*.tmp",
    BACKEND_LOCK,
)  # fmt: skip


def remains(folder: Path) -> Iterator[Path]:
    """The files of an index whose database is gone; what is not of an index's making is none of them, nor is the journal."""
    if not (folder / DATABASE).exists():
        for pattern in _OWN:
            yield from folder.glob(pattern)


def clear_remains(folder: Path) -> None:
    """Take away what is left of an index whose database is gone. For who holds the folder's WriteLock; raises OSError."""
    found = list(remains(folder))
    for path in found:
        path.unlink(missing_ok=True)
    if found:
        sync_path(folder)  # before a new database may take the name


def clear_folder(folder: Path) -> None:
    """Delete an index's folder, or all but the journal in it; the database goes first, in one step that lasts.

    For who holds the folder's WriteLock, whose file goes last: from then on another one may write. Raises OSError.
    """
    (folder / DATABASE).unlink(missing_ok=True)
    sync_path(folder)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in (LOCK, WRITER_PID) and not path.name.startswith(JOURNAL):  # its own log may hold its last words
            path.unlink(missing_ok=True)
    leave_folder(folder)


def take_link(link: Path) -> list[str]:
    """Take away a link to a folder, for good, nothing of what it leads to; returns a sentence that says so. Raises OSError."""
    target = link.resolve()
    link.unlink()
    sync_path(link.parent)
    return [f"{link} was a link: {target} is left as it is."]


def leave_folder(folder: Path) -> None:
    """Take a folder away that holds nothing but the lock that the caller has; where somebody else came, or there is more, it
    stays."""
    with suppress(OSError):  # some systems keep a file that is open
        (folder / WRITER_PID).unlink(missing_ok=True)
        (folder / LOCK).unlink(missing_ok=True)
        os.rmdir(folder)
        sync_path(folder.parent)


def sweep(indexes: Path) -> None:
    """Take away what is left of indexes that are gone, wherever nobody writes; what the disk refuses stays, and what is behind a
    link."""
    with suppress(OSError):
        for folder in indexes.iterdir():
            if not folder.is_symlink() and (folder / LOCK).is_file() and next(remains(folder), None) is not None:
                with suppress(IndexBusy, StorageError, OSError), WriteLock(folder):
                    clear_remains(folder)
                    if not any((folder / name).exists() for name in (DATABASE, JOURNAL)):
                        leave_folder(folder)

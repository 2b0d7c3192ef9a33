"""Opening an index's SQLite file for reading or writing, with the errors a user can act on."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ragqa.errors import IndexDamaged, IndexMismatch, IndexMissing, StorageError
from ragqa.indexing.store import SCHEMA, SCHEMA_VERSION, Manifest
from ragqa.paths import DATABASE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUSY_SECONDS = 10.0


def create_database(folder: Path, manifest: Manifest) -> None:
    """Make an empty index in `folder`. It appears whole, by a rename, or not at all."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{DATABASE}.new"
        temporary.unlink(missing_ok=True)
        connection = sqlite3.connect(temporary, isolation_level=None)
        connection.executescript(SCHEMA)
        first = {"schema": str(SCHEMA_VERSION), "generation": "0", "manifest": manifest.to_json(), "updated": now()}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", first.items())
        connection.close()
        os.replace(temporary, folder / DATABASE)
        sync_path(folder)


def open_for_writing(folder: Path) -> sqlite3.Connection:
    """Open an index for writing. Raises StorageError, IndexDamaged or IndexMismatch."""
    with storage_errors(folder):
        connection = _connect(folder, "rw")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open an index for reading beside a possible writer; also from a folder that nobody may write to.

    Raises IndexMissing, IndexDamaged, IndexMismatch or StorageError.
    """
    if not (folder / DATABASE).is_file():
        raise IndexMissing(f"there is no index '{folder.name}' in {folder.parent}", hint="Make one: ragqa ingest FOLDER")
    with storage_errors(folder):
        try:
            return _connect(folder, "ro")
        except sqlite3.OperationalError:
            if os.access(folder, os.W_OK):
                raise
            # A read-only folder has no place for the write-ahead log's index, and no writer either.
            _refuse_unread_log(folder)
            return _connect(folder, "ro", immutable=True)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say into ragqa's errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "full" in reason:
            raise StorageError(f"the disk of {folder} is full", hint="Free some space and run the same command again.") from error
        if "readonly" in reason or "unable to open" in reason:
            raise StorageError(
                f"{folder} cannot be written", hint="Check the folder's permissions, or use --home or --index."
            ) from error
        raise StorageError(f"{folder}: {reason}", hint="Run the command again; ragqa index verify checks the index.") from error
    except sqlite3.DatabaseError as error:
        raise IndexDamaged(
            f"{folder / DATABASE} is damaged: {error}", hint=f"ragqa index rm {folder.name}, then ingest again."
        ) from error
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror}", hint="Check space and permissions.") from error


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


def write_whole(path: Path, text: str) -> None:
    """Put a file in place whole and durably, or not at all. Raises StorageError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
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


def meta(connection: sqlite3.Connection, key: str, default: str) -> str:
    """What an index notes about itself under a key."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else default


def put_meta(connection: sqlite3.Connection, **values: object) -> None:
    """Let an index note values about itself, each under its name."""
    rows = ((key, str(value)) for key, value in values.items())
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def removed_ids(connection: sqlite3.Connection) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks that are gone but may still be in the derived files."""
    import numpy as np

    return np.array(connection.execute("SELECT id FROM removed ORDER BY id").fetchall(), dtype=np.int64).ravel()


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _connect(folder: Path, mode: str, immutable: bool = False) -> sqlite3.Connection:
    """A connection to an index whose schema is the one this version needs."""
    address = f"file:{quote(str((folder / DATABASE).absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cache_size = -65536")
        _check_schema(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_unread_log(folder: Path) -> None:
    log = folder / f"{DATABASE}-wal"
    if log.is_file() and log.stat().st_size:
        raise StorageError(
            f"{folder} cannot be written, and its last commits are still in {log.name}",
            hint="Copy the index to a folder that can be written, and use it there.",
        )


def _check_schema(connection: sqlite3.Connection, folder: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise IndexDamaged(f"{folder / DATABASE} holds no index", hint=f"ragqa index rm {folder.name}, then ingest again.")
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if row is None or row[0] != str(SCHEMA_VERSION):
        raise IndexMismatch(
            f"index '{folder.name}' has schema {row[0] if row else 'unknown'}, this version needs {SCHEMA_VERSION}",
            hint=f"Make it anew: ragqa index rm {folder.name} and ingest again.",
        )

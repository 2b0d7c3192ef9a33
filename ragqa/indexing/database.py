"""Opening an index's SQLite file for reading or writing, with the errors a user can act on."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

from ragqa.errors import IndexDamaged, IndexMismatch, IndexMissing, StorageError
from ragqa.files import now, storage_errors, sync_path
from ragqa.indexing.keys import NAMED_BY
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.remains import clear_remains
from ragqa.indexing.schema import KEYS_SINCE, READABLE_VERSIONS, SCHEMA, SCHEMA_VERSION
from ragqa.indexing.upgrade import UPGRADES, name_documents
from ragqa.paths import DATABASE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUSY_SECONDS = 10.0

WRITERS_CACHE, READERS_CACHE = 64, 16
"""Megabytes of pages that a connection may keep; every thread that reads has one."""


class LooseConnection(sqlite3.Connection):
    """Reads an index without a lock, which SQLite can only do with files that do not change: who uses it compares their
    `files_state` from before it was opened with that after each read."""


def create_database(folder: Path, manifest: Manifest) -> None:
    """Make an empty index in `folder`, which the caller has the WriteLock of. It appears whole, by a rename, or not at all; of an
    index that was removed before nothing comes back."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        clear_remains(folder)
        temporary = folder / f"{DATABASE}.new"
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            connection.executescript(SCHEMA)
            first = {
                "schema": str(SCHEMA_VERSION), "generation": "0", "manifest": manifest.to_json(), "updated": now(),
                "named_by": NAMED_BY,
                "identity": uuid4().hex,  # tells a search backend that lasts from which index it was filled
            }  # fmt: skip
            connection.executemany("INSERT INTO meta VALUES (?, ?)", first.items())
            # Not later, where it has its name: until this is whole, nobody who only reads could open it. Nor earlier: what a
            # full disk keeps in the log when it is closed would be lost, without an error.
            connection.execute("PRAGMA journal_mode = WAL")
        os.replace(temporary, folder / DATABASE)
        sync_path(folder)


def open_for_writing(folder: Path) -> sqlite3.Connection:
    """Open an index for writing, brought up to this version's schema; one thread at a time may use the connection.

    Raises StorageError, IndexDamaged or IndexMismatch.
    """
    with storage_errors(folder):
        # What is removed is overwritten: most builds of SQLite do not do so by themselves.
        settings = "journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"
        connection = _connect(folder, "rw", *settings, cache=WRITERS_CACHE)
        try:
            _upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def close_writing(connection: sqlite3.Connection) -> None:
    """Close a writer's connection; what it has not committed is taken back. What it has is brought from the log into the database
    itself, as far as readers let it: SQLite does that by itself only where nobody else has it open, as a server always has."""
    try:
        if connection.in_transaction:
            connection.rollback()
        with suppress(sqlite3.Error):  # it stays in the log then
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open an index for reading beside a possible writer; also from a folder that nobody may write to.

    One thread at a time may use the connection: `Connections` gives each its own.
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
            # A folder that we may not write to has no place for the write-ahead log's index. Where others may, and do, the log is
            # there and the line above opens it; SQLite does not notice one who begins to write later: see `LooseConnection`.
            _refuse_unread_log(folder)
            return _connect(folder, "ro", immutable=True)


def files_state(folder: Path) -> tuple[int, ...]:
    """Changes before somebody writes to an index: which file the database is, its time and size, and those of its log, where a
    commit is written first."""
    state: list[int] = []
    for path in (folder / DATABASE, folder / f"{DATABASE}-wal"):
        with storage_errors(folder), suppress(FileNotFoundError):
            found = path.stat()
            state += found.st_ino, found.st_mtime_ns, found.st_size
    return tuple(state)


def meta(connection: sqlite3.Connection, key: str, default: str) -> str:
    """What an index notes about itself under a key."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else default


def put_meta(connection: sqlite3.Connection, **values: object) -> None:
    """Let an index note values about itself, each under its name."""
    rows = ((key, str(value)) for key, value in values.items())
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def lacking_chunks(connection: sqlite3.Connection) -> int:
    """How many chunks have no vector yet, as the last commit counted them."""
    return int(meta(connection, "lacking", "0"))


def removed_ids(connection: sqlite3.Connection) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks that are gone but may still be in the derived files."""
    import numpy as np

    return np.array(connection.execute("SELECT id FROM removed ORDER BY id").fetchall(), dtype=np.int64).ravel()


def _connect(folder: Path, mode: str, *settings: str, immutable: bool = False, cache: int = READERS_CACHE) -> sqlite3.Connection:
    """A connection to an index whose schema this version reads."""
    address = f"file:{quote(str((folder / DATABASE).absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
    # Whichever thread finds that the one it belonged to has ended closes it.
    factory = LooseConnection if immutable else sqlite3.Connection
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=factory
    )
    try:
        for setting in (f"cache_size = {-1024 * cache}", "trusted_schema = OFF", "cell_size_check = ON", *settings):
            connection.execute(f"PRAGMA {setting}")
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


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older index's tables and names up to date, in one transaction that readers see whole or not at all."""
    if (meta(connection, "schema", "0"), meta(connection, "named_by", "")) == (str(SCHEMA_VERSION), NAMED_BY):
        return
    connection.execute("BEGIN IMMEDIATE")
    version = int(meta(connection, "schema", "0"))
    for older in range(version, SCHEMA_VERSION):
        UPGRADES[older](connection)
    if version >= KEYS_SINCE:
        name_documents(connection)
    put_meta(connection, schema=SCHEMA_VERSION, named_by=NAMED_BY)
    connection.commit()


def _check_schema(connection: sqlite3.Connection, folder: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise IndexDamaged(f"{folder / DATABASE} holds no index", hint=f"ragqa index rm {folder.name}, then ingest again.")
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if row is None or row[0] not in map(str, READABLE_VERSIONS):
        raise IndexMismatch(
            f"index '{folder.name}' has schema {row[0] if row else 'unknown'}, this version needs {SCHEMA_VERSION}",
            hint=f"Make it anew: ragqa index rm {folder.name} and ingest again.",
        )

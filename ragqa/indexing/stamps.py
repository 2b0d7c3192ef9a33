"""How the files of an index's documents looked when their contents were last known: what still looks so need not be hashed.

A stamp is kept only of a file that had rested for a while before it was looked at: one that changes within the clock's
granularity afterwards would look the same. The stamps belong to no generation, for nothing that is asked depends on them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ragqa.errors import IndexBusy, StorageError
from ragqa.files import storage_errors
from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.lock import WriteLock

RESTED_NS = 2_000_000_000
"""Nanoseconds since a file's last change from which it is trusted to look different after the next; FAT counts in 2 s."""

_TABLE = """
CREATE TABLE IF NOT EXISTS stamps (
    document_id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    changed_ns INTEGER NOT NULL,      -- the file's ctime; size and mtime are the document's
    inode TEXT NOT NULL               -- may be larger than SQLite's integers
)
"""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells a file from a changed one without reading it. Times are in nanoseconds of the epoch; `changed_ns` is the time of
    the last change of its inode, which nobody can set, or on Windows of its creation."""

    size: int
    mtime_ns: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)

    def has_rested(self, at_ns: int) -> bool:
        """Whether the file that looked so at this time would look different had it changed since."""
        return max(self.mtime_ns, self.changed_ns) <= at_ns - RESTED_NS


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it looked before it was read. `known` and `sha256` are of the document that it was found to hold, by its hash;
    else `known` is the one that it took the place of, if any."""

    source: bytes
    stamp: FileStamp
    known: int = 0
    sha256: str = ""


def read_stamps(index: Index) -> dict[int, FileStamp]:
    """The stamps that there are, by the ids of the documents."""
    with index.connection() as connection, storage_errors(index.folder):
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stamps'").fetchone():
            return {}
        rows = connection.execute(
            "SELECT documents.id, size, mtime_ns, changed_ns, inode FROM documents JOIN stamps ON document_id = documents.id"
        ).fetchall()
    return {document: FileStamp(size, mtime, changed, int(inode)) for document, size, mtime, changed, inode in rows}


def keep_stamps(folder: Path, seen: Sequence[SeenFile]) -> None:
    """Keep the stamps of files whose documents hold what they had when they looked so.

    Nothing is kept where another process writes the index, or the disk refuses: then the files are hashed once more.
    """
    if not seen:
        return
    with (
        suppress(IndexBusy, StorageError),
        WriteLock(folder),
        storage_errors(folder),
        closing(open_for_writing(folder)) as opened,
    ):
        opened.execute(_TABLE)
        opened.execute("BEGIN IMMEDIATE")
        found = [file for file in seen if file.sha256]
        opened.executemany(
            "UPDATE documents SET mtime_ns = ? WHERE id = ? AND sha256 = ?",
            ((file.stamp.mtime_ns, file.known, file.sha256) for file in found),
        )
        # A document that was made of the file as it looked then; one that is to be replaced, and was not, holds something else.
        opened.executemany(
            "INSERT OR REPLACE INTO stamps SELECT id, ?, ? FROM documents"
            " WHERE source = ? AND size = ? AND mtime_ns = ? AND (id <> ? OR sha256 = ?)",
            (
                (file.stamp.changed_ns, str(file.stamp.inode), file.source, file.stamp.size, file.stamp.mtime_ns, file.known,
                 file.sha256)
                for file in seen
            ),
        )  # fmt: skip
        opened.commit()

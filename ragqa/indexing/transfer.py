"""An index's way to another machine: exported to one file, and imported from it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

from ragqa.errors import RagqaError, UsageError
from ragqa.files import storage_errors, sync_path
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index
from ragqa.indexing.remains import clear_folder
from ragqa.paths import DATABASE, JOURNAL, checked_name
from ragqa.types import IndexInfo


def export_index(folder: Path, target: Path) -> Path:
    """Write an index's last commit to one file that `import_index` takes elsewhere; FAISS is made anew there.

    Raises IndexMissing, UsageError where `target` cannot be a file, or StorageError.
    """
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"{target} cannot be a file: " + ("it is a folder" if target.is_dir() else "its folder is not there"))
    with Index(folder) as index, storage_errors(target):
        copy = target.with_name(target.name + ".sqlite.tmp")
        temporary = target.with_name(target.name + ".tmp")
        try:
            _back_up(index, copy)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr("ragqa-index.json", json.dumps({"name": index.name, "schema": index.schema}))
                archive.write(copy, DATABASE)
            temporary.replace(target)
        finally:
            copy.unlink(missing_ok=True)
            temporary.unlink(missing_ok=True)
    return target


def import_index(archive_path: Path, indexes: Path, name: str | None = None) -> IndexInfo:
    """Make an index from an exported file, under its own or another name. Raises UsageError, IndexDamaged or StorageError."""
    if not archive_path.is_file():
        raise UsageError(f"there is no file {archive_path}")
    made: Path | None = None
    try:
        with storage_errors(indexes), zipfile.ZipFile(archive_path) as archive:
            described = json.loads(archive.read("ragqa-index.json"))
            folder = indexes / checked_name(name or str(described["name"]))
            if folder.exists() and {path.name for path in folder.iterdir()} != {JOURNAL}:
                raise UsageError(f"there is an index '{folder.name}' already", hint="Import it under another --name.")
            folder.mkdir(parents=True, exist_ok=True)
            made = folder
            temporary = folder / f"{DATABASE}.new"
            with archive.open(DATABASE) as source, open(temporary, "wb") as target:
                shutil.copyfileobj(source, target)
            temporary.replace(folder / DATABASE)
            sync_path(folder)
        return rebuild_index(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError) as error:
        if made is not None:
            clear_folder(made)
        raise UsageError(f"{archive_path} is no exported index", hint="Make one with: ragqa index export NAME FILE") from error
    except RagqaError:
        if made is not None:
            clear_folder(made)
        raise


def _back_up(index: Index, target: Path) -> None:
    """Copy the last commit's database to a file."""
    target.unlink(missing_ok=True)
    with index.connection() as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")

"""An index's way to another machine: exported to one file, and imported from it.

An imported file is data. Nothing of it becomes the index but rows of the tables that this version knows, each value checked, in a
database made here; it names no model that the user has not named, and no file that is followed. See docs/security.md.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragqa.config import DEFAULT_EMBEDDER
from ragqa.errors import IndexDamaged, UsageError
from ragqa.files import FORGOTTEN_SECONDS, now, refuse_target, storage_errors, sync_path
from ragqa.indexing.columns import Column
from ragqa.indexing.database import create_database, put_meta
from ragqa.indexing.foreign import ForeignDatabase, foreign_tables, tables_here
from ragqa.indexing.index import Index
from ragqa.indexing.keys import put_sections
from ragqa.indexing.lineage import forget_marks
from ragqa.indexing.lock import LOCK, WRITER_PID, WriteLock
from ragqa.indexing.maintenance import describe_index, rebuild_index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.metadata import fold_again
from ragqa.indexing.remains import clear_remains, remains
from ragqa.indexing.rows import foreign_source
from ragqa.indexing.schema import SPARE_EMBEDDINGS
from ragqa.indexing.search.choice import EMBEDDED, put_choice
from ragqa.indexing.staging import EXPORTING, staging_folder
from ragqa.indexing.texts import put_text
from ragqa.indexing.unpacking import DESCRIPTION, described_name, opened_archive, unpack_database
from ragqa.indexing.upgrade import name_documents
from ragqa.indexing.verify import stored_problems
from ragqa.paths import DATABASE, JOURNAL, checked_name
from ragqa.types import IndexInfo

_LOCK = (LOCK, WRITER_PID)

_UNHELD = re.compile(r".+\.[0-9]+-[0-9]{10,}(\.sqlite)?\.tmp")
"""Names of what earlier versions made an export in: the number of their process, and of their thread."""

_TIME = re.compile(r"[0-9T:.+Z-]{10,40}")


@dataclass(frozen=True, slots=True)
class Trust:
    """What a user lets an imported index say.

    `embedders` are the models that it may have been made with, besides the one that comes with ragqa. `embedder` is what the user
    calls the model it was made with: that name takes the place of the one in the file. `paths`: its documents' files are looked
    for where the file says, and opened and read again from there.
    """

    embedders: Collection[str] = ()
    embedder: str | None = None
    paths: bool = False


def export_index(folder: Path, target: Path) -> Path:
    """Write an index's last commit to one file that `import_index` takes elsewhere; FAISS is made anew there.

    Raises IndexMissing, UsageError where `target` cannot be a file, or StorageError.
    """
    refuse_target(target)
    with Index(folder) as index, storage_errors(target), staging_folder(target.parent, EXPORTING) as staging:
        _sweep_unheld(target.parent)
        copy, archived = staging / "copy", staging / "archive"
        _back_up(index, copy)
        with zipfile.ZipFile(archived, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(DESCRIPTION, json.dumps({"name": index.name, "schema": index.notes.schema}))
            archive.write(copy, DATABASE)
        sync_path(archived)
        os.replace(archived, target)
        sync_path(target.parent)
    return target


def import_index(archive_path: Path, indexes: Path, name: str | None = None, trust: Trust | None = None) -> IndexInfo:
    """Make an index from an exported file, under its own or another name; it appears whole, or not at all.

    Raises UsageError for a file that is no export, is too large, or was made with a model that the user has not named;
    IndexDamaged for one whose contents do not agree with each other; IndexMismatch, IndexBusy or StorageError.
    """
    with storage_errors(archive_path), opened_archive(archive_path) as archive:
        given = name or described_name(archive)
    folder = indexes / checked_name(given)
    with storage_errors(indexes):
        _refuse_taken(folder)
        with staging_folder(indexes) as staging:
            unpacked, made = staging / "unpacked", staging / folder.name
            with opened_archive(archive_path) as archive:
                unpack_database(archive, unpacked)
            with ForeignDatabase(unpacked, str(archive_path)) as foreign:
                _take_over(foreign, made, archive_path, trust or Trust())
            unpacked.unlink()
            rebuild_index(made)
            problems = stored_problems(made)
            if problems:
                raise IndexDamaged(
                    f"{archive_path} holds no sound index: {problems[0]}", hint="Export it again where it is sound."
                )
            _put_in_place(made, folder)
    return describe_index(folder)


def _take_over(foreign: ForeignDatabase, made: Path, archive: Path, trust: Trust) -> None:
    """Make a database of the rows that a foreign one holds."""
    noted = foreign.meta()
    generation = noted.get("generation", "0")
    if not (generation.isascii() and generation.isdigit() and len(generation) <= 15):
        raise foreign.refused(f"its generation is {generation[:20]!r}")
    manifest = _read_manifest(foreign, noted.get("manifest", ""))
    becoming = _read_manifest(foreign, noted["becoming"]) if noted.get("becoming") else None
    if becoming is not None and (becoming.embedder, becoming.dimension) != (manifest.embedder, manifest.dimension):
        raise foreign.refused("it is on its way to another embedder than its own")
    called = _embedder(archive, manifest, trust)
    create_database(made, replace(manifest, embedder=called))
    with closing(sqlite3.connect(made / DATABASE, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        if foreign.has("spare_embeddings"):
            connection.executescript(SPARE_EMBEDDINGS)
        connection.execute("BEGIN")
        for columns in tables_here(connection):
            table = columns[0].table
            if foreign.has(table):
                _copy(foreign, connection, foreign.shared(columns), manifest.dimension, trust)
            if table == "documents":
                _copy_texts(foreign, connection)
        name_documents(connection)
        fold_again(connection)
        put_sections(connection, (row[0] for row in connection.execute("SELECT DISTINCT section FROM chunks").fetchall()))
        updated = noted.get("updated", "")
        put_meta(connection, generation=int(generation), updated=updated if _TIME.fullmatch(updated) else now())
        if becoming is not None:
            put_meta(connection, becoming=replace(becoming, embedder=called).to_json())
        connection.commit()


def _read_manifest(foreign: ForeignDatabase, stored: str) -> Manifest:
    try:
        return Manifest.from_json(stored)
    except IndexDamaged as error:
        raise foreign.refused(error.message) from error


def _embedder(archive: Path, manifest: Manifest, trust: Trust) -> str:
    """What the index is to call its embedder. Raises UsageError for one that the user has not named."""
    if trust.embedder is not None:
        return trust.embedder
    if manifest.embedder != DEFAULT_EMBEDDER and manifest.embedder not in trust.embedders:
        raise UsageError(
            f"{archive} was made with the embedder {manifest.embedder!r}, which no setting of yours names",
            hint="No file says which model is loaded. If you have it and trust it: ragqa index import FILE --embedder MODEL",
        )
    return manifest.embedder


def _copy(foreign: ForeignDatabase, connection: sqlite3.Connection, columns: list[Column], dimension: int, trust: Trust) -> None:
    table, names = columns[0].table, [column.name for column in columns]
    quoted, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    rows: Iterator[tuple[Any, ...]] = foreign.rows(columns, dimension)
    if table == "documents":
        at = names.index("source")
        rows = ((*row[:at], foreign_source(row[at], trust.paths), *row[at + 1 :]) for row in rows)
    _fill(foreign, connection, table, f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', rows)


def _copy_texts(foreign: ForeignDatabase, connection: sqlite3.Connection) -> None:
    """Cut the documents' texts into pieces anew, whatever pieces they were in: spans are read from pieces of one length."""
    run = connection.execute
    run("CREATE TABLE given (document_id INTEGER, start INTEGER, text TEXT, PRIMARY KEY (document_id, start))")
    _fill(foreign, connection, "texts", "INSERT INTO given VALUES (?, ?, ?)", foreign.texts())
    for (document,) in run("SELECT id FROM documents ORDER BY id").fetchall():
        pieces = run("SELECT text FROM given WHERE document_id = ? ORDER BY start", (document,)).fetchall()
        if pieces:
            put_text(connection, document, "".join(text for (text,) in pieces))
    run("DROP TABLE given")  # before the other tables are filled: they take its room


def _fill(
    foreign: ForeignDatabase, connection: sqlite3.Connection, table: str, statement: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    try:
        connection.executemany(statement, rows)
    except sqlite3.IntegrityError as error:
        raise foreign.refused(f"{table}: {error}") from error


def _refuse_taken(folder: Path) -> None:
    """Raises UsageError unless a folder of an index can be made, or holds none but the journal of one that is gone."""
    known = {path.name for path in remains(folder)} | set(_LOCK)
    held = {path.name for path in folder.iterdir()} - known if folder.is_dir() else set()
    if any(not name.startswith(JOURNAL) for name in held) or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"there is an index '{folder.name}' already", hint="Import it under another --name.")


def _put_in_place(made: Path, folder: Path) -> None:
    """Let a finished index take its name: what is searched first, the database that names it last."""
    with WriteLock(folder):
        _refuse_taken(folder)
        clear_remains(folder)
        for path in sorted(made.iterdir(), key=lambda path: path.name == DATABASE):
            if path.name not in _LOCK:
                sync_path(path)
                os.replace(path, folder / path.name)
        sync_path(folder)
        sync_path(folder.parent)


def _sweep_unheld(folder: Path) -> None:
    """Take away what killed exports of earlier versions left, beside the file that was to be: copies that no lock names the owner
    of, untouched for long, and of the kind that their names say; what the disk refuses stays."""
    for left in folder.glob("*.tmp"):
        with suppress(OSError):
            named = _UNHELD.fullmatch(left.name)
            if named is None or left.is_symlink() or left.stat().st_mtime > time.time() - FORGOTTEN_SECONDS:
                continue
            with left.open("rb") as file:
                begins = file.read(100)
            if not begins or (begins.startswith(b"SQLite format 3") if named[1] else DESCRIPTION.encode() in begins):
                left.unlink()


def _back_up(index: Index, target: Path) -> None:
    """Copy the last commit's database to a file: its rows, not its pages, which may hold what was removed before."""
    target.unlink(missing_ok=True)
    with index.connection() as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target.absolute()),))  # else SQLite could take it for a URL
        except sqlite3.OperationalError:  # what the disk says, of the copy
            raise
        except sqlite3.DatabaseError as error:
            hint = f"ragqa index rm {index.name}, then ingest again."
            raise IndexDamaged(f"index '{index.name}' is damaged: {error}", hint=hint) from error
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA secure_delete = ON")
        for table in foreign_tables(copy):  # what only this machine needs does not travel
            copy.execute(f'DROP TABLE "{table}"')
        put_choice(copy, EMBEDDED)
        forget_marks(copy)
        copy.commit()

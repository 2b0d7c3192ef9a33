from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from ragqa.errors import IndexDamaged, IndexMismatch, IndexMissing, StorageError
from ragqa.files import storage_errors
from ragqa.indexing import database
from ragqa.indexing.database import close_writing, create_database, open_for_reading, open_for_writing
from ragqa.indexing.manifest import Manifest
from ragqa.paths import DATABASE


@pytest.fixture
def folder(tmp_path: Path, manifest: Manifest) -> Path:
    create_database(tmp_path / "shelf", manifest)
    return tmp_path / "shelf"


def change_schema(folder: Path, value: str) -> None:
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (value,))


def test_a_new_database_is_whole_and_empty(folder: Path, manifest: Manifest) -> None:
    assert [path.name for path in folder.iterdir()] == [DATABASE]
    connection = open_for_reading(folder)
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    assert meta["generation"] == "0" and Manifest.from_json(meta["manifest"]) == manifest
    assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    connection.close()


def test_a_new_database_has_its_log_from_the_first(folder: Path) -> None:
    """Whoever opened it first to write would else change its kind, and killed in that, leave a file that nobody can only read."""
    assert (folder / DATABASE).read_bytes()[18:20] == b"\x02\x02"  # written and read with a log: SQLite's file format


def test_what_a_killed_creation_left_is_no_index(tmp_path: Path, manifest: Manifest) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / f"{DATABASE}.new").write_bytes(b"half")
    with pytest.raises(IndexMissing):
        open_for_reading(folder)
    create_database(folder, manifest)
    open_for_reading(folder).close()


def test_readers_cannot_write(folder: Path) -> None:
    connection = open_for_reading(folder)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM meta")
    connection.close()


def test_a_writer_cascades_and_syncs(folder: Path) -> None:
    connection = open_for_writing(folder)
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "journal_mode", "synchronous")] == [
        1,
        "wal",
        2,
    ]
    connection.close()


def test_no_index_is_named_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="'shelf'") as caught:
        open_for_reading(tmp_path / "shelf")
    assert "ragqa ingest" in caught.value.hint


@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing])
def test_another_schema_is_refused_with_the_command(opening, folder: Path) -> None:  # type: ignore[no-untyped-def]
    change_schema(folder, "99")
    with pytest.raises(IndexMismatch, match="schema 99") as caught:
        opening(folder)
    assert "ragqa index rm shelf" in caught.value.hint


@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing])
def test_a_file_that_is_no_database_is_damage(opening, folder: Path) -> None:  # type: ignore[no-untyped-def]
    (folder / DATABASE).write_bytes(b"no database at all" * 300)
    with pytest.raises(IndexDamaged):
        opening(folder)


def test_a_database_of_something_else_is_damage(folder: Path) -> None:
    (folder / DATABASE).unlink()
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(IndexDamaged, match="holds no index"):
        open_for_reading(folder)


def test_a_name_with_url_characters_opens(tmp_path: Path, manifest: Manifest) -> None:
    folder = tmp_path / "a b?c#d%41" / "shelf"
    create_database(folder, manifest)
    open_for_reading(folder).close()
    open_for_writing(folder).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b?c#d%41"]


def reported(kind: type[sqlite3.Error], code: int) -> sqlite3.Error:
    """An error as SQLite reports it; its words differ between versions."""
    error = kind("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_FULL), StorageError, "full"),
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_READONLY_DIRECTORY), StorageError, "cannot be written"),
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_CANTOPEN), StorageError, "cannot be opened"),
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_BUSY_SNAPSHOT), StorageError, "what SQLite says"),
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_IOERR_READ), StorageError, "could not be read"),
        (reported(sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT_UNIQUE), StorageError, "what SQLite says"),
        (reported(sqlite3.DataError, sqlite3.SQLITE_TOOBIG), StorageError, "what SQLite says"),
        (reported(sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT), IndexDamaged, "what SQLite says"),
        (reported(sqlite3.OperationalError, sqlite3.SQLITE_CORRUPT_INDEX), IndexDamaged, "what SQLite says"),
        (reported(sqlite3.DatabaseError, sqlite3.SQLITE_NOTADB), IndexDamaged, "what SQLite says"),
        (sqlite3.OperationalError("Could not decode"), StorageError, "Could not decode"),  # the module's own has no code
        (OSError(errno.ENOSPC, "No space left on device", "f"), StorageError, "No space left"),
    ],
)
def test_what_disk_and_database_say_becomes_an_error_of_ours(
    raised: Exception, kind: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=said) as caught, storage_errors(tmp_path):
        raise raised
    assert caught.value.hint  # type: ignore[attr-defined]
    assert caught.value.__cause__ is raised


def test_a_closed_connection_is_no_damage(folder: Path) -> None:
    """It is a mistake of the program's; nobody should be told to delete an index because of it."""
    connection = open_for_reading(folder)
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"), storage_errors(folder):
        connection.execute("SELECT 1")


def test_a_locked_database_is_no_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.0)
    writer, other = open_for_writing(folder), open_for_writing(folder)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked"), storage_errors(folder):
        other.execute("BEGIN IMMEDIATE")
    writer.close()
    other.close()


def test_a_full_disk_is_told_as_such(folder: Path) -> None:
    connection = open_for_writing(folder)
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StorageError, match="full"), storage_errors(folder):
        connection.execute("INSERT INTO meta VALUES ('big', ?)", ("x" * 1_000_000,))
    connection.close()


def test_what_is_committed_is_in_the_database_itself_also_while_others_read(folder: Path, tmp_path: Path) -> None:
    """Readers, as of a server, keep SQLite from doing so when the writer's connection is closed: a copy without the log would be
    of an older commit."""
    reader, writer = open_for_reading(folder), open_for_writing(folder)
    assert reader.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() == ("0",)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE meta SET value = '7' WHERE key = 'generation'")
    writer.commit()
    close_writing(writer)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / DATABASE).write_bytes((folder / DATABASE).read_bytes())
    copy = open_for_reading(tmp_path / "copy")
    for connection in (copy, reader):
        assert connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() == ("7",)
        connection.close()

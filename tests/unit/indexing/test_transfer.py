from __future__ import annotations

import errno
import json
import os
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import IndexDamaged, StorageError, UsageError
from ragqa.indexing import unpacking
from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Document

FAKE = Trust(embedders=("fake",))


@pytest.fixture
def folder(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Path:
    index = make_index(kettle, lamp)
    index.close()
    return index.folder


def test_an_export_comes_back_the_same(folder: Path, embedder: Any, tmp_path: Path, kettle: Document) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["shelf.zip"]
    info = import_index(archive, tmp_path / "elsewhere", trust=FAKE)
    original = describe_index(folder)
    assert (info.name, info.documents, info.chunks, info.settings) == (
        "shelf", original.documents, original.chunks, original.settings,
    )  # fmt: skip
    copy = tmp_path / "elsewhere" / "shelf"
    assert verify_index(copy) == []
    with Index(copy) as index:
        assert index.text(1) == kettle.text
        assert index.search_dense(embedder.embed_queries(["vinegar"])[0], 1)


def test_an_import_takes_another_name_and_no_name_twice(folder: Path, tmp_path: Path) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    with pytest.raises(UsageError, match="already"):
        import_index(archive, folder.parent, trust=FAKE)
    assert import_index(archive, folder.parent, "copy", trust=FAKE).name == "copy"
    with pytest.raises(UsageError, match="not a name"):
        import_index(archive, folder.parent, "../copy", trust=FAKE)
    assert verify_index(folder) == []


def archive_with(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "-").replace("_dot_", "."), content)
    return path


def test_what_an_export_that_was_killed_left_is_gone_after_the_next(folder: Path, tmp_path: Path) -> None:
    """Under whatever name: a copy of the whole database had lain beside it for ever."""
    out = tmp_path / "out"
    out.mkdir()
    killed = (
        "import os, sys, zipfile\n"
        "from pathlib import Path\n"
        "from ragqa.indexing.transfer import export_index\n"
        "zipfile.ZipFile = lambda *_, **__: os._exit(9)\n"
        "export_index(*map(Path, sys.argv[1:]))"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(folder), str(out / "monday.zip")], check=False).returncode == 9
    assert list(out.rglob("copy"))
    export_index(folder, out / "tuesday.zip")
    assert [one.name for one in out.iterdir()] == ["tuesday.zip"]


def test_what_killed_exports_of_earlier_versions_left_goes_and_nothing_of_others(folder: Path, tmp_path: Path) -> None:
    out, number = tmp_path / "out", "4711-140234567890123"
    out.mkdir()
    left = {f"monday.zip.{number}.tmp": "zip", f"monday.zip.{number}.sqlite.tmp": "copy", f"b.{number}.sqlite.tmp": ""}
    kept = {f"young.zip.{number}.tmp": "zip", f"mine.{number}.tmp": "letter", "mine.2024-11.tmp": "zip", "monday.zip.tmp": "zip"}
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr(unpacking.DESCRIPTION, "{}")
    (tmp_path / "copy").write_bytes((folder / DATABASE).read_bytes())
    (tmp_path / "letter").write_text("dear")
    for name, content in (left | kept).items():
        (out / name).write_bytes((tmp_path / content).read_bytes() if content else b"")
        if not name.startswith("young"):
            os.utime(out / name, (0, 0))
    export_index(folder, out / "tuesday.zip")
    assert {path.name for path in out.iterdir()} == {"tuesday.zip", *kept}


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    indexes = tmp_path / "indexes"
    with pytest.raises(UsageError, match="there is no file"):
        import_index(tmp_path / "nowhere.zip", indexes)
    plain = tmp_path / "plain.zip"
    plain.write_text("no archive")
    described = json.dumps({"name": "shelf", "schema": 1})
    for archive in (
        plain,
        archive_with(tmp_path / "1.zip", other="x"),
        archive_with(tmp_path / "2.zip", ragqa__index_dot_json="no json", index_dot_sqlite=""),
        archive_with(tmp_path / "3.zip", ragqa__index_dot_json='["list"]', index_dot_sqlite=""),
        archive_with(tmp_path / "4.zip", ragqa__index_dot_json=described),
        archive_with(tmp_path / "5.zip", ragqa__index_dot_json='{"name": "../../evil"}', index_dot_sqlite=""),
    ):
        with pytest.raises(UsageError):
            import_index(archive, indexes, trust=FAKE)
    assert not list(indexes.glob(f"*/{DATABASE}"))


def test_an_export_of_a_damaged_database_leaves_no_index(tmp_path: Path) -> None:
    described = json.dumps({"name": "shelf", "schema": 1})
    archive = archive_with(tmp_path / "1.zip", ragqa__index_dot_json=described, index_dot_sqlite="no database " * 500)
    with pytest.raises(IndexDamaged):
        import_index(archive, tmp_path / "indexes", trust=FAKE)
    assert not list((tmp_path / "indexes").glob(f"*/{DATABASE}"))


def test_what_was_removed_does_not_travel(
    tmp_path: Path, manifest: Any, embedder: Any, put_document: Any, script_document: Any
) -> None:
    """Most builds of SQLite leave what is removed in the file until it is written over; so do indexes of earlier versions."""
    folder, marker = tmp_path / "indexes" / "shelf", "unobtainium"
    with IndexWriter(folder, manifest) as writer:
        writer._connection.execute("PRAGMA secure_delete = OFF")
        put_document(writer, embedder, script_document("kept.md", [("paragraph", "The lamp draws 8 watts.")]))
        put_document(writer, embedder, script_document("gone.md", [("paragraph", f"It is made of {marker}. " * 500)]))
        writer.commit()
        writer.remove_document(2)
        writer.commit()
    with Index(folder):  # so that nothing is left in the log
        archive = export_index(folder, tmp_path / "shelf.zip")
    assert marker.encode() in (folder / DATABASE).read_bytes()
    with zipfile.ZipFile(archive) as exported:
        assert marker.encode() not in exported.read(DATABASE)


def test_a_writer_overwrites_what_is_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sqlite3.connect

    def as_most_builds_do(*given: Any, **options: Any) -> sqlite3.Connection:
        connection = plain(*given, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", as_most_builds_do)
    with closing(open_for_writing(folder)) as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_damaged_index_is_told_and_not_its_copy(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'blocks'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with open(folder / DATABASE, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 200)
    with pytest.raises(IndexDamaged, match="index 'shelf' is damaged"):
        export_index(folder, tmp_path / "shelf.zip")
    assert not list(tmp_path.glob("shelf.*"))


def test_an_archive_that_sends_its_reader_before_its_beginning_is_none(folder: Path, tmp_path: Path) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")
    content = bytearray(archive.read_bytes())
    at = content.rindex(b"PK\x05\x06") + 16  # where it says that its directory is
    struct.pack_into("<I", content, at, struct.unpack_from("<I", content, at)[0] + 1000)
    archive.write_bytes(content)
    with pytest.raises(UsageError, match="is no exported index"):
        import_index(archive, tmp_path / "elsewhere", trust=FAKE)


def test_an_archive_that_cannot_be_read_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = export_index(folder, tmp_path / "shelf.zip")

    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(unpacking.zipfile, "ZipFile", refused)
    with pytest.raises(StorageError, match=r"shelf\.zip: Permission denied"):
        import_index(archive, tmp_path / "elsewhere", trust=FAKE)

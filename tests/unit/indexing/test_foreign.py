"""What an imported index may not do: run anything, name a model or a file, disagree with itself, or fill the disk."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import IndexDamaged, IndexMismatch, RagqaError, StorageError, UsageError
from ragqa.indexing import foreign, unpacking
from ragqa.indexing.browse import list_documents
from ragqa.indexing.index import Index
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.metadata import wanted
from ragqa.paths import DATABASE
from ragqa.types import Document

FAKE = Trust(embedders=("fake",))


@pytest.fixture
def archive(make_index: Callable[..., Index], kettle: Document, lamp: Document, tmp_path: Path) -> Path:
    with make_index(kettle, lamp) as index:
        folder = index.folder
    return export_index(folder, tmp_path / "shelf.zip")


@pytest.fixture
def forge(archive: Path, tmp_path: Path) -> Callable[..., Path]:
    """A function that makes an archive whose database is the exported one after some statements."""

    def make(*statements: str, values: tuple[Any, ...] = ()) -> Path:
        database = tmp_path / "forged.sqlite"
        with zipfile.ZipFile(archive) as whole:
            database.write_bytes(whole.read(DATABASE))
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                connection.execute(statement, values if "?" in statement else ())
        return packed(tmp_path / "forged.zip", database.read_bytes())

    return make


def packed(path: Path, database: bytes, description: str = '{"name": "shelf", "schema": 4}', **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ragqa-index.json", description)
        archive.writestr(DATABASE, database)
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def assert_refused(path: Path, home: Path, kind: type[RagqaError], told: str, trust: Trust = FAKE) -> None:
    with pytest.raises(kind, match=told) as caught:
        import_index(path, home, trust=trust)
    assert "\n" not in caught.value.message
    assert [path.name for path in home.iterdir()] == [] if home.is_dir() else True


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TRIGGER boo AFTER INSERT ON lexical BEGIN UPDATE texts SET text = 'forged'; END", "a trigger 'boo'"),
        ("CREATE VIEW boo AS SELECT * FROM texts", "a view 'boo'"),
        ("CREATE TABLE boo (id INTEGER)", "a table 'boo'"),
        ("CREATE INDEX boo ON chunks (id)", "a index 'boo'"),
        ("CREATE INDEX boxes ON chunks (abs(id))", "a index 'boxes'"),
        ("ALTER TABLE texts ADD COLUMN more TEXT DEFAULT 'x'", "a table 'texts'"),
        ("ALTER TABLE texts ADD COLUMN size TEXT GENERATED ALWAYS AS (hex(text))", "a table 'texts'"),
        ("UPDATE sqlite_master SET type = 'view', sql = 'CREATE VIEW texts AS SELECT 1' WHERE name = 'texts'", "texts"),
        ("UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE texts USING fts5(text)' WHERE name = 'texts'", "texts|fts5"),
    ],
)  # fmt: skip
def test_nothing_but_our_tables_is_taken_over(statement: str, told: str, forge: Callable[..., Path], tmp_path: Path) -> None:
    assert_refused(forge(statement), tmp_path / "home", IndexDamaged, told)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE documents SET pages = -1", "-1 as pages in documents"),
        ("UPDATE documents SET title = x'75'", "as title in documents"),
        ("UPDATE documents SET sha256 = 'x'", "as sha256 in documents"),
        ("UPDATE documents SET language = '../x'", "as language in documents"),
        ("UPDATE documents SET language = 'zz'", "language"),
        ("UPDATE documents SET warnings = '{}'", "as warnings in documents"),
        ("UPDATE documents SET characters = characters + 1 WHERE id = 1", "are not what its text says"),
        ("UPDATE texts SET text = 'forged'", "are not what its text says"),
        ("UPDATE texts SET text = x'00ff'", "as text in texts"),
        ("UPDATE blocks SET kind = 'script'", "as kind in blocks"),
        ("UPDATE blocks SET end = 99999 WHERE start = 0", "blocks that reach out of their text"),
        ("UPDATE blocks SET section = '[1]'", "as section in blocks"),
        ("UPDATE blocks SET levels = '[[[[['", "as levels in blocks"),
        ("UPDATE chunks SET start = start + 1", "are not what its text says"),
        ("UPDATE chunks SET text = text || '!'", "are not what its text says"),
        ("UPDATE chunks SET embedding = x'01' WHERE id = 1", "chunks"),
        ("DELETE FROM embeddings", "chunks"),
        ("DELETE FROM texts", "documents without text"),
        ("UPDATE chunks SET document_id = 77", "chunks"),
        ("UPDATE embeddings SET vector = zeroblob(2)", "a vector that is not of 64 numbers"),
        ("UPDATE embeddings SET vector = hex(vector)", "as vector in embeddings"),
        ("INSERT INTO metadata VALUES ('Brand', 'aqua', 1, 'Aqua')", "as key in metadata"),
        ("INSERT INTO metadata VALUES ('no key', 'aqua', 1, 'Aqua')", "as key in metadata"),
        ("INSERT INTO metadata VALUES ('brand', 'aqua', 1, '')", "as value in metadata"),
        ("INSERT INTO metadata VALUES ('brand', 'aqua', 1, 'Aqua' || char(8238))", "as value in metadata"),
        ("INSERT INTO metadata VALUES ('brand', 'aqua', 1, ' Aqua  ')", "as value in metadata"),
        ("INSERT INTO metadata VALUES ('brand', x'61', 1, 'Aqua')", "as folded in metadata"),
        ("UPDATE meta SET value = '-1' WHERE key = 'generation'", "its generation is '-1'"),
        ("UPDATE meta SET value = '9e99' WHERE key = 'generation'", "its generation is"),
        ("UPDATE meta SET value = '[]' WHERE key = 'manifest'", "manifest cannot be read"),
        ("DELETE FROM meta WHERE key = 'manifest'", "manifest cannot be read"),
    ],
)  # fmt: skip
def test_values_that_no_index_has_are_refused(statement: str, told: str, forge: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises((IndexDamaged, IndexMismatch), match=told):
        import_index(forge(statement), tmp_path / "home", trust=FAKE)
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("vector", [b"\x00\x7c" * 64, b"\x00\x7e" * 64, b"\x00\x7b" * 64], ids=["infinite", "nan", "long"])
def test_vectors_are_finite_and_of_length_one(vector: bytes, forge: Callable[..., Path], tmp_path: Path) -> None:
    assert_refused(
        forge("UPDATE embeddings SET vector = ?", values=(vector,)), tmp_path / "home", IndexDamaged, "not of length one"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dimension", 0), ("dimension", 10**12), ("dimension", 64.5), ("dimension", True), ("chunk_tokens", "220"),
        ("vector_index", "exec"), ("retriever", "../../secret"), ("fingerprint", ""), ("embedder", None),
        ("embedder", "a\x1b[2J"), ("analyser", -1),
    ],
)  # fmt: skip
def test_a_manifest_that_says_nonsense_is_refused(
    field: str, value: object, forge: Callable[..., Path], archive: Path, tmp_path: Path
) -> None:
    said = {**manifest_of(archive), field: value}
    path = forge("UPDATE meta SET value = ? WHERE key = 'manifest'", values=(json.dumps(said),))
    assert_refused(path, tmp_path / "home", IndexDamaged, f"nonsense of {field}")


def manifest_of(archive: Path) -> dict[str, Any]:
    database = archive.with_suffix(".look")
    with zipfile.ZipFile(archive) as whole:
        database.write_bytes(whole.read(DATABASE))
    with closing(sqlite3.connect(database)) as connection:
        return json.loads(connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()[0])


@pytest.mark.parametrize("name", ["evil/hub-model", "/tmp/evil", "./evil", "~/evil"])
def test_no_model_is_taken_that_the_user_has_not_named(
    name: str, forge: Callable[..., Path], archive: Path, tmp_path: Path
) -> None:
    said = json.dumps({**manifest_of(archive), "embedder": name})
    path = forge("UPDATE meta SET value = ? WHERE key = 'manifest'", values=(said,))
    with pytest.raises(UsageError, match="which no setting of yours names") as caught:
        import_index(path, tmp_path / "home", trust=FAKE)
    assert "--embedder MODEL" in caught.value.hint and list((tmp_path / "home").iterdir()) == []
    assert import_index(path, tmp_path / "home", trust=Trust((name,))).settings["embedder"] == name
    info = import_index(path, tmp_path / "home", "mine", Trust(embedder="my-model"))
    assert info.settings["embedder"] == "my-model"


def test_an_index_on_its_way_names_no_other_model_either(forge: Callable[..., Path], archive: Path, tmp_path: Path) -> None:
    said = json.dumps({**manifest_of(archive), "embedder": "evil/hub-model"})
    path = forge("INSERT INTO meta VALUES ('becoming', ?)", values=(said,))
    assert_refused(path, tmp_path / "home", IndexDamaged, "on its way to another embedder")


def test_labels_are_found_by_what_they_say(forge: Callable[..., Path], tmp_path: Path) -> None:
    import_index(forge("INSERT INTO metadata VALUES ('brand', 'lumo', 1, 'AQUA')"), tmp_path / "home", trust=FAKE)
    with Index(tmp_path / "home" / "shelf") as index:
        assert [one.metadata for one in list_documents(index, wanted=wanted({"brand": "aqua"}))] == [{"brand": ("AQUA",)}]
        assert list_documents(index, wanted=wanted({"brand": "lumo"})) == []


def test_files_are_not_looked_for_where_an_archive_says(forge: Callable[..., Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    path = forge("UPDATE documents SET source = ? WHERE id = 1", values=(bytes(secret),))
    import_index(path, tmp_path / "home", "wary", FAKE)
    with Index(tmp_path / "home" / "wary") as index:
        document = next(one for one in list_documents(index) if one.id == 1)
        assert (document.source, document.present, document.foreign) == (str(secret), False, True)
        assert all(b"\0" in one.source for one in index.documents())
    again = export_index(tmp_path / "home" / "wary", tmp_path / "again.zip")
    import_index(again, tmp_path / "home", "trusting", Trust(("fake",), paths=True))
    with Index(tmp_path / "home" / "trusting") as index:
        document = next(one for one in list_documents(index) if one.id == 1)
        assert (document.source, document.present, document.foreign) == (str(secret), True, False)


def test_rows_without_end_are_refused(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_ROW_BYTES", 10_000)
    assert_refused(archive, tmp_path / "home", IndexDamaged, "more than fits into its file")


def test_pages_that_lead_in_circles_are_refused(forge: Callable[..., Path], tmp_path: Path) -> None:
    path = forge(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'chunks') WHERE name = 'texts'"
    )
    assert_refused(path, tmp_path / "home", IndexDamaged, "holds no sound index")


@pytest.mark.parametrize("member", ["../evil", "/etc/evil", "evil", f"a/{DATABASE}", DATABASE + "-wal"])
def test_other_members_are_refused(member: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "more.zip", b"x", **{member: b"x"})
    assert_refused(path, tmp_path / "home", UsageError, "is no exported index")
    assert not (tmp_path / "evil").exists()


def test_links_and_locked_members_are_refused(tmp_path: Path) -> None:
    linked, locked = tmp_path / "linked.zip", packed(tmp_path / "locked.zip", b"x")
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr("ragqa-index.json", "{}")
        link = zipfile.ZipInfo(DATABASE)
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    data = bytearray(locked.read_bytes())
    for sign in (b"PK\x01\x02", b"PK\x03\x04"):
        at = data.index(sign, 1) if sign == b"PK\x03\x04" else data.rindex(sign)
        data[at + (8 if sign == b"PK\x01\x02" else 6)] |= 1
    locked.write_bytes(data)
    for path in (linked, locked):
        assert_refused(path, tmp_path / "home", UsageError, "is no exported index")


def test_what_unpacks_to_too_much_is_refused_before_it_is_written(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = packed(tmp_path / "bomb.zip", bytes(30_000_000))
    assert_refused(bomb, tmp_path / "home", UsageError, "would unpack to 30 MB")
    long = packed(tmp_path / "long.zip", b"x", '{"name": "shelf"}' + " " * 100_000)
    assert_refused(long, tmp_path / "home", UsageError, "would unpack to")
    with monkeypatch.context() as limited:
        limited.setattr(unpacking, "LARGEST_INDEX", 1000)
        assert_refused(archive, tmp_path / "home", UsageError, "would unpack to")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    assert_refused(archive, tmp_path / "home", StorageError, "Free some space|GB left")


def test_a_failed_import_leaves_what_was_there(forge: Callable[..., Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "shelf").mkdir(parents=True)
    (home / "shelf" / "journal.sqlite").write_bytes(b"people's work")
    with pytest.raises(IndexDamaged):
        import_index(forge("UPDATE texts SET text = 'forged'"), home, trust=FAKE)
    assert {path.name: path.read_bytes() for path in (home / "shelf").iterdir()} == {"journal.sqlite": b"people's work"}
    import_index(forge(), home, trust=FAKE)
    assert (home / "shelf" / "journal.sqlite").read_bytes() == b"people's work" and verify_index(home / "shelf") == []


def test_what_a_killed_import_left_behind_goes(archive: Path, tmp_path: Path) -> None:
    left = tmp_path / "home" / ".import-killed"
    left.mkdir(parents=True)
    (left / "unpacked").write_bytes(b"x")
    import_index(archive, tmp_path / "home", trust=FAKE)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["shelf"]

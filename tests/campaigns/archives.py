"""Forged archives of indexes and readers: each is refused in one line, or imported so that it can be asked.

    python -m tests.campaigns.archives [--seed 1] [--rounds 1000] [--only indexes|readers]

Members, bytes, SQLite pages, schemas, rows, manifests, settings, and the headers and numbers of weights are changed at random.
Nothing that was in the home folder before may change, nor be left behind. Prints one line of JSON; exits with 1 at any fault.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sqlite3
import struct
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.answering.asker import Retriever
from ragqa.answering.readers import load_reader
from ragqa.answering.retrieve import Filters
from ragqa.answering.windows import Passage
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.browse import extract, list_documents
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion.ingest import ingest
from ragqa.paths import DATABASE
from ragqa.readers.archive import import_reader
from ragqa.readers.registry import list_readers
from tests.campaigns.trials import ODD, Outcome, files_of, odd_bytes, odd_json, report, rounds
from tests.conftest import FakeEmbedder

FAKE = Trust(embedders=("fake",))
DESCRIPTION = "ragqa-index.json"
MANUALS = {
    "kettle.md": "# Kettle\n\nThe kettle boils 1.7 litres.\n\n## Errors\n\n| Code | Cause |\n|---|---|\n| E-24 | Lid open |\n",
    "lamp.txt": "LAMP\n\nThe lamp draws 8 watts.\n\nWARRANTY\n\nThe warranty lasts 30 months.\n",
}
OBJECTS = (
    "CREATE TRIGGER boo AFTER INSERT ON chunks BEGIN DELETE FROM chunks; END",
    "CREATE VIEW boo AS SELECT * FROM texts",
    "CREATE TABLE boo (x)",
    "CREATE INDEX boo ON chunks (abs(id))",
    "ALTER TABLE chunks ADD COLUMN boo TEXT DEFAULT 'x'",
    "ALTER TABLE documents ADD COLUMN size2 INTEGER",
    "DROP TABLE blocks",
    "DROP INDEX chunks_by_document",
    "UPDATE sqlite_master SET rootpage = rootpage + 1 WHERE name = 'chunks'",
    "UPDATE sqlite_master SET rootpage = 3 WHERE name IN ('texts', 'chunks')",
    "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'BLOB')",
    "UPDATE sqlite_master SET sql = 'CREATE VIEW texts AS SELECT 1' WHERE name = 'texts'",
    "UPDATE sqlite_master SET type = 'trigger' WHERE name = 'meta'",
    "DELETE FROM sqlite_master WHERE name = 'embeddings'",
    "PRAGMA encoding = 'UTF-16'",
    "PRAGMA user_version = 7",
)


def index_archive(home: Path, scratch: Path) -> bytes:
    """An exported index of two manuals, whose own index stays in the home folder."""
    folder = scratch / "manuals"
    folder.mkdir()
    for name, text in MANUALS.items():
        (folder / name).write_text(text)
    ingest(home / "shelf", [folder], FakeEmbedder(), IngestSettings(chunk_tokens=40, chunk_overlap=8, heading_tokens=12))
    return export_index(home / "shelf", scratch / "sound.zip").read_bytes()


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def forged_index(sound: bytes, scratch: Path, dice: random.Random) -> tuple[str, bytes]:
    """What was changed, and the archive."""
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        description, database = archive.read(DESCRIPTION), archive.read(DATABASE)
    kind = dice.choice(("bytes", "members", "description", "pages", "schema", "values", "values", "manifest"))
    if kind == "bytes":
        return kind, odd_bytes(sound, dice)
    if kind == "description":
        description = json.dumps(odd_json(json.loads(description), dice)).encode()
    elif kind == "pages":
        database = odd_pages(database, dice)
    elif kind in ("schema", "values", "manifest"):
        act = {"schema": _odd_schema, "values": _odd_values, "manifest": _odd_manifest}[kind]
        database = _changed(database, scratch / "forged.sqlite", lambda connection: act(connection, dice))
    members = [(DESCRIPTION, description), (DATABASE, database)]
    if kind == "members":
        names = ("../evil", "/evil", "evil", DATABASE, f"a/{DATABASE}", f"{DATABASE}-wal", "x" * 5000, "\x1b[2J")
        members.insert(dice.randrange(3), (dice.choice(names), dice.randbytes(100)))
        del members[dice.randrange(4) : dice.randrange(4)]
    return kind, zipped(members)


def odd_pages(database: bytes, dice: random.Random) -> bytes:
    """Some bytes of some pages, of the headers of pages more often than others."""
    changed = bytearray(database)
    for _ in range(dice.randint(1, 6)):
        page = dice.randrange(max(len(changed) // 4096, 1)) * 4096
        changed[min(page + dice.choice((dice.randrange(16), dice.randrange(110), dice.randrange(4096))), len(changed) - 1)] = (
            dice.randrange(256)
        )
    return bytes(changed)


def _changed(database: bytes, path: Path, act: Callable[[sqlite3.Connection], None]) -> bytes:
    path.write_bytes(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        with suppress(sqlite3.Error, OverflowError, UnicodeError):
            act(connection)
    return path.read_bytes()


def _odd_schema(connection: sqlite3.Connection, dice: random.Random) -> None:
    connection.execute(dice.choice(OBJECTS))


def _odd_values(connection: sqlite3.Connection, dice: random.Random) -> None:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for _ in range(dice.randint(1, 3)):
        (table,) = dice.choice(tables)
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        value = dice.choice(
            (*ODD[:16], dice.randbytes(16), dice.randbytes(128), b"", "[1]", '["a"]', "en", "zz", "E-24 costs 12")
        )
        value = json.dumps(value) if isinstance(value, list | dict) else value
        where = dice.choice(("", " LIMIT 1"))
        limited = f' WHERE rowid IN (SELECT rowid FROM "{table}"{where})' if where else ""
        connection.execute(f'UPDATE OR IGNORE "{table}" SET "{dice.choice(columns)}" = ?{limited}', (value,))


def _odd_manifest(connection: sqlite3.Connection, dice: random.Random) -> None:
    (stored,) = connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()
    said = json.dumps(odd_json(json.loads(stored), dice))
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (dice.choice(("manifest", "manifest", "becoming")), said))


def use_index(archive: Path, indexes: Path, outcome: Outcome) -> str:
    """Import an archive; what comes in is verified, read and searched, then removed."""
    import shutil

    info = import_index(archive, indexes, "forged", FAKE)
    outcome.expect(
        verify_index(Path(info.path)) == [], f"{archive.name} came in, and verify finds {verify_index(Path(info.path))[:1]}"
    )
    describe_index(Path(info.path))
    with Index(Path(info.path)) as index:
        for document in list_documents(index):
            extract(index, document.id, 0, 200)
            outcome.expect(document.foreign and not document.present, f"{archive.name}: {document.path} is followed")
        Retriever(index, FakeEmbedder(), AskSettings()).retrieve("What does E-24 mean?", Filters())
    shutil.rmtree(info.path)
    return "asked"


def indexes_campaign(home: Path, scratch: Path, seed: int, count: int) -> Outcome:
    """Forged index archives, imported into a home that holds an index."""
    dice, outcome = random.Random(seed), Outcome()
    sound = index_archive(home, scratch)
    before, archive = files_of(home), scratch / "forged.zip"
    for number in rounds(count, "index archives"):
        kind, data = forged_index(sound, scratch, dice)
        archive.write_bytes(data)
        outcome.try_one(f"index {number} ({kind})", lambda: use_index(archive, home, outcome))
        left = files_of(home)
        outcome.expect(left == before, f"index {number} ({kind}): the home changed: {sorted(set(left) ^ set(before))[:3]}")
    return outcome


def reader_files(scratch: Path) -> dict[str, bytes]:
    """The files of a tiny reader, with settings."""
    from ragqa.answering.reader_settings import ReaderSettings

    sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
    from tiny_readers import save_reader

    save_reader("bert", scratch / "reader")
    ReaderSettings().save(scratch / "reader")
    return files_of(scratch / "reader")


def forged_reader(files: dict[str, bytes], dice: random.Random) -> tuple[str, bytes]:
    """What was changed, and the archive."""
    changed, odd = dict(files), list[tarfile.TarInfo]()
    kind = dice.choice(("bytes", "members", "json", "json", "json", "header", "header", "numbers"))
    if kind == "json":
        name = dice.choice([name for name in files if name.endswith(".json")])
        changed[name] = json.dumps(odd_json(json.loads(files[name]), dice)).encode("utf-8", "replace")
        kind += f" {name}"
    elif kind == "header":
        changed["model.safetensors"] = odd_header(files["model.safetensors"], dice)
    elif kind == "numbers":
        name = dice.choice(list(files))
        changed[name] = odd_bytes(files[name], dice)
        kind += f" {name}"
    elif kind == "members":
        odd.append(_odd_member(dice))
        for name in dice.sample(sorted(changed), dice.randrange(3)):
            changed[dice.choice(("model.bin", "a/b.json", "modules.json", "adapter_config.json"))] = changed.pop(name)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        for name, content in changed.items():
            member = tarfile.TarInfo(f"forged/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in odd:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return kind, odd_bytes(made.getvalue(), dice) if kind == "bytes" else made.getvalue()


def _odd_member(dice: random.Random) -> tarfile.TarInfo:
    member = tarfile.TarInfo(
        dice.choice(("../evil", "/evil", "forged/evil.py", "forged/config.json", "forged/" + "x" * 3000, "forged/a\x1b"))
    )
    member.type = dice.choice(
        (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE)
    )
    member.linkname = "/etc/passwd" if member.type in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    member.size = 5 if member.type == tarfile.REGTYPE else 0
    return member


def odd_header(weights: bytes, dice: random.Random) -> bytes:
    """The header of a safetensors file with something else in it, or the length of one."""
    (length,) = struct.unpack_from("<Q", weights)
    header: dict[str, Any] = json.loads(weights[8 : 8 + length])
    if dice.random() < 0.2:
        return struct.pack("<Q", dice.choice((0, 1, length - 1, length + 1, 2**31, 2**63, 2**64 - 1))) + weights[8:]
    if dice.random() < 0.4:
        one, other = dice.sample([name for name in header if name != "__metadata__"], 2)
        header[one], header[other] = header[other], header[one]
    else:
        header = odd_json(header, dice)
    told = json.dumps(header).encode("utf-8", "replace")
    return struct.pack("<Q", len(told)) + told + weights[8 + length :]


def use_reader(archive: Path, home: Path) -> str:
    """Import an archive; what comes in reads a question, then is removed."""
    import shutil

    info = import_reader(home, archive, "forged")
    list_readers(home)
    load_reader(info.path).read("What does E-24 mean?", [Passage("E-24: the lid is open.", "Errors"), Passage("x " * 600)])
    shutil.rmtree(info.path)
    return "asked"


def readers_campaign(home: Path, scratch: Path, seed: int, count: int) -> Outcome:
    """Forged reader archives, imported into a home that holds a reader."""
    import shutil

    dice, outcome = random.Random(seed), Outcome()
    files = reader_files(scratch)
    shutil.copytree(scratch / "reader", home / "models" / "sound")
    before, archive = files_of(home), scratch / "forged.tar.gz"
    for number in rounds(count, "reader archives"):
        kind, data = forged_reader(files, dice)
        archive.write_bytes(data)
        outcome.try_one(f"reader {number} ({kind})", lambda: use_reader(archive, home))
        left = files_of(home)
        outcome.expect(left == before, f"reader {number} ({kind}): the home changed: {sorted(set(left) ^ set(before))[:3]}")
        shutil.rmtree(home / "models" / "forged", ignore_errors=True)
    return outcome


def campaign(folder: Path, seed: int, count: int, only: str = "") -> dict[str, Outcome]:
    """Both campaigns in a scratch folder, or one of them."""
    kinds = {"indexes": indexes_campaign, "readers": readers_campaign}
    found = {}
    for kind, act in kinds.items():
        if only in ("", kind):
            home, scratch = folder / f"{kind}-home", folder / f"{kind}-scratch"
            home.mkdir()
            scratch.mkdir()
            found[kind] = act(home, scratch, seed, count)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--only", choices=("indexes", "readers"), default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return report(campaign(Path(folder), given.seed, given.rounds, given.only), seed=given.seed, rounds=given.rounds)


if __name__ == "__main__":
    sys.exit(main())

"""The boxes of blocks in an index, and indexes of the version before, which has none."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from older_indexes import make_older

from ragqa.errors import IndexMismatch
from ragqa.indexing import database
from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index
from ragqa.indexing.schema import SCHEMA_VERSION
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.parsing.builder import DocumentBuilder
from ragqa.paths import DATABASE
from ragqa.types import Document

BOX = (0.1, 0.2, 0.9, 0.25)

FAKE = Trust(embedders=("fake",))


@pytest.fixture
def boxed() -> Document:
    """A manual one of whose two paragraphs has a box."""
    builder = DocumentBuilder("pump.pdf")
    builder.page, builder.box = 3, BOX
    builder.paragraph("The pump runs dry after nine minutes.")
    builder.box = None
    builder.paragraph("Then it stops.")
    return builder.build(pages=3)


@pytest.fixture
def older(make_index: Callable[..., Index], boxed: Document, kettle: Document) -> Path:
    index = make_index(boxed, kettle)
    index.close()
    make_older(index.folder, 3)
    return index.folder


def test_boxes_are_kept(make_index: Callable[..., Index], boxed: Document) -> None:
    assert [block.box for block in make_index(boxed).blocks(1, 0, 99)] == [BOX, None]


def test_an_older_index_is_read_as_it_is(older: Path) -> None:
    before = (older / DATABASE).read_bytes()
    with Index(older) as index:
        assert index.notes.schema == 3
        assert [block.box for block in index.blocks(1, 0, 99)] == [None, None]
    assert describe_index(older).schema == 3
    assert verify_index(older) == []
    assert (older / DATABASE).read_bytes() == before


def test_the_first_writer_brings_it_up_to_date_under_who_reads(
    older: Path, manifest: Any, embedder: Any, put_document: Callable[..., None], boxed: Document
) -> None:
    with Index(older) as reader:
        assert reader.blocks(1, 0, 99)[0].box is None
        with IndexWriter(older, manifest) as writer, reader.snapshot():
            generation = reader.generation
            put_document(writer, embedder, boxed)
            writer.commit()
            assert reader.generation == generation and reader.blocks(1, 0, 99)[0].box is None
        (document,) = (one for one in reader.documents() if one.path == "pump.pdf")
        assert reader.notes.schema == SCHEMA_VERSION
        assert reader.blocks(document.id, 0, 99)[0].box == BOX
        assert reader.blocks(2, 0, 99)[0].box is None, "of a file that was not read again"
    assert verify_index(older) == []


def test_an_upgrade_is_whole_or_not_at_all(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "put_meta", lambda *given, **values: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_for_writing(older)
    monkeypatch.undo()
    with Index(older) as index:
        assert index.notes.schema == 3 and index.blocks(1, 0, 99)[0].box is None
    open_for_writing(older).close()
    open_for_writing(older).close()
    assert describe_index(older).schema == SCHEMA_VERSION


def test_indexes_before_that_are_refused(older: Path) -> None:
    with sqlite3.connect(older / DATABASE) as connection:
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")
    with pytest.raises(IndexMismatch, match="schema 2"):
        Index(older)


def test_exports_carry_boxes_and_older_ones_are_taken(make_index: Callable[..., Index], boxed: Document, tmp_path: Path) -> None:
    with make_index(boxed) as index:
        folder = index.folder
    archive = export_index(folder, tmp_path / "new.zip")
    import_index(archive, tmp_path / "elsewhere", trust=FAKE)
    with Index(tmp_path / "elsewhere" / "shelf") as copy:
        assert copy.blocks(1, 0, 99)[0].box == BOX
    make_older(folder, 3)
    archive = export_index(folder, tmp_path / "old.zip")
    assert json.loads(zipfile.ZipFile(archive).read("ragqa-index.json"))["schema"] == 3
    assert import_index(archive, tmp_path / "elsewhere", "old", trust=FAKE).schema == SCHEMA_VERSION


@pytest.mark.parametrize("forged", ["[0.1, 0.2]", "nonsense", '{"left": 0}', '["a", "b", "c", "d"]', "[0.5, 0.5, 9, 9]"])
def test_verify_sees_a_box_that_is_none(forged: str, make_index: Callable[..., Index], boxed: Document) -> None:
    with make_index(boxed) as index:
        folder = index.folder
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("UPDATE blocks SET box = ? WHERE start = 0", (forged,))
    assert verify_index(folder) == ["1 blocks whose box is no place on a page"]
    with Index(folder) as index:
        assert index.blocks(1, 0, 99)[0].box is None

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest
from older_indexes import make_older

from ragqa.errors import DocumentMissing, IndexDamaged
from ragqa.indexing.browse import document_named, list_documents
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index, label_documents
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.metadata import metadata_of, wanted
from ragqa.paths import DATABASE
from ragqa.types import Document

TRUST = Trust(("fake",))
LABELS = [
    ("kettle.md", metadata_of({"brand": "Aqua", "model": ["K200", "K300 Plus"]})),
    ("lamp.html", metadata_of({"brand": "Bora", "model": "Straße 1"})),
]


@pytest.fixture
def folder(make_index: Any, kettle: Document, lamp: Document) -> Path:
    folder: Path = make_index(kettle, lamp).folder
    assert label_documents(folder, LABELS) == 2
    return folder


def found(folder: Path, **given: Any) -> list[str]:
    """The paths of the documents with some metadata."""
    with Index(folder) as index:
        return sorted(one.path.rpartition("/")[2] for one in list_documents(index, wanted=wanted(given)))


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({"brand": "aqua"}, ["kettle.md"]),
        ({"brand": ["Aqua", "BORA"]}, ["kettle.md", "lamp.html"]),
        ({"model": "k300 plus"}, ["kettle.md"]),
        ({"model": "K*"}, ["kettle.md"]),
        ({"model": "STRASSE ?"}, ["lamp.html"]),
        ({"brand": "*"}, ["kettle.md", "lamp.html"]),
        ({"brand": "Aqua", "model": "Straße 1"}, []),
        ({"brand": "Aqu"}, []),
        ({"colour": "*"}, []),
    ],
)
def test_documents_are_found_by_what_they_are_labelled_with(folder: Path, given: dict[str, Any], paths: list[str]) -> None:
    assert found(folder, **given) == paths


def test_only_their_chunks_are_searched(folder: Path) -> None:
    with Index(folder) as index, index.snapshot():
        where = index.where(metadata=wanted({"brand": "Bora"}))
        lamp = index.document_called("lamp.html")
        assert lamp is not None
        hits = index.search_lexical(["boil", "watt", "warranti"], 20, where)
        assert hits and set(index.documents_of(chunk for chunk, _ in hits).values()) == {lamp.id}
        assert index.where("*kettle*", metadata=wanted({"brand": "Bora"})).documents == frozenset()


def test_a_label_takes_the_place_of_what_there_was_of_its_key(folder: Path) -> None:
    with Index(folder) as index:
        generation = index.generation
        before = document_named(index, "kettle.md").metadata
    assert label_documents(folder, [("kettle.md", before)]) == 0
    with Index(folder) as index:
        assert index.generation == generation  # nothing was written
    assert label_documents(folder, [("*", metadata_of({"brand": [], "year": "2024"})), ("kettle.md", {"model": ("K9",)})]) == 2
    with Index(folder) as index:
        assert index.generation == generation + 1
        assert document_named(index, "kettle.md").metadata == {"model": ("K9",), "year": ("2024",)}
        assert index.labels.counts() == {"model": {"K9": 1, "Straße 1": 1}, "year": {"2024": 2}}
    assert describe_index(folder).metadata == {"model": 2, "year": 1}
    assert verify_index(folder) == []


def test_a_document_that_is_not_there_leaves_all_as_it_was(folder: Path) -> None:
    with pytest.raises(DocumentMissing, match=r"nothing\.pdf"):
        label_documents(folder, [("kettle.md", {"brand": ("Other",)}), ("nothing.pdf", {"brand": ("X",)})])
    assert found(folder, brand="Aqua") == ["kettle.md"] and found(folder, brand="Other") == []


def test_a_new_version_of_a_document_keeps_its_labels(
    folder: Path, make_index: Any, kettle: Document, put_document: Any, manifest: Any, embedder: Any
) -> None:
    make_index(kettle)  # once more: it takes the place of the first
    assert found(folder, brand="Aqua") == ["kettle.md"]


def test_an_older_index_has_none_until_it_is_written(folder: Path) -> None:
    make_older(folder, 6)
    assert found(folder) == ["kettle.md", "lamp.html"] and found(folder, brand="Aqua") == []
    with Index(folder) as index:
        assert index.labels.all() == {} and index.labels.counts() == {}
    assert label_documents(folder, LABELS[:1]) == 1
    assert found(folder, brand="Aqua") == ["kettle.md"] and verify_index(folder) == []


def test_labels_travel(folder: Path, tmp_path: Path) -> None:
    export_index(folder, tmp_path / "shelf.ragqa")
    import_index(tmp_path / "shelf.ragqa", tmp_path / "indexes", "other", TRUST)
    assert found(tmp_path / "indexes" / "other", model="straße 1") == ["lamp.html"]


@pytest.mark.parametrize(
    "row", ["('a b', 'v', {id}, 'v')", "('brand', 'v', {id}, '')", "('brand', 'v', {id}, 'a' || char(27))", "(3, 'v', {id}, 'v')"]
)
def test_what_is_no_metadata_is_not_imported(folder: Path, tmp_path: Path, row: str) -> None:
    with pytest.raises(IndexDamaged, match="in metadata"):
        import_index(_forged(folder, tmp_path, f"INSERT INTO metadata VALUES {row}"), tmp_path / "indexes", "other", TRUST)


def test_what_is_looked_for_is_made_of_the_values(folder: Path, tmp_path: Path) -> None:
    forged = _forged(folder, tmp_path, "UPDATE metadata SET folded = 'bora' WHERE value = 'Aqua' AND {id} = {id}")
    import_index(forged, tmp_path / "indexes", "other", TRUST)
    other = tmp_path / "indexes" / "other"
    assert found(other, brand="Aqua") == ["kettle.md"] and found(other, brand="Bora") == ["lamp.html"]


def _forged(folder: Path, tmp_path: Path, change: str) -> Path:
    """An export of an index in whose database something was changed."""
    sound, forged, database = tmp_path / "sound.ragqa", tmp_path / "forged.ragqa", tmp_path / "forged.sqlite"
    export_index(folder, sound)
    with zipfile.ZipFile(sound) as archive, zipfile.ZipFile(forged, "w") as other:
        database.write_bytes(archive.read(DATABASE))
        with sqlite3.connect(database) as connection:
            number = connection.execute("SELECT min(id) FROM documents").fetchone()[0]
            connection.execute(change.format(id=number))
        connection.close()
        for name in archive.namelist():
            other.writestr(name, database.read_bytes() if name == DATABASE else archive.read(name))
    return forged

"""What documents and chunks are looked up by, kept with every change, and made when an older index is opened to be written."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from older_indexes import make_older

from ragqa.indexing import database
from ragqa.indexing.index import Index
from ragqa.indexing.keys import documents_like, following_term, holders, matching, sections_with, words_with
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.schema import SCHEMA_VERSION
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Document

Make = Callable[..., Index]

GLOBS = [
    "kitchen/kettle.md",
    "kettle.md",
    "KETTLE.*",
    "hall/*",
    "*",
    "*.pdf",
    "kettle",
    "odd [[]1].md",
    "odd [1].md",
    "k?ttle.md",
]


@pytest.fixture
def odd(script_document: Callable[..., Document]) -> Document:
    return script_document("deep/Odd [1].md", [("heading", "Überhitzung", 1), ("paragraph", "Ausschalten.")])


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document, odd: Document) -> Index:
    return make_index(kettle, lamp, odd)


def keys(folder: Path) -> list[list[Any]]:
    connection = sqlite3.connect(folder / DATABASE)
    tables = "names ORDER BY kind, name, document_id", "sections ORDER BY section", "texts ORDER BY document_id, start"
    found = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    connection.close()
    return found


@pytest.mark.parametrize("glob", GLOBS)
def test_globs_without_signs_are_looked_up_and_give_the_same(glob: str, index: Index) -> None:
    with index.connection() as connection:
        paths = connection.execute("SELECT id, path FROM documents").fetchall()
        assert documents_like(connection, glob) == matching(paths, glob) == index.where(glob).documents


def test_the_very_name_of_a_document_goes_before_what_it_means_as_a_glob(
    make_index: Make, odd: Document, script_document: Callable[..., Document]
) -> None:
    index = make_index(odd, script_document("deep/odd 1.md", [("paragraph", "Other.")]))
    for glob, found in (("deep/Odd [1].md", {1}), ("ODD [1].md", {1}), ("Odd [12].md", {2}), ("odd*", {1, 2})):
        assert index.where(glob).documents == found


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
@pytest.mark.parametrize("version", [SCHEMA_VERSION, 3])
def test_accents_may_be_apart_from_their_letters(
    stored: str, asked: str, version: int, make_index: Make, script_document: Callable[..., Document]
) -> None:
    """As Macs write them in the names of files."""
    path = unicodedata.normalize(stored, "Küche/Spülmaschine.pdf")
    index = make_index(script_document(path, [("paragraph", "Einschalten.")]))
    if version != SCHEMA_VERSION:
        make_older(index.folder, version)
    for glob in ("Spülmaschine.pdf", "SPÜLMASCHINE.PDF", "*spül*", "küche/*", "k?che/*", "k[ü]che/Spülmaschine.pdf", path):
        assert index.where(unicodedata.normalize(asked, glob)).documents == {1}, glob
    found = index.document_called(unicodedata.normalize(asked, "Spülmaschine.pdf"))
    assert found is not None and found.path == path
    assert index.where("Spulmaschine.pdf").documents == set()


def test_documents_are_found_by_id_path_and_name(index: Index) -> None:
    kettle = index.document_at("kitchen/kettle.md")
    assert kettle is not None and kettle == index.document(kettle.id) == index.document_called("KETTLE.md")
    assert index.document_called("Odd [1].md") is not None
    assert index.document_at("kettle.md") is index.document(99) is index.document_called("ettle.md") is None


def test_words_and_terms_are_found_by_their_beginning(index: Index) -> None:
    with index.connection() as connection:
        assert words_with(connection, "k") == ["kettle", "kitchen"]
        assert words_with(connection, "x") == words_with(connection, "") == []
        assert following_term(connection, "kettl") == "kettl" and following_term(connection, "zzz") is None
        (document,) = holders(connection, "lamp")
        assert index.document(document) == index.document_at("hall/lamp.html")


def test_names_and_sections_go_with_their_documents(
    index: Index, manifest: Manifest, embedder: Any, put_document: Callable[..., None], script_document: Callable[..., Document]
) -> None:
    kettle = index.document_at("kitchen/kettle.md")
    assert kettle is not None
    with IndexWriter(index.folder, manifest) as writer:
        writer.rename_document(kettle.id, b"elsewhere", "attic/boiler.md", 1)
        put_document(writer, embedder, script_document("hall/lamp.html", [("heading", "Steam", 1), ("paragraph", "None.")]))
        writer.commit()
    assert index.document_called("kettle.md") is None and index.document_called("boiler.md") is not None
    with index.connection() as connection:
        assert sections_with(connection, ["warranty"]) == [] and len(sections_with(connection, ["steam"])) == 2
        assert sections_with(connection, ["a\x1fb"]) == []
    assert verify_index(index.folder) == []


@pytest.mark.parametrize("version", [3, 4, 5])
def test_an_older_index_is_read_as_it_is_and_brought_up_by_a_writer(version: int, index: Index, manifest: Manifest) -> None:
    before, text = keys(index.folder), index.text(1)
    make_older(index.folder, version)
    for upgraded in (False, True):
        if upgraded:
            with IndexWriter(index.folder, manifest):
                pass
        assert index.notes.schema == (SCHEMA_VERSION if upgraded else version)
        assert (index.text(1), index.text(1, 3, 10), index.text(99)) == (text, text[3:10], "")
        assert [index.where(glob).documents for glob in ("kettle.md", "hall/*", "Odd [1].md")] == [{1}, {2}, {3}]
        assert [len(index.search_lexical(["the"], 9, index.where(section=part))) for part in ("STEAM", "none")] == [1, 0]
        assert index.document_called("Odd [1].md") == index.document(3)
        assert verify_index(index.folder) == []
    assert keys(index.folder) == before


def test_names_that_another_version_made_are_made_again(index: Index) -> None:
    before = keys(index.folder)
    with sqlite3.connect(index.folder / DATABASE) as connection:
        connection.execute("DELETE FROM names WHERE kind = 'term'")
    database.open_for_writing(index.folder).close()
    assert keys(index.folder) != before, "nothing has changed, as far as is noted"
    with sqlite3.connect(index.folder / DATABASE) as connection:
        connection.execute("UPDATE meta SET value = '0.0' WHERE key = 'named_by'")
    database.open_for_writing(index.folder).close()
    assert keys(index.folder) == before


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        ("UPDATE texts SET start = 1 WHERE document_id = 1", "1 pieces of texts out of their place"),
        ("DELETE FROM names WHERE document_id = 1", "1 documents without a name"),
        ("DELETE FROM sections WHERE folded LIKE '%steam%'", "1 chunks whose section cannot be found"),
        ("INSERT INTO sections VALUES ('[\"x\"]', 'x')", "1 sections that no chunk has"),
    ],
)
def test_verify_sees_keys_that_do_not_fit(spoilt: str, problem: str, index: Index) -> None:
    with sqlite3.connect(index.folder / DATABASE) as connection:
        connection.execute(spoilt)
    assert problem in verify_index(index.folder)

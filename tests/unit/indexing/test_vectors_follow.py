"""Chunks that can be found by their words before they have vectors: what the index says of them, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index, rebuild_index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import derived
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import query_terms
from ragqa.types import Coverage, Document

Put = Callable[..., dict[bytes, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "shelf"


@pytest.fixture
def lacking(
    folder: Path, manifest: Manifest, embedder: Any, put_document: Put, kettle: Document, lamp: Document
) -> dict[bytes, str]:
    """An index of a lamp with vectors and a kettle without; what it lacks."""
    with IndexWriter(folder, manifest) as writer:
        put_document(writer, embedder, lamp)
        missing = put_document(writer, embedder, kettle, vectors=False)
        writer.commit()
    return missing


def embed(folder: Path, manifest: Manifest, embedder: Any, texts: dict[bytes, str]) -> None:
    with IndexWriter(folder, manifest) as writer:
        writer.put_vectors(dict(zip(texts, embedder.embed_passages(list(texts.values())), strict=True)))
        writer.commit()


def test_they_are_found_by_their_words(folder: Path, lacking: dict[bytes, str], embedder: Any) -> None:
    with Index(folder) as index:
        (found, _), *_ = index.search_lexical(query_terms("scalds", ["en"]), 5)
        assert "scalds" in index.chunks([found])[found].chunk.text and index.embeddings([found]) == {}
        near = index.search_dense(embedder.embed_queries(["The steam scalds"])[0], 99)
        assert {index.chunks([chunk])[chunk].document for chunk, _ in near} == {"hall/lamp.html"}
        assert index.embedded() == Coverage(len(near), len(near) + len(lacking)) and index.embedded().lacking == len(lacking)
        assert index.count_vectors() == len(near) == len(index.stored_vectors()[0])


def test_it_is_a_state_and_no_damage(folder: Path, lacking: dict[bytes, str], tmp_path: Path) -> None:
    assert verify_index(folder) == []
    told = describe_index(folder)
    assert told.embedded is not None and told.embedded.lacking == len(lacking) and told.embedded.total == told.chunks
    rebuild_index(folder)
    assert verify_index(folder) == []
    archive = export_index(folder, tmp_path / "shelf.zip")
    assert import_index(archive, tmp_path / "elsewhere", trust=Trust(("fake",))).embedded == told.embedded
    assert verify_index(tmp_path / "elsewhere" / "shelf") == []


def test_verify_sees_a_wrong_count(folder: Path, lacking: dict[bytes, str]) -> None:
    connection = open_for_writing(folder)
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'lacking'")
    connection.close()
    assert f"{len(lacking)} chunks have no vector yet, not 99" in verify_index(folder)


def test_a_part_of_them_follows_then_the_rest(folder: Path, manifest: Manifest, lacking: dict[bytes, str], embedder: Any) -> None:
    first, *rest = lacking.items()
    with Index(folder) as index:
        vector = embedder.embed_queries([first[1]])[0]
        before = index.search_dense(vector, 99)
        embed(folder, manifest, embedder, dict([first]))
        found = index.search_dense(vector, 99)
        assert len(found) == len(before) + 1 and found[0][1] == pytest.approx(1, abs=1e-3)
        assert index.embedded().lacking == len(rest)
        embed(folder, manifest, embedder, dict(rest))
        assert index.embedded().lacking == 0 and len(index.search_dense(vector, 99)) == index.count_chunks()
    assert verify_index(folder) == []


def test_a_text_that_has_a_vector_keeps_it_and_one_that_is_gone_is_passed_over(
    folder: Path, manifest: Manifest, lacking: dict[bytes, str], embedder: Any
) -> None:
    embed(folder, manifest, embedder, lacking)
    with Index(folder) as index:
        before = index.stored_vectors()[1].tolist()
        embed(folder, manifest, embedder, dict.fromkeys(lacking, "something else") | {b"of no chunk": "nothing"})
        assert index.stored_vectors()[1].tolist() == before
    assert verify_index(folder) == []


def test_a_document_that_shares_a_text_shares_its_vector(
    folder: Path, manifest: Manifest, lacking: dict[bytes, str], embedder: Any, put_document: Put, kettle: Document
) -> None:
    with IndexWriter(folder, manifest) as writer:
        put_document(writer, embedder, replace(kettle, path="copy.md"))
        writer.commit()
    with Index(folder) as index:
        assert index.embedded().lacking == 0 and len(index.stored_vectors()[0]) == index.count_chunks()
    assert verify_index(folder) == []


def test_removed_before_its_vectors_came(folder: Path, manifest: Manifest, lacking: dict[bytes, str], embedder: Any) -> None:
    with IndexWriter(folder, manifest) as writer:
        writer.remove_document(2)
        writer.put_vectors(dict(zip(lacking, embedder.embed_passages(list(lacking.values())), strict=True)))
        writer.commit()
    with Index(folder) as index:
        assert index.embedded().lacking == 0 and [one.path for one in index.documents()] == ["hall/lamp.html"]
    assert verify_index(folder) == []


@pytest.mark.parametrize("settled", [None, 0])
def test_a_copy_that_brings_vectors_which_are_there_is_searched_once(
    settled: int | None,
    folder: Path,
    manifest: Manifest,
    embedder: Any,
    put_document: Put,
    lamp: Document,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers elsewhere embed whatever they read, also what the index has from another place; with and without new files."""
    if settled is not None:
        monkeypatch.setattr(derived, "SETTLED_CHUNKS", settled)
        monkeypatch.setattr(derived, "SETTLED_SHARE", settled)
    monkeypatch.setattr(IndexWriter, "known_embeddings", lambda writer, hashes: set())
    for path in ("lamp.html", "copies/lamp.html", "more/lamp.html"):
        with IndexWriter(folder, manifest) as writer:
            put_document(writer, embedder, replace(lamp, path=path))
            writer.commit()
    with Index(folder) as index:
        found = [chunk for chunk, _ in index.search_dense(embedder.embed_queries(["warranty"])[0], 99)]
        assert sorted(found) == list(range(1, index.count_chunks() + 1))
    assert verify_index(folder) == []

"""Manuals in other languages: detected, analysed and found by words, on the way that an ingest and a question really take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from functional_helpers import assert_sound, read_in
from spoken_manuals import SPOKEN, Spoken, write_spoken_manuals

from ragqa.answering.retrieve import retrieve
from ragqa.cli.main import ragqa
from ragqa.config import AskSettings
from ragqa.errors import IndexMismatch
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import query_terms

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

every_language = pytest.mark.parametrize("spoken", SPOKEN, ids=[one.code for one in SPOKEN])


@pytest.fixture
def folder(tmp_path: Path, embedder: FakeEmbedder) -> Path:
    """An index of all the manuals."""
    made = tmp_path / "home" / "indexes" / "shelf"
    read_in(made, write_spoken_manuals(tmp_path / "spoken"), embedder)
    return made


def best_by_words(index: Index, question: str) -> str:
    """The text of the chunk that BM25 finds first."""
    (first, _), *_ = index.search_lexical(query_terms(question, index.languages()), 5)
    return index.chunks([first])[first].chunk.text


def test_a_documents_language_is_detected_and_kept(folder: Path) -> None:
    with Index(folder) as index:
        assert {document.path: document.language for document in index.documents()} == {one.name: one.code for one in SPOKEN}
        assert index.languages() == sorted(one.code for one in SPOKEN)
    assert_sound(folder)


@every_language
def test_a_question_in_a_manuals_language_finds_its_passage_by_words(spoken: Spoken, folder: Path) -> None:
    with Index(folder) as index:
        assert spoken.passage in best_by_words(index, spoken.question)


@every_language
def test_it_is_found_in_an_index_of_that_language_alone(spoken: Spoken, tmp_path: Path, embedder: FakeEmbedder) -> None:
    manual = tmp_path / spoken.name
    manual.write_text(spoken.text, "utf-8")
    made = tmp_path / "home" / "indexes" / "alone"
    read_in(made, manual, embedder)
    with Index(made) as index:
        assert index.languages() == [spoken.code]
        assert spoken.passage in best_by_words(index, spoken.question)


@every_language
def test_an_identifier_is_found_in_every_language(spoken: Spoken, folder: Path) -> None:
    with Index(folder) as index:
        found = index.search_lexical(query_terms("E-24", index.languages()), 50)
        texts = " ".join(chunk.chunk.text for chunk in index.chunks(chunk_id for chunk_id, _ in found).values())
    for sentence in spoken.text.split("\n\n"):
        assert "E-24" not in sentence or sentence.strip() in texts


@every_language
def test_a_hit_knows_its_language(spoken: Spoken, folder: Path, embedder: FakeEmbedder) -> None:
    with Index(folder) as index:
        hits = retrieve(index, embedder, spoken.question, AskSettings(lexical_weight=1.0))
    assert (hits[0].document, hits[0].language) == (spoken.name, spoken.code)
    assert spoken.passage in hits[0].chunk.text


def test_a_rebuilt_index_has_the_same_terms(folder: Path) -> None:
    questions = [(one.question, one.passage) for one in SPOKEN]
    rebuild_index(folder)
    with Index(folder) as index:
        for question, passage in questions:
            assert passage in best_by_words(index, question)


def test_a_language_of_a_later_version_is_refused_with_what_to_do(folder: Path, embedder: FakeEmbedder) -> None:
    with Index(folder) as index:
        manifest = index.manifest
    with IndexWriter(folder, manifest) as writer:
        writer._connection.execute("UPDATE documents SET language = 'xx' WHERE language = 'ko'")
        writer.commit()
    with Index(folder) as index, pytest.raises(IndexMismatch, match="language 'xx'") as caught:
        retrieve(index, embedder, "E-24", AskSettings())
    assert "Update ragqa" in caught.value.hint


def test_search_shows_the_passage(folder: Path, fake_models: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGQA_ASK_LEXICAL_WEIGHT", "1")  # the stand-in's vectors mean nothing over so many words
    for spoken in SPOKEN:
        arguments = ["--home", str(folder.parents[1]), "search", spoken.question, "--index", "shelf", "--json"]
        result = CliRunner().invoke(ragqa, arguments)
        assert result.exit_code == 0, result.output
        assert spoken.passage in json.dumps(json.loads(result.stdout), ensure_ascii=False)

from __future__ import annotations

from typing import Any

import pytest

from ragqa.answering.asker import Retriever
from ragqa.config import AskSettings
from ragqa.evaluation.baselines import best_sentence, evaluate_baselines, keyword_search, score
from ragqa.evaluation.evaluate import Scope
from ragqa.evaluation.gold import Gold
from ragqa.indexing.index import Index
from ragqa.types import Progress, QAPair

WARRANTY = QAPair("How long does the warranty last?", ("30 months",), document="lamp.html")
LID = QAPair("What does E-24 mean?", ("The lid is open",), document="kettle.md")


@pytest.fixture
def retriever(shelf: Index, fake_models: Any) -> Retriever:
    """The way to passages, without a reader."""
    return Retriever(shelf, fake_models[0], AskSettings())


def test_keyword_search_gives_the_whole_best_passage(shelf: Index) -> None:
    text, document = keyword_search(shelf, WARRANTY, Scope())
    assert document == "lamp.html" and "The warranty lasts 30 months." in text
    chunks = {one.chunk.text for row in shelf.documents() for one in shelf.document_chunks(row.id)}
    assert text in chunks


def test_keyword_search_may_find_nothing(shelf: Index) -> None:
    assert keyword_search(shelf, QAPair("xylophone?"), Scope()) == ("", "")
    assert keyword_search(shelf, WARRANTY, Scope("*.epub")) == ("", "")


def test_the_best_sentence_of_the_best_passage(retriever: Retriever) -> None:
    found = best_sentence(retriever, QAPair("Is vinegar what I fill in?"), Scope())
    assert "Fill in vinegar." in found[0] and "Boil" not in found[0] and found[1] == "kettle.md"
    assert best_sentence(retriever, WARRANTY, Scope("*.epub")) == ("", "")


def test_figures_are_those_of_the_reading(shelf: Index) -> None:
    metrics = score([WARRANTY, LID], [("30 months", "lamp.html"), ("lid", "lamp.html")], Gold(shelf))
    assert (metrics["exact_match"], metrics["right_document"], metrics["f1"]) == (0.5, 0.5, 0.75)
    assert metrics["rouge_l_precision"] == 1.0 and metrics["rouge_l_recall"] == (1 + 1 / 4) / 2
    assert score([], [], Gold(shelf)) == {}


def test_only_questions_with_an_answer_are_asked(retriever: Retriever) -> None:
    steps: list[Progress] = []
    pairs = [WARRANTY, QAPair("Who painted it?"), LID]
    rows = evaluate_baselines(retriever, pairs, steps.append, lambda: False)
    assert [(row.name, row.metrics["questions"], row.metrics["right_document"]) for row in rows] == [
        ("keyword search", 2, 1.0),
        ("best sentence", 2, 1.0),
    ]
    assert [step.total for step in steps] == [2, 2]
    assert evaluate_baselines(retriever, pairs, steps.append, lambda: True) == ()

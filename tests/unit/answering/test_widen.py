from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragqa.answering.retrieve import retrieve
from ragqa.answering.widen import widened
from ragqa.config import AskSettings
from ragqa.indexing.index import Index
from ragqa.types import Document, Hit

Make = Callable[..., Index]
SENTENCE = "Step {} of {} turns the red valve by {} degrees and waits for the lamp."


@pytest.fixture
def index(make_index: Make, script_document: Callable[..., Document]) -> Index:
    """Two sections of a dozen paragraphs, cut into many small chunks."""
    script: list[Any] = []
    for section in ("Filling", "Draining"):
        script.append(("heading", section, 1))
        script += [("paragraph", SENTENCE.format(step, section, 10 * step)) for step in range(1, 13)]
    return make_index(script_document("valve.md", script))


@pytest.fixture
def hits(index: Index, embedder: Any) -> list[Hit]:
    return retrieve(index, embedder, "How many degrees does step 5 of Draining turn the valve?", AskSettings(top_k=6))


def test_nothing_changes_without_a_length(index: Index, hits: list[Hit]) -> None:
    assert widened(index, hits, 0) == hits


def test_passages_grow_to_the_length_and_stay_the_documents_own_text(index: Index, hits: list[Hit]) -> None:
    longest = max(len(hit.chunk.text) for hit in hits)
    wide = widened(index, hits, 600)
    assert longest < 400
    for hit in wide:
        assert longest < len(hit.chunk.text) <= 600
        assert hit.chunk.text == index.text(hit.document_id, hit.chunk.start, hit.chunk.end)


def test_neighbours_of_the_same_section_come_first(index: Index, hits: list[Hit]) -> None:
    first = next(hit for hit in hits if hit.chunk.section == ("Draining",))
    (wide,) = widened(index, [first], 500)
    assert "Filling" not in wide.chunk.text


def test_what_a_better_passage_holds_is_not_read_again(index: Index, hits: list[Hit]) -> None:
    wide = widened(index, hits, 4000)
    assert len(wide) == 1 and wide[0].chunk_id == hits[0].chunk_id
    assert all(hit.chunk.text in wide[0].chunk.text for hit in hits)


def test_scores_and_order_stay(index: Index, hits: list[Hit]) -> None:
    wide = widened(index, hits, 600)
    scores = {hit.chunk_id: hit.score for hit in hits}
    assert [scores[hit.chunk_id] for hit in wide] == sorted((hit.score for hit in wide), reverse=True)
    assert all(hit.score == scores[hit.chunk_id] for hit in wide)

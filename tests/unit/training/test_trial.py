from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ragqa.answering.asker import Retriever
from ragqa.config import AskSettings
from ragqa.evaluation.bootstrap import Difference
from ragqa.indexing.index import Index
from ragqa.training.exercises import Judged
from ragqa.training.retriever import is_better
from ragqa.training.trial import Found, TrialIndex, choose_pool, differences, measure, pool_vectors
from ragqa.types import Document, Progress

QUESTIONS = ("What does E-24 mean?", "How long does the warranty last?", "How many watts does the lamp draw?")


@pytest.fixture
def shelf(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def spans(index: Index, question: str, words: str) -> Judged:
    document = next(one for one in index.documents() if words in index.text(one.id))
    start = index.text(document.id).index(words)
    return Judged(question, ((document.path, start, start + len(words)),))


def test_a_trial_by_the_indexs_own_vectors_finds_what_the_index_finds(shelf: Index, embedder: Any) -> None:
    pool = choose_pool(shelf, embedder, (), 1)
    vectors = pool_vectors(pool, embedder)
    assert pool.whole and vectors is not None
    with TrialIndex(shelf.folder, pool, vectors) as trial:
        for question in QUESTIONS:
            here, there = (Retriever(index, embedder, AskSettings()).retrieve(question) for index in (shelf, trial))
            assert [hit.chunk_id for hit in here] == [hit.chunk_id for hit in there]
            assert [hit.score for hit in here] == pytest.approx([hit.score for hit in there], abs=1e-4)


def test_where_answers_are_found_is_counted(shelf: Index, embedder: Any) -> None:
    judged = [spans(shelf, QUESTIONS[0], "The lid is open"), spans(shelf, QUESTIONS[1], "30 months")]
    found = measure(shelf, embedder, AskSettings(), [*judged, Judged("What is it?", (("gone.md", 0, 5),))])
    assert found is not None and measure(shelf, embedder, AskSettings(), judged, lambda: True) is None
    assert found.ranks[:2] == (1, 1) and found.ranks[2] is None
    assert found.figures(8) == {"recall@1": 2 / 3, "recall@3": 2 / 3, "recall@8": 2 / 3, "recall@20": 2 / 3, "mrr": 2 / 3}
    assert Found((2, 9, None)).figures(8)["mrr"] == pytest.approx((1 / 2 + 1 / 9) / 3)
    assert Found((2, 9, None)).recall(8) == [1.0, 0.0, 0.0]


def test_a_large_index_is_sampled_but_what_matters_is_there(shelf: Index, embedder: Any) -> None:
    everything = choose_pool(shelf, embedder, (), 1)
    certain = everything.texts[-1].chunk
    pool = choose_pool(shelf, embedder, [certain, 10_000], 1, most=3)
    assert len(pool.texts) == 3 and certain in {text.chunk for text in pool.texts} and not pool.whole
    assert pool.chunks == len(everything.texts) and pool == choose_pool(shelf, embedder, [certain, 10_000], 1, most=3)
    vectors = pool_vectors(pool, embedder)
    assert vectors is not None
    with TrialIndex(shelf.folder, pool, vectors) as trial:
        hits = Retriever(trial, embedder, AskSettings(top_k=50)).retrieve("warranty lid watts vinegar")
        assert {hit.chunk_id for hit in hits} <= {text.chunk for text in pool.texts}


def test_embedding_to_judge_tells_its_steps_and_can_be_stopped(shelf: Index, embedder: Any) -> None:
    pool, steps = choose_pool(shelf, embedder, (), 1), list[Progress]()
    vectors = pool_vectors(pool, embedder, steps.append)
    assert vectors is not None and vectors.shape == (len(pool.texts), 64) and steps[0].total == len(pool.texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    assert pool_vectors(pool, embedder, stop=lambda: True) is None


@pytest.mark.parametrize(
    ("recall", "sure", "better"),
    [(0.1, 1.0, True), (0.0, 0.95, True), (0.0, 0.94, False), (-0.01, 1.0, False), (0.1, 0.0, False)],
)
def test_a_retriever_is_better_when_it_loses_nothing_and_ranks_higher(recall: float, sure: float, better: bool) -> None:
    found = {"recall@8": Difference(recall, 0, 0, 0), "mrr": Difference(0.1, 0, 0, sure)}
    assert is_better(found) is better


def test_differences_have_intervals() -> None:
    found = differences(Found((3,) * 20), Found((1,) * 20), 8, seed=1)
    assert set(found) == {"recall@8", "mrr"} and found["mrr"].shown and not found["recall@8"].shown

"""The fast runtime keeps the quality of torch in full precision, on questions of the sample manuals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from ragqa import RagQA
from ragqa.answering.passages import passage_of
from ragqa.answering.readers import Reader, load_reader, load_trainable
from ragqa.answering.windows import Passage
from ragqa.demo.tour import sample_pairs
from ragqa.evaluation.metrics import f1
from ragqa.inference.embedder import _default_folder, load_embedder
from ragqa.types import QAPair

MANUALS = ("aurora-x2-espresso-machine.pdf", "tavelin-hatch40-router.html")
"""Two of the five: full precision takes its time."""

MOST_LOST = 0.02
"""One question of fifty, of recall and of F1; over thousands it is half a point (tests/benchmarks/README.md)."""

Embed = Callable[[list[str]], np.ndarray]

READ = 3
"""Passages of each question: enough for the right one to be among them mostly."""


@pytest.fixture(scope="module")
def pairs() -> list[QAPair]:
    return [pair for pair in sample_pairs() if pair.answers and pair.document in MANUALS]


def test_recall_is_that_of_full_precision(demo: RagQA, pairs: list[QAPair]) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    chunks = [stored for row in demo.opened.documents() if row.path in MANUALS for stored in demo.opened.document_chunks(row.id)]
    questions, texts = [pair.question for pair in pairs], [stored.chunk.text for stored in chunks]
    plain = SentenceTransformer(str(_default_folder()), device="cpu")

    def recall(ask: Embed, tell: Embed) -> float:
        scores = ask(questions) @ tell(texts).T
        nearest = np.argsort(-scores, axis=1)[:, :5]
        found = [
            any(answer in texts[number] for number in row for answer in pair.answers)
            for row, pair in zip(nearest, pairs, strict=True)
        ]
        return float(np.mean(found))

    with torch.inference_mode():
        whole = partial(plain.encode, normalize_embeddings=True, show_progress_bar=False)
        reference = recall(whole, whole)
    assert reference > 0.5
    for ours in (load_embedder(str(_default_folder())), load_embedder()):  # the published model, and as ragqa has taught it
        assert recall(ours.embed_queries, ours.embed_passages) >= reference - MOST_LOST


def test_answers_are_those_of_full_precision(demo: RagQA, pairs: list[QAPair]) -> None:
    asked: list[tuple[QAPair, list[Passage]]] = []
    for pair in pairs[::2]:
        hits = demo.search(pair.question, top_k=READ)
        blocks = [demo.opened.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in hits]
        asked.append((pair, [passage_of(hit, held) for hit, held in zip(hits, blocks, strict=True)]))

    def overlap(reader: Reader) -> float:
        values = []
        for pair, passages in asked:
            best = reader.read(pair.question, passages).spans[0]
            values.append(f1(passages[best.passage].text[best.start : best.end], pair.answers))
        return float(np.mean(values))

    reference = _in_full_precision(overlap, load_trainable())
    assert reference > 0.2
    assert overlap(load_reader()) >= reference - MOST_LOST


def _in_full_precision(measure: Callable[[Reader], float], reader: Reader) -> float:
    """What a measure says of a reader that torch computes without bf16."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ragqa.answering.readers.fast_inference", lambda device: torch.inference_mode())
        return measure(reader)

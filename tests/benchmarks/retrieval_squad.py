"""Recall of the gold paragraph on SQuAD as open-domain search: lexical, dense, and ways to fuse them.

    python tests/benchmarks/retrieval_squad.py SQUAD_FOLDER --home HOME --index squad --part dev-v1.1 --questions 2000

The index holds every paragraph of train and dev (see squad_library.py). Weights are chosen on train-v1.1, reported on dev-v1.1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from squad_library import questions

from ragqa import RagQA
from ragqa.text.analysis import query_terms

Scores = dict[int, float]
CUTOFFS = (1, 5, 20)
CANDIDATES = 200


def reciprocal_rank(k: int) -> Callable[[Scores, Scores, Scores], Scores]:
    """RRF (Cormack et al. 2009): the sum of 1 / (k + rank)."""

    def fuse(dense: Scores, lexical: Scores, cosines: Scores) -> Scores:
        fused: Scores = {}
        for scores in (dense, lexical):
            for rank, chunk in enumerate(sorted(scores, key=scores.__getitem__, reverse=True), start=1):
                fused[chunk] = fused.get(chunk, 0.0) + 1 / (k + rank)
        return fused

    return fuse


def min_max(weight: float) -> Callable[[Scores, Scores, Scores], Scores]:
    """Each list scaled to 0..1, `weight` on the dense one."""

    def scaled(scores: Scores) -> Scores:
        low, high = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        return {chunk: (score - low) / (high - low + 1e-9) for chunk, score in scores.items()}

    def fuse(dense: Scores, lexical: Scores, cosines: Scores) -> Scores:
        one, other = scaled(dense), scaled(lexical)
        return {chunk: weight * one.get(chunk, 0.0) + (1 - weight) * other.get(chunk, 0.0) for chunk in {*dense, *lexical}}

    return fuse


def weighted_sum(weight: float) -> Callable[[Scores, Scores, Scores], Scores]:
    """cosine + weight · BM25, the cosine computed for every candidate: what ragqa does."""
    return lambda dense, lexical, cosines: {chunk: cosines[chunk] + weight * lexical.get(chunk, 0.0) for chunk in cosines}


METHODS: dict[str, Callable[[Scores, Scores, Scores], Scores]] = {
    "lexical (BM25, stems, titles)": lambda dense, lexical, cosines: lexical,
    "dense": lambda dense, lexical, cosines: dense,
    "RRF, k = 60": reciprocal_rank(60),
    "RRF, k = 10": reciprocal_rank(10),
    **{f"min-max, dense weight {weight}": min_max(weight) for weight in (0.3, 0.4, 0.5)},
    **{f"cosine + {weight} BM25": weighted_sum(weight) for weight in (0.02, 0.03, 0.04, 0.05, 0.07)},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="squad")
    parser.add_argument("--part", default="dev-v1.1")
    parser.add_argument("--questions", type=int, default=2000)
    options = parser.parse_args()
    qa = RagQA(options.index, home=options.home, top_k=max(CUTOFFS))
    index = qa.opened
    document_of = {chunk.id: document.path for document in index.documents() for chunk in index.document_chunks(document.id)}
    ranks: dict[str, list[int]] = {name: [] for name in (*METHODS, "ragqa search")}
    asked = questions(options.squad, options.part, options.questions)
    vectors = qa.embedder.embed_queries([question.text for question in asked])
    for question, vector in zip(asked, vectors, strict=True):
        dense = dict(index.search_dense(vector, CANDIDATES))
        lexical = dict(index.search_lexical(query_terms(question.text), CANDIDATES))
        cosines = dense | {
            chunk: float(stored @ vector) for chunk, stored in index.embeddings(lexical.keys() - dense.keys()).items()
        }
        for name, fuse in METHODS.items():
            fused = fuse(dense, lexical, cosines)
            order = dict.fromkeys(document_of[chunk] for chunk in sorted(fused, key=fused.__getitem__, reverse=True))
            ranks[name].append(rank_of(question.document, list(order)))
        ranks["ragqa search"].append(rank_of(question.document, [hit.document for hit in qa.search(question.text)]))
    print(f"{len(asked)} questions of {options.part}, {len(set(document_of.values()))} paragraphs in {len(document_of)} chunks")
    for name, found in ranks.items():
        print(f"{name:32}" + "".join(f"  @{cut} {sum(rank < cut for rank in found) / len(found):.4f}" for cut in CUTOFFS))


def rank_of(gold: str, ranked: list[str]) -> int:
    return ranked.index(gold) if gold in ranked else 10**6


if __name__ == "__main__":
    main()

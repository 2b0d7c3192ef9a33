"""Where exact search stops being fast enough, and what finds the nearest then: kinds of FAISS indexes over growing libraries.

    python tests/benchmarks/vector_search.py HOME QUESTIONS.jsonl --index grown [--sizes 10000 …]

Vectors are the first ones of an index (grown_library.py grows one of a million with many near-duplicates), queries the
questions' own. A graph (HNSW), which ragqa does not use, stands beside what it does.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np

from ragqa import RagQA
from ragqa.indexing.search.faiss_vectors import FaissVectors

SIZES = (10_000, 50_000, 100_000, 200_000, 400_000)
QUERIES, NEAREST, CHECKED = 200, 200, 10
LINKS, BUILD_EFFORT, SEARCH_EFFORT = 32, 80, 512

Search = Callable[[np.ndarray], np.ndarray]


def graph(vectors: np.ndarray) -> Search:
    index = faiss.IndexHNSWSQ(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_EFFORT
    index.train(vectors[:1000])
    index.add(vectors)
    effort = faiss.SearchParametersHNSW(efSearch=SEARCH_EFFORT)
    return lambda query: index.search(query[None], NEAREST, params=effort)[1][0]


def ours(vectors: np.ndarray, kind: str) -> Search:
    store = FaissVectors.build(np.arange(len(vectors)), vectors, vectors.shape[1], kind)
    return lambda query: store.search(query, NEAREST)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", default="grown")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    qa = RagQA(options.index, home=options.home)
    _, vectors = qa.opened.stored_vectors()
    asked = [json.loads(line)["question"] for line in options.questions.read_text(encoding="utf-8").splitlines()]
    queries = qa.embedder.embed_queries(asked[:QUERIES])
    print("| chunks | kind | build s | p50 ms | p95 ms | recall@10 |\n|---|---|---|---|---|---|")
    for size in options.sizes:
        library = vectors[:size]
        exact = [set(np.argsort(-(library @ query))[:CHECKED].tolist()) for query in queries]
        for kind in ("flat", "ivf", "graph"):
            began = time.perf_counter()
            search = graph(library) if kind == "graph" else ours(library, kind)
            built = time.perf_counter() - began
            seconds, shared = [], []
            for query, right in zip(queries, exact, strict=True):
                began = time.perf_counter()
                found = search(query)
                seconds.append(time.perf_counter() - began)
                shared.append(len(right & set(found[:CHECKED].tolist())) / CHECKED)
            p50, p95 = 1000 * np.percentile(seconds, [50, 95])
            print(f"| {len(library)} | {kind} | {built:.1f} | {p50:.2f} | {p95:.2f} | {np.mean(shared):.3f} |", flush=True)


if __name__ == "__main__":
    main()

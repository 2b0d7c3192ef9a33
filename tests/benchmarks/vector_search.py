"""Where exact search stops being fast enough: search time, recall and build time of the FAISS kinds over growing indexes.

    python tests/benchmarks/vector_search.py --home HOME --index squad

The vectors are an index's own, copied with small random changes until there are enough.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from ragqa import RagQA
from ragqa.indexing.faiss_store import FaissVectors

SIZES = (10_000, 50_000, 100_000, 200_000, 400_000)
QUERIES = 100
JITTER = 0.03


def grown(vectors: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """`size` normalised vectors: the given ones, then jittered copies."""
    copies = vectors[random.integers(0, len(vectors), size)]
    copies = copies + JITTER * random.standard_normal(copies.shape, dtype=np.float32)
    copies[: min(size, len(vectors))] = vectors[:size]
    return copies / np.linalg.norm(copies, axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="squad")
    options = parser.parse_args()
    _, vectors = RagQA(options.index, home=options.home).opened.stored_vectors()
    random = np.random.default_rng(13)
    print(f"{'chunks':>8} {'kind':>5} {'build s':>8} {'p50 ms':>7} {'p95 ms':>7} {'recall@10':>9}")
    for size in SIZES:
        library = grown(vectors, size, random)
        queries = grown(vectors, QUERIES, random)
        ids = np.arange(size, dtype=np.int64)
        exact: list[set[int]] = []
        for kind in ("flat", "hnsw", "ivf"):
            began = time.perf_counter()
            store = FaissVectors.build(ids, library, library.shape[1], kind)
            built = time.perf_counter() - began
            seconds, found = [], []
            for query in queries:
                began = time.perf_counter()
                found.append(set(store.search(query, 10)[0].tolist()))
                seconds.append(time.perf_counter() - began)
            exact = exact or found
            recall = np.mean([len(one & other) / 10 for one, other in zip(exact, found, strict=True)])
            p50, p95 = 1000 * np.percentile(seconds, [50, 95])
            print(f"{size:>8} {kind:>5} {built:>8.1f} {p50:>7.2f} {p95:>7.2f} {recall:>9.3f}", flush=True)


if __name__ == "__main__":
    main()

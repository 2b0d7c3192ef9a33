"""An index in Milvus Lite beside its embedded backend: filling, searching, memory and recall, in one run; and how far the mean
length that the weights of terms were made with may be off.

    python tests/benchmarks/milvus_backend.py HOME [--sizes 10000 100000] [--questions 50] [--drift]

Synthetic indexes (synthetic_index.py) are made in HOME, and stay there. Milvus Lite runs in a process of its own, so that its
memory can be told from the rest. Times are of the clock: both backends are measured in turn, question by question, so that
whatever else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from synthetic_index import MANIFEST, Library, make_index

from ragqa.indexing.backends import move
from ragqa.indexing.index import Index
from ragqa.indexing.search.bm25 import LexicalSearch
from ragqa.indexing.search.changes import changes_since
from ragqa.indexing.search.choice import EMBEDDED, chosen
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.local_words import LocalWords
from ragqa.indexing.search.milvus import MORE, SHARE
from ragqa.indexing.search.postings import Postings
from ragqa.indexing.search.worth import Norms
from ragqa.paths import DATABASE
from ragqa.text.analysis import query_terms

CANDIDATES, CHECKED, SEED = 200, 10, 1
OFF = (0.4, 0.5, 0.67, 0.75, 0.8, 1.0, 1.25, 1.33, 1.5, 2.0, 2.5)

SERVE = """
import sys
from ragqa.indexing.search.milvus_file import address_of
address_of(sys.argv[1])
print(flush=True)
sys.stdin.read()
"""


def made(home: Path, size: int) -> Path:
    folder = home / str(size)
    if not (folder / DATABASE).exists():
        make_index(folder, size, SEED)
    return folder


def compared(folder: Path, questions: int) -> None:
    file = folder.with_suffix(".db")
    shutil.rmtree(file, ignore_errors=True)
    move(folder, EMBEDDED)
    served = subprocess.Popen([sys.executable, "-c", SERVE, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert served.stdin is not None and served.stdout is not None
    served.stdout.readline()
    try:
        began = time.perf_counter()
        move(folder, chosen("milvus", str(file)))
        filled = time.perf_counter() - began
        with Index(folder) as there, Index(folder, Embedded.stored) as here:
            chunks, seconds = there.count_chunks(), refilled(here)
            figures = searched(there, here, chunks, questions)
        megabytes = memory(served.pid), memory("self")
        rates = chunks / filled, chunks / seconds
        for name, rate, row, size in zip(("Milvus Lite", "embedded"), rates, figures, megabytes, strict=True):
            print(f"| {chunks:,} | {name} | {rate:,.0f} | {' | '.join(row)} | {size:,.0f} |", flush=True)
    finally:
        served.stdin.close()
        served.wait()
        move(folder, EMBEDDED)


def refilled(index: Index) -> float:
    """The seconds that the embedded backend takes to be filled from nothing."""
    with index.snapshot(), index.connection() as connection:
        empty = Embedded.empty(index.connections, MANIFEST)
        began = time.perf_counter()
        empty.catch_up(changes_since(connection, empty.generation, MANIFEST.dimension))
        return time.perf_counter() - began


def searched(there: Index, here: Index, chunks: int, questions: int) -> tuple[list[str], list[str]]:
    """p50 and p95 in milliseconds of both searches, and the recall of the ten best by exact search, of each backend."""
    library, (ids, vectors) = Library(SEED), here.stored_vectors()
    taken: dict[tuple[str, str], list[float]] = {}
    right: dict[tuple[str, str], list[float]] = {}
    for number in range(questions + 2):
        asked = library.question(number, chunks // 100)
        terms = query_terms(" ".join(asked.words))
        scores = vectors @ asked.vector
        exact = {"dense": set(ids[np.argpartition(-scores, CHECKED)[:CHECKED]].tolist())}
        for name, index in (("here", here), ("there", there)):
            with index.snapshot():
                index.backend()
                for kind, search in searches(index, asked.vector, terms).items():
                    began = time.perf_counter()
                    found = [chunk for chunk, _ in search()]
                    if number >= 2:  # the first warm up
                        taken.setdefault((name, kind), []).append(1000 * (time.perf_counter() - began))
                        exact.setdefault(kind, set(found[:CHECKED]))  # the embedded backend's BM25 is exact
                        right.setdefault((name, kind), []).append(len(exact[kind] & set(found[:CHECKED])) / len(exact[kind]))
    return tuple(
        [f"{np.percentile(taken[name, kind], part):.1f}" for kind in ("dense", "bm25") for part in (50, 95)]
        + [f"{np.mean(right[name, kind]):.3f}" for kind in ("dense", "bm25")]
        for name in ("there", "here")
    )  # type: ignore[return-value]


def searches(index: Index, vector: np.ndarray, terms: list[str]) -> dict[str, Callable[[], list[tuple[int, float]]]]:
    return {
        "dense": lambda: index.search_dense(vector, CANDIDATES),
        "bm25": lambda: index.search_lexical(terms, CANDIDATES),
    }


def drift(folder: Path, questions: int) -> None:
    """Share of the exact best that are among the candidates by weights made with a mean length that is off.

    The chunks of a synthetic index are of one length, so they are given lengths here that spread as those of real ones do.
    """
    with Index(folder, Embedded.stored) as index, index.snapshot():
        chunks, library = index.count_chunks(), Library(SEED)
        parts = [spread(one.postings) for one in LocalWords(index.connections, MANIFEST.dimension).now()._segments]
    exact = LexicalSearch(parts)
    asked = [query_terms(" ".join(library.question(number, chunks // 100).words)) for number in range(questions)]
    print("| mean off by | top 10 without more | of candidates for 10 | top 200 of candidates for 200 |\n|---|---|---|---|")
    for off in OFF:
        frozen = LexicalSearch(parts)
        frozen._norms = Norms(exact.mean_length * off)
        wanted = ((CHECKED, 0.0), (CHECKED, MORE + SHARE * CHECKED), (CANDIDATES, MORE + SHARE * CANDIDATES))
        shares = [kept(exact, frozen, asked, k, more) for k, more in wanted]
        print(f"| {off:.2f} | " + " | ".join(f"{share:.4f}" for share in shares) + " |", flush=True)


def spread(postings: Postings) -> Postings:
    lengths = postings.mean * np.random.default_rng(SEED).lognormal(0, 0.6, len(postings))
    whole = np.maximum(lengths, 3).astype(np.int32)
    return replace(postings, lengths=whole, total=int(whole.sum()))


def kept(exact: LexicalSearch, frozen: LexicalSearch, asked: list[list[str]], k: int, more: float) -> float:
    shares = []
    for terms in asked:
        best = {chunk for chunk, _ in exact.search(terms, k)}
        shares.append(len(best & {chunk for chunk, _ in frozen.search(terms, k + int(more))}) / max(len(best), 1))
    return float(np.mean(shares))


def memory(process: Any) -> float:
    """The megabytes that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith("VmRSS")).split()[1]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--drift", action="store_true", help="Only how far the mean length may be off.")
    options = parser.parse_args()
    if not options.drift:
        print("| chunks | backend | chunks/s filled | dense p50 ms | p95 | BM25 p50 ms | p95 | recall@10 dense | BM25 | RSS MB |")
        print("|---|---|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        (drift if options.drift else compared)(made(options.home, size), options.questions)


if __name__ == "__main__":
    main()

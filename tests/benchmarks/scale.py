"""What a question, a commit, rebuild and verify cost at 100,000 and 1,000,000 chunks, before and after, in one run.

    python tests/benchmarks/scale.py HOME [--sizes 100000 1000000] [--before CHECKOUT] [--derived-only]
    python tests/benchmarks/scale.py --child probes HOME/indexes/1000000 40 1      # recall by the cells searched

Synthetic indexes (synthetic_index.py) are made in HOME, and stay there; `--before` measures another checkout's code with the same
ones. A million chunks take 3 GB, and as much again for the copy that is rebuilt. Each figure comes of a process of its own, all
times are CPU seconds of it: on a machine with other work they are steadier than the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CANDIDATES = 200
HERE = Path(__file__).parent


def questions(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Opening, and the parts of a question, each without a filter, within a document, and within all sections of a name."""
    from synthetic_index import Library

    from ragqa.indexing.index import Index
    from ragqa.text.analysis import query_terms

    began = time.process_time()
    index = Index(folder)
    with index.snapshot():
        index.backend()
    seconds: dict[str, list[float]] = {"open": [time.process_time() - began]}
    library, documents = Library(seed), index.count_chunks() // 100
    for number in range(count):
        asked = library.question(number, documents)
        terms = query_terms(" ".join(asked.words))
        filters = {"": index.where(), " in a document": index.where(asked.document)}
        if number < count // 10:  # each looks at all sections first, which is not what is measured here
            filters[" in a section"] = index.where(None, asked.section)
        for name, where in filters.items():
            ask(index, Asked(name, where, asked.vector, terms), seconds)
    return {
        f"{what} p{part}": 1000 * float(np.percentile(taken, part)) for what, taken in seconds.items() for part in (50, 95)
    } | {"RSS": rss("VmRSS")}


class Asked(NamedTuple):
    """What is looked for, where, and what that is called in the table."""

    name: str
    where: Any
    vector: np.ndarray
    terms: list[str]


def ask(index: Any, asked: Asked, seconds: dict[str, list[float]]) -> None:
    with index.snapshot():
        if asked.name:
            index.search_lexical(["x"], 1, asked.where)  # so that what the predicate leaves is known to both searches
        dense = timed(seconds, f"dense{asked.name}", lambda: index.search_dense(asked.vector, CANDIDATES, asked.where))
        lexical = timed(seconds, f"bm25{asked.name}", lambda: index.search_lexical(asked.terms, CANDIDATES, asked.where))
        timed(seconds, f"merge{asked.name}", lambda: merged(index, dense, lexical, asked.vector))


def merged(index: Any, dense: list[tuple[int, float]], lexical: list[tuple[int, float]], vector: np.ndarray) -> list[int]:
    """As `retrieve` fuses: chunks found by words only get their cosine from the stored vectors."""
    scores, words = dict(dense), dict(lexical)
    scores.update({one: float(stored @ vector) for one, stored in index.embeddings(words.keys() - scores.keys()).items()})
    return sorted(scores, key=lambda one: -(scores[one] + 0.02 * words.get(one, 0.0)))[:8]


def recall(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Share of the ten nearest, by exact search, among the ten found; of all, and of half of the documents."""
    from synthetic_index import Library

    from ragqa.indexing.index import Index
    from ragqa.indexing.search.backend import Where

    index = Index(folder)
    ids, vectors = index.stored_vectors()
    chunks = len(ids)
    half = frozenset(range(1, chunks // 100 + 1, 2))
    in_half = ((ids - 1) // 100) % 2 == 0
    library, found = Library(seed), {"recall@10": 0.0, "recall@10 in half": 0.0}
    for number in range(count):
        query = library.question(number, chunks // 100).vector
        scores = vectors @ query
        for what, where, may in (("recall@10", Where(), slice(None)), ("recall@10 in half", Where(half), in_half)):
            right = set(ids[may][np.argpartition(-scores[may], 10)[:10]].tolist())
            found[what] += len(right & {one for one, _ in index.search_dense(query, CANDIDATES, where)[:10]}) / 10 / count
    return found


def probes(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Recall of the ten nearest, and CPU milliseconds, by the cells searched, for queries near a chunk and far from all."""
    from synthetic_index import DIMENSION, Library

    from ragqa.indexing.index import Index
    from ragqa.indexing.search import faiss_vectors

    index = Index(folder)
    ids, vectors = index.stored_vectors()
    library, figures = Library(seed), {}
    for what, noise in (("near", 0.0), ("far", 2.0)):
        queries = []
        for number in range(count):
            moved = library.question(number, len(ids) // 100).vector
            moved = moved + noise * np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32) / DIMENSION**0.5
            queries.append(moved / np.linalg.norm(moved))
        right = [set(ids[np.argpartition(-(vectors @ query), 10)[:10]].tolist()) for query in queries]
        for searched in (8, 16, 32, 64, 96, 192):
            faiss_vectors.PROBES = searched
            began, shared = time.process_time(), 0.0
            for query, wanted in zip(queries, right, strict=True):
                shared += len(wanted & {one for one, _ in index.search_dense(query, CANDIDATES)[:10]}) / 10
            took = 1000 * (time.process_time() - began) / count
            figures |= {f"recall@10, {what}, {searched} cells": shared / count, f"ms, {what}, {searched} cells": took}
    return figures


def timed(seconds: dict[str, list[float]], what: str, work: Callable[[], Any]) -> Any:
    began = time.process_time()
    found = work()
    seconds.setdefault(what, []).append(time.process_time() - began)
    return found


def verify(folder: Path) -> dict[str, Any]:
    from ragqa.indexing.verify import verify_index

    return measured("verify", lambda: assert_sound(verify_index(folder)))


def commit(folder: Path, seed: int) -> dict[str, Any]:
    """One document of 100 chunks more, and the first search of a process that had the index open."""
    from synthetic_index import MANIFEST, Library, put

    from ragqa.indexing.index import Index
    from ragqa.indexing.writer import IndexWriter

    made, index = Library(seed).document(10**7), Index(folder)
    index.search_lexical(["x"], 1)

    def more() -> None:
        with IndexWriter(folder, MANIFEST) as writer:
            put(writer, made)
            writer.commit()

    return measured("commit of 100", more) | measured("catch up", lambda: index.search_lexical(["x"], 1))


def rebuild(folder: Path) -> dict[str, Any]:
    from ragqa.indexing.maintenance import rebuild_index

    return measured("rebuild", lambda: rebuild_index(folder))


def derived(folder: Path) -> dict[str, Any]:
    """What of a rebuild is not the analysis of words: both derived files, from what SQLite holds."""
    from synthetic_index import MANIFEST

    from ragqa.indexing.writer import IndexWriter

    with IndexWriter(folder, MANIFEST) as writer:
        return measured("derived files", lambda: writer._derived.rebuild(writer.generation + 1))


def assert_sound(problems: list[str]) -> None:
    assert not problems, problems


def measured(what: str, work: Callable[[], Any]) -> dict[str, Any]:
    """CPU and clock seconds, and the megabytes that the process came to: all, and without the pages of files."""
    anonymous, done = [rss("RssAnon")], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            anonymous.append(rss("RssAnon"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, clock = time.process_time(), time.perf_counter()
    try:
        work()
    finally:
        seconds, waited = time.process_time() - began, time.perf_counter() - clock
        done.set()
        watcher.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {f"{what} s": seconds, f"{what} clock s": waited, f"{what} MB": peak, f"{what} MB, no files": max(anonymous)}


def rss(kind: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


def run(code: Path, *arguments: object) -> dict[str, Any]:
    """One of the measurements above, with the code of a checkout, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measure(folder: Path, code: Path, count: int, seed: int, derived_only: bool) -> dict[str, Any]:
    figures = run(code, "questions", folder, count, seed)
    figures |= run(code, "recall", folder, min(count, 50), seed)
    figures |= run(code, "verify", folder)
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    try:
        figures |= run(code, "commit", copy, seed)
        figures |= run(code, "derived" if derived_only else "rebuild", copy)
        figures["disk, MB"] = sum(path.stat().st_size for path in copy.iterdir()) / 2**20
    finally:
        shutil.rmtree(copy)
    return figures


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        what, folder, *numbers = sys.argv[2:]
        print(json.dumps(globals()[what](Path(folder), *map(int, numbers))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--before", type=Path, help="A checkout of the code to compare with.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--derived-only", action="store_true", help="Rebuild without the analysis of words, which takes longest.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    codes = {"before": options.before.resolve()} if options.before else {}
    codes["after"] = HERE.parent.parent
    rows: dict[str, dict[str, float]] = {}
    for size in options.sizes:
        folder = (options.home / "indexes" / str(size)).resolve()
        if not folder.exists():
            from synthetic_index import make_index

            making = folder.with_name(f"{size}-making")
            make_index(making, size, options.seed)
            making.rename(folder)
        for name, code in codes.items():
            print(f"{size:,} chunks, {name}", file=sys.stderr, flush=True)
            for what, value in measure(folder, code, options.questions, options.seed, options.derived_only).items():
                rows.setdefault(what, {})[f"{size:,} {name}"] = value
    columns = [f"{size:,} {name}" for size in options.sizes for name in codes]
    print(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for what, values in rows.items():
        print(f"| {what} | {' | '.join(f'{values[column]:.3g}' if column in values else '' for column in columns)} |")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

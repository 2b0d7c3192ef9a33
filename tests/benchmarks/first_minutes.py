"""The first minutes of an index: when its manuals can be asked by their words, what that costs the whole ingest, and how well
questions are answered before all passages have vectors.

    python tests/benchmarks/first_minutes.py FOLDER --home HOME [--reference TREE] [--rounds 1]
    python tests/benchmarks/first_minutes.py FOLDER --home HOME --pairs QA.jsonl --shares 0 10 50 100

FOLDER holds manuals. The first form times ingests; with TREE, a checkout of an older version, in turns with that one's. The
second measures recall and time of questions while only some of the passages, drawn by --seed, have vectors; without --pairs it
takes the sample manuals and theirs. Prints a JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEPTHS = (1, 3, 8)

_TIMED = """
import json, resource, sys, time
from ragqa import RagQA
folder, home = sys.argv[1:]
began, marks = time.monotonic(), {}
def tell(step):
    marks[step.stage] = time.monotonic() - began
report = RagQA("timed", home=home).ingest(folder, progress=tell)
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({
    "words_s": marks["ingest"] if "embed" in marks else None, "whole_s": report.seconds, "chunks": report.chunks,
    "embedded": report.chunks_embedded, "cpu_s": sum(one.ru_utime + one.ru_stime for one in used),
}))
"""


def timed(tree: Path, folder: Path, home: Path) -> dict[str, Any]:
    """An ingest by the version in a tree, in a process of its own; times in seconds."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command = [sys.executable, "-c", _TIMED, str(folder), str(home)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    made = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in told.items()}


def keep_vectors(folder: Path, share: float, seed: int) -> None:
    """Let so many of an index's texts have vectors, as if its ingest had come so far; the others lose theirs."""
    from ragqa.indexing.database import open_for_writing
    from ragqa.indexing.maintenance import rebuild_index

    connection = open_for_writing(folder)
    hashes = [row[0] for row in connection.execute("SELECT hash FROM embeddings ORDER BY hash")]
    lost = random.Random(seed).sample(hashes, round((1 - share) * len(hashes)))
    connection.execute("BEGIN")
    connection.executemany("UPDATE embeddings SET vector = x'' WHERE hash = ?", ((one,) for one in lost))
    connection.commit()
    connection.close()
    rebuild_index(folder)


def searched(qa: Any, pairs: Sequence[Any]) -> dict[str, float]:
    """Recall of passages that hold a right answer, by rank, and the seconds that a search took."""
    ranks, seconds = [], []
    for pair in pairs:
        began = time.perf_counter()
        hits = qa.search(pair.question, top_k=max(DEPTHS))
        seconds.append(time.perf_counter() - began)
        texts = [" ".join(hit.chunk.text.split()).casefold() for hit in hits]
        wanted = [" ".join(answer.split()).casefold() for answer in pair.answers]
        ranks.append(next((rank for rank, text in enumerate(texts, 1) if any(one in text for one in wanted)), None))
    seconds.sort()
    found = {f"recall@{k}": sum(rank is not None and rank <= k for rank in ranks) / len(pairs) for k in DEPTHS}
    return {**found, "search_p50_s": seconds[len(pairs) // 2], "search_p95_s": seconds[int(0.95 * len(pairs))]}


def read(qa: Any, pairs: Sequence[Any]) -> dict[str, float]:
    """How well the best answers fit, and how sure they are on average."""
    from ragqa.evaluation.metrics import f1
    from ragqa.text.agreement import is_right

    scores, right, sure = [], [], []
    for pair in pairs:
        response = qa.ask(pair.question)
        best = response.answers[0] if response.answers else None
        scores.append(f1(best.text, pair.answers) if best else 0.0)
        right.append(best is not None and is_right(best.text, pair.answers))
        sure.append(best.confidence if best else 0.0)
    return {"f1": sum(scores) / len(pairs), "right": sum(right) / len(pairs), "confidence": sum(sure) / len(pairs)}


def measured(home: Path, pairs: Sequence[Any], shares: Sequence[float], seed: int, reading: int) -> None:
    """Tell what becomes of questions at each share of passages with vectors; so many of them are read, too."""
    from ragqa import RagQA

    for share in shares:
        shutil.rmtree(home / "indexes" / "part", ignore_errors=True)
        shutil.copytree(home / "indexes" / "whole", home / "indexes" / "part")
        keep_vectors(home / "indexes" / "part", share, seed)
        qa = RagQA("part", home=str(home), effort="fast")
        qa.search("warm up")
        told = searched(qa, pairs)
        if reading:
            told |= read(qa, random.Random(seed).sample(pairs, min(reading, len(pairs))))
        told = {key: round(one, 4) for key, one in told.items()}
        print(json.dumps({"embedded": share, "questions": len(pairs), "read": reading, **told}), flush=True)
        qa.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--limit", type=int, help="questions that are searched for")
    parser.add_argument("--read", type=int, default=0, help="of these, so many are read, too, by the small reader")
    parser.add_argument("--shares", type=float, nargs="*", help="percent")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    if options.shares is None:
        for number in range(options.rounds):
            for name, tree in (("words first", ROOT), ("before", options.reference)):
                if tree is not None:
                    print(
                        json.dumps({"version": name, "round": number, **timed(tree, options.folder, options.home / "timed")}),
                        flush=True,
                    )
        return
    from ragqa import RagQA
    from ragqa.demo.tour import manuals_folder, sample_pairs
    from ragqa.questions.pairs import read_pairs

    pairs = [pair for pair in (read_pairs(options.pairs).pairs if options.pairs else sample_pairs()) if pair.answers]
    whole = RagQA("whole", home=str(options.home))
    with manuals_folder() as samples:
        whole.ingest(options.folder or samples)
    whole.close()
    measured(options.home, pairs[: options.limit], [share / 100 for share in options.shares], options.seed, options.read)


if __name__ == "__main__":
    main()

"""Eight threads on one engine: do they get, answer by answer, what one thread gets?

    python tests/benchmarks/stress.py [--seconds 60] [--threads 8]

The sample manuals are ingested into a scratch folder. Of eight threads three ask, two search, one lists the documents, one mines
triplets, and one takes a manual out of the index and puts it back, again and again. What one thread gets with the manual, and
without it, was noted before; whatever any thread gets must be one of the two. Exits with 1 where something is not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ragqa import RagQA
from ragqa.demo.tour import manuals_folder, sample_pairs

QUESTIONS = 24
SEARCHES = 12
PAIRS = 6
ROLES = ("ask", "ask", "ask", "search", "search", "browse", "mine", "ingest")


def answers_of(qa: RagQA, question: str) -> Any:
    """All that an answer says, but for where its passage is kept."""
    response = qa.ask(question)
    return (
        response.answered,
        response.reason,
        [
            (one.text, round(one.confidence, 6), one.document, one.pages, one.section, one.start, one.end)
            for one in response.answers
        ],
    )


def hits_of(qa: RagQA, question: str) -> Any:
    return [(hit.document, hit.chunk.start, round(hit.score, 5)) for hit in qa.search(question)]


def documents_of(qa: RagQA) -> Any:
    time.sleep(0.01)  # it takes next to no time, and would leave the others none
    return [(one.path, one.characters, one.chunks) for one in qa.documents()]


def triplets_of(qa: RagQA, pairs: list[Any]) -> Any:
    mined = qa.triplets(pairs)
    return [[(one.document, one.context, one.start, one.end, one.rank) for one in group] for group in mined.triplets]


class Shelf:
    """The sample manuals in a scratch folder, one of which comes and goes."""

    def __init__(self, folder: Path) -> None:
        with manuals_folder() as samples:
            shutil.copytree(samples, folder / "manuals")
        self.folder, self.qa = folder, RagQA("stress", home=folder / "indexes")
        self.qa.ingest(folder / "manuals")
        self.moving = sorted((folder / "manuals").iterdir())[0]
        self.without()  # what is embedded together bends a vector's last bits, in bf16: from now on the manual comes alone
        self.whole()

    def without(self) -> None:
        self.moving.rename(self.folder / self.moving.name)
        self.qa.ingest(self.folder / "manuals", prune=True)

    def whole(self) -> None:
        (self.folder / self.moving.name).rename(self.moving)
        self.qa.ingest(self.folder / "manuals")


def works(shelf: Shelf) -> dict[str, list[tuple[str, Callable[[RagQA], Any]]]]:
    """What each role does over and over: named pieces of work on an engine."""
    pairs = sample_pairs()
    with_answers = [pair for pair in pairs if pair.answers][: 4 * PAIRS : 4]
    questions = [pair.question for pair in pairs[:: max(1, len(pairs) // QUESTIONS)]][:QUESTIONS]
    return {
        "ask": [(f"ask {one}", lambda qa, one=one: answers_of(qa, one)) for one in questions],
        "search": [(f"search {one}", lambda qa, one=one: hits_of(qa, one)) for one in questions[:SEARCHES]],
        "browse": [("documents", documents_of)],
        "mine": [(f"mine {pair.question}", lambda qa, pair=pair: triplets_of(qa, [pair])) for pair in with_answers],
    }


def run(seconds: float, threads: int) -> tuple[Counter[str], list[str]]:
    """How often each role's work was done, and what went wrong."""
    done: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        shelf = Shelf(Path(scratch))
        jobs = works(shelf)
        expected = {name: [repr(work(shelf.qa))] for role in jobs.values() for name, work in role}
        shelf.without()
        for role in jobs.values():
            for name, work in role:
                expected[name].append(repr(work(shelf.qa)))
        shelf.whole()
        until = time.monotonic() + seconds

        def labour(number: int, role: str) -> None:
            try:
                if role == "ingest":
                    while time.monotonic() < until:
                        shelf.without()
                        shelf.whole()
                        done[role] += 2
                    return
                for name, work in itertools.islice(itertools.cycle(jobs[role]), number, None):
                    if time.monotonic() > until:
                        return
                    if (found := repr(work(shelf.qa))) not in expected[name]:
                        faults.append(f"{name}: {found[:300]}\n    not {expected[name][0][:300]}")
                    done[role] += 1
            except Exception as error:
                faults.append(f"{role}: {type(error).__name__}: {error}")

        workers = [threading.Thread(target=labour, args=(number, ROLES[number % len(ROLES)])) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        with suppress(Exception):
            shelf.qa.close()
    return done, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    done, faults = run(options.seconds, options.threads)
    print(json.dumps({"seconds": options.seconds, "threads": options.threads, "done": dict(done), "faults": len(faults)}))
    for fault in faults[:10]:
        print(f"  {fault}", file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

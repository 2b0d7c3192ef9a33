"""A session that goes on and on: does what it holds stay bounded?

    python tests/campaigns/session.py [--questions 5000] [--seed 1]

One engine over small manuals in a scratch folder, with stand-ins for the models, is asked different questions, fifty a thread; a
manual changes every hundred. Measured once it has been used for a fifth of the time, and at the end: memory, open files, threads,
objects, answers remembered. Prints one line of JSON; exits with 1 where something grows.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.answering.cache import ANSWERS_KEPT
from ragqa.engine import RagQA
from tests.campaigns.asking import MANUALS, PARTS, engine, open_files, resident_mb, stand_in

ASKED_BY_A_THREAD, ASKED_OF_A_VERSION = 50, 100
A_FEW = 8
"""Files, for instance, of the generation that is just given up."""

GROWTH_MB = 40
"""What may come in the later four fifths; caches of words fill up slowly."""


class Session:
    """An engine, its manuals, and how often it was asked."""

    def __init__(self, home: Path, seed: int) -> None:
        stand_in()
        self.random, self.manuals, self.asked = random.Random(seed), home / "manuals", 0
        self.manuals.mkdir()
        self.qa: RagQA = engine(home)
        for number in range(MANUALS):
            self.change(number)

    def change(self, number: int) -> None:
        """Another version of one manual."""
        version = self.random.randrange(10**6)
        parts = (f"## {part}\n\nVersion {version} of manual {number} {says.format(version)}.\n" for part, says in PARTS.items())
        (self.manuals / f"manual-{number}.md").write_text("\n".join((f"# Manual {number}\n", *parts)), encoding="utf-8")
        assert not self.qa.ingest(self.manuals).failed

    def ask(self, count: int) -> None:
        """Different questions, each fifty from a new thread."""
        for first in range(0, count, ASKED_BY_A_THREAD):
            if self.asked % ASKED_OF_A_VERSION == 0:
                self.change(self.random.randrange(MANUALS))
            thread = threading.Thread(target=self._some, args=(min(ASKED_BY_A_THREAD, count - first),))
            thread.start()
            thread.join()

    def _some(self, count: int) -> None:
        for _ in range(count):
            self.asked += 1
            response = self.qa.ask(f"What does manual {self.random.randrange(MANUALS)} weigh, asked for the {self.asked}th time?")
            self.qa.keep_answers(response.answers)

    def held(self) -> dict[str, int]:
        """What the process holds now."""
        answers = len(self.qa._loaded.serving())  # this thread's own connection is open from now on
        gc.collect()
        return {
            "asked": self.asked, "mb": resident_mb(), "open_files": open_files(), "threads": threading.active_count(),
            "objects": len(gc.get_objects()), "answers": answers,
        }  # fmt: skip


def session(home: Path, questions: int, seed: int) -> dict[str, Any]:
    """What is held after a fifth of the questions and after all, and what of it grew without a bound."""
    run = Session(home, seed)
    run.ask(questions // 5)
    early = run.held()
    for _ in range(4):
        run.ask(questions // 5)
        print(f"\rsession: {run.asked} of {questions} questions ", end="", file=sys.stderr, flush=True)
    late = run.held()
    run.qa.close()
    grown = [name for name in ("open_files", "threads") if late[name] > early[name] + A_FEW]
    grown += ["mb"] * (late["mb"] > early["mb"] + GROWTH_MB) + ["answers"] * (late["answers"] > ANSWERS_KEPT)
    return {"seed": seed, "early": early, "late": late, "grown": grown}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = session(Path(folder), given.questions, given.seed)
    print(json.dumps(figures))
    return 1 if figures["grown"] else 0


if __name__ == "__main__":
    sys.exit(main())

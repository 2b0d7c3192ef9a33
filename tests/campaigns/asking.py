"""Many ask while one writes: is every answer that of one committed generation, and none older than the question?

    python tests/campaigns/asking.py [--seconds 600] [--seed 1] [--processes 4] [--threads 8]

One process ingests, removes, puts back and rebuilds small manuals in a scratch folder, each change at once; every sentence of a
manual says which version of it that is, and after each change the writer notes the generation and what every manual says in it.
The others ask, search and keep what they got, with stand-ins for the models, each thread with an engine of its own or one that it
shares, over connections that come and go. At the end each response is compared with the generations that stood between its
question and its answer. Prints one line of JSON; exits with 1 where anything is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.config import IngestSettings, Settings
from ragqa.engine import RagQA
from ragqa.errors import IndexBusy
from ragqa.indexing import embedding
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index, remove_documents
from ragqa.indexing.verify import verify_index
from ragqa.last_answers import kept_answers
from ragqa.paths import index_folder
from tests.campaigns.ledger import State, judge

INDEX, MANUALS = "shared", 6
SAYS = re.compile(r"version (\d+) of manual (\d+)", re.IGNORECASE)
PARTS = {
    "Weight": "weighs {} grams",
    "Colour": "is painted in colour {}",
    "Noise": "hums at {} decibels",
    "Warranty": "is free for {} months",
}
ASKED = (
    "What does the manual weigh?",
    "Which colour is it painted in?",
    "How loud does manual {} hum?",
    "How long is manual {} free?",
)


def stand_in() -> None:
    """Put deterministic stand-ins where the engine looks for models."""
    from ragqa.answering import effort
    from ragqa.inference import embedder
    from tests.conftest import FakeEmbedder, FakeReader

    made = FakeEmbedder(), FakeReader()
    made[0].embedded = Forgetful()  # else it keeps what it embeds
    embedder.load_embedder = lambda *given, **options: made[0]  # type: ignore[assignment]
    effort.load_reader_for = lambda *given, **options: made[1]  # type: ignore[assignment]


class Forgetful(list[str]):
    """A list that stays empty."""

    def extend(self, values: Iterable[str]) -> None:
        pass


def engine(home: Path) -> RagQA:
    return RagQA(INDEX, settings=Settings(home=str(home), ingest=IngestSettings(vector_index="auto")))


# Writing


class Writer:
    """Changes the manuals and the index, and notes what each generation says."""

    def __init__(self, home: Path, seed: int) -> None:
        stand_in()
        embedding.COMMIT_EVERY_SECONDS = 1e9  # one commit a change, so that what each one says is known
        self.home, self.random = home, random.Random(seed)
        self.folder, self.manuals = index_folder(home, INDEX), home / "manuals"
        self.qa, self.state, self.versions, self.done = engine(home), State(), 0, Counter[str]()
        self.manuals.mkdir(parents=True)
        self.change(range(MANUALS))

    def act(self) -> None:
        """One change, at random."""
        some = self.random.sample(range(MANUALS), self.random.randint(1, MANUALS))
        acts = {"change": self.change, "remove": self.remove, "prune": self.prune, "rebuild": self.rebuild}
        (name,) = self.random.choices(list(acts), (6, 1, 1, 1))
        acts[name](some)
        self.done[name] += 1

    def change(self, numbers: Iterable[int]) -> None:
        """New versions of some manuals, and those that were gone, all in one commit."""
        for number in {*numbers, *(number for number in range(MANUALS) if number not in self.state)}:
            self.versions += 1
            self.state[number] = self.versions
            says = (
                f"## {part}\n\nVersion {self.versions} of manual {number} {words.format(number)}.\n"
                for part, words in PARTS.items()
            )
            (self.manuals / f"manual-{number}.md").write_text("\n".join((f"# Manual {number}\n", *says)), encoding="utf-8")
        assert not self.qa.ingest(self.manuals).failed
        self.note()

    def remove(self, numbers: list[int]) -> None:
        """Some manuals are taken out of the index, never all."""
        gone = [number for number in numbers if number in self.state][: len(self.state) - 1]
        paths = {document.path for document in self.qa.documents()}
        remove_documents(self.folder, [path for path in paths if any(f"manual-{number}." in path for number in gone)])
        self.without(gone)

    def prune(self, numbers: list[int]) -> None:
        """The same, by the way of their files."""
        gone = [number for number in numbers if number in self.state][: len(self.state) - 1]
        kept = {number: (self.manuals / f"manual-{number}.md") for number in range(MANUALS)}
        for number in {*gone, *(number for number in kept if number not in self.state)}:
            kept[number].unlink(missing_ok=True)
        assert not self.qa.ingest(self.manuals, prune=True).failed
        self.without(gone)

    def rebuild(self, numbers: list[int]) -> None:
        rebuild_index(self.folder)
        self.note()

    def without(self, gone: list[int]) -> None:
        self.state = {number: version for number, version in self.state.items() if number not in gone}
        self.note()

    def note(self) -> None:
        with Index(self.folder) as opened, open(self.home / "ledger.jsonl", "a", encoding="utf-8") as ledger:
            ledger.write(json.dumps([opened.generation, self.state]) + "\n")


def write(home: Path, seed: int, seconds: float) -> None:
    """Change the index until the time is over, and check it now and then."""
    writer, until = Writer(home, seed), time.monotonic() + seconds
    (home / "ready").touch()
    while time.monotonic() < until:
        with suppress(IndexBusy):
            writer.act()
        if writer.random.random() < 0.05:
            assert verify_index(writer.folder) == []
    assert verify_index(writer.folder) == []
    (home / "writer.json").write_text(json.dumps(writer.done), encoding="utf-8")


# Asking


class Asker:
    """One process that asks, with many threads."""

    def __init__(self, home: Path, number: int, seed: int) -> None:
        stand_in()
        self.home, self.seed, self.shared = home, seed, engine(home)
        self.file, self.lock = open(home / f"asked-{number}.jsonl", "w", encoding="utf-8"), threading.Lock()  # noqa: SIM115
        self.errors: list[str] = []

    def run(self, threads: int, seconds: float) -> None:
        """Ask until the time is over; a thread lives for some hundred questions, then another takes its place."""
        until, measures = time.monotonic() + seconds, list[tuple[int, int]]()
        lives = [threading.Thread(target=self.live, args=(life, until)) for life in range(threads)]
        for thread in lives:
            thread.start()
        born = threads
        while time.monotonic() < until:
            time.sleep(min(1.0, max(0.0, until - time.monotonic())))
            measures.append((open_files(), resident_mb()))
            for place, thread in enumerate(lives):
                if not thread.is_alive() and time.monotonic() < until:
                    lives[place] = threading.Thread(target=self.live, args=(born, until))
                    lives[place].start()
                    born += 1
        for thread in lives:
            thread.join()
        self.file.write(json.dumps({"errors": self.errors, "threads": born, "measures": measures}) + "\n")
        self.file.close()

    def live(self, life: int, until: float) -> None:
        chance = random.Random(self.seed * 1000 + life)
        own = chance.random() < 0.3
        qa = engine(self.home) if own else self.shared
        try:
            for _ in range(chance.randint(50, 400)):
                if time.monotonic() >= until:
                    break
                self.ask(qa, chance)
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")
        finally:
            if own:
                qa.close()

    def ask(self, qa: RagQA, chance: random.Random) -> None:
        question = chance.choice(ASKED).format(chance.randrange(MANUALS))
        filters = chance.choice(
            ({}, {}, {}, {"document": f"manual-{chance.randrange(MANUALS)}*"}, {"section": chance.choice(list(PARTS))})
        )
        before = qa.opened.generation
        if chance.random() < 0.25:
            said = [hit.chunk.text for hit in qa.search(question, **filters)]  # type: ignore[arg-type]
        else:
            response = qa.ask(question, **filters)  # type: ignore[arg-type]
            said = [text for one in response for text in (one.text, one.context.text, one.passage)]
            said += [hit.chunk.text for hit in response.passages]
            if chance.random() < 0.2:
                self.keep(qa, question, response)
        after = qa.opened.generation
        versions = sorted({(int(number), int(version)) for text in said for version, number in SAYS.findall(text)})
        with self.lock:
            self.file.write(json.dumps([before, after, versions, filters]) + "\n")

    def keep(self, qa: RagQA, question: str, response: Any) -> None:
        """What the faces do with an answer; what is read back is somebody's, and whole."""
        qa.journal.remember(f"{question} {threading.get_ident()}")
        qa.keep_answers(response.answers)
        try:
            json.loads((qa.folder / "last-answers.json").read_text(encoding="utf-8"))
        except ValueError as error:
            self.errors.append(f"half a file of answers: {error}")
        kept_answers(qa.folder)


def open_files() -> int:
    """How many files this process has open; pipes to other processes do not count."""
    count = 0
    with suppress(OSError):
        for number in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                count += os.path.isfile(os.readlink(f"/proc/self/fd/{number}"))
    return count


def resident_mb() -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    return 0


def ask(home: Path, number: int, seed: int, threads: int, seconds: float) -> None:
    """What each process that asks does."""
    while not (home / "ready").exists():
        time.sleep(0.05)
    Asker(home, number, seed).run(threads, seconds)


# All of it


def campaign(home: Path, seed: int, seconds: float, processes: int, threads: int) -> dict[str, Any]:
    """Run it in an empty folder. A process that fails counts as an error."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=write, args=(home, seed, seconds))]
    started += [context.Process(target=ask, args=(home, number, seed + number, threads, seconds)) for number in range(processes)]
    for process in started:
        process.start()
    began = time.monotonic()
    while any(process.is_alive() for process in started):
        time.sleep(0.2)
        gone = int(time.monotonic() - began)
        if gone % 15 == 0:
            print(f"\rasking: {gone} s, {max(0, int(seconds) - gone)} s to go ", end="", file=sys.stderr, flush=True)
    failed = sum(process.exitcode != 0 for process in started)
    figures = {**judge(home), "failed_processes": failed}
    figures["errors"] += failed
    changes = home / "writer.json"
    return {"seed": seed, "seconds": seconds, "changes": json.loads(changes.read_text()) if changes.exists() else {}, **figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = campaign(Path(folder), given.seed, given.seconds, given.processes, given.threads)
    print(json.dumps(figures))
    return 1 if figures["errors"] or figures["not_of_a_generation"] else 0


if __name__ == "__main__":
    sys.exit(main())

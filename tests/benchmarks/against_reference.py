"""ragqa beside what a user would build otherwise (reference.py): ingest, questions asked warm and cold, recall of the gold page.

    python tests/benchmarks/against_reference.py MANUALS_FOLDER QUESTIONS.jsonl --reference-python PATH
        [--runs 3] [--questions 60] [--limit-files N] [--txtai] [--json FILE]

PATH is the Python of an environment with Haystack and txtai. The reference is given ragqa's chunks, so it need not parse and
chunk; ragqa's time contains both. All take turns in every round, so that they see the same noise. Figures are medians of the
rounds; a ratio, that system ÷ ragqa, is the median of each round's own. Memory is the most that the process had resident.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from safetensors.numpy import save_file

from ragqa import RagQA
from ragqa.answering.readers import default_reader_folder
from ragqa.chunking import embedded_text
from ragqa.inference.embedder import _default_folder
from ragqa.inference.weights import WEIGHTS_FILE, Weights

INDEX, TOP_K, CUTOFFS = "manuals", 8, (5, 8)
WARM_UP, COLD_RUNS = 5, 5
PACKAGES = ("haystack-ai", "txtai", "sentence-transformers", "transformers", "torch")

Pair = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """A process that has ended."""

    seconds: float
    megabytes: float
    output: str


@dataclass
class Measure:
    """Its values by system, one a round; what they are multiplied by to be shown, and how."""

    name: str
    scale: float
    form: str
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, system: str, value: float) -> None:
        self.rounds.setdefault(system, []).append(value)

    def row(self) -> str:
        ours = self.rounds["ragqa"]
        cells = [self.name, self._shown(ours)]
        for system, theirs in self.rounds.items():
            if system != "ragqa":
                ratio = statistics.median(one / other if other else float("nan") for one, other in zip(theirs, ours, strict=True))
                cells += [self._shown(theirs), f"{ratio:.2f}"]
        return f"| {' | '.join(cells)} |"

    def _shown(self, values: list[float]) -> str:
        return self.form.format(self.scale * statistics.median(values))


class System(Protocol):
    """What is measured: the commands that ingest into a place and ask it."""

    name: str

    def ingest(self, place: Path, chunks: Path) -> Ran: ...

    def ask_warm(self, place: Path, questions: Path) -> Ran: ...

    def ask_cold(self, place: Path, question: Path) -> Ran: ...


class Ragqa:
    name = "ragqa"

    def __init__(self, manuals: Sequence[Path]) -> None:
        self._manuals = manuals

    def ingest(self, place: Path, chunks: Path) -> Ran:
        # 1: a file has failed, e.g. for want of text; the others are in the index all the same.
        return run([_ragqa(), "--home", place, "ingest", *self._manuals, "--index", INDEX, "--json"], fine=(0, 1))

    def ask_warm(self, place: Path, questions: Path) -> Ran:
        return run([sys.executable, __file__, "--serve", place, questions])

    def ask_cold(self, place: Path, question: Path) -> Ran:
        text = question.read_text(encoding="utf-8").strip()
        return run([_ragqa(), "--home", place, "ask", text, "--index", INDEX, "--json"], fine=(0, 3))  # 3: it abstains


class Reference:
    def __init__(self, name: str, python: Path) -> None:
        self.name, self._kind = name, name.lower()
        self._script: list[str | Path] = [python, Path(__file__).with_name("reference.py")]

    def ingest(self, place: Path, chunks: Path) -> Ran:
        place.mkdir()
        return run([*self._script, "ingest", self._kind, chunks, _default_folder(), place / "store"])

    def ask_warm(self, place: Path, questions: Path) -> Ran:
        return self._ask(place, questions, "--warm-up", str(WARM_UP))

    def ask_cold(self, place: Path, question: Path) -> Ran:
        return self._ask(place, question)

    def _ask(self, place: Path, questions: Path, *options: str) -> Ran:
        models = (_default_folder(), plain_reader(place / "reader"))
        return run([*self._script, "ask", self._kind, place / "store", *models, questions, *options])


def plain_reader(folder: Path) -> Path:
    """The default reader in a folder that transformers reads: its eight-bit numbers as floats."""
    if not folder.is_dir():
        shipped = default_reader_folder()
        shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns(WEIGHTS_FILE))
        floats = {name: np.array(tensor, np.float32) for name, tensor in Weights(shipped / WEIGHTS_FILE).items()}
        save_file(floats, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    return folder


def _ragqa() -> Path:
    return Path(sys.executable).with_name("ragqa")


def run(command: Sequence[str | Path], fine: tuple[int, ...] = (0,)) -> Ran:
    """Run a process to its end. Raises SystemExit with what it wrote when it failed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode("utf-8", "replace")
        if process.returncode not in fine or (process.returncode and not text):
            told = errors.read().decode("utf-8", "replace")
            raise SystemExit(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{text[-2000:]}\n{told[-4000:]}")
        kilobytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
        return Ran(seconds, kilobytes / 1024, text)


def serve(home: str, questions: str) -> None:
    """ragqa's side of reference.py's `ask`, in a process of its own."""
    asked = Path(questions).read_text(encoding="utf-8").splitlines()
    qa = RagQA(INDEX, home=home, top_k=TOP_K)
    for question in islice(cycle(asked), WARM_UP):
        qa.ask(f"Please tell me: {question}")  # asked again in the same words, it would only be remembered
    seconds = []
    for question in asked:
        began = time.perf_counter()
        qa.ask(question)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"seconds": seconds}))


def export(home: str, target: str, index: str = INDEX) -> None:
    """Write every chunk with its document and the very text that was embedded for it."""
    qa = RagQA(index, home=home)
    settings, count = qa.settings.ingest, qa.embedder.count_tokens
    with open(target, "w", encoding="utf-8") as file:
        for document in qa.opened.documents():
            for stored in qa.opened.document_chunks(document.id):
                chunk = stored.chunk
                embedded = embedded_text(document.title, chunk.section, chunk.text, settings, count)
                line = {"id": str(stored.id), "text": chunk.text, "embedded": embedded, "document": document.path}
                file.write(json.dumps(line) + "\n")


def chosen_manuals(folder: Path, limit: int | None, pairs: list[Pair]) -> list[Path]:
    """The folder, or `limit` of its files, those that the questions are about first."""
    if limit is None:
        return [folder]
    named = {pair["document"] for pair in pairs}
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(files, key=lambda path: (path.name not in named, path))[:limit]


def evenly(pairs: list[Pair], count: int) -> list[Pair]:
    count = min(count, len(pairs))
    return [pairs[number * len(pairs) // count] for number in range(count)]


def write_questions(pairs: list[Pair], target: Path) -> Path:
    target.write_text("".join(" ".join(pair["question"].split()) + "\n" for pair in pairs), encoding="utf-8")
    return target


def measure_ingest(systems: Sequence[System], work: Path, runs: int) -> tuple[dict[str, Path], list[Measure]]:
    """Where each system's first store is, and the measures. The chunks of ragqa's first run are what the others are given."""
    seconds, memory = Measure("ingest, whole process, s", 1, "{:.1f}"), Measure("ingest, memory, MB", 1, "{:.0f}")
    places: dict[str, Path] = {}
    chunks = work / "chunks.jsonl"
    for number in range(runs):
        for system in systems:
            place = work / f"{system.name}-{number}"
            ran = system.ingest(place, chunks)
            places.setdefault(system.name, place)
            seconds.add(system.name, ran.seconds)
            memory.add(system.name, ran.megabytes)
            tell(f"ingest {number + 1}, {system.name}: {ran.seconds:.1f} s, {ran.megabytes:.0f} MB")
            if not chunks.exists():
                run([sys.executable, __file__, "--export", place, chunks])
    return places, [seconds, memory]


def measure_warm(
    systems: Sequence[System], places: dict[str, Path], questions: Path, runs: int
) -> tuple[dict[str, dict[str, Any]], list[Measure]]:
    """What each system's last process told, and the measures."""
    middle, high = Measure("ask, warm, p50, ms", 1000, "{:.0f}"), Measure("ask, warm, p95, ms", 1000, "{:.0f}")
    told = {}
    for number in range(runs):
        for system in systems:
            ran = system.ask_warm(places[system.name], questions)
            told[system.name] = json.loads(ran.output.splitlines()[-1])
            times = sorted(told[system.name]["seconds"])
            middle.add(system.name, statistics.median(times))
            high.add(system.name, times[min(len(times) - 1, int(0.95 * len(times)))])
            tell(f"ask {number + 1}, {system.name}: {1000 * statistics.median(times):.0f} ms")
    return told, [middle, high]


def measure_cold(systems: Sequence[System], places: dict[str, Path], pairs: list[Pair], work: Path) -> list[Measure]:
    seconds, memory = Measure("ask, new process, s", 1, "{:.2f}"), Measure("ask, new process, memory, MB", 1, "{:.0f}")
    for pair in evenly(pairs, COLD_RUNS):
        question = write_questions([pair], work / "question.txt")
        for system in systems:
            ran = system.ask_cold(places[system.name], question)
            seconds.add(system.name, ran.seconds)
            memory.add(system.name, ran.megabytes)
            tell(f"new process, {system.name}: {ran.seconds:.2f} s, {ran.megabytes:.0f} MB")
    return [seconds, memory]


def measure_recall(qa: RagQA, pairs: list[Pair], retrieved: dict[str, list[list[int]]]) -> list[Measure]:
    """Recall of a chunk on the gold page, by ragqa's whole search and by its vectors alone, as the reference searches."""
    gold = gold_chunks(qa, pairs)
    vectors = qa.embedder.embed_queries([pair["question"] for pair in pairs])
    dense = [[chunk for chunk, _ in qa.opened.search_dense(vector, TOP_K)] for vector in vectors]
    whole = [[hit.chunk_id for hit in qa.search(pair["question"], top_k=TOP_K)] for pair in pairs]
    measures = []
    for suffix, ours in (("", whole), (", ragqa by vectors alone", dense)):
        for cut in CUTOFFS:
            measure = Measure(f"recall@{cut}{suffix}", 1, "{:.3f}")
            for system, found in {"ragqa": ours, **retrieved}.items():
                measure.add(system, recall(found, gold, cut))
            measures.append(measure)
    same = Measure(f"of {TOP_K} passages in common with ragqa's vectors alone", 1, "{:.2f}")
    for system, found in {"ragqa": dense, **retrieved}.items():
        same.add(system, statistics.mean(len({*one} & {*other}) for one, other in zip(found, dense, strict=True)))
    return [*measures, same]


def gold_chunks(qa: RagQA, pairs: list[Pair]) -> list[set[int]]:
    """The chunks on each pair's page."""
    chunks = {row.path: qa.opened.document_chunks(row.id) for row in qa.opened.documents()}
    return [{stored.id for stored in chunks[pair["document"]] if pair["page"] in stored.chunk.pages} for pair in pairs]


def recall(found: list[list[int]], gold: list[set[int]], cut: int) -> float:
    return statistics.mean(bool(right & {*ids[:cut]}) for ids, right in zip(found, gold, strict=True))


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def versions(python: Path) -> dict[str, str]:
    """Of the packages that the reference needs. Raises SystemExit when one is missing: better now than after the first ingest."""
    code = "import importlib.metadata as m, json; print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
    installed = json.loads(run([python, "-c", code]).output)
    if missing := set(PACKAGES) - set(installed):
        raise SystemExit(f"{python} has no {', '.join(sorted(missing))}")
    return {name: installed[name] for name in PACKAGES}


def table(measures: Sequence[Measure], systems: Sequence[System]) -> str:
    heads = " | ".join(f"{system.name} | ratio" for system in systems[1:])
    return "\n".join(
        [f"| | ragqa | {heads} |", "|---|" + "---|" * (2 * len(systems) - 1), *(measure.row() for measure in measures)]
    )


def measure_all(options: argparse.Namespace, systems: Sequence[System], asked: list[Pair], work: Path) -> dict[str, Any]:
    """All measures, and what they are about."""
    places, ingest = measure_ingest(systems, work, options.runs)
    qa = RagQA(INDEX, home=places["ragqa"])
    paths = {row.path for row in qa.opened.documents()}
    pairs = evenly([pair for pair in asked if pair["document"] in paths], options.count)
    if not pairs:
        raise SystemExit("no question is about any of these manuals")
    told, warm = measure_warm(systems, places, write_questions(pairs, work / "questions.txt"), options.runs)
    cold = measure_cold(systems, places, pairs, work)
    del told["ragqa"]
    # Last, because a new process counts as its own what the one that starts it had in memory: here, until now, little.
    found = {name: [[*map(int, ids)] for ids in one["retrieved"]] for name, one in told.items()}
    return {
        "documents": len(paths),
        "chunks": qa.opened.count_chunks(),
        "distinct": qa.opened.count_vectors(),
        "questions": len(pairs),
        "parts": {name: {part: statistics.median(one[part]) for part in ("search", "read")} for name, one in told.items()},
        "measures": [*ingest, *warm, *cold, *measure_recall(qa, pairs, found)],
    }


def report(about: dict[str, Any], systems: Sequence[System]) -> str:
    counted = "{documents} documents, {chunks:,} chunks, {distinct:,} of them distinct; {questions} questions".format(**about)
    parts = [
        f"{name}, warm: search {1000 * of['search']:.0f} ms, reading {1000 * of['read']:.0f} ms"
        for name, of in about["parts"].items()
    ]
    used = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return "\n".join([f"{counted}; {used}", *parts, "", table(about["measures"], systems)])


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("pairs", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--reference-python", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3, help="rounds of ingest, and of asking warm")
    parser.add_argument("--questions", dest="count", type=int, default=60, help="how many, taken evenly")
    parser.add_argument("--limit-files", type=int, help="only so many manuals, those that the questions are about first")
    parser.add_argument("--txtai", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    helpers = {"--serve": serve, "--export": export}
    if sys.argv[1:2] and sys.argv[1] in helpers:
        return helpers[sys.argv[1]](*sys.argv[2:])
    options = parsed()
    asked = [json.loads(line) for line in options.pairs.read_text(encoding="utf-8").splitlines()]
    systems: list[System] = [Ragqa(chosen_manuals(options.manuals, options.limit_files, asked))]
    systems += [Reference(kind, options.reference_python) for kind in ("Haystack", "txtai") if kind != "txtai" or options.txtai]
    used = versions(options.reference_python)
    with tempfile.TemporaryDirectory() as folder:
        about = measure_all(options, systems, asked, Path(folder)) | {"versions": used}
    print(report(about, systems))
    if options.json is not None:
        about["measures"] = [asdict(one) for one in about["measures"]]
        options.json.write_text(json.dumps(about, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""How many questions are answered rightly: ragqa as it is shipped, beside other ways to an answer over the same manuals.

    python tests/benchmarks/right_answers.py MANUALS_FOLDER QUESTIONS.jsonl [--home HOME --index NAME]
        [--reader NAME=FOLDER …] [--answers NAME=FILE …] [--reference-python PATH] [--systems ragqa …] [--json FILE]
        [-- OPTIONS OF ragqa ask …]

Each line of the questions has question, answers (texts; none where the manuals do not say), and perhaps manual (the folder of the
right manual) or document (its path), and kind. The systems:

- ragqa: `ragqa ask --file` with the options after `--`;
- the best sentence: in the eight passages that BM25 finds, the one with most of the question's words, rare ones weighing more;
- every --reader: as ragqa, with another reader, one of a former release for example;
- every --answers: what `ragqa ask --file QUESTIONS.jsonl` of any release has written; one named ragqa is taken instead of asking;
- Haystack: its extractive reader on what its embedding retriever finds among ragqa's chunks, with the same embedder and the
  default reader (see reference.py), if --reference-python names the Python of an environment that has it.

The manuals are ingested where HOME has no such index yet. What is right is said in answer_scores.py. "The passage is read" looks
at eight passages: those of the answers, then the best retrieved.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from against_reference import Reference, export, run, tell
from answer_scores import READ, Asked, Response, Said, by_kind, figures

from ragqa import RagQA
from ragqa.indexing.index import Index
from ragqa.text.analysis import index_terms, query_terms
from ragqa.text.sentences import sentence_bounds

ANSWERS = 3


class System(Protocol):
    """A way to answers; `has_confidence` says whether its answers carry a probability."""

    name: str
    has_confidence: bool

    def answer(self, work: Path, asked: Sequence[Asked]) -> list[Response]: ...


class Ragqa:
    """The command line, as it serves anybody."""

    has_confidence = True

    def __init__(self, name: str, home: Path, index: str, options: Sequence[str]) -> None:
        self.name = name
        self._command: list[str | Path] = [sys.executable, "-m", "ragqa", "--home", home, "ask", "--index", index, *options]

    def answer(self, work: Path, asked: Sequence[Asked]) -> list[Response]:
        questions, answers = work / "questions.jsonl", work / "answers.jsonl"
        questions.write_text("".join(json.dumps({"question": one.question}) + "\n" for one in asked), encoding="utf-8")
        answers.unlink(missing_ok=True)
        run([*self._command, "--file", questions, "--out", answers])
        return read_answers(answers)


class Written:
    """Answers that ragqa gave before."""

    has_confidence = True

    def __init__(self, name: str, answers: Path) -> None:
        self.name, self._answers = name, answers

    def answer(self, work: Path, asked: Sequence[Asked]) -> list[Response]:
        return read_answers(self._answers)


class BestSentence:
    """BM25 and no model at all. It never abstains where it finds anything."""

    name, has_confidence = "BM25's best sentence", False

    def __init__(self, index: Index) -> None:
        self._index = index
        chunks = [stored for row in index.documents() for stored in index.document_chunks(row.id)]
        seen = Counter(term for stored in chunks for term in set(index_terms(stored.chunk.text)))
        self._weights = {term: math.log(len(chunks) / count) for term, count in seen.items()}

    def answer(self, work: Path, asked: Sequence[Asked]) -> list[Response]:
        return [self.best(one.question) for one in asked]

    def best(self, question: str) -> Response:
        """Its three best sentences, of equals those of the better passage first."""
        wanted = query_terms(question, self._index.languages())
        ids = [chunk_id for chunk_id, _ in self._index.search_lexical(wanted, READ)]
        held = self._index.chunks(ids)
        found: dict[str, tuple[float, Said]] = {}
        for chunk_id in ids:
            stored = held[chunk_id]
            for sentence in sentences(stored.chunk.text):
                worth = sum(self._weights.get(term, 0.0) for term in set(wanted) & set(index_terms(sentence)))
                found.setdefault(sentence, (worth, Said(sentence, stored.document)))
        ranked = [said for _, said in sorted(found.values(), key=lambda one: -one[0])]
        return Response(bool(ranked), tuple(ranked[:ANSWERS]), tuple(held[chunk_id].chunk.text for chunk_id in ids))


class Haystack:
    """What its documentation recommends for extractive answers, over ragqa's chunks."""

    name, has_confidence = "Haystack", True

    def __init__(self, home: Path, index: str, python: Path) -> None:
        self._home, self._index, self._reference = home, index, Reference("Haystack", python)

    def answer(self, work: Path, asked: Sequence[Asked]) -> list[Response]:
        chunks, questions, place = work / "chunks.jsonl", work / "questions.txt", work / "haystack"
        export(str(self._home), str(chunks), self._index)
        self._reference.ingest(place, chunks)
        questions.write_text("".join(" ".join(one.question.split()) + "\n" for one in asked), encoding="utf-8")
        told = json.loads(self._reference.ask_warm(place, questions).output)
        passages = {one["id"]: one for one in map(json.loads, chunks.read_text(encoding="utf-8").splitlines())}
        return [haystack_response(*one, passages) for one in zip(told["found"], told["retrieved"], strict=True)]


def haystack_response(found: list[Any], retrieved: list[str], passages: dict[str, Any]) -> Response:
    """It abstains where "no answer", which has no passage, is likelier than every span."""
    answers = [Said(text, passages[chunk]["document"], confidence) for text, confidence, chunk in found if chunk]
    answered = bool(found) and bool(found[0][2])
    return Response(answered, tuple(answers[:ANSWERS]), tuple(passages[chunk]["text"] for chunk in retrieved))


def read_answers(path: Path) -> list[Response]:
    return [response_of(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def response_of(line: dict[str, Any]) -> Response:
    """A response as ragqa writes it."""
    answers = tuple(Said(one["text"], one["document"], one["confidence"]) for one in line["answers"][:ANSWERS])
    passages = [one["passage"] for one in line["answers"]] + [one["text"] for one in line["passages"]]
    return Response(line["answered"], answers, tuple(passages[:READ]))


def sentences(text: str) -> list[str]:
    """The sentences of a passage; a line, be it an item or a row, ends one."""
    found = []
    for line in text.split("\n"):
        found += [line[start:end].strip() for start, end in pairwise(sentence_bounds(line))]
    return [sentence for sentence in found if sentence]


def read_asked(path: Path) -> list[Asked]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Asked(one["question"], tuple(one["answers"]), one.get("manual", ""), one.get("document", ""), one.get("kind", ""))
        for one in lines
    ]


def table(results: dict[str, dict[str, Any]]) -> str:
    """A row for each figure, a column for each system; shares as per cent."""
    names = list(dict.fromkeys(name for one in results.values() for name in one["figures"]))
    rows = [f"| | {' | '.join(results)} |", f"|---|{'---|' * len(results)}"]
    for name in names:
        cells = [shown(name, one["figures"].get(name)) for one in results.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def shown(name: str, value: float | int | None) -> str:
    if value is None:
        return ""
    if name == "calibration error":
        return f"{value:.3f}"
    return f"{value}" if isinstance(value, int) else f"{100 * value:.1f} %"


def parsed() -> tuple[argparse.Namespace, list[str]]:
    """The options, and what stands after `--`."""
    own, at = sys.argv[1:], len(sys.argv) - 1
    if "--" in own:
        at = own.index("--")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--home", type=Path, help="where the index is, or is to be kept (a temporary folder)")
    parser.add_argument("--index", default="manuals")
    parser.add_argument("--reader", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--answers", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--reference-python", type=Path)
    parser.add_argument("--systems", nargs="+", help="by name; all")
    parser.add_argument("--json", type=Path)
    return parser.parse_args(own[:at]), own[at + 1 :]


def systems_of(options: argparse.Namespace, home: Path, passed: list[str]) -> list[System]:
    index = str(options.index)
    systems: list[System] = [Ragqa("ragqa", home, index, passed), BestSentence(RagQA(index, home=home).opened)]
    for given in options.reader:
        name, folder = given.split("=", 1)
        systems.append(Ragqa(name, home, index, [*passed, "--reader", folder]))
    for given in options.answers:
        name, file = given.split("=", 1)
        systems.append(Written(name, Path(file)))
    if options.reference_python:
        systems.append(Haystack(home, index, options.reference_python))
    chosen = {one.name: one for one in systems if not options.systems or one.name in options.systems}
    return list(chosen.values())


def main() -> None:
    options, passed = parsed()
    asked = read_asked(options.questions)
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = options.home or work
        if not (home / "indexes" / options.index).is_dir():
            run([sys.executable, "-m", "ragqa", "--home", home, "ingest", options.manuals, "--index", options.index])
        for system in systems_of(options, home, passed):
            tell(f"{system.name} …")
            given = system.answer(work, asked)
            results[system.name] = {
                "figures": figures(asked, given, system.has_confidence),
                "kinds": by_kind(asked, given),
            }
    print(table(results))
    if options.json is not None:
        written = {"questions": options.questions.parent.name, "options": passed, "systems": results}
        options.json.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

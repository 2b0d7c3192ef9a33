"""What knowing which product is meant brings: recall of the answering passage, and of its manual, with and without.

    python tests/benchmarks/manual_library.py MANUAL_QA_FOLDER OUT && ragqa ingest OUT/held-out --index manuals
    python tests/benchmarks/product_choice.py OUT/held-out-test.jsonl --index manuals --names MANUAL_QA_FOLDER [--weights 0 0.4]

Customers of a shop with many products name theirs; most questions of manual_qa name none. So with `--names` each question is
asked twice: as it is, and with its product's brand or model before it, as people type it: in full, in lower case without its
hyphens, or with a slip of the finger, in turn by a checksum of the question's id. Without `--names` the questions are asked as
they are. A question's manual is its `document`, or the folder `manual`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from manual_library import lines, manual_of

from ragqa import RagQA
from ragqa.answering.asker import Retriever
from ragqa.types import Hit

CUTOFFS = (1, 3, 8, 20)
_MODEL = re.compile(r"(?:\b[A-Z][\w-]{0,5} )?\b[\w-]*\d[\w-]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the answers that its passage holds one of, and the manual that it is about."""

    question: str
    answers: tuple[str, ...]
    manual: str

    def about(self, path: str) -> bool:
        """Whether a document is that manual."""
        return path == self.manual or path.endswith(f"/{self.manual}") or path.startswith(f"{self.manual}/")

    def answered_by(self, hit: Hit) -> bool:
        text = flat(hit.chunk.text)
        return self.about(hit.document) and any(flat(answer) in text for answer in self.answers)


def flat(text: str) -> str:
    return " ".join(text.casefold().split())


def names_of(folder: Path) -> dict[str, tuple[str, str]]:
    """Brand and model (empty: none) of each manual, by its file's name, from what manual_qa calls its product."""
    names = {}
    for path in sorted(folder.glob("*.passages.jsonl.gz")):
        for passage in lines(path):
            product = passage["product"]
            model = _MODEL.search(product)
            names[f"{manual_of(passage['pid'])}.html"] = (product.split()[0], model.group() if model else "")
    return names


def named(question: str, brand: str, model: str, turn: int) -> str:
    """The question with its product before it, as people type it."""
    model = model or brand
    slip = brand[:2] + brand[3:4] + brand[2:3] + brand[4:]
    ways = (brand, model, f"{brand} {model}", re.sub(r"[\W_]", "", model).lower(), brand.lower(), slip)
    return f"On my {ways[turn % len(ways)]}: {question}"


def questions_of(files: Sequence[Path], names: dict[str, tuple[str, str]]) -> dict[str, list[Asked]]:
    """The answerable questions of the files, as they are and, where names are given, with their products' names."""
    ways: dict[str, list[Asked]] = {"as asked": []}
    for raw in (json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()):
        if not raw["answers"]:
            continue
        asked = Asked(raw["question"], tuple(raw["answers"]), raw.get("document") or raw["manual"])
        ways["as asked"].append(asked)
        if asked.manual in names:
            question = named(asked.question, *names[asked.manual], zlib.crc32(raw["id"].encode()))
            ways.setdefault("product named", []).append(replace(asked, question=question))
    return ways


def figures(retriever: Retriever, asked: Sequence[Asked]) -> Iterator[tuple[str, float]]:
    """Recall at the cutoffs, the share of first passages that are of the right manual, and the time of a retrieval."""
    ranks, right, seconds = [], 0, 0.0
    for one, vector in zip(asked, retriever.vectors([one.question for one in asked]), strict=True):
        begun = perf_counter()
        hits = retriever.retrieve(one.question, top_k=max(CUTOFFS), vector=vector)
        seconds += perf_counter() - begun
        ranks.append(next((rank for rank, hit in enumerate(hits) if one.answered_by(hit)), max(CUTOFFS)))
        right += bool(hits) and one.about(hits[0].document)
    for cutoff in CUTOFFS:
        yield f"@{cutoff}", sum(rank < cutoff for rank in ranks) / len(asked)
    yield "right manual @1", right / len(asked)
    yield "ms", 1000 * seconds / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="manuals")
    parser.add_argument("--names", type=Path, help="the folder of manual_qa")
    parser.add_argument("--questions", type=int, default=1000, help="at most so many, drawn by a fixed seed")
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 0.4])
    options = parser.parse_args()
    qa = RagQA(options.index, home=options.home)
    for way, asked in questions_of(options.files, names_of(options.names) if options.names else {}).items():
        asked = random.Random(13).sample(asked, min(options.questions, len(asked)))
        print(f"{way}: {len(asked)} answerable questions")
        for weight in options.weights:
            retriever = qa.using(product_weight=weight).asker
            print(f"  weight {weight:<5}", *(f"  {name} {value:.3f}" for name, value in figures(retriever, asked)), flush=True)


if __name__ == "__main__":
    main()

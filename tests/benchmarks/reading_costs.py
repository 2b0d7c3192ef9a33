"""What a question reads of an index, and what that costs as manual and library grow: texts, blocks, filters, names, judging.

    python tests/benchmarks/reading_costs.py FOLDER [--before TREE] [--megabytes 30] [--chunks 200000] [--documents 10000]

Makes three indexes in FOLDER by the real writer, with vectors drawn at random and a few terms for each chunk, for neither is
measured: one manual of so many megabytes, so many chunks in
manuals of a hundred, and so many small manuals. Each cost is the median of several calls, in a process of its own. `--before` is
the tree of an older commit (git worktree add): it makes the same indexes with its own code, is measured in turns with this one,
and the table says how many times less each cost is now.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DIMENSION = 16
WORDS = 30
ROUNDS = 3
"""Processes that measure, of each tree in turn; a cost is the least of their medians, for other work disturbs some."""

SEED = 7


def vocabulary() -> list[str]:
    """Words that look like some, the first of them the most frequent."""
    dice = random.Random(SEED)
    syllables = [first + vowel for first in "bcdfghklmnprstvw" for vowel in "aeiou"]
    return ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(20_000)]


class Manuals:
    """Makes manuals of paragraphs of WORDS words, each a chunk, four of them under a heading of their own."""

    def __init__(self) -> None:
        self._words = vocabulary()
        self._weights = [1 / (rank + 10) for rank in range(len(self._words))]
        dice = random.Random(SEED)
        self._texts = [" ".join(dice.choices(self._words, self._weights, k=WORDS)) for _ in range(2000)]

    def manual(self, number: int, paragraphs: int):  # type: ignore[no-untyped-def]
        from ragqa.types import Block, BlockKind, Chunk, Document

        parts, blocks, chunks, start = [], [], [], 0
        for count in range(paragraphs):
            text = self._texts[(number + 31 * count) % len(self._texts)]
            section = (f"Manual {number}", f"{self._words[number % 9000].title()} {self._words[count % 70]} {count // 4}")
            end = start + len(text)
            blocks.append(Block(BlockKind.PARAGRAPH, start, end, section, (1, 2), 1 + count // 8, 0))
            chunks.append(Chunk(text, start, end, section, 1 + count // 8, 1 + count // 8))
            parts.append(text)
            start = end + 2
        brand, model = self._words[number % 50], f"XZ-{number}00"
        path = f"{brand}/series-{number % 300}/{brand}_{model}_user_guide.pdf"
        title = f"{brand.title()} {model} {self._words[number % 4000]} User Manual"
        return Document(path, title, "\n\n".join(parts), tuple(blocks), 1 + paragraphs // 8), chunks


def make(folder: Path, sizes: Iterator[int]) -> None:
    """An index of manuals with these numbers of chunks."""
    import numpy as np

    from ragqa.indexing import writer as writing
    from ragqa.indexing.manifest import Manifest
    from ragqa.indexing.writer import IndexWriter

    writing.chunk_terms = lambda title, section, text, language: [*title.lower().split(), *text.split()[:5]]  # type: ignore[attr-defined]
    manuals, drawn = Manuals(), np.random.default_rng(SEED)
    with IndexWriter(folder, Manifest("drawn", "f" * 32, DIMENSION, 100, 20, 16)) as writer:
        for number, paragraphs in enumerate(sizes):
            document, chunks = manuals.manual(number, paragraphs)
            keys = [f"{number} {count}".encode() for count in range(paragraphs)]
            vectors = drawn.standard_normal((paragraphs, DIMENSION), dtype=np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            writer.put_document(
                document, document.path.encode(), document.path, 1, 1, "drawn 1", chunks, keys,
                dict(zip(keys, vectors, strict=True)),
            )  # fmt: skip
        writer.commit()


def milliseconds(work: Callable[[], object], calls: int) -> float:
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def costs_of_a_long_manual(folder: Path) -> dict[str, float]:
    from ragqa.indexing.index import Index

    with Index(folder) as index, index.snapshot():
        length = index.documents()[0].characters
        at = int(length * 0.95)
        return {
            "text of a span": milliseconds(lambda: index.text(1, at, at + 80), 9),
            "blocks of a span": milliseconds(lambda: index.blocks(1, at, at + 80), 9),
            "chunks around a span": milliseconds(lambda: index.document_chunks(1, at - 2000, at + 2000), 9),
        }


def costs_of_many_chunks(folder: Path) -> dict[str, float]:
    """Where the predicates of a question lead, each asked for once: what was asked before is remembered."""
    from ragqa.indexing.index import Index
    from ragqa.indexing.search.backend import Where
    from ragqa.indexing.search.changes import chosen_ids

    with Index(folder) as index, index.snapshot(), index.connection() as connection:
        section = index.blocks(9, 0, 9)[0].section[1]
        sections = iter([section[:-1], section, section.upper()])
        return {"chunks of a section": milliseconds(lambda: chosen_ids(connection, Where(section=next(sections))), 3)}


def costs_of_many_manuals(folder: Path) -> dict[str, float]:
    from ragqa.answering.products import named_documents
    from ragqa.evaluation.gold import Gold
    from ragqa.indexing.index import Index
    from ragqa.journal import placed
    from ragqa.showing import spot_of_page
    from ragqa.types import Feedback, QAPair, Verdict

    with Index(folder) as index, index.snapshot():
        path = index.document(4321) and next(row[1] for row in index.names() if row[0] == 4321)
        name = path.rpartition("/")[2]
        said = Feedback("?", Verdict.RIGHT)
        pair = QAPair("?", ("nothing",), document=name)
        index.search_lexical(["warm"], 5)
        return {
            "--document by name": milliseconds(lambda: index.where(name), 5),
            "--document by glob": milliseconds(lambda: index.where("*XZ-4321*"), 5),
            "a verdict put in its place": milliseconds(lambda: placed(said, index, (4321, 0, 20)), 5),
            "the gold of a pair": milliseconds(lambda: Gold(index).found_by(pair), 3),
            "a page by its manual's name": milliseconds(lambda: spot_of_page(index, path, 1), 3),
            "languages of the index": milliseconds(index.languages, 5),
            "products, first question": milliseconds(lambda: named_documents(index, "How heavy is my XZ-432100 pump?"), 1),
            "products, next questions": milliseconds(lambda: named_documents(index, "Why does the lamp blink twice?"), 3),
        }


def costs_of_a_process() -> dict[str, float]:
    from ragqa.inference import embedder

    return {"weights as promised": milliseconds(embedder._default_folder, 5)}


def run(tree: Path, folder: Path, step: str, options: argparse.Namespace) -> dict[str, float]:
    """A step of this script with the code of a tree, in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--step", step]
    command += ["--megabytes", str(options.megabytes), "--chunks", str(options.chunks), "--documents", str(options.documents)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=tree).stdout
    found: dict[str, float] = json.loads(told)
    return found


def one_step(options: argparse.Namespace) -> dict[str, float]:
    folder = options.folder
    if options.step == "make":
        kinds: dict[str, list[int]] = {
            "long": [int(options.megabytes * 1e6 / (6.4 * WORDS))],
            "manuals": [2] * options.documents,
            "chunks": [100] * (options.chunks // 100),
        }
        for name, sizes in kinds.items():
            if not (folder / name / "index.sqlite").is_file():
                began = time.monotonic()
                make(folder / name, iter(sizes))
                print(f"made {name} of {sum(sizes)} chunks in {time.monotonic() - began:.0f} s", file=sys.stderr)
        return {"MB on disk": sum(one.stat().st_size for one in folder.glob("*/*")) / 1e6}
    return {
        **costs_of_a_long_manual(folder / "long"),
        **costs_of_many_chunks(folder / "chunks"),
        **costs_of_many_manuals(folder / "manuals"),
        **costs_of_a_process(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--chunks", type=int, default=200_000)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = options.folder.absolute()
    if options.step:
        print(json.dumps(one_step(options)))
        return
    trees = {"now": Path(__file__).parents[2]} | ({"before": options.before.absolute()} if options.before else {})
    sizes = {name: run(tree, options.folder / name, "make", options) for name, tree in trees.items()}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for _ in range(ROUNDS):
        for name, tree in trees.items():
            found[name].append(run(tree, options.folder / name, "measure", options))
    least = {name: {cost: min(one[cost] for one in rounds) for cost in rounds[0]} for name, rounds in found.items()}
    print("ms".ljust(30), *(name.rjust(10) for name in trees))
    for cost, now in least["now"].items():
        before = least.get("before", {}).get(cost)
        told = "" if before is None else f"{before:10.3f} {before / now:8.0f} ×"
        print(f"{cost:30} {now:10.3f} {told}")
    print("MB on disk".ljust(30), *(f"{one['MB on disk']:10.1f}" for one in sizes.values()))


if __name__ == "__main__":
    main()

"""A reader alone on SQuAD: every question with its own paragraph, official normalisation.

    python tests/benchmarks/reader_squad.py SQUAD_FOLDER --reader ragqa/models/default

v1.1 dev: the best span always. v2.0 dev: no answer where the best span's margin over "no answer" is under a threshold, which is
chosen on questions of SQuAD train that the default reader was not trained on, each as it is and changed so that its paragraph no
longer answers it (training/near_miss.py). Of several such changes the one counts that misleads the reader most: those who wrote
v2.0's unanswerable questions meant to mislead.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from squad_library import held_out, paragraphs

from ragqa.answering import readers as module
from ragqa.answering.readers import Reader, load_reader, load_trainable
from ragqa.answering.windows import Passage
from ragqa.evaluation.metrics import exact_match, f1
from ragqa.training.near_miss import near_miss

CHANGES = 4
"""Changes of a question that are tried."""


@dataclass(frozen=True)
class Asked:
    question: str
    passage: Passage
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """The margin of the best span, and how right it is: as an answer, and (no answer) as silence."""

    margin: float
    exact: float
    f1: float
    silent: float


def questions(file: Path) -> list[Asked]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        articles = json.load(stream)["data"]
    return [
        Asked(asked["question"], Passage(paragraph["context"], article["title"].replace("_", " ")), texts)
        for article in articles
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
        for texts in [tuple(answer["text"] for answer in asked["answers"])]
    ]


def tuning_questions(squad: Path) -> list[Asked]:
    return [
        Asked(asked["question"], Passage(text, title), tuple(answer["text"] for answer in asked["answers"]))
        for path, title, text, questions in paragraphs(squad, "train-v1.1")
        if held_out(path)
        for asked in questions
    ]


def misleading(reader: Reader, asked: Sequence[Asked], chance: random.Random) -> list[Read]:
    """The questions, as far as they can be, changed so that their passage does not answer them; of a few changes the worst."""
    found = []
    for one in asked:
        drawn = {near_miss(one.question, one.passage.text, one.answers[0], chance) for _ in range(CHANGES)}
        changed = [Asked(question, one.passage, ()) for question in sorted(filter(None, drawn))]
        if changed:
            found.append(max(read(reader, changed), key=lambda result: result.margin))
    return found


def read(reader: Reader, asked: Sequence[Asked]) -> list[Read]:
    found, began = [], time.monotonic()
    for number, one in enumerate(asked, start=1):
        spans = reader.read(one.question, [one.passage]).spans
        text = one.passage.text[spans[0].start : spans[0].end] if spans else ""
        found.append(
            Read(
                spans[0].margin if spans else -99.0, exact_match(text, one.answers), f1(text, one.answers), float(not one.answers)
            )
        )
        if number % 1000 == 0:
            print(f"{number}/{len(asked)} {time.monotonic() - began:.0f} s", flush=True)
    return found


def scores(found: Sequence[Read], threshold: float) -> tuple[float, float]:
    """Exact match and F1 in percent when spans under the threshold are not given."""
    exact = [one.exact if one.margin >= threshold else one.silent for one in found]
    overlap = [one.f1 if one.margin >= threshold else one.silent for one in found]
    return 100 * float(np.mean(exact)), 100 * float(np.mean(overlap))


def best_threshold(found: Sequence[Read]) -> float:
    return max(np.arange(-10, 10, 0.25), key=lambda threshold: scores(found, threshold)[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", type=Path)
    parser.add_argument("--reader", default="default")
    parser.add_argument("--limit", type=int, default=0, help="so many questions of each set")
    parser.add_argument("--runtimes", action="store_true", help="only v1.1 dev, with the fast runtime and with torch in fp32")
    options = parser.parse_args()
    reader = load_reader(options.reader)
    chance = random.Random(13)

    def some(asked: list[Asked]) -> list[Asked]:
        return chance.sample(asked, min(options.limit, len(asked))) if options.limit else asked

    asked = some(questions(options.squad / "dev-v1.1.json.gz"))
    if options.runtimes:
        module.fast_inference = lambda device: torch.inference_mode()  # torch would take bf16 where the CPU has it
        for name, one in (("fast runtime", reader), ("torch, fp32", load_trainable(options.reader))):
            print(f"{name}: exact match {{:.2f}}, F1 {{:.2f}}".format(*scores(read(one, asked), -1e9)))
        return
    v1 = read(reader, asked)
    print("v1.1 dev: exact match {:.1f}, F1 {:.1f}, {} questions".format(*scores(v1, -1e9), len(v1)))
    tuning = some(tuning_questions(options.squad))
    threshold = best_threshold(read(reader, tuning) + misleading(reader, tuning, chance))
    v2 = read(reader, some(questions(options.squad / "dev-v2.0.json.gz")))
    print(
        "v2.0 dev: exact match {:.1f}, F1 {:.1f}, {} questions, threshold {:.2f}".format(
            *scores(v2, threshold), len(v2), threshold
        )
    )
    print("v2.0 dev at its own best threshold: {:.1f} / {:.1f}".format(*scores(v2, best_threshold(v2))))


if __name__ == "__main__":
    main()

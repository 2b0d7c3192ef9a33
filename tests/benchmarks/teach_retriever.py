"""Teaches the shipped retriever: an adapter of the default embedder, on customers' questions over manuals, SQuAD and other sets.

    python tests/benchmarks/open_manuals.py CLONES OPEN
    python tests/benchmarks/teach_retriever.py DATA_FOLDER --open OPEN/taught --out FOLDER --minutes 33

A step is a batch of passages with their questions: manuals, whole ones, every other round only of one trade together; stretches
of real manuals; chunks from all over one of them with those that are nearest to their questions and do not answer; stretches of
SQuAD's articles; contexts of the other sets. The learning rate warms up and falls to nothing at the last of --steps or --minutes,
whichever comes first. `retrieval_recall.py` measures what has been learnt.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from lessons import OTHERS, manual_groups, other_groups, pair_groups, squad_groups

from ragqa.config import IngestSettings
from ragqa.inference.adapter import About, Adapter, write_adapter
from ragqa.inference.embedder import DEFAULT_WEIGHTS_SHA256, _default_folder, load_embedder
from ragqa.training.contrast import Batch, Group, Lesson, batch_of, batches, contrastive_loss
from ragqa.training.low_rank import LowRankEncoder

SHARES = {"manuals": 0.3, "open": 0.2, "hard": 0.25, "squad": 0.2, "others": 0.05}
"""Of the batches."""

HARD, AMONG = 3, 12
"""So many passages that do not answer beside a question's right ones, by chance of the so many nearest."""

TAUGHT_WITH = (
    "manual_qa and open_manuals (no held-out manuals), SQuAD v1.1 train, doc2dial, SQuADShifts, TAT-QA, CovidQA, QED, CLAP NQ"
)


def endless(groups: Sequence[Group], trades: Sequence[str], most: int, chance: random.Random) -> Iterator[Batch]:
    """Rounds over all groups; in every other one only groups of one trade are together: kitchen with kitchen."""
    while True:
        yield from batches(groups, most, chance)
        for trade in chance.sample(sorted(set(trades)), len(set(trades))):
            yield from batches([group for group, own in zip(groups, trades, strict=True) if own == trade], most, chance)


def thinned(groups: Sequence[Group], questions: int, chance: random.Random) -> list[Group]:
    """The groups with at most so many questions for each first right passage."""
    made = []
    for group in groups:
        of: dict[int, list[Lesson]] = defaultdict(list)
        for lesson in group.lessons:
            of[lesson.right[0]].append(lesson)
        kept = [lesson for some in of.values() for lesson in chance.sample(some, min(questions, len(some)))]
        made.append(Group(group.passages, tuple(kept)))
    return made


def nearest_wrong(group: Group, encoder: LowRankEncoder) -> list[list[int]]:
    """For each lesson of a group the numbers of the nearest passages that do not answer it."""
    questions, passages = encoder.vectors([lesson.question for lesson in group.lessons], group.passages)
    scores = questions @ passages.T
    for row, lesson in enumerate(group.lessons):
        scores[row, [*lesson.right, *lesson.spared]] = -np.inf
    order = np.argsort(-scores, axis=1)[:, :AMONG]
    return [[int(number) for number in some if np.isfinite(row[number])] for row, some in zip(scores, order, strict=True)]


def hard_batches(
    groups: Sequence[Group], wrong: Sequence[Sequence[list[int]]], most: int, chance: random.Random
) -> Iterator[Batch]:
    """Rounds over all questions, a manual's in any order, each with its right passages and some of the nearest wrong ones."""
    while True:
        parts: list[Group] = []
        for group, nearest in zip(groups, wrong, strict=True):
            kept: set[int] = set()
            for number in chance.sample(range(len(nearest)), len(nearest)):
                own = {*group.lessons[number].right[:2], *chance.sample(nearest[number], min(HARD, len(nearest[number])))}
                if len(kept | own) > most:
                    parts.append(part(group, sorted(kept)))
                    kept = set()
                kept |= own
            parts.append(part(group, sorted(kept)))
        yield from (batch_of([one]) for one in chance.sample(parts, len(parts)))


def part(group: Group, numbers: Sequence[int]) -> Group:
    """Some passages of a group, with the questions that one of them answers."""
    place = {number: new for new, number in enumerate(numbers)}
    lessons = (
        Lesson(one.question, *(tuple(place[number] for number in some if number in place) for some in (one.right, one.spared)))
        for one in group.lessons
    )
    return Group(tuple(group.passages[number] for number in numbers), tuple(one for one in lessons if one.right))


def sources(data: Path, opened: Path, most: int, chance: random.Random, encoder: LowRankEncoder) -> dict[str, Iterator[Batch]]:
    settings, count = IngestSettings(), load_embedder(str(_default_folder()), threads=1).count_tokens
    manuals = manual_groups(data / "manual_qa", settings, count)
    real = [group for _, group in pair_groups(opened, settings, count) if group.lessons]
    squad = squad_groups(data / "squad" / "train-v1.1.json.gz", settings, count)
    others = [one for name in OTHERS for one in other_groups(data / "qa" / f"{name}.jsonl.gz", settings, count)]
    return {
        "manuals": endless([group for _, group in manuals], [name[:2] for name, _ in manuals], most, chance),
        "open": endless(real, [""] * len(real), most, chance),
        "hard": hard_batches(real, [nearest_wrong(group, encoder) for group in real], most, chance),
        "squad": endless(thinned(squad, 3, chance), [""] * len(squad), most, chance),
        "others": endless(thinned(others, 3, chance), [""] * len(others), most, chance),
    }


def say(out: Path, **fields: object) -> None:
    line = json.dumps({"at": time.strftime("%H:%M:%S"), **fields})
    print(line, flush=True)
    with open(out / "log.jsonl", "a", encoding="utf-8") as file:
        file.write(line + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--open", type=Path, required=True, help="real manuals, with their questions in a QA file beside the folder"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--mine", type=Path, help="the adapter by which wrong passages are the nearest; without it the base's vectors"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=1e9, help="after which it ends in any case, the rate fallen to nothing")
    parser.add_argument("--passages", type=int, default=32, help="a step")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--freeze", type=int, default=2, help="layers, counted from the words, that stay as they are")
    parser.add_argument("--start", type=Path, help="an adapter of this rank and these layers to go on from")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--keep", type=int, default=50, help="steps between two writings of the adapter")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    chance = random.Random(options.seed)
    encoder = LowRankEncoder(_default_folder(), options.rank, options.seed, frozen=options.freeze)
    if options.start:
        encoder.load(Adapter(options.start).deltas())
    optimizer = torch.optim.AdamW(encoder.learning(), lr=options.rate, weight_decay=0.0, betas=(0.9, 0.98))
    miner = LowRankEncoder(_default_folder(), 1, start=Adapter(options.mine).deltas() if options.mine else None)
    streams = sources(options.data, options.open, options.passages, chance, miner)
    began = time.monotonic()
    losses: dict[str, list[float]] = defaultdict(list)
    step, past = 0, 0.0
    while past < 1:
        step += 1
        past = max(step / options.steps, (time.monotonic() - began) / 60 / options.minutes)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(step / options.warmup, 1 - min(past, 0.999))
        name = chance.choices(list(SHARES), list(SHARES.values()))[0]
        batch = next(streams[name])
        questions, passages = encoder.embed(batch.questions, batch.passages)
        loss = contrastive_loss(questions, passages, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.learning(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses[name].append(float(loss.detach()))
        if step % 5 == 0:
            means = {name: round(sum(some) / len(some), 3) for name, some in losses.items()}
            say(options.out, step=step, cpu_seconds=round(time.process_time()), past=round(past, 3), **means)
            losses.clear()
        if step % options.keep == 0 or past >= 1:
            told = f"{TAUGHT_WITH}; {step} steps of {options.passages} passages"
            write_adapter(options.out, encoder.deltas(), About(DEFAULT_WEIGHTS_SHA256, options.rank, told, options.seed))


if __name__ == "__main__":
    main()

"""What a reader learns from: pairs mined on an index, or a triplets file, split into training and validation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragqa.answering.asker import Retriever
from ragqa.errors import UsageError
from ragqa.evaluation.evaluate import unknown_documents
from ragqa.evaluation.gold import Gold
from ragqa.training.examples import Group, grouped
from ragqa.training.mining import MiningReport, report_mining
from ragqa.training.split import split
from ragqa.training.triplet_file import triplet_line
from ragqa.training.triplets import mine
from ragqa.types import PairProblem, Progress, QAPair, Stop, Tell, Triplet, never, silent

FEWEST = 8
"""Answerable questions that training and validation each need: with fewer, nothing can be learnt and less be shown."""


LONG_ANSWER, LONG_SHARE = 400, 0.25
"""Answers of more characters are often cut by a chunk's end; where so large a share of them is long, passages are grown."""

GROWN = 1500
"""Characters of a grown passage: what fits one window. On a TV manual, the best spans of 8 passages had a ROUGE-L of .754 instead
of .718."""


@dataclass(frozen=True, slots=True)
class Mined:
    """The triplets of each pair, in the pairs' order, and a report on them. `stopped` is True when not all pairs were mined;
    `problems` are lines of the QA file that could not be used."""

    triplets: tuple[tuple[Triplet, ...], ...]
    report: MiningReport
    stopped: bool = False
    passage_characters: int = 0
    problems: tuple[PairProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """Groups of triplets on either side of the split, and a SHA-256 of all that went in."""

    training: tuple[Group, ...]
    validation: tuple[Group, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training would learn from; `report` is None where triplets were given instead of pairs."""

    material: Material
    report: MiningReport | None


def mine_pairs(
    retriever: Retriever,
    pairs: Sequence[QAPair],
    passage_characters: int = 0,
    progress: Tell = silent,
    stop: Stop = never,
) -> Mined:
    """Mine every pair, and sum up."""

    def told(done: int) -> None:
        progress(Progress("mine", done, len(pairs), pairs[done - 1].question, done, len(pairs)))

    mined = tuple(tuple(found) for found in mine(retriever, pairs, passage_characters, told, stop))
    done = pairs[: len(mined)]
    report = report_mining(done, mined, unknown_documents(Gold(retriever.index), done))
    return Mined(mined, report, stopped=len(mined) < len(pairs))


def passage_length(answers: Iterable[str]) -> int:
    """To how many characters retrieved chunks should be grown for answers like these; 0: not at all."""
    lengths = [len(answer) for answer in answers]
    return GROWN if sum(length > LONG_ANSWER for length in lengths) > LONG_SHARE * len(lengths) else 0


def from_triplets(triplets: Iterable[Triplet], validation: float, seed: int) -> Material:
    """The material of some triplets. Raises UsageError when there is too little to train on or to judge by."""
    triplets = list(triplets)
    training, judging = split(grouped(triplets), validation, seed)
    digest = hashlib.sha256()
    for triplet in triplets:
        digest.update(triplet_line(triplet).encode("utf-8", "replace"))
    material = Material(tuple(training), tuple(judging), digest.hexdigest())
    _check(material)
    return material


def _check(material: Material) -> None:
    """Raises UsageError when there is too little to train on or to judge by."""
    for what, groups in (("training", material.training), ("validation", material.validation)):
        answerable = sum(bool(group.positives) for group in groups)
        if answerable < FEWEST:
            raise UsageError(
                f"{answerable} answerable questions are left for {what}, but it takes at least {FEWEST}",
                hint="Bring more question/answer pairs; 'ragqa triplets' shows why answers were not found.",
            )

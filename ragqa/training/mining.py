"""What mining found, for a person to judge: how many answers were aligned how, with examples of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.types import Match, QAPair, Triplet

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class MiningExample:
    """A question, the answer as it was given, and the span of the manuals taken for it; no span: none was found."""

    question: str
    answer: str
    span: str
    document: str
    similarity: float


@dataclass(frozen=True, slots=True)
class MiningReport:
    """Counts over questions: `aligned` by match (NONE: the answer is nowhere to be found; such questions are left out),
    `unanswerable`, and `missed`, those whose passage retrieval did not find. `positives` and `negatives` count triplets. `notes`
    are for the user: the documents that pairs name and the index does not have."""

    questions: int
    aligned: dict[Match, int]
    unanswerable: int
    missed: int
    positives: int
    negatives: int
    examples: dict[Match, tuple[MiningExample, ...]]
    notes: tuple[str, ...] = ()


def report_mining(pairs: Sequence[QAPair], mined: Sequence[Sequence[Triplet]], notes: tuple[str, ...] = ()) -> MiningReport:
    """Sum up what `mine` gave for each pair. Of fuzzy matches the least similar are shown, for there the errors are."""
    aligned = dict.fromkeys(Match, 0)
    found: dict[Match, list[MiningExample]] = {match: [] for match in Match}
    unanswerable = missed = 0
    for pair, triplets in zip(pairs, mined, strict=True):
        if not pair.answers:
            unanswerable += 1
            continue
        positive = next((one for one in triplets if one.answerable), None)
        match = positive.match if positive else Match.NONE
        aligned[match] += 1
        missed += positive is not None and not any(one.rank for one in triplets if one.answerable)
        found[match].append(_example(pair, positive))
    return MiningReport(
        questions=len(pairs),
        aligned=aligned,
        unanswerable=unanswerable,
        missed=missed,
        positives=sum(one.answerable for triplets in mined for one in triplets),
        negatives=sum(not one.answerable for triplets in mined for one in triplets),
        examples={match: tuple(sorted(some, key=lambda example: example.similarity)[:EXAMPLES]) for match, some in found.items()},
        notes=notes,
    )


def _example(pair: QAPair, positive: Triplet | None) -> MiningExample:
    span = positive.context[positive.start : positive.end] if positive else ""
    document = positive.document if positive else pair.document or ""
    return MiningExample(pair.question, pair.answers[0], span, document, positive.similarity if positive else 0.0)

"""Passages to answers: candidate spans of all passages ranked by one calibrated probability, and the honest "no"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragqa.answering.context import context_of, instruction_around
from ragqa.answering.evidence import Evidence
from ragqa.answering.readers import Calibration, Reader
from ragqa.answering.spans import Reading
from ragqa.answering.widen import widened
from ragqa.answering.windows import Passage
from ragqa.indexing.index import Index
from ragqa.text.analysis import asks_for_instructions
from ragqa.types import Abstention, Answer, Block, BlockKind, Hit, Response

WEAK_DENSE = 0.35
"""Cosine of the best passage under which retrieval, not reading, is to blame for an abstention."""

FIRST_PASSAGES = 3
"""Passages that are read first; the others only where these do not answer with enough confidence."""

CANDIDATES = 20
"""Distinct spans of a question that are weighed against each other; the right one is hardly ever behind them."""

RANKING = ("margin", "dense", "lexical", "near")
"""The features that rank a question's spans."""

SHORTEST_INSTRUCTION = 4
"""Words under which a span is a fragment of an instruction, like "Tap"."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span, as document offsets, with the passage it came from and its score among the spans of its question.

    That is computed from `features`: margin, how much the span beats "no answer" in its own window; dense and lexical, how well
    its passage was retrieved; near, how much of the question stands around it. A fifth one, null, is the question's: the
    log-probability that no passage answers.
    """

    hit: Hit
    start: int
    end: int
    features: dict[str, float]
    score: float


def answer(
    index: Index, reader: Reader, question: str, hits: Sequence[Hit], answers: int, threshold: float, decisive: float = 1.0
) -> Response:
    """Read the hits and return the best `answers` spans, best first, or say why not.

    `threshold` is a confidence in 0..1, and `decisive` the one from which the first passages suffice and no more are read.
    """
    read = widened(index, hits, reader.settings.passage_characters)
    blocks = [index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in read]
    passages = [passage_of(hit, held) for hit, held in zip(read, blocks, strict=True)]
    evidence = Evidence(question, read, blocks)

    def weigh(reading: Reading) -> tuple[list[Candidate], list[float]]:
        ranked = rank(reading, read, evidence, reader.settings.calibration)
        chosen = choose(index, ranked, question, reader.settings.join_blocks)
        return chosen, confidences(chosen, reader.settings.calibration)

    first = FIRST_PASSAGES if decisive < 1 else len(passages)
    reading = reader.read(question, passages[:first])
    chosen, sure = weigh(reading)
    if passages[first:] and not (sure and sure[0] >= decisive):
        chosen, sure = weigh(reading.joined(reader.read(question, passages[first:]), first))
    found = tuple(_answer(index, candidate, chance) for candidate, chance in zip(chosen[:answers], sure, strict=False))
    answered = bool(found) and found[0].confidence >= threshold
    return Response(
        question=question,
        answered=answered,
        reason=None if answered else _reason(hits),
        answers=found,
        passages=tuple(hits),
        threshold=threshold,
    )


def passage_of(hit: Hit, blocks: Sequence[Block]) -> Passage:
    """A hit as the reader reads it: title and heading path before the text; answers never in headings, across blocks or cells."""
    headings = " > ".join(dict.fromkeys(part for part in (hit.title, *hit.chunk.section) if part))
    segments: list[tuple[int, int]] = []
    for block in blocks:
        start, end = max(block.start - hit.chunk.start, 0), min(block.end - hit.chunk.start, len(hit.chunk.text))
        if block.kind is BlockKind.TABLE_ROW:
            segments.extend(cell_values(hit.chunk.text, start, end))
        elif block.kind is not BlockKind.HEADING:
            segments.append((start, end))
    return Passage(hit.chunk.text, headings, tuple(segments))


def cell_values(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the cells of a table row stand in a text, without the labels that parsing puts before their values."""
    while start < end:
        bar = text.find(" | ", start, end)
        cell_end = end if bar < 0 else bar
        label = text.find(": ", start, cell_end)
        if cell_end > start:
            yield (start if label < 0 else label + 2), cell_end
        start = cell_end + 3


def rank(reading: Reading, hits: Sequence[Hit], evidence: Evidence, calibration: Calibration) -> list[Candidate]:
    """Every candidate span with its score, best first."""
    candidates = []
    for span in reading.spans:
        hit = hits[span.passage]
        start, end = hit.chunk.start + span.start, hit.chunk.start + span.end
        values = {
            "margin": span.margin,
            "null": reading.null,
            "dense": hit.dense,
            "lexical": hit.lexical,
            "near": evidence.near(span.passage, start, end),
        }
        candidates.append(Candidate(hit, start, end, values, _score(values, calibration)))
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.hit.chunk_id, candidate.start))


def _score(values: dict[str, float], calibration: Calibration) -> float:
    return sum(getattr(calibration, name) * values[name] for name in RANKING)


def confidences(chosen: Sequence[Candidate], calibration: Calibration) -> list[float]:
    """The probability of being right of each of a question's distinct candidates, given best first."""
    if not chosen:
        return []
    top, null = chosen[0].score, chosen[0].features["null"]
    lead = -math.log(sum(math.exp(candidate.score - top) for candidate in chosen))
    margin = max(candidate.features["margin"] for candidate in chosen)
    question = calibration.bias + calibration.null * null + calibration.best * margin + calibration.lead * lead
    logits = [calibration.slope * candidate.score + question for candidate in chosen]
    return [1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit)))) for logit in logits]


def choose(index: Index, ranked: Sequence[Candidate], question: str, long_answers: bool) -> list[Candidate]:
    """The best answers among ranked candidates, no two overlapping, widened where part of a sentence is too little."""
    if long_answers:
        return distinct_spans([_completed(index, candidate) for candidate in expected_spans(ranked, CANDIDATES)], CANDIDATES)
    if asks_for_instructions(question, {candidate.hit.language for candidate in ranked}):
        ranked = [_instruction(index, candidate) for candidate in ranked[:CANDIDATES]]
    return distinct_spans(ranked, CANDIDATES)


def distinct_spans(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """The first `count` candidates, leaving out those that overlap a better one of the same document."""
    kept: list[Candidate] = []
    for candidate in ranked:
        if len(kept) == count:
            break
        if not any(_overlap(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def expected_spans(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """Like `distinct_spans`, for long answers, where many spans that differ by a sentence share the probability.

    The first-ranked span tells where the answer is; of those that overlap it, the one is taken whose expected F1 (of characters,
    over them all, weighted by the odds of each) is best: minimum Bayes risk. It has the first one's features and score.
    """
    kept: list[Candidate] = []
    rest = list(ranked)
    while rest and len(kept) < count:
        first = rest[0]
        around = [candidate for candidate in rest if _overlap(candidate, first)]
        odds = [math.exp(candidate.score - first.score) for candidate in around]

        def expected(span: Candidate, around: list[Candidate] = around, odds: list[float] = odds) -> float:
            return sum(weight * _shared(span, other) for other, weight in zip(around, odds, strict=True))

        best = max(around, key=expected)
        kept.append(replace(first, hit=best.hit, start=best.start, end=best.end))
        rest = [candidate for candidate in rest if not (_overlap(candidate, first) or _overlap(candidate, best))]
    return kept


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.hit.document_id == other.hit.document_id and one.start < other.end and other.start < one.end


def _shared(one: Candidate, other: Candidate) -> float:
    """The F1 of the characters of two spans."""
    if not _overlap(one, other):
        return 0.0
    both = min(one.end, other.end) - max(one.start, other.start)
    return 2.0 * both / (one.end - one.start + other.end - other.start)


def _completed(index: Index, candidate: Candidate) -> Candidate:
    """The candidate, widened to whole steps or sentences."""
    start, end = instruction_around(index, candidate.hit.document_id, candidate.start, candidate.end, candidate.hit.language)
    return replace(candidate, start=start, end=end)


def _instruction(index: Index, candidate: Candidate) -> Candidate:
    """The candidate, widened to its step or sentence where it is too short to tell anybody what to do."""
    if len(index.text(candidate.hit.document_id, candidate.start, candidate.end).split()) >= SHORTEST_INSTRUCTION:
        return candidate
    return _completed(index, candidate)


def _answer(index: Index, candidate: Candidate, confidence: float) -> Answer:
    hit, chunk = candidate.hit, candidate.hit.chunk
    blocks = index.blocks(hit.document_id, candidate.start, candidate.end)
    pages = sorted({block.page for block in blocks if block.page is not None})
    return Answer(
        text=index.text(hit.document_id, candidate.start, candidate.end),
        confidence=confidence,
        document=hit.document,
        section=blocks[0].section if blocks else chunk.section,
        pages=tuple(pages),
        start=candidate.start,
        end=candidate.end,
        passage=chunk.text,
        passage_start=chunk.start,
        context=context_of(index, hit.document_id, candidate.start, candidate.end, hit.language),
        document_id=hit.document_id,
        reader_score=candidate.features["margin"],
        retrieval_score=hit.score,
    )


def _reason(hits: Sequence[Hit]) -> Abstention:
    if not hits:
        return Abstention.NO_PASSAGES
    if max(hit.dense for hit in hits) < WEAK_DENSE:
        return Abstention.RETRIEVAL_WEAK
    return Abstention.READER_UNSURE

"""Passages to answers: candidate spans of all passages ranked by one calibrated probability, and the honest "no"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragqa.answering.context import context_of, instruction_around
from ragqa.answering.evidence import Evidence
from ragqa.answering.reader import Calibration, Reader, Reading
from ragqa.answering.widen import widened
from ragqa.answering.windows import Passage
from ragqa.indexing.index import Index
from ragqa.types import Abstention, Answer, Block, BlockKind, Hit, Response

WEAK_DENSE = 0.35
"""Cosine of the best passage under which retrieval, not reading, is to blame for an abstention."""

INSTRUCTION_CANDIDATES = 20

SHORTEST_INSTRUCTION = 4
"""Words under which a span is a fragment of an instruction, like "Tap"."""

_HOW_TO = re.compile(r"\W*how\s+(?:do|does|can|could|should|would|must|may|might|to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span, as document offsets, with the passage it came from and its probability of being right.

    That is computed from `features`: margin, how much the span beats "no answer" in its own window; null, the log-probability
    that no passage answers, one for the question; dense and lexical, how well its passage was retrieved; near, how much of the
    question stands around it.
    """

    hit: Hit
    start: int
    end: int
    features: dict[str, float]
    confidence: float


def answer(index: Index, reader: Reader, question: str, hits: Sequence[Hit], answers: int, threshold: float) -> Response:
    """Read the hits and return the best `answers` spans, best first, or say why not. `threshold` is a confidence in 0..1."""
    read = widened(index, hits, reader.settings.passage_characters)
    blocks = [index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in read]
    reading = reader.read(question, [passage_of(hit, held) for hit, held in zip(read, blocks, strict=True)])
    ranked = rank(reading, read, Evidence(question, read, blocks), reader.settings.calibration)
    if asks_for_instructions(question):
        ranked = [_instruction(index, candidate) for candidate in ranked[:INSTRUCTION_CANDIDATES]]
    best = distinct_spans(ranked, answers)
    found = tuple(_answer(index, candidate) for candidate in best)
    answered = bool(found) and found[0].confidence >= threshold
    return Response(
        question=question,
        answered=answered,
        reason=None if answered else _reason(hits),
        answers=found,
        passages=tuple(hits),
        threshold=threshold,
    )


def asks_for_instructions(question: str) -> bool:
    """Whether a question wants to know how something is done, so that a step or sentence answers it, not a part of one."""
    return bool(_HOW_TO.match(question))


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
    """Every candidate span with its probability, most probable first."""
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
        candidates.append(Candidate(hit, start, end, values, confidence(values, calibration)))
    return sorted(candidates, key=lambda candidate: (-candidate.confidence, candidate.hit.chunk_id, candidate.start))


def confidence(values: dict[str, float], calibration: Calibration) -> float:
    """The calibrated probability that a span with these features is right."""
    logit = calibration.bias + sum(getattr(calibration, name) * value for name, value in values.items())
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


def distinct_spans(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """The first `count` candidates, leaving out those that overlap a better one of the same document."""
    kept: list[Candidate] = []
    for candidate in ranked:
        if len(kept) == count:
            break
        if not any(
            candidate.hit.document_id == other.hit.document_id and candidate.start < other.end and other.start < candidate.end
            for other in kept
        ):
            kept.append(candidate)
    return kept


def _instruction(index: Index, candidate: Candidate) -> Candidate:
    """The candidate, widened to its step or sentence where it is too short to tell anybody what to do."""
    if len(index.text(candidate.hit.document_id, candidate.start, candidate.end).split()) >= SHORTEST_INSTRUCTION:
        return candidate
    start, end = instruction_around(index, candidate.hit.document_id, candidate.start, candidate.end)
    return replace(candidate, start=start, end=end)


def _answer(index: Index, candidate: Candidate) -> Answer:
    hit, chunk = candidate.hit, candidate.hit.chunk
    blocks = index.blocks(hit.document_id, candidate.start, candidate.end)
    pages = sorted({block.page for block in blocks if block.page is not None})
    return Answer(
        text=index.text(hit.document_id, candidate.start, candidate.end),
        confidence=candidate.confidence,
        document=hit.document,
        section=blocks[0].section if blocks else chunk.section,
        pages=tuple(pages),
        start=candidate.start,
        end=candidate.end,
        passage=chunk.text,
        passage_start=chunk.start,
        context=context_of(index, hit.document_id, candidate.start, candidate.end),
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

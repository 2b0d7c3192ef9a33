"""Spans to ranked candidates: what tells the spans of one question apart, and the score that a calibration makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.answering.evidence import Evidence
from ragqa.answering.reader_settings import Calibration
from ragqa.answering.spans import Reading
from ragqa.types import Hit

RANKING = ("margin", "dense", "lexical", "near", "second", "alone", "length")
"""The features that rank a question's spans."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span, as document offsets, with the passage it came from and its score among the spans of its question.

    That is computed from `features`: margin, how much the span beats "no answer" in its own window; dense and lexical, how well
    its passage was retrieved, the first less what it lacks where the question names other documents better; near, how much of the
    question stands around it; second, what a second reader says of it, 0 where there is but one; alone, its margin in its own
    lines, 0 where it was read once; length, the logarithm of one more than its words. An eighth one, null, is the question's: the
    log-probability that none of the passages read answers. The score is 0 until `rank` gives it.
    """

    hit: Hit
    start: int
    end: int
    features: dict[str, float]
    score: float = 0.0

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it stands: the document's id and the two offsets."""
        return self.hit.document_id, self.start, self.end

    def overlaps(self, other: Candidate) -> bool:
        """Whether both have a character of one document."""
        return self.hit.document_id == other.hit.document_id and self.start < other.end and other.start < self.end


def candidates_of(reading: Reading, hits: Sequence[Hit], evidence: Evidence) -> list[Candidate]:
    """Every span that was read as a candidate, not yet ranked; `hits` are the passages that the reading numbers."""
    candidates = []
    named = max((hit.product for hit in hits), default=0.0)  # taken away elsewhere, not added here: a name makes nothing surer
    for span in reading.spans:
        hit = hits[span.passage]
        start, end = hit.chunk.start + span.start, hit.chunk.start + span.end
        features = {
            "margin": span.margin,
            "null": reading.null,
            "dense": hit.dense + hit.product - named,
            "lexical": hit.lexical,
            "near": evidence.near(span.passage, start, end),
            "second": span.second,
            "alone": span.alone,
            "length": math.log1p(len(hit.chunk.text[span.start : span.end].split())),
        }
        candidates.append(Candidate(hit, start, end, features))
    return candidates


def rank(candidates: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    """The candidates with their scores under a calibration, best first; equals in a fixed order."""
    scored = [Candidate(one.hit, one.start, one.end, one.features, _score(one.features, calibration)) for one in candidates]
    return sorted(scored, key=lambda candidate: (-candidate.score, candidate.hit.chunk_id, candidate.start))


def _score(features: dict[str, float], calibration: Calibration) -> float:
    return sum(getattr(calibration, name) * features[name] for name in RANKING)

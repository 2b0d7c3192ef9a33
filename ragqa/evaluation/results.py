"""The nouns of evaluation: what came of one question, and all that one evaluation found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ragqa.evaluation.bootstrap import Difference
from ragqa.evaluation.calibration import CoveragePoint, ReliabilityBin, RiskLimit
from ragqa.evaluation.metrics import Rouge
from ragqa.text.agreement import is_right
from ragqa.types import PairProblem, QAPair

Metrics = dict[str, float | None]
"""Figures by name, shares in 0..1; None where the questions do not allow the figure."""


class FoundBy(StrEnum):
    """How the passages that answer a question are told: by the page or section the pair names, by an accepted answer in their
    text, or, where neither can be, by the document alone."""

    PAGE = "page"
    SECTION = "section"
    ANSWER = "answer"
    DOCUMENT = "document"


class Outcome(StrEnum):
    """What came of a question. Wrong answers from another manual count as such, whatever else went wrong with them."""

    RIGHT = "right"
    RIGHT_ABSTENTION = "right_abstention"
    MISREAD = "misread"
    NOT_RETRIEVED = "not_retrieved"
    WRONG_MANUAL = "wrong_manual"
    WRONG_ABSTENTION = "wrong_abstention"
    WRONGLY_ANSWERED = "wrongly_answered"

    @property
    def good(self) -> bool:
        """Whether the system did what it should."""
        return self in (Outcome.RIGHT, Outcome.RIGHT_ABSTENTION)


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What came of one question. `predicted` is the best span, whether or not the system abstained; empty when it had none.

    `exact`, `f1` and `rouge` compare it with the accepted answers. `gold_rank` is the rank, from 1, of the first passage that
    answers, as `found_by` tells it; both are None for a question that the manuals do not answer, `gold_rank` also when no passage
    within reach answers. `right_document` is None where the pair names no document.
    """

    pair: QAPair
    predicted: str
    confidence: float
    answered: bool
    document: str
    pages: tuple[int, ...]
    section: tuple[str, ...]
    exact: float
    f1: float
    rouge: Rouge
    gold_rank: int | None
    found_by: FoundBy | None
    right_document: bool | None
    outcome: Outcome
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the best span is right, and not from another manual than the pair's; never where the manuals do not say."""
        return self.right_document is not False and is_right(self.predicted, self.pair.answers)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a simpler way to an answer reaches on the same questions."""

    name: str
    description: str
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Report:
    """All that one evaluation found out, with what it takes to repeat it.

    `metrics` are grouped: retrieval, reading, with_abstention, no_answer, calibration, latency. `curve` is risk against coverage,
    `limits` the thresholds for some tolerated risks. `problems` are lines of the QA file that could not be used, `notes` what
    makes the figures doubtful. `interrupted` is True when it was stopped; the figures are those of the questions asked.
    """

    results: tuple[QuestionResult, ...]
    metrics: dict[str, Metrics]
    outcomes: dict[Outcome, int]
    curve: tuple[CoveragePoint, ...]
    limits: tuple[RiskLimit, ...]
    reliability: tuple[ReliabilityBin, ...]
    reader: str
    index: str
    generation: int
    threshold: float
    top_k: int
    date: str
    baselines: tuple[Baseline, ...] = ()
    problems: tuple[PairProblem, ...] = ()
    notes: tuple[str, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readers on the same questions. `differences` are after − before; `verdict` says in words what they show, and is empty
    where it was stopped before both were asked anything."""

    before: Report
    after: Report
    differences: dict[str, Difference]
    verdict: str


def worst(results: Sequence[QuestionResult], count: int) -> list[QuestionResult]:
    """The `count` worst questions: wrong answers first, the surest of them before all, then what was not answered."""
    bad = [result for result in results if not result.outcome.good]
    return sorted(bad, key=lambda result: (not result.answered, -result.confidence))[:count]

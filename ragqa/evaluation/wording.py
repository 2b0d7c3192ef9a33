"""The figures of a report in words, the same in the terminal and in the HTML."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from ragqa.evaluation.calibration import SURE, RiskLimit, answers_needed
from ragqa.evaluation.results import Metrics, Outcome, QuestionResult, Report
from ragqa.types import QAPair

OUTCOMES = {
    Outcome.RIGHT: "right",
    Outcome.RIGHT_ABSTENTION: "rightly not answered: the manuals do not say",
    Outcome.MISREAD: "misread: the passage was there, the answer is wrong",
    Outcome.NOT_RETRIEVED: "not retrieved: no passage that was read answers it",
    Outcome.WRONG_MANUAL: "wrong manual: the answer comes from another document",
    Outcome.WRONG_ABSTENTION: "wrongly not answered: the answer was within reach",
    Outcome.WRONGLY_ANSWERED: "wrongly answered: the manuals do not say",
}

GROUPS = {
    "retrieval": "Retrieval: {:,} answerable questions",
    "reading": "Reading, best span: {:,} answerable questions",
    "with_abstention": "With abstention, as SQuAD 2.0 scores: {:,} questions",
    "no_answer": "“The manuals do not say”: {:,} questions",
    "calibration": "Confidence: {:,} questions",
    "latency": "Time per question: {:,} after the first",
}

LABELS = {
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "recall@20": "recall@20",
    "mrr": "mean reciprocal rank",
    "exact_match": "exact match",
    "f1": "F1",
    "rouge_l_precision": "ROUGE-L precision",
    "rouge_l_recall": "ROUGE-L recall",
    "rouge_l_f1": "ROUGE-L F1",
    "rouge_l": "ROUGE-L F1",
    "f1_with_abstention": "F1 with abstention",
    "right_document": "right document",
    "answered": "answered",
    "right_when_answered": "right when answered",
    "precision": "precision",
    "recall": "recall",
    "auc": "AUC of 1 − confidence",
    "expected_calibration_error": "expected calibration error",
    "mean_confidence": "mean confidence",
    "accuracy": "best span right",
    "area_under_risk_coverage": "area under risk-coverage",
    "p50_ms": "median",
    "p95_ms": "95th percentile",
}

BASELINE_COLUMNS = ("exact_match", "f1", "rouge_l_precision", "rouge_l_recall", "rouge_l_f1", "right_document")


def figure(name: str, value: float | None) -> str:
    """A figure as people read it: shares in percent, times in milliseconds, a dash where there is none."""
    if value is None:
        return "–"
    if name.endswith("_ms"):
        return f"{value:,.0f} ms"
    if name in ("auc", "mrr", "expected_calibration_error", "area_under_risk_coverage"):
        return f"{value:.3f}"
    return f"{100 * value:.1f} %"


def metric_rows(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """Label and figure of a group of metrics, without the count of its questions."""
    for name, value in metrics.items():
        if name in LABELS:
            yield LABELS[name], figure(name, value)


def group_title(group: str, metrics: Metrics) -> str:
    """What a group of metrics is about, and over how many questions."""
    return GROUPS[group].format(metrics["questions"])


def baseline_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """A row of figures for the system itself and for each baseline: name, description, and BASELINE_COLUMNS."""
    own = report.metrics["reading"]
    yield ("ragqa", "retrieval and reader", *(figure(name, own[name]) for name in BASELINE_COLUMNS))
    for baseline in report.baselines:
        figures = (figure(name, baseline.metrics.get(name)) for name in BASELINE_COLUMNS)
        yield (baseline.name, baseline.description, *figures)


def percent(share: float) -> str:
    """A share as a percentage without needless decimals."""
    return f"{100 * share:.4g} %"


def limit_sentence(limit: RiskLimit) -> str:
    """What a tolerated share of wrong answers costs, or why it cannot be promised."""
    promise = f"at most {percent(limit.max_wrong)} wrong answers"
    if limit.point is not None:
        point = limit.point
        return (
            f"{promise}: answers {100 * point.coverage:.0f} % of the questions (confidence >= {rounded_down(point.threshold)}); "
            f"{point.wrong} of {point.answered} were wrong"
        )
    needed = answers_needed(limit.max_wrong)
    if limit.questions < needed:
        asked = "1 question" if limit.questions == 1 else f"{limit.questions} questions"
        return f"{promise}: cannot be shown with {asked}; it takes {needed} answers without an error"
    return f"{promise}: no threshold keeps that with {percent(SURE)} certainty"


def rounded_down(threshold: float) -> str:
    """A threshold in four digits; rounded down, so that the questions at it are still answered."""
    return f"{floor(threshold * 10_000) / 10_000:.4f}"


def place(document: str, pages: tuple[int, ...], section: tuple[str, ...]) -> str:
    """file › page › section"""
    parts = [document] if document else []
    if pages:
        parts.append(f"page {pages[0]}" if len(pages) == 1 else f"pages {pages[0]}–{pages[-1]}")
    return " › ".join([*parts, *section])


def expected_place(pair: QAPair) -> str:
    """Where a pair says that its answer stands."""
    headings = tuple(pair.section.split(" > ")) if pair.section else ()
    return place(pair.document or "", () if pair.page is None else (pair.page,), headings)


def expected_answer(pair: QAPair) -> str:
    """The accepted answers, or that there is none."""
    return " / ".join(pair.answers) if pair.answers else "(the manuals do not say)"


def retrieval_remark(result: QuestionResult) -> str:
    """At which rank the passage that answers was retrieved."""
    if result.found_by is None:
        return ""
    return f"rank {result.gold_rank}" if result.gold_rank else "not retrieved"

"""What an evaluation found out, from JSON."""

from __future__ import annotations

from collections.abc import Callable

from ragqa.evaluation.calibration import CoveragePoint, ReliabilityBin, RiskLimit
from ragqa.evaluation.metrics import Rouge
from ragqa.evaluation.results import Baseline, FoundBy, Metrics, Outcome, QuestionResult, Report
from ragqa.schema_reading.fields import Fields, count, listed, maybe, named, number, one_of, share, text, truth
from ragqa.types import PairProblem, QAPair

metrics: Callable[[object, str], Metrics] = named(maybe(number))


def read_report(value: object, place: str = "report") -> Report:
    """The report of `report_json`; its pairs are without their own contexts. Raises Misread."""
    get = Fields(value, place)
    return Report(
        results=get("results", listed(_result)),
        metrics=get("metrics", named(metrics)),
        outcomes=get("outcomes", _outcomes),
        curve=get("risk_coverage", listed(_point)),
        limits=get("risk_limits", listed(_limit)),
        reliability=get("reliability", listed(_bin)),
        reader=get("reader", text),
        index=get("index", text),
        generation=get("generation", count),
        threshold=get("threshold", share),
        top_k=get("top_k", count),
        date=get("date", text),
        baselines=get("baselines", listed(_baseline), ()),
        problems=get("problems", listed(_problem), ()),
        notes=get("notes", listed(text), ()),
        interrupted=get("interrupted", truth),
    )


def _outcomes(value: object, place: str) -> dict[Outcome, int]:
    counts = named(count)(value, place)
    return {one_of(Outcome)(name, place): many for name, many in counts.items()}


def _result(value: object, place: str) -> QuestionResult:
    get = Fields(value, place)
    pair = QAPair(
        question=get("question", text),
        answers=get("accepted", listed(text)),
        id=get("id", text),
        document=get("expected_document", maybe(text)),
        page=get("expected_page", maybe(count)),
        section=get("expected_section", maybe(text)),
        origin=get("origin", text, ""),
    )
    return QuestionResult(
        pair=pair,
        predicted=get("predicted", text),
        confidence=get("confidence", share),
        answered=get("answered", truth),
        document=get("document", text),
        pages=get("pages", listed(count)),
        section=get("section", listed(text)),
        exact=get("exact_match", number),
        f1=get("f1", number),
        rouge=get("rouge_l", _rouge),
        gold_rank=get("gold_rank", maybe(count)),
        found_by=get("found_by", maybe(one_of(FoundBy))),
        right_document=get("right_document", maybe(truth)),
        outcome=get("outcome", one_of(Outcome)),
        seconds=get("seconds", number),
    )


def _rouge(value: object, place: str) -> Rouge:
    get = Fields(value, place)
    return Rouge(get("precision", number), get("recall", number), get("f1", number))


def _point(value: object, place: str) -> CoveragePoint:
    get = Fields(value, place)
    return CoveragePoint(
        get("threshold", number), get("coverage", share), get("risk", share), get("answered", count), get("wrong", count)
    )


def _limit(value: object, place: str) -> RiskLimit:
    get = Fields(value, place)
    return RiskLimit(get("max_wrong", share), get("questions", count), get("point", maybe(_point)))


def _bin(value: object, place: str) -> ReliabilityBin:
    get = Fields(value, place)
    return ReliabilityBin(
        get("low", share), get("high", share), get("count", count), get("confidence", share), get("accuracy", share)
    )


def _baseline(value: object, place: str) -> Baseline:
    get = Fields(value, place)
    return Baseline(get("name", text), get("description", text), get("metrics", metrics))


def _problem(value: object, place: str) -> PairProblem:
    get = Fields(value, place)
    return PairProblem(get("file", text), get("line", count), get("field", text), get("message", text))

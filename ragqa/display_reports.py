"""What every face says of evaluations, trainings and the answers that a training found: figures, tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ragqa.display import one_line, quoted, spell_seconds
from ragqa.types import Match

if TYPE_CHECKING:
    from ragqa.evaluation.calibration import RiskLimit
    from ragqa.evaluation.results import Comparison, QuestionResult, Report
    from ragqa.training.mining import MiningReport
    from ragqa.training.retriever import Taught
    from ragqa.types import QAPair, TrainStep

MATCHES = {
    Match.EXACT: "found word for word",
    Match.NORMALISED: "found but for case, spaces or punctuation",
    Match.FUZZY: "found retyped or shortened",
    Match.NONE: "not found: left out",
}
"""How the answer of a pair was found in the manuals, in words."""


def evaluation_line(step: TrainStep) -> str:
    """One evaluation within a training."""
    scores = step.scores
    return (
        f"step {step.step}/{step.steps}: loss {step.loss:.3f}, exact match {scores['exact_match']:.1f}, F1 {scores['f1']:.1f}, "
        f"ROUGE-L {scores['rouge_l']:.1f}, no answer {scores['no_answer_accuracy']:.1f} % right, "
        f"{spell_seconds(step.left)} left"
    )


def figure_groups(report: Report) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The figures of an evaluation: for each group its title, and label and figure of each."""
    from ragqa.evaluation.wording import group_title, metric_rows

    for group, metrics in report.metrics.items():
        rows = list(metric_rows(metrics))
        if rows and metrics.get("questions"):
            yield group_title(group, metrics), rows


def baseline_table(report: Report) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows of what simpler ways to an answer reach."""
    from ragqa.evaluation.wording import BASELINE_COLUMNS, LABELS, baseline_rows

    return ("", "", *(LABELS[name] for name in BASELINE_COLUMNS)), list(baseline_rows(report))


def compared_figures(comparison: Comparison) -> list[tuple[str, str, str, str, str]]:
    """The before/after table: figure, before, after, difference, its 95 % interval."""
    from ragqa.training.card import compared_rows

    return list(compared_rows(comparison))


def found_figures(taught: Taught) -> list[tuple[str, str, str, str, str]]:
    """The before/after table of a retriever: figure, before, after, difference, its 95 % interval."""
    from ragqa.training.retriever_card import found_rows

    return list(found_rows(taught))


def retriever_verdict(taught: Taught) -> str:
    """What a retriever's figures show, in a sentence."""
    from ragqa.training.retriever_card import verdict

    return verdict(taught)


def limit_sentence(limit: RiskLimit) -> str:
    """What a tolerated share of wrong answers costs, or why it cannot be promised."""
    from ragqa.evaluation.wording import limit_sentence

    return limit_sentence(limit)


def worst_questions(report: Report, count: int) -> list[tuple[QuestionResult, str]]:
    """The worst questions, wrong answers first, each with what went wrong."""
    from ragqa.evaluation.results import worst
    from ragqa.evaluation.wording import OUTCOMES

    return [(one, OUTCOMES[one.outcome]) for one in worst(report.results, count)]


def mining_lines(report: MiningReport) -> Iterator[tuple[str, str]]:
    """How the answers of questions were found in the manuals, line by line, with the style of each; then examples of each kind,
    of the retyped answers those least alike."""
    answerable = report.questions - report.unanswerable
    yield f"{report.questions:,} questions: {answerable:,} with an answer, {report.unanswerable:,} without.", ""
    counts = [f"{report.aligned[match]:,}" for match in Match]
    shares = [f"{100 * report.aligned[match] / max(1, answerable):.0f} %" for match in Match]
    width, digits, signs = (max(map(len, column)) for column in (MATCHES.values(), counts, shares))
    for match, count, share in zip(Match, counts, shares, strict=True):
        yield f"  {MATCHES[match]:<{width}}  {count:>{digits}}  {share:>{signs}}", ""
    yield f"{report.positives:,} passages hold an answer, {report.negatives:,} retrieved ones do not.", ""
    if report.missed:
        yield f"Of {report.missed:,} questions retrieval did not find the passage; it was taken from the document.", ""
    for note in report.notes:
        yield f"{one_line(note)}.", ""
    for match in (Match.FUZZY, Match.NORMALISED, Match.NONE):
        for number, one in enumerate(report.examples[match]):
            if number == 0:
                yield f"\n{MATCHES[match][0].upper()}{MATCHES[match][1:]}, for example:", "bold"
            yield f"  {quoted(one.question)}", ""
            yield f"     given: {quoted(one.answer)}", "dim"
            if one.span:
                yield f"     found: {quoted(one.span)}  ({one_line(one.document)}, similarity {one.similarity:.2f})", ""


def material_sentence(training: int, validation: int) -> str:
    """How many questions a training learns from, and how many judge it."""
    return f"{training:,} questions to train on, {validation:,} to judge by."


def expected(pair: QAPair) -> str:
    """The accepted answers, or that there is none."""
    from ragqa.evaluation.wording import expected_answer

    return expected_answer(pair)

"""What both faces of ragqa say in the same words: text made safe to show, places, and the figures of reports.

Text from documents, questions and file names is data: nothing of it may reach a terminal as an escape or a mark of direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragqa.types import Match

if TYPE_CHECKING:
    from ragqa.evaluation.calibration import RiskLimit
    from ragqa.evaluation.results import Comparison, QuestionResult, Report
    from ragqa.training.mining import MiningReport
    from ragqa.types import QAPair

MATCHES = {
    Match.EXACT: "found word for word",
    Match.NORMALISED: "found but for case, spaces or punctuation",
    Match.FUZZY: "found retyped or shortened",
    Match.NONE: "not found: left out",
}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with control characters, direction marks and undecodable bytes written as escapes."""
    return UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """A name or a snippet on one line."""
    return printable(text.replace("\n", "\\n").replace("\t", "\\t"))


def place(document: str, pages: Sequence[int], section: Sequence[str]) -> str:
    """file › page › section"""
    from ragqa.evaluation.wording import place

    return place(one_line(document), tuple(pages), tuple(one_line(heading) for heading in section))


def spell_seconds(seconds: float) -> str:
    """A time that is left or was taken, as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


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


def limit_sentence(limit: RiskLimit) -> str:
    """What a tolerated share of wrong answers costs, or why it cannot be promised."""
    from ragqa.evaluation.wording import limit_sentence

    return limit_sentence(limit)


def worst_questions(report: Report, count: int) -> list[tuple[QuestionResult, str]]:
    """The worst questions, wrong answers first, each with what went wrong."""
    from ragqa.evaluation.results import worst
    from ragqa.evaluation.wording import OUTCOMES

    return [(one, OUTCOMES[one.outcome]) for one in worst(report.results, count)]


def mining_counts(report: MiningReport) -> list[tuple[str, int, float]]:
    """How the answers were found: in words, how many, and their share of the questions with an answer."""
    answerable = report.questions - report.unanswerable
    return [(MATCHES[match], report.aligned[match], report.aligned[match] / max(1, answerable)) for match in Match]


def expected(pair: QAPair) -> str:
    """The accepted answers, or that there is none."""
    from ragqa.evaluation.wording import expected_answer

    return expected_answer(pair)

"""What a person sees of evaluations, comparisons and golden questions in the terminal. Text from documents stays data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import one_line, quoted
from ragqa.evaluation import wording
from ragqa.evaluation.calibration import RiskLimit
from ragqa.evaluation.check import ChangeKind, CheckReport, GoldenAnswer
from ragqa.evaluation.results import Comparison, QuestionResult, Report, worst

_CHANGES = {
    ChangeKind.CHANGED: "another answer",
    ChangeKind.VANISHED: "no longer answered",
    ChangeKind.APPEARED: "answered now",
    ChangeKind.MOVED: "the same answer at another place",
}


def print_report(report: Report, shown: int, limit: RiskLimit | None = None) -> None:
    """The figures of an evaluation, its `shown` worst questions, and the threshold asked for."""
    terminal.OUT.print(
        Text(
            f"{len(report.results):,} questions on index '{report.index}' (generation {report.generation}), reader "
            f"{one_line(report.reader)}, {report.top_k} passages read, threshold {report.threshold:.2f}"
        ),
        soft_wrap=True,
    )
    for group, metrics in report.metrics.items():
        _heading(wording.group_title(group, metrics))
        _rows(wording.metric_rows(metrics))
    _heading("What became of the questions")
    _rows((wording.OUTCOMES[outcome], f"{count:,}") for outcome, count in report.outcomes.items())
    if report.baselines:
        _print_baselines(report)
    _heading("How few wrong answers, at what price")
    for one in report.limits:
        terminal.OUT.print(Text(f"  {wording.limit_sentence(one)}"), soft_wrap=True)
    _print_worst(worst(report.results, shown))
    if limit is not None:
        terminal.OUT.print(Text(f"\n{wording.limit_sentence(limit)}", style="bold"), soft_wrap=True)
    if report.interrupted:
        terminal.print_note("Stopped early; the figures are those of the questions asked.")


def print_comparison(comparison: Comparison) -> None:
    """Two readers side by side, and the verdict; of what was stopped, on the questions that both were asked."""
    before, after = comparison.before, comparison.after
    if not comparison.verdict:
        terminal.print_note("Stopped early, before both readers were asked anything; nothing is compared.")
        return
    terminal.OUT.print(Text(f"{len(after.results):,} questions on index '{after.index}'"))
    table = _table("", one_line(before.reader), one_line(after.reader), "difference", "95 % interval", "P(better)")
    values = _compared(before), _compared(after)
    for name, difference in comparison.differences.items():
        cells = (wording.figure(name, values[0][name]), wording.figure(name, values[1][name]))
        interval = f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
        table.add_row(
            wording.LABELS[name], *cells, f"{100 * difference.mean:+.1f}", interval, f"{100 * difference.probability:.0f} %"
        )
    terminal.OUT.print(table)
    terminal.OUT.print(Text(f"\n{one_line(comparison.verdict)}", style="bold"), soft_wrap=True)
    if before.interrupted or after.interrupted:
        terminal.print_note(
            f"Stopped early: {before.reader} was asked {len(before.results):,} questions, {after.reader} {len(after.results):,}. "
            "Differences and verdict are those of the questions that both were asked."
        )


def print_check(report: CheckReport) -> None:
    """What golden questions have become since the last check."""
    for change in report.changes:
        terminal.OUT.print(Text(one_line(change.question), style="bold"), soft_wrap=True)
        gone = change.before.answered and not change.still_there
        remark = f"{_CHANGES[change.kind]}{'; the old text is no longer in its document' if gone else ''}"
        _indented(Text(remark, style="yellow"))
        _indented(Text(f"was: {_golden(change.before)}", style="dim"))
        _indented(Text(f"now: {_golden(change.after)}"))
    counts = f"{len(report.changes)} changed, {report.new} new, {report.right} right, {report.questions - report.right} wrong"
    terminal.OUT.print(Text(f"{report.questions} questions: {counts}."))
    if report.interrupted:
        terminal.print_note("Stopped early; nothing was stored.")
    elif report.compared_with is None:
        terminal.print_note(
            f"First check of {one_line(report.file)} on index '{report.index}': these answers are now what later checks expect."
        )
    elif not report.stored:
        terminal.print_note(
            "The expected answers stay as they were. To accept the new ones, run the command again with --update."
        )


def _compared(report: Report) -> dict[str, float | None]:
    reading = report.metrics["reading"]
    names = {"f1": "f1", "exact_match": "exact_match", "rouge_l": "rouge_l_f1"}
    own = {name: reading[metric] for name, metric in names.items()}
    return {**own, "f1_with_abstention": report.metrics["with_abstention"]["f1"]}


def _print_baselines(report: Report) -> None:
    _heading("Against simpler ways (answerable questions)")
    table = _table("", *(wording.LABELS[name] for name in wording.BASELINE_COLUMNS))
    for name, _, *figures in wording.baseline_rows(report):
        table.add_row(name, *figures)
    terminal.OUT.print(table)
    for baseline in report.baselines:
        terminal.OUT.print(Text(f"  {baseline.name}: {baseline.description}", style="dim"), soft_wrap=True)


def _print_worst(results: Sequence[QuestionResult]) -> None:
    if results:
        _heading("The worst questions")
    for number, result in enumerate(results, start=1):
        terminal.OUT.print(Text(f"{number}. {quoted(result.pair.question)}", style="bold"), soft_wrap=True)
        _indented(Text(wording.OUTCOMES[result.outcome], style="yellow"))
        said = "answer" if result.answered else "best guess"
        where = wording.place(result.document, result.pages, result.section)
        _indented(Text.assemble(f"{said}: {quoted(result.predicted) or '–'}  ", (one_line(where), "cyan")))
        expected = one_line(wording.expected_place(result.pair))
        _indented(Text.assemble(f"expected: {quoted(wording.expected_answer(result.pair))}  ", (expected, "cyan")))
        rank = wording.retrieval_remark(result)
        scores = f"confidence {result.confidence:.2f}" + (f", F1 {result.f1:.2f}, passage {rank}" if rank else "")
        _indented(Text(scores, style="dim"))


def _golden(answer: GoldenAnswer) -> str:
    judged = "right" if answer.right else "wrong"
    if not answer.answered:
        return f"no answer ({judged})"
    return f"{quoted(answer.text)} ({judged}; {one_line(wording.place(answer.document, answer.pages, answer.section))})"


def _heading(text: str) -> None:
    terminal.OUT.print(Text(f"\n{text}", style="bold"))


def _indented(text: Text) -> None:
    terminal.OUT.print(Padding(text, (0, 0, 0, 3), expand=False))


def _rows(rows: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for label, figure in rows:
        table.add_row(Text(f"  {label}"), Text(figure))
    terminal.OUT.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if number else "left", overflow="fold", no_wrap=not number)
    return table

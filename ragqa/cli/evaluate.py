"""The commands that measure: eval on question/answer pairs, check of golden questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_INTERRUPTED
from ragqa.cli.options import (
    asking_options,
    complete_reader,
    index_option,
    json_option,
    max_wrong_option,
    qa_argument,
    server_options,
    share_of,
)
from ragqa.cli.support import edge, engine, long_work, present, print_json, quiet, show, tell_problems
from ragqa.errors import UsageError
from ragqa.metadata import parsed

if TYPE_CHECKING:
    from ragqa.evaluation.calibration import RiskLimit
    from ragqa.evaluation.results import Report


@click.command("eval")
@qa_argument
@index_option
@server_options
@asking_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask only N questions, taken evenly from the file.")
@click.option("--baseline", is_flag=True, help="Also measure a keyword search and retrieval without a reader.")
@click.option(
    "--compare", nargs=2, metavar="A B", shell_complete=complete_reader, help="Compare two readers on the same questions."
)
@max_wrong_option
@click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write an HTML report.")
@click.option("--worst", type=click.IntRange(min=0), metavar="N", help="Worst questions to show. [default: 10, report: 30]")
@json_option
@edge
def evaluate(
    qa: Path,
    index: str | None,
    limit: int | None,
    baseline: bool,
    compare: tuple[str, str] | None,
    max_wrong: str | None,
    folder: Path | None,
    worst: int | None,
    as_json: bool,
    strict: bool,
    document: str | None,
    metadata: tuple[str, ...],
    use_document: bool,
    **options: Any,
) -> int:
    """Measure retrieval, answers and confidence on question/answer pairs.

    QA is CSV (question, answer[, document, page]), JSONL or SQuAD JSON.
    """
    if document is not None and use_document:
        raise UsageError("give --document or --use-document, not both")
    where = {
        "document": document, "metadata": parsed(metadata), "use_document": use_document, "limit": limit, "strict": strict,
    }  # fmt: skip
    if compare is not None:
        if baseline or any(given is not None for given in (folder, max_wrong, worst, options["reader"])):
            raise UsageError("--compare goes without --reader, --baseline, --report, --max-wrong and --worst")
        return _compare(qa, index, compare, as_json, where, options)
    tolerated = None if max_wrong is None else share_of(max_wrong)
    return _evaluate(qa, index, as_json, where, options, baseline, tolerated, folder, worst)


def _evaluate(
    qa: Path,
    index: str | None,
    as_json: bool,
    where: dict[str, Any],
    options: dict[str, Any],
    baseline: bool,
    max_wrong: float | None,
    folder: Path | None,
    worst: int | None,
) -> int:
    from ragqa.evaluation.report import WORST_SHOWN, report_json, write_report

    answers = engine(index, **options)
    with long_work() as (stop, progress):
        report = answers.evaluate(qa, baseline=baseline, progress=progress, stop=stop, **where)
    limit = _limit(report, max_wrong)
    tell_problems(report.problems, report.notes)
    if as_json:
        from dataclasses import asdict

        print_json({**report_json(report), **({} if limit is None else {"max_wrong": asdict(limit)})})
    else:
        show("show_evaluation:print_report")(report, 10 if worst is None else worst, limit)
    if folder is not None:
        written = write_report(report, folder, WORST_SHOWN if worst is None else worst)
        show("terminal:print_note")(f"Wrote {', '.join(str(path) for path in written)}.", quiet=quiet())
    return EXIT_INTERRUPTED if report.interrupted else 0


def _compare(
    qa: Path, index: str | None, readers: tuple[str, str], as_json: bool, where: dict[str, Any], options: dict[str, Any]
) -> int:
    answers = engine(index, **options)
    with long_work() as (stop, progress):
        comparison = answers.compare(qa, *readers, progress=progress, stop=stop, **where)
    tell_problems(comparison.after.problems, comparison.after.notes)
    present(comparison, as_json, "comparison_json", "show_evaluation:print_comparison")
    return EXIT_INTERRUPTED if comparison.before.interrupted or comparison.after.interrupted else 0


def _limit(report: Report, max_wrong: float | None) -> RiskLimit | None:
    from ragqa.evaluation.calibration import threshold_for_risk

    if max_wrong is None:
        return None
    return threshold_for_risk([one.confidence for one in report.results], [one.right for one in report.results], max_wrong)


@click.command()
@qa_argument
@index_option
@asking_options
@click.option("--update", is_flag=True, help="Accept the answers as they are now.")
@json_option
@edge
def check(
    qa: Path,
    index: str | None,
    update: bool,
    as_json: bool,
    strict: bool,
    document: str | None,
    metadata: tuple[str, ...],
    use_document: bool,
    **options: Any,
) -> int:
    """Ask golden questions again and list the answers that are not what they were.

    They changed, vanished, appeared or moved: exit code 1. The first check of a file on an index stores what later ones expect.
    """
    if document is not None and use_document:
        raise UsageError("give --document or --use-document, not both")
    answers = engine(index, **options)
    with long_work() as (stop, progress):
        report = answers.check(
            qa, update=update, document=document, metadata=parsed(metadata), use_document=use_document, strict=strict,
            progress=progress, stop=stop,
        )  # fmt: skip
    tell_problems(report.problems)
    present(report, as_json, "check_json", "show_evaluation:print_check")
    if report.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if report.changes and not report.stored else 0

"""What a person sees of mining and training in the terminal. Text from documents and questions stays data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ragqa import types
from ragqa.cli.terminal import ERR, OUT, Tell, print_note, progress_bar
from ragqa.display import MATCHES, compared_figures, mining_counts, one_line, spell_seconds
from ragqa.evaluation import wording
from ragqa.training.mining import MiningExample, MiningReport
from ragqa.types import Match, TrainStep

if TYPE_CHECKING:
    from rich.console import Console

    from ragqa.training.finetune import Finetuned
    from ragqa.training.material import Plan

_STAGES = {"mine": "Looking for answers", "calibrate": "Calibrating", "evaluate": "Comparing"}
_LONGEST = 160


def print_mining(report: MiningReport, console: Console = OUT) -> None:
    """How the answers were found, with examples of each kind; of the retyped ones those least alike."""
    answerable = report.questions - report.unanswerable
    console.print(Text(f"{report.questions:,} questions: {answerable:,} with an answer, {report.unanswerable:,} without."))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    for label, count, share in mining_counts(report):
        table.add_row(f"  {label}", f"{count:,}", f"{100 * share:.0f} %")
    console.print(table)
    console.print(Text(f"{report.positives:,} passages hold an answer, {report.negatives:,} retrieved ones do not."))
    if report.missed:
        told = f"Of {report.missed:,} questions retrieval did not find the passage; it was taken from the document."
        console.print(Text(told), soft_wrap=True)
    for match in (Match.FUZZY, Match.NORMALISED, Match.NONE):
        for number, example in enumerate(report.examples[match]):
            if number == 0:
                console.print(Text(f"\n{MATCHES[match][0].upper()}{MATCHES[match][1:]}, for example:", style="bold"))
            _print_example(console, example)


def _print_example(console: Console, example: MiningExample) -> None:
    console.print(Text(f"  {_short(example.question)}"), soft_wrap=True)
    console.print(Text(f"     given: {_short(example.answer)}", style="dim"), soft_wrap=True)
    if example.span:
        where = f"  ({one_line(example.document)}, similarity {example.similarity:.2f})"
        console.print(Text.assemble(f"     found: {_short(example.span)}", (where, "cyan")), soft_wrap=True)


def print_plan(plan: Plan) -> None:
    """What a training would learn from."""
    if plan.report is not None:
        print_mining(plan.report)
        OUT.print()
    OUT.print(Text(f"{len(plan.material.training):,} questions to train on, {len(plan.material.validation):,} to judge by."))
    OUT.print(Text("Nothing was trained or written."))


@dataclass(frozen=True, slots=True)
class Display:
    """Who tells what while a reader is made."""

    progress: Tell
    mined: Callable[[MiningReport], None]
    told: Callable[[TrainStep], None]


@contextmanager
def training_display(quiet: bool = False) -> Iterator[Display]:
    """The mining report, a line for each evaluation, and in a terminal a bar with the time left; all on stderr."""
    if quiet:
        yield Display(lambda step: None, lambda report: None, lambda step: None)
        return
    with progress_bar() if ERR.is_terminal else nullcontext() as bar:
        task = None if bar is None else bar.add_task("", total=None, counts="")

        def show(description: str, done: int, total: int, counts: str) -> None:
            if bar is not None and task is not None:
                bar.update(task, description=description, completed=done, total=total, counts=counts)

        def asked(step: types.Progress) -> None:
            show(_STAGES.get(step.stage, step.stage), step.done, step.total, f"{step.items}/{step.items_total} questions")

        def told(step: TrainStep) -> None:
            show("Training", step.step, step.steps, f"{step.step}/{step.steps} steps, loss {step.loss:.3f}")
            if step.scores:
                ERR.print(Text(evaluation_line(step)), soft_wrap=True)

        yield Display(asked, lambda report: print_mining(report, ERR), told)


def evaluation_line(step: TrainStep) -> str:
    """One evaluation in words."""
    scores = step.scores
    return (
        f"step {step.step}/{step.steps}: loss {step.loss:.3f}, exact match {scores['exact_match']:.1f}, F1 {scores['f1']:.1f}, "
        f"ROUGE-L {scores['rouge_l']:.1f}, no answer {scores['no_answer_accuracy']:.1f} % right, "
        f"{spell_seconds(step.left)} left"
    )


def print_finetuned(done: Finetuned) -> None:
    """Before and after, the verdict, and what answers now."""
    comparison = done.comparison
    OUT.print(Text(f"{done.validation:,} validation questions on index '{comparison.after.index}', trained on {done.training:,}"))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "before", "after", "difference", "95 % interval"):
        table.add_column(Text(column), overflow="fold")
    for row in compared_figures(comparison):
        table.add_row(*(Text(cell) for cell in row))
    OUT.print(table)
    OUT.print(Text(f"\n{one_line(comparison.verdict)}", style="bold"), soft_wrap=True)
    OUT.print(
        Text(f"Held-out calibration error {done.calibration_error:.3f}; {100 * done.mix:.0f} % of the trained weights kept.")
    )
    if done.limit is not None:
        OUT.print(Text(wording.limit_sentence(done.limit)), soft_wrap=True)
    OUT.print(Text(f"Reader {one_line(done.name)}: {one_line(str(done.folder))}"), soft_wrap=True)
    index = comparison.after.index
    if done.replaced:
        print_note(f"It answers for index '{index}' from now on. Back: ragqa model use {done.replaced} --index {index}")
    else:
        print_note(f"It does not answer yet. To change: ragqa model use {one_line(done.name)} --index {index}")


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

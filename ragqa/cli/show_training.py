"""What a person sees of mining and training in the terminal. Text from documents and questions stays data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ragqa.cli import terminal
from ragqa.cli.progress import progress, training_step
from ragqa.cli.show_indexes import print_embedded
from ragqa.display import one_line
from ragqa.display_reports import (
    compared_figures,
    evaluation_line,
    found_figures,
    limit_sentence,
    material_sentence,
    mining_lines,
    retriever_verdict,
)
from ragqa.training.mining import MiningReport
from ragqa.types import Tell, TrainStep

if TYPE_CHECKING:
    from rich.console import Console

    from ragqa.training.finetune import Finetuned
    from ragqa.training.material import Plan
    from ragqa.training.retriever import Taught


def print_mining(report: MiningReport, console: Console | None = None) -> None:
    """How the answers were found, with examples of each kind."""
    for text, style in mining_lines(report):
        (console or terminal.OUT).print(Text(text, style=style), soft_wrap=True)


def print_plan(plan: Plan) -> None:
    """What a training would learn from."""
    if plan.report is not None:
        print_mining(plan.report)
        terminal.OUT.print()
    terminal.OUT.print(Text(material_sentence(len(plan.material.training), len(plan.material.validation))))
    terminal.OUT.print(Text("Nothing was trained or written."))


@dataclass(frozen=True, slots=True)
class Display:
    """Who tells what while a reader is made."""

    progress: Tell
    mined: Callable[[MiningReport], None]
    told: Callable[[TrainStep], None]


@contextmanager
def training_display(quiet: bool = False) -> Iterator[Display]:
    """The mining report, a line for each evaluation, and how far the work is; all on stderr."""
    if quiet:
        yield Display(lambda step: None, lambda report: None, lambda step: None)
        return
    with progress() as tell:

        def told(step: TrainStep) -> None:
            tell(training_step(step))
            if step.scores:
                terminal.ERR.print(Text(evaluation_line(step)), soft_wrap=True)

        yield Display(tell, lambda report: print_mining(report, terminal.ERR), told)


def print_finetuned(done: Finetuned) -> None:
    """Before and after, the verdict, and what answers now."""
    comparison = done.comparison
    told = f"{done.validation:,} validation questions on index '{comparison.after.index}', trained on {done.training:,}"
    terminal.OUT.print(Text(told))
    table = terminal.table_of("", "before", "after", "difference", "95 % interval")
    for row in compared_figures(comparison):
        table.add_row(*(Text(cell) for cell in row))
    terminal.OUT.print(table)
    terminal.OUT.print(Text(f"\n{one_line(comparison.verdict)}", style="bold"), soft_wrap=True)
    terminal.OUT.print(
        Text(f"Held-out calibration error {done.calibration_error:.3f}; {100 * done.mix:.0f} % of the trained weights kept.")
    )
    if done.limit is not None:
        terminal.OUT.print(Text(limit_sentence(done.limit)), soft_wrap=True)
    terminal.OUT.print(Text(f"Reader {one_line(done.name)}: {one_line(str(done.folder))}"), soft_wrap=True)
    index = comparison.after.index
    if done.replaced:
        terminal.print_note(f"It answers for index '{index}' from now on. Back: ragqa model use {done.replaced} --index {index}")
    else:
        terminal.print_note(f"It does not answer yet. To change: ragqa model use {one_line(done.name)} --index {index}")


def print_taught(done: Taught) -> None:
    """What a retriever found before and after it was taught, the verdict, and what finds now."""
    told = f"{done.validation:,} validation questions on index '{done.index}', taught on {done.training:,}"
    terminal.OUT.print(Text(told))
    if done.pool < done.chunks:
        terminal.OUT.print(Text(f"Searched among {done.pool:,} of its {done.chunks:,} passages: of a large index, a sample."))
    table = terminal.table_of("", "before", "after", "difference", "95 % interval")
    for row in found_figures(done):
        table.add_row(*(Text(cell) for cell in row))
    terminal.OUT.print(table)
    terminal.OUT.print(Text(f"\n{one_line(retriever_verdict(done))}", style="bold"), soft_wrap=True)
    terminal.OUT.print(Text(f"Retriever {one_line(done.name)}: {one_line(str(done.folder))}"), soft_wrap=True)
    if done.embedded is not None:
        print_embedded(done.embedded)
    elif done.replaced:
        terminal.print_note(f"Index '{done.index}' goes over to it with: ragqa index embed {done.index}")
    else:
        terminal.print_note(f"It does not find yet. To change: ragqa model use {one_line(done.name)} --index {done.index}")

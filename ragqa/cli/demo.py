"""The command that shows what ragqa does, on the manuals that come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from ragqa.cli.exits import EXIT_INTERRUPTED
from ragqa.cli.support import edge, engine, quiet, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragqa.engine import RagQA


@click.command()
@click.option("--full", is_flag=True, help="Also measure on the sample question/answer pairs, and train on some of them.")
@edge
def demo(full: bool) -> int:
    """Show on the manuals that come with ragqa what it does, and say what to try next."""
    from ragqa.cli.interrupt import stop_on_interrupt
    from ragqa.demo.tour import INDEX, QUESTIONS, read_samples

    qa = engine(INDEX, here=True)
    with show("progress:progress")(quiet=quiet()) as progress:
        report = read_samples(qa, progress, lambda why: show("terminal:print_note")(f"{why}: it is made anew.", quiet=quiet()))
    if not quiet():
        show("show_indexes:print_ingest")(report)
    for question in QUESTIONS:
        show("show_answers:print_question")(question)
        show("show_answers:print_response")(qa.ask(question))
    if full:
        with stop_on_interrupt() as stop:
            if not (_measure(qa, stop) and _learn(qa, stop)):
                return EXIT_INTERRUPTED
    show("show_answers:print_next_steps")(INDEX, home=None if str(qa.settings.home) == "." else str(qa.settings.home))
    return 0


def _measure(qa: RagQA, stop: Callable[[], bool]) -> bool:
    """Evaluate on the sample pairs; False when it was stopped."""
    from ragqa.cli.show_evaluation import print_report
    from ragqa.demo.tour import sample_pairs

    with show("progress:progress")(quiet=quiet()) as progress:
        report = qa.evaluate(sample_pairs(), baseline=True, progress=progress, stop=stop)
    print_report(report, shown=0)
    return not report.interrupted


def _learn(qa: RagQA, stop: Callable[[], bool]) -> bool:
    """Train on a part of the sample pairs and compare the readers on the others; False when it was stopped."""
    from ragqa.cli.show_evaluation import print_comparison
    from ragqa.cli.show_training import training_display
    from ragqa.demo.tour import READER, lesson_and_test, sample_pairs
    from ragqa.engine import reader_names, remove_reader
    from ragqa.training.finetune import Ears

    lesson, test = lesson_and_test(sample_pairs())
    show("terminal:print_note")(
        f"\nTraining a reader on {len(lesson)} of the pairs; the other {len(test)} test it.", quiet=quiet()
    )
    if READER in reader_names(qa.settings.home):
        remove_reader(qa.settings.home, READER, force=True)
    with training_display(quiet=quiet()) as display:
        ears = Ears(progress=display.progress, mined=display.mined, told=display.told, stop=stop)
        done = qa.finetune(lesson, name=READER, promote="never", ears=ears)
    if done is None:
        return False
    with show("progress:progress")(quiet=quiet()) as progress:
        comparison = qa.compare(test, qa.reader_name, READER, progress=progress, stop=stop)
    print_comparison(comparison)
    return not comparison.after.interrupted

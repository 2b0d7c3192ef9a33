"""The commands that train: triplets shows what there is to learn from, finetune learns it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import rich_click as click

from ragqa.cli.exits import EXIT_INTERRUPTED
from ragqa.cli.options import (
    complete_reader,
    embed_option,
    index_option,
    json_option,
    max_wrong_option,
    qa_argument,
    share_of,
    strict_option,
    top_k_option,
    training_options,
)
from ragqa.cli.support import edge, engine, long_work, note_what_goes_first, present, quiet, show, tell_problems
from ragqa.cli.teach import teach_retriever
from ragqa.config import override
from ragqa.errors import UsageError

if TYPE_CHECKING:
    from ragqa.engine import RagQA
    from ragqa.training.session import Hearing


@click.command()
@qa_argument
@index_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write the triplets (JSONL)."
)
@top_k_option
@strict_option
@json_option
@edge
def triplets(qa: Path, index: str | None, out: Path | None, strict: bool, as_json: bool, **options: Any) -> int:
    """Find the answers of a QA file in the manuals, and show how well that went.

    QA is CSV (question, answer[, document, page]), JSONL or SQuAD JSON. Each line of FILE is one passage of one question, with
    the answer's place or null. Edit it and train on it: ragqa finetune --triplets FILE.
    """
    answers = engine(index, **options)
    with long_work() as (stop, progress):
        mined = answers.triplets(qa, out, strict=strict, progress=progress, stop=stop)
    tell_problems(mined.problems)
    present(mined.report, as_json, "mining_json", "show_training:print_mining")
    count = mined.report.positives + mined.report.negatives
    if mined.stopped:
        kept = f"{out} holds the {count:,} triplets of the questions mined so far" if out and count else "nothing was written"
        show("terminal:print_note")(f"Stopped early; {kept}.")
        return EXIT_INTERRUPTED
    if out is not None:
        show("terminal:print_note")(f"Wrote {out}: {count:,} triplets.", quiet=quiet())
    return 0


@click.command()
@click.argument("qa", type=click.Path(path_type=Path), metavar="QA", required=False)
@index_option
@click.option("--triplets", "triplets_file", type=click.Path(path_type=Path), metavar="FILE", help="Train on a file of triplets.")
@click.option("--base", metavar="MODEL", shell_complete=complete_reader, help="Reader to begin from. [default: the index's]")
@click.option("--name", metavar="NAME", help="Name of the new reader. [default: the index's with a number]")
@training_options
@click.option("--promote", type=click.Choice(["better", "always", "never"]),
              help="When the new reader is to answer for the index. [default: better, or as it was begun]")  # fmt: skip
@max_wrong_option
@click.option("--retriever", is_flag=True, help="Teach what finds the passages, instead of a reader.")
@embed_option
@click.option("--resume", is_flag=True, help="Go on with the stopped training of --name.")
@click.option("--dry-run", is_flag=True, help="Only show what there is to learn from.")
@strict_option
@json_option
@edge
def finetune(
    qa: Path | None,
    index: str | None,
    triplets_file: Path | None,
    base: str | None,
    name: str | None,
    promote: Any,
    max_wrong: str | None,
    retriever: bool,
    embed: bool,
    resume: bool,
    dry_run: bool,
    strict: bool,
    as_json: bool,
    **chosen: Any,
) -> int:
    """Train a reader on your question/answer pairs, and let it answer for the index if it is better.

    QA is CSV (question, answer[, document, page]), JSONL or SQuAD JSON. Part of the questions is kept to compare the old
    reader with the new one. Ctrl-C stops after the step at hand; --resume --name NAME goes on.

    With --retriever, what finds the passages is taught instead. If it is better, the index gets its vectors while it goes on
    being asked.
    """
    if retriever:
        unfit = {"--base": base, "--max-wrong": max_wrong, "--resume": resume or None}
        wish = {"triplets": triplets_file, "strict": strict, "name": name, "promote": promote or "better", "embed": embed}
        return teach_retriever(qa, index, dry_run, as_json, wish, unfit, chosen)
    if not embed:
        raise UsageError("--no-embed is for --retriever", hint="A reader needs no vectors.")
    if resume and (qa is not None or triplets_file is not None):
        raise UsageError("a resumed training has its questions already", hint="ragqa finetune --resume --name NAME")
    if resume and name is None:
        raise UsageError("which training is to be resumed?", hint="ragqa finetune --resume --name NAME")
    if resume and any(value is not None for value in (index, base, max_wrong, *chosen.values())):
        raise UsageError("a resumed training keeps the settings it began with", hint=f"ragqa finetune --resume --name {name}")
    tolerated = None if max_wrong is None else share_of(max_wrong)
    answers = engine(index)
    settings = override(answers.settings.train, **chosen)
    if dry_run:
        return _dry_run(answers, qa, as_json, triplets=triplets_file, train=settings, strict=strict, name=name, base=base)
    from ragqa.cli.interrupt import stop_on_interrupt
    from ragqa.training.finetune import Ears

    begun: list[str] = []
    with stop_on_interrupt() as stop, show("show_training:training_display")(quiet=quiet() or as_json) as display:
        done = answers.finetune(
            qa, triplets=triplets_file, name=name, base=base, train=settings, promote=promote, strict=strict, resume=resume,
            max_wrong=tolerated,
            ears=Ears(begun.append, display.progress, tell_problems, display.mined, display.told, stop),
        )  # fmt: skip
    if done is None:
        show("terminal:print_note")(
            f"Stopped. To go on: ragqa finetune --resume --name {begun[0]}" if begun else "Stopped early; nothing was written."
        )
        return EXIT_INTERRUPTED
    present(done, as_json, "finetuned_json", "show_training:print_finetuned")
    if done.replaced:
        note_what_goes_first(answers, done.name)
    return 0


def _dry_run(answers: RagQA, qa: Path | None, as_json: bool, **hearing: Unpack[Hearing]) -> int:
    from ragqa.training.finetune import Ears

    with show("show_training:training_display")(quiet=quiet() or as_json) as display:
        hearing["ears"] = Ears(progress=display.progress, problems=tell_problems)
        plan = answers.plan_training(qa, **hearing)
    present(plan, as_json, "plan_json", "show_training:print_plan")
    return 0

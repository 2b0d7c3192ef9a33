"""The commands that look after the verdicts that people gave on answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED
from ragqa.cli.options import index_option, json_option, server_options, yes_option
from ragqa.cli.support import agreed, edge, engine, present, quiet, show
from ragqa.errors import StorageError, UsageError


@click.group()
def feedback() -> None:
    """Look after what people said of answers: list, export, rm."""


@feedback.command("list")
@index_option
@server_options
@json_option
@edge
def feedback_list(index: str | None, as_json: bool) -> int:
    """List the verdicts given on an index's answers."""
    found = list(engine(index).journal.verdicts())
    present(found, as_json, "feedback_json", "show_answers:print_feedback")
    return 0


@feedback.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--squad", is_flag=True, help="SQuAD's layout. [default for *.json; else JSON lines]")
@index_option
@server_options
@edge
def feedback_export(file: Path, squad: bool, index: str | None) -> int:
    """Write the right answers as question/answer pairs with their passages, for `ragqa finetune FILE` or `ragqa eval FILE`.

    FILE may be - for stdout.
    """
    qa = engine(index)
    pairs = qa.feedback_pairs()
    if not pairs:
        raise UsageError(
            f"nobody has said yet which answers of index '{qa.settings.index}' are right", hint="Ask and judge in: ragqa tui"
        )
    from ragqa.questions.written import pairs_jsonl, pairs_squad

    as_squad = squad or file.suffix.lower() == ".json"
    text = json.dumps(pairs_squad(pairs), ensure_ascii=False, indent=2) + "\n" if as_squad else pairs_jsonl(pairs)
    if str(file) == "-":
        click.echo(text, nl=False)
        return 0
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error.strerror}") from error
    show("terminal:print_note")(f"Wrote {len(pairs)} question/answer pairs to {file}.", quiet=quiet())
    return 0


@feedback.command("rm")
@click.argument("ids", nargs=-1, type=int, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="All of the index's verdicts.")
@yes_option
@index_option
@server_options
@edge
def feedback_rm(ids: Sequence[int], everything: bool, yes: bool, index: str | None) -> int:
    """Forget verdicts, by the numbers that `ragqa feedback list` shows."""
    if bool(ids) == everything:
        raise UsageError("give the numbers of verdicts, or --all", hint="ragqa feedback list shows them.")
    journal = engine(index).journal
    known = {one.id for one in journal.verdicts()}
    unknown = sorted(set(ids) - known)
    if unknown:
        raise UsageError(f"there is no verdict {unknown[0]}", hint="ragqa feedback list shows those there are.")
    chosen = sorted(known) if everything else sorted(set(ids))
    if not agreed(f"Forget {len(chosen)} verdicts?", yes):
        return EXIT_FAILED
    show("terminal:print_note")(f"Forgot {journal.remove(chosen)} verdicts.", quiet=quiet())
    return 0

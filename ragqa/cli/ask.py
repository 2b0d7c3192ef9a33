"""The commands that put questions: ask, also a file of them, and search."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.cli.exits import EXIT_ABSTAINED
from ragqa.cli.options import (
    answers_option,
    effort_option,
    index_option,
    json_option,
    reader_option,
    search_options,
    server_options,
    threshold_option,
)
from ragqa.cli.support import edge, engine, present, print_json, quiet, show
from ragqa.display import embedded_sentence, fallback_sentence, shown_answers
from ragqa.errors import UsageError
from ragqa.metadata import parsed

if TYPE_CHECKING:
    from ragqa.engine import RagQA


@click.command()
@click.argument("question", required=False)
@index_option
@server_options
@search_options
@answers_option
@reader_option
@effort_option
@threshold_option
@click.option("--explain", is_flag=True, help="Show the passages read and every score.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), metavar="FILE", help="Answer the questions of a JSONL or CSV file."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where --file's answers go; resumes.")
@click.option("--use-document", is_flag=True, help="With --file: a line's own document field filters.")
@json_option
@edge
def ask(
    question: str | None,
    index: str | None,
    document: str | None,
    section: str | None,
    metadata: tuple[str, ...],
    explain: bool,
    file: Path | None,
    out: Path | None,
    use_document: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Answer a question with the exact span of a manual, or say that the manuals do not say.

    Exit code 3 says that they do not. QUESTION may be - to read it from stdin.
    """
    where: dict[str, Any] = {"document": document, "section": section, "metadata": parsed(metadata)}
    qa = engine(index, **options)
    if file is not None:
        if question is not None:
            raise UsageError("give a QUESTION or --file, not both")
        return _ask_file(qa, file, out, **where, use_document=use_document, explain=explain)
    if question is None:
        raise UsageError("there is no question", hint='ragqa ask "How do I …?", or --file questions.jsonl for many')
    for given, option in ((out is not None, "--out"), (use_document, "--use-document")):
        if given:
            raise UsageError(f"{option} is for --file")
    if question == "-":
        question = _typed()
    with show("progress:waiting")("Reading the manuals", quiet=quiet() or as_json):
        response = qa.ask(question, **where)
    qa.keep_answers(shown_answers(response))
    if as_json:
        from ragqa.schema import response_json

        print_json(response_json(response, explain=explain))
    else:
        show("show_answers:print_response")(response, explain=explain)
    return 0 if response.answered else EXIT_ABSTAINED


def _typed() -> str:
    """What stands on stdin. Raises UsageError where that is closed."""
    if sys.stdin is None:
        raise UsageError("there is no question: stdin is closed", hint='ragqa ask "How do I …?"')
    return sys.stdin.buffer.read().decode(sys.stdin.encoding, "replace").strip()


def _ask_file(qa: RagQA, file: Path, out: Path | None, **options: Any) -> int:
    from ragqa.cli.batch import answer_file

    with show("progress:progress")(quiet=quiet()) as progress:
        summary = answer_file(qa, file, out, progress=progress, **options)
    show("terminal:print_note")(summary, quiet=quiet())
    return 0


@click.command()
@click.argument("question")
@index_option
@server_options
@search_options
@json_option
@edge
def search(
    question: str,
    index: str | None,
    document: str | None,
    section: str | None,
    metadata: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Show the ranked passages for a question with their scores, without reading them."""
    qa = engine(index, **options)
    with show("progress:waiting")("Searching", quiet=quiet() or as_json):
        hits = qa.search(question, document=document, section=section, metadata=parsed(metadata))
    present(hits, as_json, "hit_json", "show_answers:print_hits")
    told = embedded_sentence(qa.embedded())
    if told:
        show("terminal:print_note")(f"{told}.", quiet=quiet() or as_json)
    if hits.fallback:  # also with --json, which lists the passages alone
        show("terminal:print_note")(f"{fallback_sentence(hits)}.", quiet=quiet())
    return 0 if hits else EXIT_ABSTAINED

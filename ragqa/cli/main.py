"""The command line: parse arguments, call the engine, print, exit code. No pipeline logic lives here.

Exit codes: 0 done or answered, 1 something failed, 2 the command makes no sense, 3 the manuals do not say, 130 interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.cli.demo import demo
from ragqa.cli.evaluating import check, evaluate
from ragqa.cli.feedback import feedback
from ragqa.cli.index import index as index_commands
from ragqa.cli.model import model as model_commands
from ragqa.cli.support import (
    EXIT_ABSTAINED,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    default_of,
    edge,
    engine,
    filter_options,
    index_option,
    json_option,
    print_json,
    quiet,
    reader_option,
    show,
)
from ragqa.cli.training import finetune, triplets
from ragqa.cli.tui import tui
from ragqa.config import DEFAULT_EMBEDDER, AskSettings
from ragqa.errors import UsageError

if TYPE_CHECKING:
    from ragqa.engine import RagQA

click.rich_click.TEXT_MARKUP = None
click.rich_click.SHOW_ARGUMENTS = True
click.rich_click.MAX_WIDTH = 110


def main() -> None:
    """Entry point of the `ragqa` command."""
    try:
        ragqa(prog_name="ragqa")
    except BrokenPipeError:  # the reader of our output has gone, e.g. `ragqa search … | head`
        sys.stderr.close()
        sys.exit(EXIT_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="ragqa")
@click.option("--home", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds indexes/. [default: .]")
@click.option("--threads", type=int, metavar="N", help="CPU threads. [default: every core]")
@click.option("--verbose", "-v", is_flag=True, help="Show tracebacks of errors.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")
@click.pass_context
def ragqa(context: click.Context, /, **_: Any) -> None:
    """Exact answers from large manuals, on your own machine.

    Point it at a folder of manuals (ragqa ingest manuals/), then ask (ragqa ask "What does E-24 mean?").
    Settings also come from ragqa.toml and RAGQA_* variables. Without a command, in a terminal, the terminal UI opens.
    """
    if context.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            context.invoke(tui)
        else:
            click.echo(context.get_help())
            context.exit(EXIT_USAGE)


@ragqa.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@index_option
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that match (may be repeated).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No files that match (may be repeated).")
@click.option("--prune", is_flag=True, help="Take documents out whose files are gone from the folders given.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--embedder", metavar="MODEL", help=f"A name, folder or hub name. [default: {DEFAULT_EMBEDDER}]")
@json_option
@edge
def ingest(
    paths: tuple[str, ...],
    index: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    prune: bool,
    dry_run: bool,
    embedder: str | None,
    as_json: bool,
) -> int:
    """Read manuals into an index: files, folders (recursively) or globs.

    PDF, HTML, Markdown, text, DOCX and EPUB. Only what changed since last time costs anything.
    """
    from ragqa.cli.interrupt import stop_on_interrupt

    qa = engine(index, embedder=embedder, include=include or None, exclude=exclude or None)
    with stop_on_interrupt() as stop, show("ingest_progress")(quiet=quiet() or as_json) as progress:
        report = qa.ingest(*paths, prune=prune, dry_run=dry_run, progress=progress, stop=stop)
    if as_json:
        from ragqa.schema import ingest_json

        print_json(ingest_json(report))
    else:
        show("print_ingest")(report, quiet=quiet())
    return EXIT_INTERRUPTED if report.interrupted else EXIT_FAILED if report.failed else 0


@ragqa.command()
@click.argument("question", required=False)
@index_option
@filter_options
@click.option("--answers", type=int, metavar="N", help=f"Answers to give. [default: {default_of(AskSettings, 'answers')}]")
@reader_option
@click.option("--threshold", type=float, metavar="P", help="Confidence (0-1) under which to abstain. [default: the reader's]")
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
    explain: bool,
    file: Path | None,
    out: Path | None,
    use_document: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Answer a question with the exact span of a manual, or say that the manuals do not say (exit code 3).

    QUESTION may be - to read it from stdin.
    """
    qa = engine(index, **options)
    if file is not None:
        if question is not None:
            raise UsageError("give a QUESTION or --file, not both")
        return _ask_file(qa, file, out, document, section, use_document)
    if question is None:
        raise UsageError("there is no question", hint='ragqa ask "How do I …?", or --file questions.jsonl for many')
    if question == "-":
        question = sys.stdin.read().strip()
    with show("waiting")("Reading the manuals", quiet=quiet() or as_json):
        response = qa.ask(question, document=document, section=section)
    if as_json:
        from ragqa.schema import response_json

        print_json(response_json(response, explain=explain))
    else:
        show("print_response")(response, explain=explain)
    return 0 if response.answered else EXIT_ABSTAINED


def _ask_file(qa: RagQA, file: Path, out: Path | None, document: str | None, section: str | None, use_document: bool) -> int:
    from ragqa.cli.batch import answer_file

    with show("batch_progress")(quiet=quiet()) as progress:
        summary = answer_file(qa, file, out, document=document, section=section, use_document=use_document, progress=progress)
    show("print_note")(summary, quiet=quiet())
    return 0


@ragqa.command()
@click.argument("question")
@index_option
@filter_options
@json_option
@edge
def search(question: str, index: str | None, document: str | None, section: str | None, as_json: bool, **options: Any) -> int:
    """Show the ranked passages for a question with their scores, without reading them."""
    qa = engine(index, **options)
    with show("waiting")("Searching", quiet=quiet() or as_json):
        hits = qa.search(question, document=document, section=section)
    if as_json:
        from ragqa.schema import hit_json

        print_json([hit_json(hit) for hit in hits])
    else:
        show("print_hits")(hits)
    return 0 if hits else EXIT_ABSTAINED


@ragqa.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@edge
def completion(shell: str) -> int:
    """Print the completion script of a shell; e.g. for bash: eval "$(ragqa completion bash)"."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ragqa, {}, "ragqa", "_RAGQA_COMPLETE").source())
    return 0


ragqa.add_command(index_commands)
ragqa.add_command(model_commands)
ragqa.add_command(evaluate)
ragqa.add_command(check)
ragqa.add_command(triplets)
ragqa.add_command(finetune)
ragqa.add_command(feedback)
ragqa.add_command(demo)
ragqa.add_command(tui)

"""The command line: parse arguments, call the engine, print, exit code. No pipeline logic lives here.

Exit codes: 0 done or answered, 1 something failed, 2 the command makes no sense, 3 the manuals do not say, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.config import DEFAULT_EMBEDDER, DEFAULT_READER, AskSettings, Settings
from ragqa.errors import RagqaError, UsageError
from ragqa.settings import load_settings

if TYPE_CHECKING:
    from ragqa.engine import RagQA

EXIT_FAILED, EXIT_USAGE, EXIT_ABSTAINED, EXIT_INTERRUPTED = 1, 2, 3, 130

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


def show(name: str) -> Any:
    """A function of ragqa.terminal, imported when it is used: rich is not needed for --help or --json."""
    return getattr(import_module("ragqa.terminal"), name)


def edge(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn RagqaError into text on stderr and its exit code; the only place where that happens."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        verbose = _root().get("verbose", False)
        try:
            code = command(*arguments, **options)
        except RagqaError as error:
            if verbose:
                import traceback

                traceback.print_exc()
            show("print_error")(error)
            code = error.exit_code
        except KeyboardInterrupt:
            show("print_note")("Interrupted.")
            code = EXIT_INTERRUPTED
        sys.exit(code or 0)

    return run


def index_option(command: Callable[..., Any]) -> Callable[..., Any]:
    default = Settings.__dataclass_fields__["index"].default
    return click.option(
        "--index", "-i", metavar="NAME", shell_complete=_complete_index, help=f"The index to use. [default: {default}]"
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--section", metavar="TEXT", help="Look only in sections whose heading path contains TEXT."),
        click.option("--document", "-d", metavar="GLOB", help="Look only in documents whose path matches GLOB."),
        click.option(
            "--top-k", type=int, metavar="N", help=f"Passages to find and read. [default: {_default(AskSettings, 'top_k')}]"
        ),
        click.option("--embedder", metavar="MODEL", help="A folder or hub name. [default: the one of the index]"),
    ):
        command = option(command)
    return command


def _default(settings: type, name: str) -> Any:
    return settings.__dataclass_fields__[name].default  # type: ignore[attr-defined]


def _complete_index(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ragqa.paths import index_names

    home = context.find_root().params.get("home") or load_settings().home
    return [name for name in index_names(home) if name.startswith(incomplete)]


def _root() -> dict[str, Any]:
    """The options given before the command's name."""
    context = click.get_current_context()
    return context.find_root().params if context else {}


def _settings() -> Settings:
    from ragqa.engine import apply_options

    return apply_options(load_settings(), home=_root().get("home"), threads=_root().get("threads"))


def _engine(index: str | None, **options: Any) -> RagQA:
    from ragqa.engine import RagQA

    return RagQA(index, settings=_settings(), **options)


def _quiet() -> bool:
    return bool(_root().get("quiet"))


def _print_json(value: Any) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=True, indent=2))


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(package_name="ragqa")
@click.option("--home", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds indexes/. [default: .]")
@click.option("--threads", type=int, metavar="N", help="CPU threads. [default: every core]")
@click.option("--verbose", "-v", is_flag=True, help="Show tracebacks of errors.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")
def ragqa(**_: Any) -> None:
    """Exact answers from large manuals, on your own machine.

    Point it at a folder of manuals (ragqa ingest manuals/), then ask (ragqa ask "What does E-24 mean?").
    Settings also come from ragqa.toml and RAGQA_* variables.
    """


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
    from ragqa.interrupt import stop_on_interrupt

    qa = _engine(index, embedder=embedder, include=include or None, exclude=exclude or None)
    with stop_on_interrupt() as stop, show("ingest_progress")(quiet=_quiet() or as_json) as progress:
        report = qa.ingest(*paths, prune=prune, dry_run=dry_run, progress=progress, stop=stop)
    if as_json:
        from ragqa.schema import ingest_json

        _print_json(ingest_json(report))
    else:
        show("print_ingest")(report, quiet=_quiet())
    return EXIT_INTERRUPTED if report.interrupted else EXIT_FAILED if report.failed else 0


@ragqa.command()
@click.argument("question", required=False)
@index_option
@filter_options
@click.option("--answers", type=int, metavar="N", help=f"Answers to give. [default: {_default(AskSettings, 'answers')}]")
@click.option("--reader", metavar="MODEL", help=f"A name, folder or hub name. [default: {DEFAULT_READER}]")
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
    qa = _engine(index, **options)
    if file is not None:
        if question is not None:
            raise UsageError("give a QUESTION or --file, not both")
        return _ask_file(qa, file, out, document, section, use_document)
    if question is None:
        raise UsageError("there is no question", hint='ragqa ask "How do I …?", or --file questions.jsonl for many')
    if question == "-":
        question = sys.stdin.read().strip()
    with show("waiting")("Reading the manuals", quiet=_quiet() or as_json):
        response = qa.ask(question, document=document, section=section)
    if as_json:
        from ragqa.schema import response_json

        _print_json(response_json(response, explain=explain))
    else:
        show("print_response")(response, explain=explain)
    return 0 if response.answered else EXIT_ABSTAINED


def _ask_file(qa: RagQA, file: Path, out: Path | None, document: str | None, section: str | None, use_document: bool) -> int:
    from ragqa.batch import answer_file

    with show("batch_progress")(quiet=_quiet()) as progress:
        summary = answer_file(qa, file, out, document=document, section=section, use_document=use_document, progress=progress)
    show("print_note")(summary, quiet=_quiet())
    return 0


@ragqa.command()
@click.argument("question")
@index_option
@filter_options
@json_option
@edge
def search(question: str, index: str | None, document: str | None, section: str | None, as_json: bool, **options: Any) -> int:
    """Show the ranked passages for a question with their scores, without reading them."""
    qa = _engine(index, **options)
    with show("waiting")("Searching", quiet=_quiet() or as_json):
        hits = qa.search(question, document=document, section=section)
    if as_json:
        from ragqa.schema import hit_json

        _print_json([hit_json(hit) for hit in hits])
    else:
        show("print_hits")(hits)
    return 0 if hits else EXIT_ABSTAINED


@ragqa.command()
@click.option("--full", is_flag=True, help="Also evaluate on the sample question/answer pairs.")
@edge
def demo(full: bool) -> int:
    """Ingest the sample manuals that come with ragqa, ask three questions, and say what to try next."""
    from ragqa.demo.tour import INDEX, QUESTIONS, manuals_folder

    qa = _engine(INDEX)
    with show("ingest_progress")(quiet=_quiet()) as progress, manuals_folder() as folder:
        report = qa.ingest(folder, progress=progress)
    show("print_ingest")(report, quiet=_quiet())
    for question in QUESTIONS:
        show("print_question")(question)
        show("print_response")(qa.ask(question))
    if full:
        from ragqa.demo.tour import score_pairs

        with show("batch_progress")(quiet=_quiet()) as progress:
            show("print_scores")(score_pairs(qa, progress))
    show("print_next_steps")(INDEX, home=None if str(qa.settings.home) == "." else str(qa.settings.home))
    return 0


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


@ragqa.group()
def index() -> None:
    """Look after indexes: list, info, verify, rebuild, rm, export, import."""


name_argument = click.argument("name", required=False, shell_complete=_complete_index)


@index.command("list")
@json_option
@edge
def index_list(as_json: bool) -> int:
    """List every index."""
    from ragqa.engine import all_indexes
    from ragqa.schema import info_json

    found = list(all_indexes(_settings().home))
    if as_json:
        _print_json([info_json(info) for info in found])
    else:
        show("print_indexes")(found)
    return 0


@index.command("info")
@name_argument
@json_option
@edge
def index_info(name: str | None, as_json: bool) -> int:
    """Show what an index holds and which settings made it."""
    from ragqa.schema import info_json

    info = _engine(name).info()
    if as_json:
        _print_json(info_json(info))
    else:
        show("print_info")(info)
    return 0


@index.command("verify")
@name_argument
@json_option
@edge
def index_verify(name: str | None, as_json: bool) -> int:
    """Compare SQLite, FAISS and the lexical index: counts, ids, checksums, vectors."""
    qa = _engine(name)
    problems = qa.verify()
    if as_json:
        _print_json({"index": qa.settings.index, "sound": not problems, "problems": problems})
    else:
        show("print_verification")(qa.settings.index, problems)
    return EXIT_FAILED if problems else 0


@index.command("rebuild")
@name_argument
@edge
def index_rebuild(name: str | None) -> int:
    """Make FAISS and the lexical index anew from the stored chunks and vectors, without embedding."""
    with show("waiting")("Rebuilding", quiet=_quiet()):
        info = _engine(name).rebuild()
    show("print_note")(f"Rebuilt index '{info.name}': {info.chunks:,} chunks, generation {info.generation}.", quiet=_quiet())
    return 0


@index.command("rm")
@click.argument("name", shell_complete=_complete_index)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@edge
def index_rm(name: str, yes: bool) -> int:
    """Delete an index. The manuals themselves are not touched."""

    qa: RagQA = _engine(name)
    if not yes and sys.stdin.isatty() and not click.confirm(f"Delete index '{name}' in {qa.folder}?"):
        return EXIT_FAILED
    qa.remove()
    show("print_note")(f"Deleted index '{name}'.", quiet=_quiet())
    return 0


@index.command("export")
@click.argument("name", shell_complete=_complete_index)
@click.argument("file", type=click.Path(path_type=Path))
@edge
def index_export(name: str, file: Path) -> int:
    """Write an index to one FILE that `ragqa index import` takes on another machine."""
    with show("waiting")("Exporting", quiet=_quiet()):
        written = _engine(name).export(file)
    show("print_note")(f"Wrote {written} ({written.stat().st_size / 1e6:.1f} MB).", quiet=_quiet())
    return 0


@index.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the new index. [default: the exported one's]")
@edge
def index_import(file: Path, name: str | None) -> int:
    """Make an index from an exported FILE."""
    from ragqa.engine import import_index

    with show("waiting")("Importing", quiet=_quiet()):
        info = import_index(_settings().home, file, name)
    show("print_note")(f"Index '{info.name}': {info.documents} documents, {info.chunks:,} chunks.", quiet=_quiet())
    return 0

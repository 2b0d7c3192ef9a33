"""What every command of the command line shares: its edge, its options, and the way to the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.config import AskSettings, Settings
from ragqa.errors import RagqaError
from ragqa.settings import load_settings

if TYPE_CHECKING:
    from ragqa.engine import RagQA

EXIT_FAILED, EXIT_USAGE, EXIT_ABSTAINED, EXIT_INTERRUPTED = 1, 2, 3, 130


def show(name: str) -> Any:
    """A function of ragqa.cli.terminal, imported when it is used: rich is not needed for --help or --json."""
    return getattr(import_module("ragqa.cli.terminal"), name)


def edge(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn RagqaError into text on stderr and its exit code; the only place where that happens."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        verbose = root_options().get("verbose", False)
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
    """Adds --index."""
    default = Settings.__dataclass_fields__["index"].default
    return click.option(
        "--index", "-i", metavar="NAME", shell_complete=complete_index, help=f"The index to use. [default: {default}]"
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def reader_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --reader."""
    told = "A trained reader's name, a folder or a hub name. [default: the one of the index]"
    return click.option("--reader", metavar="MODEL", shell_complete=complete_reader, help=told)(command)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds what search and ask share: --document, --section, --top-k, --embedder."""
    for option in (
        click.option("--section", metavar="TEXT", help="Look only in sections whose heading path contains TEXT."),
        click.option("--document", "-d", metavar="GLOB", help="Look only in documents whose path matches GLOB."),
        click.option(
            "--top-k", type=int, metavar="N", help=f"Passages to find and read. [default: {default_of(AskSettings, 'top_k')}]"
        ),
        click.option("--embedder", metavar="MODEL", help="A folder or hub name. [default: the one of the index]"),
    ):
        command = option(command)
    return command


def default_of(settings: type, name: str) -> Any:
    """A setting's default, for help texts."""
    return settings.__dataclass_fields__[name].default  # type: ignore[attr-defined]


def complete_index(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of indexes that begin so, for the shell's completion."""
    from ragqa.paths import index_names

    home = context.find_root().params.get("home") or load_settings().home
    return [name for name in index_names(home) if name.startswith(incomplete)]


def complete_reader(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of readers that begin so, for the shell's completion."""
    from ragqa.engine import reader_names

    home = context.find_root().params.get("home") or load_settings().home
    return [name for name in reader_names(home) if name.startswith(incomplete)]


def root_options() -> dict[str, Any]:
    """The options given before the command's name."""
    context = click.get_current_context()
    return context.find_root().params if context else {}


def root_settings() -> Settings:
    """The settings of file and environment, with the options given before the command's name over them."""
    from ragqa.config import apply_options

    return apply_options(load_settings(), home=root_options().get("home"), threads=root_options().get("threads"))


def engine(index: str | None, **options: Any) -> RagQA:
    """The engine on an index, with a command's options over the settings."""
    from ragqa.engine import RagQA

    return RagQA(index, settings=root_settings(), **options)


def note_what_goes_first(qa: RagQA, reader: str) -> None:
    """Say so when a reader that an index has just been given does not answer, since the settings name another."""
    other = qa.settings.ask.reader
    if other not in (None, reader):
        show("print_note")(f"But the settings (ragqa.toml or RAGQA_ASK_READER) ask for '{other}', which goes first.")


def quiet() -> bool:
    """Whether --quiet was given."""
    return bool(root_options().get("quiet"))


def print_json(value: Any) -> None:
    """Data for scripts, on stdout."""
    import json

    click.echo(json.dumps(value, ensure_ascii=True, indent=2))

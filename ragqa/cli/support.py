"""What every command of the command line shares: its edge, and the way to the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import rich_click as click

from ragqa.cli.exits import EXIT_INTERRUPTED
from ragqa.errors import RagqaError, UsageError

if TYPE_CHECKING:
    from ragqa.config import Settings
    from ragqa.engine import RagQA
    from ragqa.types import PairProblem, Progress

SERVER_VARIABLE = "RAGQA_SERVER"


def show(place: str) -> Any:
    """What `place` (module:function of ragqa.cli) names, imported when it is used: rich is not needed for --help or --json."""
    module, _, name = place.partition(":")
    return getattr(import_module(f"ragqa.cli.{module}"), name)


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
            show("terminal:print_error")(error)
            code = error.exit_code
        except KeyboardInterrupt:
            show("terminal:print_note")("Interrupted.")
            code = EXIT_INTERRUPTED
        sys.exit(code or 0)

    return run


def root_options() -> dict[str, Any]:
    """The options given before the command's name."""
    context = click.get_current_context()
    return context.find_root().params if context else {}


def root_settings() -> Settings:
    """The settings of file and environment, with the options given before the command's name over them."""
    from ragqa.config import apply_options
    from ragqa.settings import load_settings

    return apply_options(load_settings(), home=root_options().get("home"), threads=root_options().get("threads"))


def engine(index: str | None, *, here: bool = False, **options: Any) -> RagQA:
    """The engine on an index, on the server that was named or `here`, with a command's options over the settings."""
    server = server_url()
    if server is not None and not here:
        return _on_server(server, index, options)
    if root_options().get("token_file") is not None:
        raise UsageError("--token-file is for --server")
    from ragqa.engine import RagQA

    return RagQA(index, settings=root_settings(), **options)


def server_url() -> str | None:
    """The server to ask: that of --server, else of RAGQA_SERVER; None: none."""
    return root_options().get("server") or os.environ.get(SERVER_VARIABLE, "").strip() or None


def _on_server(server: str, index: str | None, options: dict[str, Any]) -> RagQA:
    from ragqa.client import connect

    here = {
        "embedder": "--embedder", "ocr": "--ocr", "parse_seconds": "--timeout", "backend": "--backend",
        "backend_uri": "--backend-uri", "fallback": "--fallback",
    }  # fmt: skip
    for name, option in here.items():
        if options.get(name) is not None:
            raise UsageError(f"{option} is the server's own setting", hint=f"Leave {option} out, or --server and RAGQA_SERVER.")
    qa = connect(server, index=index, token_file=root_options().get("token_file"), settings=root_settings(), **options)
    if qa.is_overheard:
        show("terminal:print_note")(f"Note: the token goes to {qa.server} unencrypted; https keeps it secret.", quiet=quiet())
    return qa


def note_what_goes_first(qa: RagQA, reader: str) -> None:
    """Say so when a reader that an index has just been given does not answer, since the settings name another."""
    other = qa.settings.ask.reader
    if other not in (None, reader):
        show("terminal:print_note")(f"But the settings (ragqa.toml or RAGQA_ASK_READER) ask for '{other}', which goes first.")


def quiet() -> bool:
    """Whether --quiet was given."""
    return bool(root_options().get("quiet"))


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; one that was closed before Python began, which gives None for it, is none."""
    return stream is not None and stream.isatty()


def agreed(question: str, yes: bool) -> bool:
    """Whether what is asked for is to be done: `yes`, or somebody at the terminal says so; where nobody is, it is."""
    return yes or not is_terminal(sys.stdin) or click.confirm(question)


def print_json(value: Any) -> None:
    """Data for scripts, on stdout."""
    import json

    click.echo(json.dumps(value, ensure_ascii=True, indent=2))


def present(value: Any, as_json: bool, json_of: str, printer: str, **options: Any) -> None:
    """Print a value, or a list of such, for scripts as the function `json_of` of ragqa.schema gives it, or for people with what
    `printer` names."""
    if not as_json:
        show(printer)(value, **options)
        return
    from ragqa import schema

    function = getattr(schema, json_of)
    print_json([function(one) for one in value] if isinstance(value, list) else function(value))


@contextmanager
def long_work(silent: bool = False) -> Iterator[tuple[Callable[[], bool], Callable[[Progress], None]]]:
    """Gives a function that tells whether Ctrl-C was pressed, and one that is told of every step and shows them on stderr."""
    from ragqa.cli.interrupt import stop_on_interrupt

    with stop_on_interrupt() as stop, show("progress:progress")(quiet=quiet() or silent) as progress:
        yield stop, progress


def tell_problems(problems: Sequence[PairProblem], notes: Sequence[str] = ()) -> None:
    """What of a QA file could not be used, and what makes figures doubtful, on stderr."""
    for told in (*map(str, problems), *(f"Note: {note}" for note in notes)):
        show("terminal:print_note")(told, quiet=quiet())

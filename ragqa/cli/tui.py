"""The command that opens the terminal UI; the only place where ragqa knows of it."""

from __future__ import annotations

import os
import sys

import rich_click as click

from ragqa.cli.options import index_option
from ragqa.cli.support import edge, root_settings
from ragqa.errors import UsageError


@click.command()
@index_option
@click.option("--inline", is_flag=True, help="Only a question and its answers, under the prompt.")
@click.option("--web", is_flag=True, help="Serve the app to a browser of this machine instead.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="With --web: the port. [default: 8017]")
@edge
def tui(index: str | None, inline: bool, web: bool, port: int | None) -> int:
    """Open the terminal UI: ask, ingest, correct, train and evaluate.

    Plain `ragqa` in a terminal does the same.
    """
    if web:
        if inline:
            raise UsageError("--inline and --web do not go together")
        from tui.web import serve

        serve(index, root_settings(), port or 8017)
        return 0
    if port is not None:
        raise UsageError("--port is for --web")
    open_app(index, inline)
    return 0


def open_app(index: str | None, inline: bool = False) -> None:
    """Open the app in this terminal. Raises UsageError where there is none."""
    served = "TEXTUAL_DRIVER" in os.environ  # by textual-serve, which speaks through pipes
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the terminal UI needs a terminal", hint="In scripts use ragqa ask, ingest, finetune, eval.")
    from tui.app import run

    run(index, root_settings(), inline)

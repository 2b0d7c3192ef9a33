"""The command that opens the terminal UI; the only place where ragqa knows of it."""

from __future__ import annotations

import os
import sys

import rich_click as click

from ragqa.cli.options import index_option, server_options
from ragqa.cli.support import edge, engine, is_terminal, root_settings, server_url, show
from ragqa.errors import UsageError
from ragqa.gate import is_loopback

HOST, PORT = "127.0.0.1", 8017


@click.command()
@index_option
@server_options
@click.option("--inline", is_flag=True, help="Only a question and its answers, under the prompt.")
@click.option(
    "--web", is_flag=True, help="Serve the app to a browser of this machine instead, to whoever opens the link that is printed."
)
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help=f"With --web: the port. [default: {PORT}]")
@click.option("--host", metavar="ADDRESS", help=f"With --web: the address to listen on. [default: {HOST}]")
@click.option(
    "--allow-network", is_flag=True,
    help="With --host: let other machines in. Whoever has, or overhears, the link can ask, ingest and read files as you can.",
)  # fmt: skip
@edge
def tui(index: str | None, inline: bool, web: bool, port: int | None, host: str | None, allow_network: bool) -> int:
    """Open the terminal UI: ask, ingest, correct, train and evaluate.

    Plain `ragqa` in a terminal does the same.
    """
    if web:
        if inline:
            raise UsageError("--inline and --web do not go together")
        if server_url() is not None:
            raise UsageError("--web does not go with a server", hint="It has a page for browsers of its own: open its address.")
        _serve(index, host or HOST, port or PORT, allow_network)
        return 0
    for given, option in ((port is not None, "--port"), (host is not None, "--host"), (allow_network, "--allow-network")):
        if given:
            raise UsageError(f"{option} is for --web")
    open_app(index, inline)
    return 0


def _serve(index: str | None, host: str, port: int, allow_network: bool) -> None:
    if not is_loopback(host) and not allow_network:
        raise UsageError(
            f"{host} can be reached from other machines",
            hint="Whoever has the link, or overhears it, for nothing is encrypted, could ask, ingest and read this machine's"
            " files as you can. If that is meant, add --allow-network.",
        )
    from tui.web import serve

    def tell(link: str) -> None:
        click.echo(link)
        if not is_loopback(host):
            show("terminal:print_note")(
                "Warning: other machines can reach this, at the address of this one, and nothing is encrypted."
            )
        show("terminal:print_note")("Open this link in a browser; it is the key, so keep it to yourself. Ctrl-C stops.")

    serve(index, root_settings(), host, port, tell)


def open_app(index: str | None, inline: bool = False) -> None:
    """Open the app in this terminal. Raises UsageError where there is none."""
    served = "TEXTUAL_DRIVER" in os.environ  # for a page, which it speaks to through pipes
    if not served and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise UsageError("the terminal UI needs a terminal", hint="In scripts use ragqa ask, ingest, finetune, eval.")
    from tui.app import run

    run(engine(index), inline)

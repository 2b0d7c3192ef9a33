"""The command that serves assistants; the only place where the command line knows of the protocol."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from typing import Any

import rich_click as click

from ragqa.cli.options import complete_path, index_option, setting_option, together
from ragqa.cli.support import edge, root_options, root_settings, show
from ragqa.config import ServeSettings, Settings, override
from ragqa.errors import UsageError

PORT = 8322
PATIENCE = 120.0
"""Seconds that a call may take over stdio: the first one waits until the models are loaded."""

http_options = together(
    setting_option("--host", of=ServeSettings, setting="host", metavar="ADDRESS", told="With --http: the address to listen on."),
    setting_option("--port", of=ServeSettings, setting="port", metavar="N", told="With --http: the port.", default=str(PORT)),
    setting_option(
        "--name", of=ServeSettings, setting="names", metavar="HOST:PORT",
        told="With --http: another name it is reached under, as by a proxy (may be repeated).",
    ),
    setting_option(
        "--token-file", of=ServeSettings, setting="token_file", metavar="FILE", default="none", complete=complete_path,
        told="With --http: a file of tokens: `role token` a line, the role read, judge or manage.",
    ),
)  # fmt: skip


@click.command()
@index_option
@click.option("--http", is_flag=True, help="Serve over HTTP, to any number of clients, instead of over stdin and stdout.")
@http_options
@edge
def mcp(index: str | None, http: bool, **options: Any) -> int:
    """Serve assistants over the Model Context Protocol: they ask, search and read the manuals.

    An assistant starts it itself, and speaks to it over stdin and stdout: the README has the lines for its configuration.
    """
    given = {name: value for name, value in options.items() if value}
    if given and not http:
        raise UsageError("--host, --port, --name and --token-file are for --http")
    if not http and None in (sys.stdin, sys.stdout):
        raise UsageError("stdin or stdout is closed, over which an assistant speaks", hint="Let one start it, or use --http.")
    settings = override(root_settings(), index=index)
    if not root_options().get("verbose"):
        logging.getLogger("mcp").setLevel(logging.CRITICAL)  # what a client does wrong it is told itself
    try:
        _serve(settings, given) if http else _serve_stdio(settings)
    except ModuleNotFoundError as error:
        extra = "mcp" if (error.name or "").partition(".")[0].startswith("mcp") else "mcp,serve"
        raise UsageError(f"this needs {error.name}", hint=f"pip install 'ragqa[{extra}]'") from error
    return 0


def _serve_stdio(settings: Settings) -> None:
    from ragqa.mcp.stdio import serve_stdio
    from ragqa.serve.service import Service

    service = Service(replace(settings, serve=replace(settings.serve, seconds=PATIENCE)))
    try:
        serve_stdio(service)
    finally:
        service.close()


def _serve(settings: Settings, given: dict[str, Any]) -> None:
    from ragqa.serve.start import serve_mcp

    served = override(settings.serve, **{"port": PORT, "workers": 1, **given})

    def tell(link: str) -> None:
        click.echo(link)
        show("terminal:print_note")("Give assistants this address, of the kind streamable HTTP. Ctrl-C stops.")

    serve_mcp(override(settings, serve=served), tell)

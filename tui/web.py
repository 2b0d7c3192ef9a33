"""The same app in a browser of this machine, by textual-serve: one process of the app for each open page.

Its limits: no sound way to tell users apart, so it listens on loopback only; the terminal's clipboard is the browser's; "open the
file" opens it on this machine.
"""

from __future__ import annotations

import shlex
import sys

from ragqa.config import Settings


def command(index: str | None, settings: Settings) -> str:
    """The command line that opens the app as this one would have been opened."""
    parts = [sys.executable, "-m", "ragqa", "--home", str(settings.home), "--threads", str(settings.threads), "tui"]
    return shlex.join([*parts, "--index", index or settings.index])


def serve(index: str | None, settings: Settings, port: int) -> None:
    """Serve on loopback until interrupted."""
    from textual_serve.server import Server

    Server(command(index, settings), host="127.0.0.1", port=port, title="ragqa").serve()

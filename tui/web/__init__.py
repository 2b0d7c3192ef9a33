"""The same app in a browser: one process of the app for each open page.

It listens on loopback unless it is told otherwise, and lets in only who has the link that is printed: see `ragqa.gate`. Its
limits: it knows no users, whoever has the link may do all that the app can; the terminal's clipboard is the browser's; "open the
file" opens it on the machine that serves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from ragqa.config import Settings


def command(index: str | None, settings: Settings) -> list[str]:
    """The command line that opens the app as this one would have been opened."""
    parts = [sys.executable, "-m", "ragqa", "--home", str(settings.home), "--threads", str(settings.threads), "tui"]
    return [*parts, "--index", index or settings.index]


def serve(index: str | None, settings: Settings, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the link, once it works. Raises RagqaError where the port cannot be had."""
    from tui.web.server import run

    run(command(index, settings), host, port, tell)

"""The process that keeps indexes in step beside a server: of low priority, as those that do jobs. It is told its settings on its
standard input, and ends, after what is under way, when that does. An index that cannot be kept in step keeps no other back."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress

from ragqa.errors import RagqaError
from ragqa.serve.orders import NICENESS, read_order


def main() -> None:
    """Keep the indexes of the settings in step."""
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    settings, _ = read_order(sys.stdin.buffer.readline())
    stop = threading.Event()

    for number in (signal.SIGINT, signal.SIGTERM):  # as a terminal or a service manager sends them to all processes
        signal.signal(number, lambda *_: stop.set())

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # until whoever started this closes it, or is gone
            pass  # not by `sys.stdin`: Python aborts where a thread still reads that at its end
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    from ragqa.watching.assemble import by_index, watchers
    from ragqa.watching.together import Watching

    watched = by_index(settings, settings.watch)
    watching = Watching(watched, lambda index: watchers(settings, watched[index])[index], _tell)
    watching.start()
    stop.wait()
    watching.close()


def _tell(index: str, error: Exception) -> None:
    """Tell what keeps an index from being kept in step."""
    if isinstance(error, RagqaError):
        logging.warning("watching index '%s': %s %s", index, error.message, error.hint)
    else:
        logging.error("watching index '%s'", index, exc_info=error)

"""The process that keeps indexes in step beside a server: of low priority, as those that do jobs. It is told its settings on its
standard input, and ends, after what is under way, when that does."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress

from ragqa.errors import AlreadyWatched, RagqaError
from ragqa.serve.orders import NICENESS, read_order


def main() -> None:
    """Keep the indexes of the settings in step; exit code 1 where that could not go on."""
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    settings, _ = read_order(sys.stdin.buffer.readline())
    stop = threading.Event()

    for number in (signal.SIGINT, signal.SIGTERM):  # as a terminal or a service manager sends them to all processes
        signal.signal(number, lambda *_: stop.set())

    def listen() -> None:
        sys.stdin.buffer.read()  # until whoever started this closes it, or is gone
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        from ragqa.watching.assemble import watchers
        from ragqa.watching.together import run_all

        run_all(watchers(settings, settings.watch), stop.is_set)
    except AlreadyWatched:
        pass
    except RagqaError as error:
        logging.warning("watching: %s %s", error.message, error.hint)
        sys.exit(1)


if __name__ == "__main__":
    main()

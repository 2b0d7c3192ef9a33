"""Several indexes that are kept in step at once, each in a thread of its own: for the command line, and beside a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ragqa.errors import AlreadyWatched, RagqaError
from ragqa.watching.watcher import Watcher

AGAIN_SECONDS = 5.0
"""After which a server sees whether the process that keeps an index in step is still there, and takes its place."""


def run_all(watchers: Mapping[str, Watcher], stop: Callable[[], bool]) -> None:
    """Keep all in step until `stop`, or until one cannot go on: then the others end, too, and what it raised is raised."""
    failed: list[RagqaError] = []

    def run(one: Watcher) -> None:
        try:
            one.run(lambda: stop() or bool(failed))
        except RagqaError as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(one,), name=f"watch {index}") for index, one in watchers.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(AGAIN_SECONDS / 10)  # and hears of signals in between
    if failed:
        raise failed[0]


class Watching:
    """Keeps indexes in step beside what else a process does. Of several processes one does, and when that ends the next.

    `trouble` hears, by index, of what keeps one from going on; it is tried again. Safe for threads.
    """

    def __init__(self, watchers: Mapping[str, Watcher], trouble: Callable[[str, RagqaError], None]) -> None:
        self._watchers, self._trouble = dict(watchers), trouble
        self._enough = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def indexes(self) -> tuple[str, ...]:
        """The indexes that are kept in step."""
        return tuple(self._watchers)

    def start(self) -> None:
        """Begin."""
        for index, one in self._watchers.items():
            thread = threading.Thread(target=self._run, args=(index, one), name=f"watch {index}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """End, and wait for what is under way to be finished; what has not begun is left."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _run(self, index: str, one: Watcher) -> None:
        while not self._enough.is_set():
            try:
                one.run(self._enough.is_set)
            except AlreadyWatched:
                self._enough.wait(AGAIN_SECONDS)
            except RagqaError as error:
                self._trouble(index, error)
                self._enough.wait(12 * AGAIN_SECONDS)

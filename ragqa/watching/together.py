"""Several indexes that are kept in step at once, each in a thread of its own: for the command line, and beside a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from ragqa.errors import AlreadyWatched
from ragqa.watching.watcher import Watcher

AGAIN_SECONDS = 5.0
"""After which it is seen whether the process that keeps an index in step is still there, to take its place."""


def run_all(watchers: Mapping[str, Watcher], stop: Callable[[], bool]) -> None:
    """Keep all in step until `stop`, or until one cannot go on: then the others end, too, and what it raised is raised."""
    failed: list[BaseException] = []

    def run(one: Watcher) -> None:
        try:
            one.run(lambda: stop() or bool(failed))
        except BaseException as error:  # whatever it is: none may go on as if all were kept in step
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
    """Keeps indexes in step, each whatever becomes of the others: where another process keeps one, it waits for that to end, and
    where one cannot go on, `trouble` hears of it, by index, and it is tried again with a watcher that `make` makes anew.

    Safe for threads.
    """

    def __init__(self, indexes: Iterable[str], make: Callable[[str], Watcher], trouble: Callable[[str, Exception], None]) -> None:
        self._indexes, self._make, self._trouble = tuple(indexes), make, trouble
        self._enough = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin."""
        for index in self._indexes:
            thread = threading.Thread(target=self._run, args=(index,), name=f"watch {index}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """End, and wait for what is under way to be finished; what has not begun is left."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _run(self, index: str) -> None:
        one: Watcher | None = None
        while not self._enough.is_set():
            try:
                one = one or self._make(index)
                one.run(self._enough.is_set)
            except AlreadyWatched:
                self._enough.wait(AGAIN_SECONDS)
            except Exception as error:
                one = None
                self._trouble(index, error)
                self._enough.wait(12 * AGAIN_SECONDS)

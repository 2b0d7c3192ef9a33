"""When to look, when to take in and when to wait: the loop that keeps an index in step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ragqa.errors import IndexBusy, IndexMismatch, ModelError, RagqaError, UsageError
from ragqa.watching.ears import Ears
from ragqa.watching.events import Event
from ragqa.watching.keeper import Keeper

QUIET_SECONDS, PATIENCE_SECONDS = 0.5, 15.0
"""Without news, after which changes are looked at together; and since the first of them, after which they are in any case."""

NAP_SECONDS, AGAIN_SECONDS = 0.5, 5.0
"""At most between two looks at whether to stop; at least between two looks at the sources without any news."""

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Until it is tried again what an index that another process writes, or a disk, refused; growing."""

EMBED_SECONDS = 20.0
"""For which vectors are made at least before news may break that off."""

HOPELESS = (UsageError, IndexMismatch, ModelError)
"""What does not come right by waiting."""


class Watcher:
    """Keeps an index in step. `run` and `once` are for one thread, and come back soon after `stop` says so.

    Raises AlreadyWatched where another process does it, and where waiting does not help what it tells: UsageError, IndexMismatch,
    ModelError.
    """

    def __init__(self, keeper: Keeper, tell: Callable[[Event], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._keeper, self._tell, self._clock = keeper, tell, clock
        self._news = threading.Event()
        self._stirred: set[Path] = set()
        self._stirring = threading.Lock()
        self._sweep_at = 0.0
        self._is_news_to_come = False
        """Whether changes are not told of yet, which takes a moment: then all is looked at again soon."""
        self._told = ""
        self._pause = PAUSE_SECONDS

    def once(self, stop: Callable[[], bool]) -> None:
        """Bring the index in step, waiting for whoever writes it; files that do not come to rest are left for the next time."""
        with self._keeper.kept:
            until, everywhere = self._clock() + PAUSE_SECONDS + PATIENCE_SECONDS, True
            outlook = self._keeper.look(stop, everywhere)
            while outlook.waiting and self._clock() < until and not stop():
                time.sleep(NAP_SECONDS)
                outlook = self._keeper.look(stop)
            self._insist(lambda: self._keeper.take_in(outlook.waiting, stop), stop)
            self._keeper.note()
            self._insist(lambda: self._keeper.embed(stop), stop)
            self._keeper.note()

    def run(self, stop: Callable[[], bool]) -> None:
        """Keep the index in step until `stop` says so. What is finished then is kept."""
        ears = Ears(self._hear, self._is_ours)
        with self._keeper.kept:
            try:
                self._follow(ears, stop)
            finally:
                ears.close()
                self._tell(Event("stopped"))

    def _hear(self, paths: set[Path]) -> None:
        with self._stirring:
            self._stirred |= paths
        self._news.set()

    def _heard(self) -> set[Path]:
        """What has changed since this was asked last."""
        with self._stirring:
            heard, self._stirred = self._stirred, set()
        return heard

    def _follow(self, ears: Ears, stop: Callable[[], bool]) -> None:
        """The loop. News make it look at what changed, once there has been quiet, or too much of it; and it looks at everything
        now and then, or where something is to be done without news."""
        news_since: float | None = None
        behind_since: float | None = None
        news_at = looked_at = look_at = 0.0
        while not stop():
            if self._news.wait(NAP_SECONDS if look_at > self._clock() else 0):
                self._news.clear()
                news_at = self._clock()
                news_since = news_at if news_since is None else news_since
            moment = self._clock()
            is_news = news_since is not None and (moment - news_at >= QUIET_SECONDS or moment - news_since >= PATIENCE_SECONDS)
            is_due = moment - looked_at >= AGAIN_SECONDS and self._keeper.is_due()
            if not (is_news or is_due or moment >= look_at):
                continue
            news_since, looked_at = None, moment
            hears = ears.listen([one.folder.root for one in self._keeper.followers])
            if is_due or not (hears or ears.problem):
                self._sweep_at = moment
            self._is_news_to_come = not hears and not ears.problem
            behind_since = moment if behind_since is None else behind_since
            is_late = moment - behind_since >= PATIENCE_SECONDS
            is_in_step, look_at = self._step(is_late, ears, stop)
            if is_in_step or is_late:
                behind_since = None

    def _step(self, is_late: bool, ears: Ears, stop: Callable[[], bool]) -> tuple[bool, float]:
        """Look once, and take in what has come to rest: all together, but when `is_late` without those that have not.

        Whether the index is in step now, and when to look again at the latest.
        """
        is_sweep, heard = self._clock() >= self._sweep_at, self._heard()
        try:
            outlook = self._keeper.look(stop) if is_sweep else self._keeper.look_at(heard, stop)
            if is_sweep:
                self._sweep_at = self._clock() + self._lasts()
            if outlook.waiting and not is_late:
                self._keeper.note(self._told)
                return False, self._clock() + NAP_SECONDS
            if outlook.is_behind:
                self._keeper.take_in(outlook.waiting, stop)
            self._keeper.note(ears.problem)  # before the vectors, which may take hours
            if self._keeper.embed(self._stop_for_news(stop)):
                self._keeper.note(ears.problem)
            self._told, self._pause = "", PAUSE_SECONDS
        except HOPELESS:
            raise
        except RagqaError as error:
            self._sweep_at = 0.0
            return False, self._clock() + self._note_trouble(error)
        if outlook.waiting:
            return False, self._clock() + NAP_SECONDS
        return True, self._sweep_at

    def _lasts(self) -> float:
        """Seconds for which a look at everything lasts, where news are heard."""
        if self._is_news_to_come:
            return AGAIN_SECONDS
        return min(one.every if one.is_there else AGAIN_SECONDS for one in self._keeper.followers)

    def _note_trouble(self, error: RagqaError) -> float:
        """Tell what stands in the way, once; the seconds until it is tried again."""
        if self._told != error.message:
            self._told = error.message
            self._tell(Event("busy" if isinstance(error, IndexBusy) else "problem", note=error.message))
        with suppress(RagqaError):  # the disk may be what stands in the way
            self._keeper.note(error.message)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return self._pause

    def _stop_for_news(self, stop: Callable[[], bool]) -> Callable[[], bool]:
        began = self._clock()
        return lambda: stop() or (self._news.is_set() and self._clock() - began > EMBED_SECONDS)

    def _insist(self, work: Callable[[], object], stop: Callable[[], bool]) -> None:
        """Do something, as soon as nobody else writes the index."""
        while not stop():
            try:
                work()
                return
            except IndexBusy as error:
                until = self._clock() + self._note_trouble(error)
                while self._clock() < until and not stop():
                    time.sleep(NAP_SECONDS)

    def _is_ours(self, path: Path) -> bool:
        """Whether what changed is ragqa's own, such as the index itself."""
        return any(one.folder.leaves(path) for one in self._keeper.followers)

"""Files that failed: when each is tried again, with growing pauses, for as long as it looks the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 3600.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, or a document that could not be fetched: how it looked, why, how often, and when it is tried
    again, in seconds of the epoch."""

    path: str
    note: str
    mark: str
    tries: int
    again: float


class Retries:
    """What failed. For one thread."""

    def __init__(self, failures: Iterable[Failure] = (), clock: Callable[[], float] = time.time) -> None:
        self._failures = {failure.path: failure for failure in failures}
        self._clock = clock

    def failed(self, path: str, mark: str, note: str) -> Failure:
        """Note that a file has failed; one that looks otherwise than last time begins anew."""
        known = self._failures.get(path)
        tries = known.tries + 1 if known is not None and known.mark == mark else 1
        pause = min(FIRST_SECONDS * 2 ** min(tries - 1, 30), LONGEST_SECONDS)
        self._failures[path] = Failure(path, note, mark, tries, self._clock() + pause)
        return self._failures[path]

    def ended(self, path: str) -> None:
        """Note that a file is read, or gone."""
        self._failures.pop(path, None)

    def waits(self, path: str, mark: str) -> bool:
        """Whether a file that looks so is to be left for now."""
        known = self._failures.get(path)
        return known is not None and known.mark == mark and self._clock() < known.again

    def is_due(self) -> bool:
        """Whether some file is to be tried again."""
        now = self._clock()
        return any(failure.again <= now for failure in self._failures.values())

    def keep_only(self, paths: set[str]) -> None:
        """Let go of what is no longer there."""
        for path in self._failures.keys() - paths:
            del self._failures[path]

    @property
    def all(self) -> tuple[Failure, ...]:
        """Every failure, by path."""
        return tuple(self._failures[path] for path in sorted(self._failures))

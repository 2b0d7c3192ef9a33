"""What the system tells of changed files, as it happens; where it tells nothing, the regular looks have to do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ragqa.errors import UsageError

STEP_MS, GATHER_MS, LOOK_MS = 100, 300, 5000
"""Milliseconds: between two looks for news, for which news is gathered, and that one wait lasts."""

AGAIN_SECONDS = 60.0
"""After which the system is asked once more that refused to tell of changes."""


def refuse_deafness() -> None:
    """Raises UsageError where the package is missing that hears of changes."""
    try:
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "to follow changes as they happen takes the package watchfiles",
            hint="pip install 'ragqa[watch]', or look once now and then: ragqa watch --once",
        ) from error


class Ears:
    """Calls `stirred` with the paths whenever something changes below one of some folders, from a thread of its own."""

    def __init__(
        self,
        stirred: Callable[[set[Path]], None],
        ignored: Callable[[Path], bool] = lambda path: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stirred, self._ignored, self._clock = stirred, ignored, clock
        self._folders: dict[Path, tuple[int, int]] = {}
        self._thread: threading.Thread | None = None
        self._enough = threading.Event()
        self._again_at = 0.0
        self.problem = ""
        """Why nothing is heard, empty where all is well."""

    def listen(self, folders: Sequence[Path]) -> bool:
        """Hear of these folders from now on, of those that are there. One that went, and came back, is heard of again.

        False where nothing was heard of some until now, or is, so that they have to be looked at.
        """
        there = {folder: identity for folder in folders if (identity := _identity(folder)) is not None}
        is_hearing = self._thread is None or self._thread.is_alive()
        if there == self._folders and (is_hearing or self._clock() < self._again_at):
            return not self.problem
        self.close()
        self._folders, self.problem = there, ""
        if there:
            self._enough = threading.Event()
            self._thread = threading.Thread(target=self._hear, args=(list(there), self._enough), name="watch", daemon=True)
            self._thread.start()
        return False

    def close(self) -> None:
        """Hear nothing any more."""
        self._enough.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._folders = {}

    def _hear(self, folders: list[Path], enough: threading.Event) -> None:
        from watchfiles import watch

        try:
            for changes in watch(
                *folders, watch_filter=None, debounce=GATHER_MS, step=STEP_MS, stop_event=enough, rust_timeout=LOOK_MS,
                raise_interrupt=False, ignore_permission_denied=True,
            ):  # fmt: skip
                told = {Path(path) for _, path in changes}
                matter = {path for path in told if self._matters(path, folders)}
                if matter:
                    self._stirred(matter)
        except Exception as error:  # a limit of the system, a folder that has just gone: the regular looks go on
            self._again_at = self._clock() + AGAIN_SECONDS
            self.problem = f"the system does not tell of changes: {error}"
            self._stirred(set())

    def _matters(self, path: Path, folders: list[Path]) -> bool:
        """Whether what changed may be a document: hidden names are none."""
        if self._ignored(path):
            return False
        below = [path.relative_to(folder) for folder in folders if path.is_relative_to(folder)]
        return not below or not any(part.startswith(".") for part in below[0].parts)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino

"""The indexes that a server keeps in step with folders, in a process of their own: of several workers one has it, and when that
ends the next."""

from __future__ import annotations

import logging
import subprocess
import threading
from contextlib import suppress
from typing import Any

from filelock import FileLock, Timeout

from ragqa.config import Settings
from ragqa.ingestion.discover import visible
from ragqa.paths import watching_folder
from ragqa.serve.orders import python_that, write_order
from ragqa.watching.state import StateFile, status_json

LOOK_SECONDS, LONGEST_PAUSE_SECONDS = 3.0, 120.0
"""Between two looks at whether somebody keeps the indexes in step, and at most after one that could not."""

END_SECONDS = 20.0
"""That the process may take to finish what is under way."""


_CHILD = "import sys; sys.path[:] = {path!r}; from ragqa.serve.watch_child import main; main()"


class Watches:
    """What `[[watch]]`, or `--watch`, names. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._indexes = sorted({one.index or settings.index for one in settings.watch})
        self._enough = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin, where there is anything to keep in step."""
        if self._indexes and self._thread is None:
            self._thread = threading.Thread(target=self._see_to_it, name="watches", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End, and wait until what is under way is finished."""
        self._enough.set()
        if self._thread is not None:
            self._thread.join()

    def status(self) -> list[dict[str, Any]]:
        """How far each index is in step."""
        kept = [StateFile(self._settings.home, index) for index in self._indexes]
        return [status_json(one.read(), one.index, one.is_running()) for one in kept]

    def confirm(self, index: str, source: str) -> int:
        """Agree that the documents of a source leave the index whose files are gone; how many there are."""
        if index not in self._indexes:
            return 0
        kept = StateFile(self._settings.home, index)
        state = kept.read()
        for one in () if state is None else state.sources:
            if visible(one.name) == source and one.held is not None:
                kept.agree(one.name, one.held.paths)
                return one.held.count
        return 0

    def _see_to_it(self) -> None:
        pause = LOOK_SECONDS
        while not self._enough.is_set():
            if not all(StateFile(self._settings.home, index).is_running() for index in self._indexes):
                ended_well = self._take_turn()
                pause = LOOK_SECONDS if ended_well else min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._enough.wait(pause)

    def _take_turn(self) -> bool:
        """Run the process, if no other worker does; whether all went well."""
        folder = watching_folder(self._settings.home)
        turn = FileLock(folder / ".serve.lock", blocking=False, is_singleton=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            turn.acquire()
        except Timeout:
            return True
        except OSError as error:
            logging.warning("watching: %s: %s. Check space and permissions.", error.filename or folder, error.strerror)
            return False
        try:
            return self._run_child() == 0
        finally:
            turn.release()

    def _run_child(self) -> int:
        """Run the process until it ends, or this server does; its exit code."""
        with subprocess.Popen(python_that(_CHILD), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
            assert child.stdin is not None
            with suppress(BrokenPipeError):
                child.stdin.write(write_order(self._settings, "watch", "", [], {}))
                child.stdin.flush()
            while child.poll() is None and not self._enough.wait(0.2):
                pass
            with suppress(BrokenPipeError):
                child.stdin.close()
            try:
                return child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:  # what it has committed is kept
                child.kill()
                return child.wait()

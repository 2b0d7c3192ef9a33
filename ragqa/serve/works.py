"""The kinds of jobs of a server, each done by a process of its own: see `ragqa.serve.job_child`."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from ragqa import errors
from ragqa.config import Settings
from ragqa.errors import RagqaError, UsageError
from ragqa.serve.job_store import Job
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.orders import BUSY, DONE, FAILED, PROGRESS, STOP, python_that, write_order
from ragqa.serve.roots import Roots
from ragqa.serve.uploads import Uploads
from ragqa.types import Progress

LOOK_SECONDS = 0.2
"""Between two looks at a wish to stop."""

STOP_SECONDS = 60.0
"""How long a process that was asked to stop may take to keep what it holds; then it is ended, which loses that, and no more."""

_CHILD = "import sys; sys.path[:] = {path!r}; from ragqa.serve.job_child import main; main()"


def works_of(settings: Settings, roots: Roots, uploads: Uploads) -> Mapping[str, Work]:
    """The works of a server with these settings, by the kinds of their jobs."""
    settings = replace(settings, home=os.path.abspath(settings.home))

    def ingest(task: Task) -> Outcome:
        return run_apart(settings, task, paths_of(task, roots, uploads))

    def evaluate(task: Task) -> Outcome:
        files = sorted(task.files.iterdir()) if task.files.is_dir() else []
        if not files:
            raise UsageError("the question/answer pairs are gone", hint="Ask for it again.")
        return run_apart(settings, task, files)

    return {
        "ingest": Work(ingest, begin=partial(take_in, uploads)),
        "embed": Work(lambda task: run_apart(settings, task, [])),
        "evaluate": Work(evaluate, writes=False),
    }


def take_in(uploads: Uploads, job: Job, files: Path) -> None:
    """Let what was uploaded for an ingest take its place, when it begins and not before: a job that never does takes it along,
    and what was read before can be shown until then. Done twice it does no more. Raises StorageError."""
    names = [name for name in job.asked.get("files") or () if (files / name).exists()]
    if names:
        uploads.keep(job.index, files, names)


def paths_of(task: Task, roots: Roots, uploads: Uploads) -> list[Path]:
    """What an ingest reads: looked at again when it begins, since files, and a server's roots, change while it waits.

    Raises a refusal for what may not be read, UsageError where there is nothing, or StorageError.
    """
    index, asked = task.job.index, task.job.asked
    if asked.get("paths"):
        return roots.checked(asked["paths"])
    folder = uploads.folder(index)
    if asked.get("files"):
        take_in(uploads, task.job, task.files)
        return [folder / name for name in asked["files"]]
    uploads.refuse_none(index)
    return [folder]


def run_apart(settings: Settings, task: Task, paths: list[Path]) -> Outcome:
    """Do a job in another process, which ends with this one. Raises what it raises there."""
    order = write_order(settings, task.job.kind, task.job.index, [str(path) for path in paths], task.job.asked)
    with _Child(order) as child:
        for message in child.messages(task.stop):
            kind = message.pop("kind")
            if kind == PROGRESS:
                message.pop("recognised", None)
                task.tell(Progress(**message))
            elif kind == DONE:
                return Outcome(message["result"], message["stopped"])
            elif kind in (FAILED, BUSY):
                raise _error(message)
        raise child.died()


class _Child:
    """A process that does a job, for the thread that waits for it. It is ended when it is left."""

    def __init__(self, order: bytes) -> None:
        self._running = subprocess.Popen(
            python_that(_CHILD), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            process_group=None if sys.platform == "win32" else 0,  # Ctrl-C is for the server; in a session it would not be nice
        )  # fmt: skip
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._send(order)
        threading.Thread(target=self._listen, name="job's messages", daemon=True).start()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *ended: object) -> None:
        with suppress(OSError):
            self._pipe(self._running.stdin).close()  # it ends itself by that
        try:
            self._running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    def messages(self, stop: Callable[[], bool]) -> Any:
        """What it says, until it has ended; asked to stop, it may take its time, but not for ever: then it is ended, and that
        said in its place."""
        patience = STOP_SECONDS / LOOK_SECONDS
        asked = False
        while patience > 0:
            if not asked and stop():
                asked = True
                self._send(STOP + b"\n")
            with suppress(queue.Empty):
                line = self._lines.get(timeout=LOOK_SECONDS)
                if not line:
                    return
                yield json.loads(line)
                continue
            patience -= asked
        self._running.kill()
        yield {"kind": DONE, "result": None, "stopped": True}

    def died(self) -> RagqaError:
        """Why it ended without a word."""
        code = self._running.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return RagqaError(
            f"the process that did the work ended unexpectedly ({how})",
            hint="The server's log may say why, such as too little memory. Start it again: what was finished is kept.",
        )

    def _send(self, line: bytes) -> None:
        with suppress(OSError):  # it is no more, as its silence will tell
            self._pipe(self._running.stdin).write(line)
            self._pipe(self._running.stdin).flush()

    def _listen(self) -> None:
        for line in self._pipe(self._running.stdout):
            self._lines.put(line)
        self._lines.put(b"")

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe


def _error(message: Mapping[str, str]) -> RagqaError:
    """The error that a process told, of the kind that it was there."""
    kind = getattr(errors, message["type"], RagqaError)
    is_ours = isinstance(kind, type) and issubclass(kind, RagqaError)
    return (kind if is_ours else RagqaError)(message["message"], message["hint"])

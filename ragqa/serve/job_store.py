"""Jobs as small files, so that every process of a server sees them, and one that was killed leaves word of what it did.

HOME/jobs/ID.json is the job, put in place whole; ID.jsonl is what it told of itself, a line each; ID.result.json is what came
of it; ID.cancel says that it is to end; ID.files/ holds what it works on. What a process worked on that has died (see
`ragqa.serve.presence`) is told as interrupted.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ragqa.errors import StorageError
from ragqa.files import alone_with, now, storage_errors, write_whole
from ragqa.serve.job_events import Event, add_event, read_events
from ragqa.serve.presence import forget_dead, is_alive

_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")


class State(StrEnum):
    """Where a job stands. WAITING and RUNNING go on; the others are ends."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_end(self) -> bool:
        """Whether nothing more comes of the job."""
        return self not in (State.WAITING, State.RUNNING)


KILLED = {
    "code": "interrupted",
    "message": "the process that did the work was ended",
    "hint": "Start it again: what was finished is kept.",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work on an index. `asked` is what was asked for, as JSON values; `worker` names the process that works on
    it, `writes` says that it changes the index.

    `waiting_for` says in words why it does not run yet; `error` is as faults are told: code, message, hint. Times are UTC, ISO
    8601; `not_before`, in seconds of the epoch, is when one that found its index taken tries again, `attempts` how often it did.
    """

    id: str
    kind: str
    index: str
    asked: Mapping[str, Any]
    writes: bool = True
    state: State = State.WAITING
    created: str = ""
    started: str | None = None
    finished: str | None = None
    waiting_for: str = ""
    error: Mapping[str, str] | None = None
    worker: str = ""
    not_before: float = 0.0
    attempts: int = 0


class JobStore:
    """The jobs of a home folder. Safe for threads and processes: a job changes only under one lock for all of them.

    Every method raises StorageError where the disk refuses.
    """

    def __init__(self, home: str | Path) -> None:
        self.folder = Path(home) / "jobs"
        self._ended: set[str] = set()  # they stay so, and need not be read again to see who waits

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold all jobs as they are, while one is looked for and changed. Not to be entered twice by one thread."""
        self._make_folder()
        with alone_with(self.folder / "line"):
            yield

    def add(
        self, kind: str, index: str, asked: Mapping[str, Any], writes: bool, bring: Callable[[Path], None] | None = None
    ) -> Job:
        """A new job, at the end of the line. `bring` puts what it works on into the folder that it is called with. For who holds
        all jobs."""
        job = Job(new_id(), kind, index, asked, writes, created=now())
        try:
            if bring is not None:
                with storage_errors(self.folder):
                    self.files(job.id).mkdir()
                    bring(self.files(job.id))
            self.tell(job.id, State.WAITING.value)
            self.put(job)  # last: once it is kept, it will be done
        except BaseException:
            self._forget(job.id)
            raise
        return job

    def get(self, id: str) -> Job | None:
        """The job of an id as it stands; None where there is none. One whose process has died is interrupted."""
        job = self.look(id)
        if job is None or not self._is_left(job):
            return job
        with self.alone():
            return self.settle(job)

    def settle(self, job: Job) -> Job | None:
        """A job that was looked at as it stands now: interrupted where its process has died. For who holds all jobs."""
        if not self._is_left(job):
            return job
        found = self.look(job.id)  # it may have ended just before its process did
        return self.end(job, State.INTERRUPTED, error=KILLED) if found == job else found

    def put(self, job: Job) -> None:
        """Keep a job as it stands now."""
        write_whole(self._path(job.id), json.dumps(asdict(job)))

    def end(self, job: Job, state: State, *, error: Mapping[str, str] | None = None, result: Any = None) -> Job:
        """Keep how a job ended, and what came of it, and tell who listens. For who holds all jobs, or does the work."""
        ended = replace(job, state=state, finished=now(), waiting_for="", error=error)
        if result is not None:
            write_whole(self._path(job.id, "result.json"), json.dumps(result))
        self.put(ended)
        self.tell(job.id, state.value, {"error": dict(error)} if error else {})
        self._path(job.id, "cancel").unlink(missing_ok=True)
        shutil.rmtree(self.files(job.id), ignore_errors=True)
        return ended

    def ids(self) -> list[str]:
        """Those of all jobs, oldest first."""
        with storage_errors(self.folder):
            names = os.listdir(self.folder) if self.folder.is_dir() else []
        return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and is_id(name[:-5]))

    def unfinished(self) -> list[Job]:
        """The line: what runs and what waits, oldest first."""
        ids = self.ids()
        self._ended.intersection_update(ids)
        jobs = (self.look(id) for id in ids if id not in self._ended)
        return [job for job in jobs if job is not None and not job.state.is_end]

    def result(self, id: str) -> Any:
        """What came of a job; None where nothing did."""
        return _read_json(self._path(id, "result.json"))

    def files(self, id: str) -> Path:
        """The folder, which may have to be made, for what a job works on; gone when it has ended."""
        return self._path(id, "files")

    def ask_to_end(self, id: str) -> None:
        """Let whoever works on a job know that it is to end."""
        with storage_errors(self.folder):
            self._path(id, "cancel").touch()

    def is_to_end(self, id: str) -> bool:
        """Whether somebody asked a job to end."""
        return self._path(id, "cancel").exists()

    def tell(self, id: str, name: str, data: Mapping[str, Any] | None = None) -> None:
        """Add to what a job told of itself. For the one who works on it, or holds all jobs."""
        add_event(self._path(id, "jsonl"), name, data or {})

    def events(self, id: str, after: int = 0) -> list[Event]:
        """What a job told of itself after the event of a number, oldest first."""
        return [event for event in read_events(self._path(id, "jsonl")) if event.number > after]

    def last_event(self, id: str, name: str) -> Event | None:
        """What a job told last under a name; None where it told nothing."""
        return next((event for event in reversed(self.events(id)) if event.name == name), None)

    def sweep(self, days: float, most: int) -> int:
        """Forget jobs that ended longer ago than some days, and the oldest beyond a number; returns how many. For who holds all
        jobs: a process that just begins to be there must not be taken for one that has died. What nobody here can read, such as
        jobs that wait for another version, is kept as long as those that ended."""
        gone = 0
        ids = self.ids()
        for place, id in enumerate(ids):
            job = self.look(id)
            too_many = len(ids) - place > most
            if (job is None or job.state.is_end) and (too_many or self._age(id) > days * 86_400):
                gone += 1
                self._forget(id)
        with storage_errors(self.folder):
            forget_dead(self.folder)
            for left in (*self.folder.glob("*.files"), *self.folder.glob("*.jsonl")):  # by a kill before their job was kept
                if is_id(left.stem) and not left.with_suffix(".json").exists():
                    self._forget(left.stem)
        return gone

    def _make_folder(self) -> None:
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _path(self, id: str, suffix: str = "json") -> Path:
        if not is_id(id):
            raise ValueError(f"'{id}' is not a job's id")
        return self.folder / f"{id}.{suffix}"

    def look(self, id: str) -> Job | None:
        """The job of an id as it was last kept, whatever has become of its process; None where there is none."""
        found = _read_json(self._path(id)) if is_id(id) else None
        try:
            job = None if found is None else Job(**{**found, "state": State(found["state"])})
        except (TypeError, ValueError, KeyError):  # of another version, or nobody's
            return None
        if job is not None and job.state.is_end:
            self._ended.add(id)
        return job

    def _is_left(self, job: Job) -> bool:
        """Whether the process that works on a job has died."""
        return job.state is State.RUNNING and not is_alive(self.folder, job.worker)

    def _age(self, id: str) -> float:
        try:
            return time.time() - self._path(id).stat().st_mtime
        except OSError:
            return 0.0

    def _forget(self, id: str) -> None:
        for suffix in ("jsonl", "result.json", "cancel", "json"):
            with suppress(OSError):
                self._path(id, suffix).unlink(missing_ok=True)
        shutil.rmtree(self.files(id), ignore_errors=True)


def new_id() -> str:
    """An id that comes, sorted, after those made before, and that nobody can guess."""
    return f"{time.time_ns():016x}-{secrets.token_hex(4)}"


def is_id(text: str) -> bool:
    """Whether a text can be a job's id."""
    return _ID.fullmatch(text) is not None


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="Check the folder's permissions.") from error

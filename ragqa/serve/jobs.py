"""Long work that a server does beside answering: a line of jobs that all its processes share, and who works it off.

A job is data (`ragqa.serve.job_store`), so that any process may take the next one: what waits is not lost with the process that
took it in. One job at a time writes an index, and only so many run at once; the others wait in line and say for what.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragqa.errors import IndexBusy, RagqaError, StorageError
from ragqa.files import now
from ragqa.serve.job_events import Event
from ragqa.serve.job_store import KILLED, Job, JobStore, State
from ragqa.serve.job_telling import Teller
from ragqa.serve.job_work import Task, Work
from ragqa.serve.presence import Presence
from ragqa.serve.refusals import Busy, status_and_code

LOOK_SECONDS = 0.5
"""Between two looks of a process at the line, for jobs that another one took in."""

SWEEP_SECONDS = 3600.0
RETRY_SECONDS, MOST_RETRY_SECONDS = 2.0, 30.0
"""How long a job that found its index taken waits: first, and at most."""

STOPPED = {**KILLED, "message": "the server was stopped"}
INTERNAL = {
    "code": "internal",
    "message": "something went wrong in the server; nothing that was finished is lost",
    "hint": "The server's log says more.",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How many jobs run and wait at once, and how many days, and how many at most, are kept when they have ended."""

    running: int = 2
    waiting: int = 100
    days: float = 30.0
    kept: int = 1000


class Jobs:
    """The line of a home folder's jobs, and this process's part in working it off. Safe for threads.

    `open` begins to work, `close` ends it: what runs is asked to end and told as interrupted, what waits goes on waiting for the
    next process. Without them, jobs can be listed, looked at, added and cancelled all the same. Methods raise StorageError.
    """

    def __init__(self, store: JobStore, works: Mapping[str, Work], limits: JobLimits | None = None) -> None:
        self.store = store
        self._works, self._limits = works, limits or JobLimits()
        self._presence: Presence | None = None
        self._line: list[threading.Thread] = []
        self._working: list[threading.Thread] = []
        self._closing, self._look = threading.Event(), threading.Event()
        self._swept = 0.0

    def open(self) -> None:
        """Begin to work off the line, once the disk lets it. What processes that died had begun is told as interrupted."""
        self._closing.clear()
        self._line.append(threading.Thread(target=self._serve, name="jobs", daemon=True))
        self._line[0].start()

    def close(self, seconds: float = 20.0) -> None:
        """Ask what runs in this process to end, wait for it up to some seconds, and work no more. Closing twice does no harm."""
        self._closing.set()
        self._look.set()
        until = time.monotonic() + seconds
        for threads in (self._line, self._working):  # in this order: the line's may just have begun another one
            for thread in list(threads):
                thread.join(max(0.0, until - time.monotonic()))
            threads.clear()
        if self._presence is not None:
            self._presence.close()
            self._presence = None

    def start(self, kind: str, index: str, asked: Mapping[str, Any], bring: Callable[[Path], None] | None = None) -> Job:
        """Put a job at the end of the line. `bring` puts what it works on into the folder that it is called with. Raises
        Busy."""
        work = self._works[kind]
        with self.store.alone():
            if sum(job.state is State.WAITING for job in self.store.unfinished()) >= self._limits.waiting:
                raise Busy("too many jobs wait already", hint="Wait until some have ended, or cancel some.", retry_after=60)
            job = self.store.add(kind, index, asked, work.writes, bring)
        self._look.set()
        return job

    def get(self, id: str) -> Job | None:
        """The job of an id as it stands; None where there is none."""
        return self.store.get(id)

    def progress(self, job: Job) -> Mapping[str, Any] | None:
        """How far a job is, or was when it ended; None where it has not told yet."""
        event = self.store.last_event(job.id, "progress")
        return None if event is None else event.data

    def events(self, id: str, after: int = 0) -> list[Event]:
        """What a job told of itself after the event of a number."""
        return self.store.events(id, after)

    def newest(self, fits: Callable[[Job], bool], before: str = "") -> Iterator[Job]:
        """Jobs that fit, newest first; only those older than the one of an id, where given."""
        for id in reversed(self.store.ids()):
            job = self.store.get(id) if not before or id < before else None
            if job is not None and fits(job):
                yield job

    def cancel(self, id: str) -> Job | None:
        """Have a job end: one that waits at once, one that runs after what it holds. One that has ended stays as it is; None
        where there is none."""
        with self.store.alone():
            job = self.store.look(id)
            if job is not None and job.state is State.WAITING:
                return self.store.end(job, State.CANCELLED)
            if job is not None and job.state is State.RUNNING:
                self.store.ask_to_end(id)
        return job

    def _serve(self) -> None:
        """Look at the line now and then, and take from it."""
        told = ""
        while not self._closing.is_set():
            try:
                self._be_present()
                self._sweep()
                while self._take_next():
                    pass
                told = ""
            except StorageError as error:
                if error.message != told:  # a disk that stays read only would fill the log
                    log.warning("jobs: %s", error.message)
                told = error.message
            except Exception:
                log.exception("jobs: the line could not be looked at")
            self._look.wait(LOOK_SECONDS)
            self._look.clear()

    def _be_present(self) -> None:
        if self._presence is None:
            with self.store.alone():
                self._presence = Presence(self.store.folder)

    def _sweep(self) -> None:
        if not self._swept or time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            with self.store.alone():
                self.store.sweep(self._limits.days, self._limits.kept)

    def _take_next(self) -> bool:
        """Begin the next job whose turn it is; False where there is none. The others are told what they wait for."""
        if not self.store.unfinished():
            return False
        with self.store.alone():
            settled = [self.store.settle(job) for job in self.store.unfinished()]
            line = [job for job in settled if job is not None and not job.state.is_end]
            if self._closing.is_set():  # looked at last: what ended by that leaves nobody's turn to this process
                return False
            for place, job in enumerate(line):
                if job.state is not State.WAITING:
                    continue
                why = self._why_waits(job, line[:place], sum(one.state is State.RUNNING for one in line))
                if not why:
                    self._begin(job)
                    return True
                if why != job.waiting_for:
                    self.store.put(replace(job, waiting_for=why))
                    self.store.tell(job.id, State.WAITING.value, {"waiting_for": why})
        return False

    def _why_waits(self, job: Job, before: list[Job], running: int) -> str:
        """What a job waits for, in words; nothing when it is its turn."""
        if job.kind not in self._works:
            return "a server that does such work"
        ahead = [one for one in before if one.writes and one.index == job.index] if job.writes else []
        if ahead:
            return f"{len(ahead)} {'job' if len(ahead) == 1 else 'jobs'} before it on index '{job.index}'"
        if time.time() < job.not_before:
            return job.waiting_for
        return f"one of the {running} jobs that run" if running >= self._limits.running else ""

    def _begin(self, job: Job) -> None:
        assert self._presence is not None
        running = replace(job, state=State.RUNNING, worker=self._presence.name, started=job.started or now(), waiting_for="")
        thread = threading.Thread(target=self._work, args=(running,), name=f"job {job.id}", daemon=True)
        try:
            with suppress(StorageError):  # which is the job's to tell
                self._works[job.kind].begin(job, self.store.files(job.id))
            self.store.put(running)
            with suppress(StorageError):  # that it runs is kept already
                self.store.tell(job.id, State.RUNNING.value)
            thread.start()
        except BaseException:
            self.store.put(job)  # one that nobody does must not be told to run: it would hold up its index
            raise
        self._working[:] = [*(one for one in self._working if one.is_alive()), thread]

    def _work(self, job: Job) -> None:
        """Do a job, and keep how it ended, as soon as the disk lets that be kept."""
        teller = Teller(self.store, job.id)
        task = Task(job, self.store.files(job.id), teller.tell, lambda: self._closing.is_set() or self.store.is_to_end(job.id))
        end = self._done(task)
        while not _is_kept(end) and not self._closing.wait(RETRY_SECONDS):
            pass  # else the job is told as interrupted when this process is gone
        self._look.set()

    def _done(self, task: Task) -> Callable[[], object]:
        """Do a job's work, and give what keeps how it ended."""
        job, store = task.job, self.store
        try:
            outcome = self._works[job.kind].run(task)
        except IndexBusy as error:
            busy = error
            return lambda: self._wait_again(job, busy)
        except RagqaError as error:
            fault = {"code": status_and_code(error)[1], "message": error.message, "hint": error.hint}
            return lambda: store.end(job, State.FAILED, error=fault)
        except Exception:
            log.exception("job %s failed", job.id)
            return lambda: store.end(job, State.FAILED, error=INTERNAL)
        if not outcome.stopped:
            return lambda: store.end(job, State.DONE, result=outcome.result)
        if store.is_to_end(job.id):
            return lambda: store.end(job, State.CANCELLED, result=outcome.result)
        return lambda: store.end(job, State.INTERRUPTED, error=STOPPED, result=outcome.result)

    def _wait_again(self, job: Job, error: IndexBusy) -> None:
        """Let a job whose index somebody else writes, such as a command, wait in its place of the line."""
        pause = min(RETRY_SECONDS * 2**job.attempts, MOST_RETRY_SECONDS)
        with self.store.alone():
            if self.store.is_to_end(job.id):
                self.store.end(job, State.CANCELLED)
                return
            self.store.put(
                replace(
                    job, state=State.WAITING, worker="", waiting_for=error.message, not_before=time.time() + pause,
                    attempts=job.attempts + 1,
                )
            )  # fmt: skip
            self.store.tell(job.id, State.WAITING.value, {"waiting_for": error.message})


def embed_later(home: str | Path, index: str) -> None:
    """Have the next server of a home folder make the vectors that an index lacks, beside answering. Raises StorageError."""
    store = JobStore(home)
    with store.alone():
        if not any(job.kind == "embed" and job.index == index for job in store.unfinished()):
            store.add("embed", index, {}, writes=True)


def _is_kept(keep: Callable[[], object]) -> bool:
    try:
        keep()
    except StorageError as error:
        log.warning("jobs: %s", error.message)
        return False
    return True

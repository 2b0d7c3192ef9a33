"""Which worker a file is given to: one with threads free, and of a file that was tried before one that did not fail at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from ragqa.ingestion.workers import Errand, Pages, ParsedFile

SENT_AT_ONCE = 512_000_000
"""Bytes of files that are under way to workers, or with them; one file may be alone."""


@dataclass(slots=True, eq=False)
class Job:
    """A file on its way: who waits for it, how often it was tried, and how the workers, by their addresses, failed at it."""

    errand: Errand
    pages: Pages
    future: Future[ParsedFile] = field(default_factory=Future)
    tries: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    send: bool = False
    facts: tuple[str, int, int] = ("", 0, 0)

    @property
    def bytes_sent(self) -> int:
        """How many of its bytes travel to a worker."""
        return self.errand.planned.size if self.send else 0


@dataclass(slots=True)
class InFlight:
    """What a worker is at; of an introduction there is no job."""

    worker: str
    job: Job | None
    since: float
    submitted: object = None


class Placing:
    """One round in which files are given out to `workers`, by their threads, which may be at some already. `failing` are those
    that failed at what they were last given.

    A file that was tried before gets a worker to itself, as it may be the end of it: one that did not fail at it and, since a
    full disk is shared by many, is not failing either; where there is none, any. Until that one is idle it is set aside and takes
    nothing new, while files behind go to the others.
    """

    def __init__(self, workers: Mapping[str, int], failing: Collection[str], under_way: Iterable[InFlight]) -> None:
        self._threads, self._failing = workers, failing
        self._free, self._sent = dict(workers), 0
        for call in under_way:
            if call.job is not None and call.worker in workers:
                self.take(call.worker, call.job)

    def is_over(self, job: Job) -> bool:
        """Whether neither this file nor one behind it can be given out."""
        too_much = self._sent and job.bytes_sent and self._sent + job.bytes_sent > SENT_AT_ONCE
        return bool(too_much) or not any(self._free.values())

    def find(self, job: Job) -> str | None:
        """The worker for a file, that with most threads free, as a share; None: it has to wait."""
        untried = [worker for worker in self._free if worker not in job.failed]
        sound = [worker for worker in untried if worker not in self._failing] if job.tries else untried
        worker = max(sound or untried or self._free, key=lambda one: self._free[one] / self._threads[one], default=None)
        if worker is None or self._free[worker] >= self._needed(worker, job):
            return worker
        if job.tries:
            self._free[worker] = 0
        return None

    def take(self, worker: str, job: Job) -> None:
        """A file is given to a worker."""
        self._free[worker] -= self._needed(worker, job)
        self._sent += job.bytes_sent

    def _needed(self, worker: str, job: Job) -> int:
        return self._threads[worker] if job.tries else 1

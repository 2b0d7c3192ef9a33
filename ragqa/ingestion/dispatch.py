"""Files given out to the workers of a cluster, one for each of their threads, and given to others where a worker is lost.

A file whose worker ends, stops answering or fails in a way that no file can be blamed for goes to another one, GIVEN_ON times at
most; from the second time on it has its worker to itself, so that it takes no other files with it. Then it is reported as failed:
something in it may be poison. A worker that fails at files which others then read is not used any more.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from ragqa.confined.values import MOST_PAGES, read_error
from ragqa.confined.wire import Malformed
from ragqa.errors import ClusterError, ParseError, RagqaError, SkippedFile
from ragqa.ingestion.on_worker import introduce, parse_and_embed
from ragqa.ingestion.parcels import BROKEN, FAILED, READ, UNFIT, UNSEEN, Answer, Call, FileOrder, Terms, one_line, read_read
from ragqa.ingestion.placing import InFlight, Job, Placing
from ragqa.ingestion.plan import read_file
from ragqa.ingestion.pool import Pool
from ragqa.ingestion.roster import AGAIN, FAILED_IN_A_ROW, SILENT_SECONDS, Roster
from ragqa.ingestion.workers import Errand, Pages, ParsedFile
from ragqa.types import PagesRecognised

GIVEN_ON = 2
"""How often a file is given to another worker."""

MOST_SENT_MB = 256
"""Of one file: it passes through the scheduler whole, in memory."""

TURN_SECONDS = 0.5
CENSUS_SECONDS = 1.0
INTRODUCTION_SECONDS = 180.0
"""In which a worker has to load the model."""


class Dispatcher:
    """Gives files out to the workers of a pool that are as they must be, by a thread of its own. Any thread may submit."""

    def __init__(self, pool: Pool, terms: Terms, dimension: int, shared_storage: bool = False) -> None:
        self._pool, self._terms, self._dimension, self._shared = pool, terms, dimension, shared_storage
        self._topic = f"ragqa-{os.getpid()}-{os.urandom(6).hex()}"
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._calls: dict[int, InFlight] = {}
        self._roster = Roster(pool.name)
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._error: ClusterError | None = None
        self._looked_at = 0.0
        self.usable = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ragqa-dispatch", daemon=True)

    def start(self) -> None:
        """Begin to look for workers; `usable` is set when there is one, or when it is clear that there will be none."""
        self._thread.start()

    def stop(self) -> None:
        """Drop what is under way."""
        self._stopped.set()
        self._inbox.put(lambda: None)
        self._thread.join()

    @property
    def threads(self) -> int:
        """How many files can be read at the same time now."""
        return self._roster.threads

    @property
    def refused(self) -> Mapping[str, str]:
        """Why workers were not used, by their addresses."""
        return self._roster.refused

    @property
    def error(self) -> ClusterError | None:
        """Why nothing can be read any more."""
        return self._error

    def submit(self, errand: Errand, pages: Pages) -> Future[ParsedFile]:
        """Have a file read. The future raises ParseError, SkippedFile or ClusterError."""
        job = Job(errand, pages, send=not self._shared)
        self._inbox.put(lambda: self._waiting.append(job))
        return job.future

    def _run(self) -> None:
        try:
            self._pool.listen(self._topic, lambda told: self._inbox.put(lambda: self._hear(told)))
            while not self._stopped.is_set():
                if time.monotonic() - self._looked_at > CENSUS_SECONDS:
                    self._look_around()
                self._give_out()
                self._take_in()
        except ClusterError as error:
            self._end(error)
        except Exception as error:  # of a library that was not foreseen: nobody must wait for ever
            self._end(ClusterError(f"the cluster {self._pool.name} failed: {one_line(error)}", hint=AGAIN))
        finally:
            with suppress(RagqaError):
                for call in self._calls.values():
                    self._pool.drop(call.submitted)

    def _take_in(self) -> None:
        """What happened meanwhile; waits a little for something to happen."""
        with suppress(queue.Empty):
            self._inbox.get(timeout=TURN_SECONDS)()
            while True:
                self._inbox.get_nowait()()

    def _end(self, error: ClusterError) -> None:
        """Tell everybody who waits, and who will."""
        self._error = error
        self.usable.set()
        for call in self._calls.values():
            if call.job is not None:
                self._waiting.append(call.job)
        while not self._stopped.is_set():
            for job in self._waiting:
                _fail(job, error)
            self._waiting.clear()
            self._take_in()

    # Who is there

    def _look_around(self) -> None:
        new, gone, silent = self._roster.update(self._pool.census())
        now = self._looked_at = time.monotonic()
        for address in gone:
            self._lose(address, "ended")
        for address in silent:
            self._refuse(address, "does not answer any more")
        for call in list(self._calls.values()):
            if now - call.since > (SILENT_SECONDS if call.job else INTRODUCTION_SECONDS):
                self._refuse(call.worker, "is at a file without a sign of life" if call.job else "does not get ready")
        for address in new:
            self._call(address, Call(introduce, self._terms), None)
        self._roster.check_hope(coming=any(call.job is None for call in self._calls.values()))

    def _refuse(self, address: str, reason: str) -> None:
        """Use a worker no more, and give its files to others."""
        self._roster.refuse(address, reason)
        self._lose(address, reason)

    def _lose(self, address: str, how: str) -> None:
        for number in [number for number, call in self._calls.items() if call.worker == address]:
            call = self._calls.pop(number)
            self._pool.drop(call.submitted)
            if call.job is not None:
                self._try_again(call.job, address, how)

    # What they do

    def _give_out(self) -> None:
        placing = Placing(self._roster.fit(), self._roster.failing(1), self._calls.values())
        for job in list(self._waiting):
            if placing.is_over(job):
                return
            worker = placing.find(job)
            if worker is None:
                continue
            try:
                order = self._order(job)
            except (ParseError, SkippedFile) as error:
                self._waiting.remove(job)
                _fail(job, error)
            else:
                self._waiting.remove(job)  # not before: of an error that was not foreseen `_end` tells all who wait
                placing.take(worker, job)
                self._call(worker, Call(parse_and_embed, order), job, order.number)

    def _order(self, job: Job) -> FileOrder:
        """The order for a file, with its bytes as they are now. Raises ParseError or SkippedFile."""
        errand, file = job.errand, job.errand.planned.file
        if job.send and errand.planned.size > MOST_SENT_MB * 1_000_000:
            told = f"{errand.planned.size / 1e6:,.0f} MB, more than the {MOST_SENT_MB} MB that are sent to a worker"
            raise SkippedFile(
                told, hint="Let the workers see the same folder: --shared-storage. Or ingest it without --scheduler."
            )
        content = read_file(file, errand.settings)
        job.facts = content.sha256, len(content.data), content.mtime_ns
        return FileOrder(
            self._terms, errand.settings, file.path, content.data if job.send else None, os.fsencode(file.source),
            len(content.data), content.sha256, errand.audited, errand.embed, errand.known, self._topic, next(self._numbers),
        )  # fmt: skip

    def _call(self, worker: str, call: Call, job: Job | None, number: int | None = None) -> None:
        number = next(self._numbers) if number is None else number
        self._calls[number] = made = InFlight(worker, job, time.monotonic())
        made.submitted = self._pool.submit(worker, call, lambda outcome: self._inbox.put(lambda: self._settle(number, outcome)))

    def _hear(self, told: object) -> None:
        """A file is still worked on."""
        if not isinstance(told, dict) or told.get("file") not in self._calls:
            return
        call = self._calls[told["file"]]
        call.since = time.monotonic()
        with suppress(TypeError, ValueError, KeyError):
            done, total, left = told["pages"]
            if call.job is not None and 0 <= int(done) <= int(total) <= MOST_PAGES:
                call.job.pages.hear(PagesRecognised(int(done), int(total), float(left)))

    def _settle(self, number: int, outcome: Answer | Exception) -> None:
        if self._error is not None:
            return
        if isinstance(outcome, Exception):  # of a worker or a scheduler that is no more, that comes first
            self._look_around()
        call = self._calls.pop(number, None)
        if call is None:  # of a worker that was given up
            return
        self._pool.drop(call.submitted)
        if call.job is None:
            self._meet(call.worker, outcome)
        elif isinstance(outcome, Exception):
            self._try_again(call.job, call.worker, f"failed ({one_line(outcome)})")
        else:
            self._deliver(call.job, call.worker, *outcome)

    def _meet(self, worker: str, outcome: Answer | Exception) -> None:
        """What came of an introduction."""
        if isinstance(outcome, Exception):
            self._refuse(worker, _why_unfit(outcome))
        elif outcome[0] == READ:
            self._roster.accept(worker)
            self.usable.set()
        else:
            reason = outcome[1].decode("utf-8", "replace")
            self._refuse(worker, reason if outcome[0] == UNFIT else f"failed ({reason})")

    def _deliver(self, job: Job, worker: str, kind: bytes, content: bytes) -> None:
        """Hand a worker's answer to who waits for it."""
        try:
            if kind == READ:
                document, audit, prepared = read_read(content, job.errand.planned.file.path, self._dimension)
                sha256, size, mtime_ns = job.facts
                with suppress(InvalidStateError):
                    job.future.set_result(ParsedFile(document, sha256, size, mtime_ns, audit, prepared))
                self._compare(job, worker)
            elif kind == FAILED:
                _fail(job, read_error(content))
                self._roster.note(worker, failed=False)
            elif kind == UNSEEN:
                job.send = True
                self._waiting.appendleft(job)
            elif kind == UNFIT:
                self._waiting.appendleft(job)
                self._refuse(worker, content.decode("utf-8", "replace"))
            elif kind == BROKEN:
                self._try_again(job, worker, f"failed ({content.decode('utf-8', 'replace')})")
            else:
                raise Malformed("an answer to something else")
        except Malformed as error:
            self._try_again(job, worker, f"answers nonsense ({error})")

    def _compare(self, job: Job, worker: str) -> None:
        """A worker has read a file: where others failed at it, the file is not to blame."""
        self._roster.note(worker, failed=False)
        for other in job.failed.keys() & self._roster.failing(FAILED_IN_A_ROW):
            self._refuse(other, f"{job.failed[other]}, {FAILED_IN_A_ROW} times or more in a row, at what others read")

    def _try_again(self, job: Job, worker: str, how: str) -> None:
        job.tries += 1
        job.failed[worker] = how
        self._roster.note(worker, failed=True)
        if job.tries <= GIVEN_ON:
            self._waiting.appendleft(job)
            return
        hint = "Something in it may end the program that reads it: ingest it without --scheduler, or leave it out with --exclude."
        _fail(job, ParseError(f"given up after {job.tries} tries, at last since the worker {worker} {how}", hint=hint))


def _fail(job: Job, error: RagqaError) -> None:
    with suppress(InvalidStateError):
        job.future.set_exception(error)


def _why_unfit(error: Exception) -> str:
    """Why a worker cannot even be asked."""
    if isinstance(error, ModuleNotFoundError) and error.name == "ragqa":
        return "has no ragqa"
    if isinstance(error, (ImportError, AttributeError, TypeError)):
        return f"has another ragqa, or lacks a part of it ({one_line(error)})"
    return f"failed ({one_line(error)})"

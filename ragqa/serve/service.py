"""What every route of every face calls: an engine for each index, asked in threads, with a bounded line and a time limit."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from ragqa.config import Settings
from ragqa.engine import RagQA
from ragqa.errors import IndexClosed, IndexMissing, RagqaError, StorageError
from ragqa.metadata import Given
from ragqa.paths import DATABASE, index_folder, uploads_left
from ragqa.serve.job_store import JobStore
from ragqa.serve.jobs import JobLimits, Jobs
from ragqa.serve.lanes import Lane
from ragqa.serve.refusals import Failed, status_and_code
from ragqa.serve.roots import Roots
from ragqa.serve.uploads import Uploads
from ragqa.serve.watches import Watches
from ragqa.serve.works import works_of
from ragqa.types import Passages, Response

Value = TypeVar("Value")
_LOG = logging.getLogger(__name__)

ENGINES_KEPT = 8
"""Indexes that are held open, the latest asked; another one takes the place of the one not asked for longest."""

MANNERS_KEPT = 16
"""Ways of asking an index, other than that of the settings, that are held: each remembers its answers."""

CLOSED_MEANWHILE = 3
"""How often work is begun again because its index was closed under it."""

READERS = 8
"""Threads for what takes no model: lists, texts, journals."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question, of which index, and of which of its generations at least; `effort` says what read for it."""

    response: Response
    index: str
    generation: int
    effort: str


@dataclass(frozen=True, slots=True)
class Found:
    """The passages for a question, of which index, and of which of its generations at least."""

    passages: Passages
    index: str
    generation: int


class Service:
    """The engines of one server process, and who may use them when.

    What computes (`ask`, `search`, `compute`) goes through one bounded line, what only reads (`read`, `run`) through another, so
    that a list of documents never waits for answers. Its coroutines are for one event loop; any thread may call `engine`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        served = settings.serve
        self.computing = Lane("compute", served.at_once or os.cpu_count() or 1, served.queue, served.seconds)
        self.reading = Lane("read", READERS, served.queue * 2, served.seconds)
        self._lock = threading.Lock()
        self._engines: OrderedDict[str, RagQA] = OrderedDict()
        self._manners: OrderedDict[tuple[object, ...], RagQA] = OrderedDict()
        self.uploads = Uploads(settings.home)
        self.roots = Roots.of(served.roots)
        works = works_of(settings, self.roots, self.uploads)
        self.jobs = Jobs(JobStore(settings.home), works, JobLimits(days=served.keep_days))
        self.watches = Watches(settings)
        self.warm, self.failure = False, ""
        self.on_question: Callable[[bool], None] = lambda answered: None
        """Is told of every question whether it was answered."""

    def engine(self, index: str | None = None) -> RagQA:
        """The engine of an index, None: of the server's own. Raises IndexMissing, or UsageError for what cannot be a name."""
        name = self.settings.index if index is None else index
        with self._lock:
            if not (index_folder(self.settings.home, name) / DATABASE).is_file():
                self._let_go(name)
                raise IndexMissing(f"there is no index '{name}'", hint="GET /v1/indexes lists those there are.")
            if name not in self._engines:
                self._engines[name] = RagQA(name, settings=self.settings)
                while len(self._engines) > ENGINES_KEPT:
                    self._let_go(next(iter(self._engines)))
            self._engines.move_to_end(name)
            return self._engines[name]

    def asking(
        self,
        index: str | None = None,
        *,
        answers: int | None = None,
        effort: str | None = None,
        threshold: float | None = None,
    ) -> RagQA:
        """The engine of an index that asks in another way than the settings say; None changes nothing. Raises as `engine`."""
        plain = self.engine(index)
        if answers is None and effort is None and threshold is None:
            return plain
        name = plain.settings.index
        with self._lock:
            by_effort = plain if effort in (None, plain.settings.ask.effort) else self._manner(plain, (name, effort))
            if answers is None and threshold is None:
                return by_effort
            return self._manner(by_effort, (name, effort, answers, threshold))

    def _manner(self, of: RagQA, key: tuple[object, ...]) -> RagQA:
        """The engine over another's index with the settings that a key names, made where it is not held; the lock is held."""
        if key not in self._manners:
            options = dict(zip(("effort", "answers", "threshold"), key[1:], strict=False))
            self._manners[key] = of.using(**options)
            while len(self._manners) > MANNERS_KEPT:
                self._manners.popitem(last=False)
        self._manners.move_to_end(key)
        return self._manners[key]

    def _let_go(self, name: str) -> None:
        engine = self._engines.pop(name, None)
        for key in [key for key in self._manners if key[0] == name]:
            del self._manners[key]
        if engine is not None:
            engine.close()

    async def ask(
        self,
        question: str,
        *,
        index: str | None = None,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        answers: int | None = None,
        effort: str | None = None,
        threshold: float | None = None,
    ) -> Response:
        """The best answers to a question, or why there is none: see `RagQA.ask`. Raises Busy, TimedOut or RagqaError."""
        asked = await self.asked(
            question, index=index, document=document, section=section, metadata=metadata, answers=answers, effort=effort,
            threshold=threshold,
        )  # fmt: skip
        return asked.response

    async def asked(
        self,
        question: str,
        *,
        index: str | None = None,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        answers: int | None = None,
        effort: str | None = None,
        threshold: float | None = None,
    ) -> Asked:
        """The same, with the index and its generation."""

        def work(engine: RagQA) -> Asked:
            generation = engine.opened.generation
            response = engine.ask(question, document=document, section=section, metadata=metadata)
            return Asked(response, engine.settings.index, generation, engine.settings.ask.effort)

        def asking() -> RagQA:
            named = effort or self._effort_when_busy()
            return self.asking(index, answers=answers, effort=named, threshold=threshold)

        asked = await self.computing.run(self._lasting, asking, work)
        self.on_question(asked.response.answered)
        return asked

    def _effort_when_busy(self) -> str | None:
        """What reads now for who asked for no effort, because more questions wait than are read; None: what always does."""
        return self.settings.serve.effort_when_busy if self.computing.waiting > self.computing.threads else None

    async def search(
        self,
        question: str,
        *,
        index: str | None = None,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        top_k: int | None = None,
    ) -> Passages:
        """The passages that fit a question best, best first: see `RagQA.search`. Raises Busy, TimedOut or RagqaError."""
        found = await self.found(question, index=index, document=document, section=section, metadata=metadata, top_k=top_k)
        return found.passages

    async def found(
        self,
        question: str,
        *,
        index: str | None = None,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        top_k: int | None = None,
    ) -> Found:
        """The same, with the index and its generation."""

        def work(engine: RagQA) -> Found:
            generation = engine.opened.generation
            hits = engine.search(question, document=document, section=section, metadata=metadata, top_k=top_k)
            return Found(hits, engine.settings.index, generation)

        return await self.compute(work, index)

    async def read(self, work: Callable[[RagQA], Value], index: str | None = None) -> Value:
        """What some work with the engine of an index gives that reads and computes little. Raises as `run`."""
        return await self.reading.run(self._lasting, lambda: self.engine(index), work)

    async def compute(self, work: Callable[[RagQA], Value], index: str | None = None) -> Value:
        """The same of work that computes: it waits in line with the questions."""
        return await self.computing.run(self._lasting, lambda: self.engine(index), work)

    def _lasting(self, engine: Callable[[], RagQA], work: Callable[[RagQA], Value]) -> Value:
        """What some work gives, begun again where the index was made anew on the disk, or let go of here, just then. What was
        closed is left alone: the engine opens its index again for who asks next, and others may read in that by now."""
        for _ in range(CLOSED_MEANWHILE):
            with suppress(IndexClosed):
                return work(engine())
        return work(engine())

    async def run(self, function: Callable[..., Value], *arguments: object) -> Value:
        """What any other blocking function gives that computes little. Raises Busy, TimedOut, or what it raises."""
        return await self.reading.run(function, *arguments)

    def warm_up(self) -> bool:
        """Load the models of the server's own index, so that the first question does not wait; whether that went well, as `warm`
        tells from then on, and `failure` what did not, in the word for programs. Where there is no index yet, there is nothing
        to load."""
        try:
            with suppress(IndexMissing):
                self.engine().warm_up()
        except Exception as error:
            self._note_failure(error)
        else:
            self.warm, self.failure = True, ""
        return self.warm

    def _note_failure(self, error: Exception) -> None:
        """Say in the log what keeps questions from being answered, once: who asks whether the server is ready may be anybody."""
        failure = status_and_code(error)[1] if isinstance(error, RagqaError) else Failed.code
        if failure != self.failure:
            told = f"{error.message}. {error.hint}" if isinstance(error, RagqaError) else ""
            _LOG.error("not ready: %s", told or "the server failed", exc_info=None if told else error)
        self.failure = failure

    def tell_of_uploads_left(self) -> None:
        """Say in the log which files nobody will delete: those of indexes whose folders were deleted by hand. They may be all
        that is left of the manuals, so that is for a person to do."""
        told = "uploads: %d of index '%s', which is not there; ragqa index rm %s deletes them"
        left = uploads_left(self.settings.home)
        with suppress(StorageError):  # which those who do jobs tell
            made = {job.index for job in self.jobs.store.unfinished()} if left else set()  # of them, or soon
            for name in sorted(left.keys() - made):
                _LOG.warning(told, left[name], name, name)

    def close(self) -> None:
        """Take no more work, wait for what is under way, and let go of the indexes. Jobs that run are told as interrupted."""
        self.watches.close()
        self.jobs.close()
        self.computing.close()
        self.reading.close()
        with self._lock:
            for name in list(self._engines):
                self._let_go(name)

"""The seam behind which files are read: by other processes of this machine, or by the workers of a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from ragqa.config import IngestSettings
from ragqa.ingestion.plan import PlannedFile
from ragqa.types import Chunk, Document, FileAudit, PagesRecognised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document as an index takes it: its chunks, the hash of what is embedded for each, and vectors by such hashes, of those
    that were made already."""

    chunks: Sequence[Chunk]
    hashes: Sequence[bytes]
    vectors: Mapping[bytes, NDArray[np.float16]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's document, and the facts about the bytes it was made from; `audit` where it was asked for, `prepared` where whoever
    parsed it did more."""

    document: Document
    sha256: str
    size: int
    mtime_ns: int
    audit: FileAudit | None = None
    prepared: Prepared | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """A file to be read, and how. `audited`: it is compared with its document; `embed`: vectors are of use, but for the texts
    with these `known` hashes."""

    planned: PlannedFile
    settings: IngestSettings
    audited: bool = False
    embed: bool = False
    known: frozenset[bytes] = frozenset()


Fetch = Callable[[Callable[[], bool]], ParsedFile | None]
"""Waits for a file to be parsed; None when its argument, which it asks often, wants to stop. Raises ParseError or SkippedFile,
and ClusterError where nobody is left who could read it."""

Told = Callable[[PagesRecognised], None]
"""Hears of the pages that are recognised of the file that is waited for, in the thread that waits."""


class Workers(Protocol):
    """What reads files, several at a time. Use as a context manager; what is under way on leaving is dropped.

    One thread at a time asks. Entering raises UsageError or ClusterError where there are none to be had.
    """

    def submit(self, errand: Errand, told: Told) -> Fetch:
        """Have a file read; what waits for it. Does not wait itself."""
        ...

    def has_room(self, waiting: int, size: int) -> bool:
        """Whether another file may be submitted while so many, of so many bytes with it, are not yet fetched."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None: ...


def in_order(
    workers: Workers, files: Sequence[PlannedFile], order: Callable[[PlannedFile], Errand], told: Told = lambda pages: None
) -> Generator[tuple[PlannedFile, Fetch]]:
    """Every file, in order, with what waits for its document. Only so many are read ahead as the workers have room for, and what
    an `order` says of a file is asked just before."""
    waiting: deque[tuple[PlannedFile, Fetch]] = deque()
    ahead = 0
    for planned in files:
        while waiting and not workers.has_room(len(waiting), ahead + planned.size):
            ahead -= waiting[0][0].size
            yield waiting.popleft()
        waiting.append((planned, workers.submit(order(planned), told)))
        ahead += planned.size
    while waiting:
        yield waiting.popleft()


@dataclass(slots=True)
class Pages:
    """What was last heard of a file's pages. One thread writes, another reads and forgets: at worst a page is told late."""

    last: PagesRecognised | None = None

    def hear(self, pages: PagesRecognised) -> None:
        """Keep it until somebody asks."""
        self.last = pages

    def take(self) -> PagesRecognised | None:
        """What was heard since the last time."""
        pages, self.last = self.last, None
        return pages


def fetching(future: Future[ParsedFile], pages: Pages, told: Told) -> Fetch:
    """What waits for a file that some thread will have read."""
    return partial(_fetch, future, pages, told)


def _fetch(future: Future[ParsedFile], pages: Pages, told: Told, stop: Callable[[], bool]) -> ParsedFile | None:
    while not stop():
        with suppress(NotYet):
            return future.result(LOOK_SECONDS)
        heard = pages.take()
        if heard is not None:
            told(heard)
    return None

"""Files read here, parsed in other processes, ahead of what embeds. What makes a parser crash or hang costs that file only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ragqa.config import IngestSettings
from ragqa.confined.ask import Wish, parse
from ragqa.confined.children import Children
from ragqa.ingestion.discover import SourceFile
from ragqa.ingestion.plan import PlannedFile, read_file
from ragqa.parsing.ocr.wish import RECOGNISING
from ragqa.parsing.registry import parser_for
from ragqa.types import Document, FileAudit, PagesRecognised

WORTH_ANOTHER = 1_000_000
"""Bytes to read from which more than one process is worth its start; with a PDF or a picture among them, several always are."""

BYTES_AHEAD = 64_000_000
"""Bytes of files that are read but not yet taken; one file may be larger than that."""

MOST_PROCESSES = 4
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's document, and the facts about the bytes it was made from; `audit` where it was asked for."""

    document: Document
    sha256: str
    size: int
    mtime_ns: int
    audit: FileAudit | None = None


Fetch = Callable[[Callable[[], bool]], ParsedFile | None]
"""Waits for a file to be parsed; None when its argument, which it asks often, wants to stop. Raises ParseError or SkippedFile."""

Told = Callable[[PagesRecognised], None]
"""Hears of the pages that are recognised of the file that is waited for, in the thread that waits."""


def read_ahead(
    files: Sequence[PlannedFile],
    settings: IngestSettings,
    processes: int,
    told: Told = lambda pages: None,
    audited: bool = False,
) -> Generator[tuple[PlannedFile, Fetch]]:
    """Every file, in order, with what waits for its document. Up to `processes` other processes parse."""
    if not files:
        return
    count = _worth_starting(files, processes)
    threads = max(1, processes // count)  # what recognises text takes as many as it is given
    children = Children(count, settings.parse_memory_mb)

    def parse_elsewhere(file: SourceFile, pages: _Pages) -> ParsedFile:
        wish = Wish(settings.ocr, threads, settings.parse_seconds, audited, pages.hear)
        with children.one() as child:
            content = read_file(file, settings)
            parsed = parse(child, content.data, file.path, wish)
        return ParsedFile(parsed.document, content.sha256, len(content.data), content.mtime_ns, parsed.audit)

    pool = ThreadPoolExecutor(count)
    waiting: deque[tuple[PlannedFile, Fetch]] = deque()
    ahead = 0
    try:
        with children:
            for planned in files:
                while waiting and (len(waiting) > 2 * count or ahead + planned.size > BYTES_AHEAD):
                    ahead -= waiting[0][0].size
                    yield waiting.popleft()
                pages = _Pages()
                future = pool.submit(parse_elsewhere, planned.file, pages)
                waiting.append((planned, partial(_fetch, future, pages, told)))
                ahead += planned.size
            while waiting:
                yield waiting.popleft()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _worth_starting(files: Sequence[PlannedFile], processes: int) -> int:
    """How many processes. A start takes about as long as to parse half a megabyte."""
    much = sum(planned.size for planned in files) >= WORTH_ANOTHER
    several = much or any(parser_for(planned.file.path).name in RECOGNISING for planned in files)
    return max(1, min(processes, MOST_PROCESSES, len(files))) if several else 1


@dataclass(slots=True)
class _Pages:
    """What was last heard of a file's pages. One thread writes, another reads and forgets: at worst a page is told late."""

    last: PagesRecognised | None = None

    def hear(self, pages: PagesRecognised) -> None:
        self.last = pages

    def take(self) -> PagesRecognised | None:
        pages, self.last = self.last, None
        return pages


def _fetch(future: Future[ParsedFile], pages: _Pages, told: Told, stop: Callable[[], bool]) -> ParsedFile | None:
    while not stop():
        with suppress(NotYet):
            return future.result(LOOK_SECONDS)
        heard = pages.take()
        if heard is not None:
            told(heard)
    return None

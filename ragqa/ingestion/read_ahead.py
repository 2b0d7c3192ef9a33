"""Files read here, parsed in other processes, ahead of what embeds. What makes a parser crash or hang costs that file only."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ragqa.config import IngestSettings
from ragqa.confined.ask import Wish, parse
from ragqa.confined.children import Children
from ragqa.ingestion.plan import PlannedFile, read_file
from ragqa.ingestion.workers import Errand, Fetch, Pages, ParsedFile, Told, fetching, in_order
from ragqa.parsing.ocr.wish import RECOGNISING
from ragqa.parsing.registry import parser_for

WORTH_ANOTHER = 1_000_000
"""Bytes to read from which more than one process is worth its start; with a PDF or a picture among them, several always are."""

BYTES_AHEAD = 64_000_000
"""Bytes of files that are read but not yet taken; one file may be larger than that."""

MOST_PROCESSES = 4


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
    with Processes(_worth_starting(files, processes), processes, settings.parse_memory_mb) as workers:
        yield from in_order(workers, files, lambda planned: Errand(planned, settings, audited), told)


class Processes:
    """Up to `count` other processes of this machine, which parse with all of its `threads` in all. See `Workers`."""

    def __init__(self, count: int, threads: int, memory_mb: int) -> None:
        self._count = count
        self._threads = max(1, threads // count)  # what recognises text takes as many as it is given
        self._children = Children(count, memory_mb)
        self._pool = ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        self._children.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._children.__exit__(kind, error, trace)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def has_room(self, waiting: int, size: int) -> bool:
        """Whether another file may be read meanwhile."""
        return waiting <= 2 * self._count and size <= BYTES_AHEAD

    def submit(self, errand: Errand, told: Told) -> Fetch:
        """Have a file parsed."""
        pages = Pages()
        return fetching(self._pool.submit(self._parse, errand, pages), pages, told)

    def _parse(self, errand: Errand, pages: Pages) -> ParsedFile:
        settings, file = errand.settings, errand.planned.file
        wish = Wish(settings.ocr, self._threads, settings.parse_seconds, errand.audited, pages.hear)
        with self._children.one() as child:
            content = read_file(file, settings)
            parsed = parse(child, content.data, file.path, wish)
        return ParsedFile(parsed.document, content.sha256, len(content.data), content.mtime_ns, parsed.audit)


def _worth_starting(files: Sequence[PlannedFile], processes: int) -> int:
    """How many processes. A start takes about as long as to parse half a megabyte."""
    much = sum(planned.size for planned in files) >= WORTH_ANOTHER
    several = much or any(parser_for(planned.file.path).name in RECOGNISING for planned in files)
    return max(1, min(processes, MOST_PROCESSES, len(files))) if several else 1

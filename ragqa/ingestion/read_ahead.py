"""Files read and parsed in other processes, ahead of the one that embeds them. What makes a parser crash costs that file only."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from ragqa.config import IngestSettings
from ragqa.errors import ParseError, RagqaError
from ragqa.ingestion.audits import audit_of
from ragqa.ingestion.discover import SourceFile
from ragqa.ingestion.plan import FileContent, PlannedFile, read_file
from ragqa.parsing.ocr.wish import RECOGNISING, wishing
from ragqa.parsing.registry import parse, parser_for
from ragqa.types import Document, FileAudit, PagesRecognised

WORTH_A_PROCESS = 1_000_000
"""Bytes to read from which other processes are worth their start; for PDF and pictures, not parsed by Python, one always is."""

BYTES_AHEAD = 64_000_000
"""Bytes of files that are read but not yet taken; one file may be larger than that."""

MOST_PROCESSES = 4
LOOK_SECONDS = 0.1

_WORKER = "import sys; sys.path[:] = {path!r}; from ragqa.ingestion.read_ahead import serve; serve()"


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

Read = Callable[[SourceFile, IngestSettings], ParsedFile]
"""`read_and_parse` or `read_and_audit`."""

Told = Callable[[PagesRecognised], None]
"""Hears of the pages that are recognised of the file that is waited for, in the thread that waits."""


def read_ahead(
    files: Sequence[PlannedFile],
    settings: IngestSettings,
    processes: int,
    told: Told = lambda pages: None,
    audited: bool = False,
) -> Generator[tuple[PlannedFile, Fetch]]:
    """Every file, in order, with what waits for its document."""
    read = read_and_audit if audited else read_and_parse
    by_size = sum(planned.size for planned in files) >= WORTH_A_PROCESS and len(files) > 1
    if by_size or any(parser_for(planned.file.path).name in RECOGNISING for planned in files):
        yield from _elsewhere(read, files, settings, processes, told)
    else:
        for planned in files:
            yield planned, lambda stop, file=planned.file: read(file, settings)  # type: ignore[misc]


def read_and_parse(file: SourceFile, settings: IngestSettings) -> ParsedFile:
    """Raises ParseError or SkippedFile, which say what is wrong with the file."""
    return _parsed(read_file(file, settings), file, settings)


def read_and_audit(file: SourceFile, settings: IngestSettings) -> ParsedFile:
    """The same, with what the document does not hold of the file."""
    content = read_file(file, settings)
    parsed = _parsed(content, file, settings)
    return replace(parsed, audit=audit_of(content.data, file.path, parsed.document))


def _parsed(content: FileContent, file: SourceFile, settings: IngestSettings) -> ParsedFile:
    with wishing(mode=settings.ocr):
        document = parse(content.data, file.path)
    return ParsedFile(document, content.sha256, len(content.data), content.mtime_ns)


def serve() -> None:
    """What another process does: it answers each file that it is sent with its ParsedFile or the error, until nobody asks.

    Before the answer it tells of the pages that it recognises.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not get between the answers

    def send(answer: ParsedFile | RagqaError | PagesRecognised) -> None:
        pickle.dump(answer, answers)
        answers.flush()

    while True:
        try:
            read, file, settings, threads = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            with wishing(threads=threads, told=send):
                answer = read(file, settings)
        except RagqaError as error:
            send(error)
        else:
            send(answer)


class _Process:
    """Another process that parses, started when it is first needed and again after a crash."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._running: subprocess.Popen[bytes] | None = None

    def parse(self, read: Read, file: SourceFile, settings: IngestSettings, told: Told) -> ParsedFile:
        running = self._running = self._running or _start()
        try:
            pickle.dump((read, file, settings, self._threads), _stream(running.stdin))
            _stream(running.stdin).flush()
            while isinstance(answer := pickle.load(_stream(running.stdout)), PagesRecognised):
                told(answer)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.end()
            raise ParseError(f"the program that parses it crashed ({_why(running)})") from error
        if isinstance(answer, RagqaError):
            raise answer
        assert isinstance(answer, ParsedFile)
        return answer

    def end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.wait()
            for stream in (running.stdin, running.stdout):
                with suppress(OSError):  # what was not sent any more
                    _stream(stream).close()


def _start() -> subprocess.Popen[bytes]:
    code = _WORKER.format(path=sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _stream(stream: object) -> BinaryIO:
    return stream  # type: ignore[return-value]  # pipes were asked for


def _why(ended: subprocess.Popen[bytes]) -> str:
    code = ended.returncode
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"signal {-code}"


@dataclass(slots=True)
class _Pages:
    """What was last heard of a file's pages. One thread writes, another reads and forgets: at worst a page is told late."""

    last: PagesRecognised | None = None

    def hear(self, pages: PagesRecognised) -> None:
        self.last = pages

    def take(self) -> PagesRecognised | None:
        pages, self.last = self.last, None
        return pages


def _elsewhere(
    read: Read, files: Sequence[PlannedFile], settings: IngestSettings, processes: int, told: Told
) -> Generator[tuple[PlannedFile, Fetch]]:
    count = max(1, min(processes, MOST_PROCESSES, len(files)))
    threads = max(1, (processes + 1) // count)  # what recognises text takes as many as it is given
    started = [_Process(threads) for _ in range(count)]
    free: queue.SimpleQueue[_Process] = queue.SimpleQueue()
    for process in started:
        free.put(process)

    def parse_elsewhere(file: SourceFile, pages: _Pages) -> ParsedFile:
        process = free.get()
        try:
            return process.parse(read, file, settings, pages.hear)
        finally:
            free.put(process)

    pool = ThreadPoolExecutor(count)
    waiting: deque[tuple[PlannedFile, Fetch]] = deque()
    ahead = 0
    try:
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
        for process in started:
            process.end()


def _fetch(future: Future[ParsedFile], pages: _Pages, told: Told, stop: Callable[[], bool]) -> ParsedFile | None:
    while not stop():
        with suppress(NotYet):
            return future.result(LOOK_SECONDS)
        heard = pages.take()
        if heard is not None:
            told(heard)
    return None

"""Files of this machine, sent to a server to be ingested there: which ones, under which names, and how many at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ragqa.client.jobs import Stop, Tell, followed
from ragqa.client.wire import Wire
from ragqa.config import IngestSettings
from ragqa.errors import UsageError
from ragqa.ingestion.discover import SourceFile, discover
from ragqa.parsing.registry import supported_suffixes
from ragqa.schema_reading import read_ingest
from ragqa.types import FileReport, FileState, IngestReport, Progress
from ragqa.upload_names import safe_name

FILES_AT_ONCE, BYTES_AT_ONCE = 50, 200 << 20
"""Files, and bytes of them, that are sent in one upload: fewer than any server refuses by its defaults."""

UPLOAD_SECONDS = 3600.0
"""How long one upload may take: 200 MB over a line of half a megabit a second."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A file to send: `name` is what the server keeps it under, `size` how many bytes it has."""

    file: SourceFile
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be sent, and what is not, with the reasons."""

    files: tuple[Sending, ...]
    left_out: tuple[FileReport, ...]


def choose(paths: Sequence[str | Path], settings: IngestSettings) -> Chosen:
    """The files that paths name, as an ingest would find them. Raises UsageError where two would have one name there."""
    found = discover(paths, settings.include, settings.exclude)
    readable = supported_suffixes()
    left_out = [FileReport(path, FileState.FAILED, note=why) for path, why in found.problems]
    left_out += [FileReport(path, FileState.SKIPPED, note=why) for path, why in found.left_out]
    names: dict[str, SourceFile] = {}
    for file in found.files:
        suffix = PurePosixPath(file.path).suffix.lower()
        if suffix not in readable:
            kind = f"a {suffix} file" if suffix else "a file without a suffix"
            left_out.append(FileReport(file.path, FileState.SKIPPED, note=f"nothing here reads {kind}"))
            continue
        name = sent_name(file.path)
        other = names.setdefault(name.casefold(), file)
        if other is not file:
            raise UsageError(
                f"{file.source} and {other.source} would both be '{name}' on the server",
                hint="Name the folder that holds both, or rename one.",
            )
    files = []
    for file in names.values():
        try:
            files.append(Sending(file, sent_name(file.path), os.stat(file.source).st_size))
        except OSError as error:
            left_out.append(_unreadable(file, error))
    return Chosen(tuple(files), tuple(left_out))


def sent_name(path: str) -> str:
    """What a server keeps a file under: it knows no folders, so those below the one that was named become part of the name."""
    return safe_name(path.replace("\\", "/").replace("/", " - "))


def _unreadable(file: SourceFile, error: OSError) -> FileReport:
    return FileReport(file.path, FileState.FAILED, note=f"cannot be read: {error.strerror}")


def batches(files: Sequence[Sending]) -> Iterator[list[Sending]]:
    """The files in their order, as many together as one upload may hold; a larger one goes alone."""
    batch: list[Sending] = []
    for file in files:
        if batch and (len(batch) == FILES_AT_ONCE or sum(one.size for one in batch) + file.size > BYTES_AT_ONCE):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def ingest_files(wire: Wire, chosen: Chosen, fields: Mapping[str, Any], progress: Tell, stop: Stop) -> IngestReport:
    """Send files and have them ingested, upload by upload. Stopped, it ends after what is finished. Raises RagqaError."""
    report: IngestReport | None = None
    left_out = list(chosen.left_out)
    for batch in batches(chosen.files):
        if report is not None and stop():
            report = replace(report, interrupted=True)
        if report is not None and report.interrupted:
            break
        done = _ingest_batch(wire, batch, fields, progress, stop, left_out)
        report = _together(report, done) if report is not None and done is not None else report or done
    if report is None:
        told = f": {left_out[0].path}: {left_out[0].note}" if left_out else ""
        raise UsageError(f"there is no file to send{told}")
    return replace(report, files=(*report.files, *left_out))


def _ingest_batch(
    wire: Wire, batch: Sequence[Sending], fields: Mapping[str, Any], progress: Tell, stop: Stop, left_out: list[FileReport]
) -> IngestReport | None:
    """What came of an upload; None where none of its files can be read any more, which are added to what is left out."""
    with ExitStack() as stack:
        opened = []
        for one in batch:
            try:
                opened.append((one, stack.enter_context(open(one.file.source, "rb"))))
            except OSError as error:
                left_out.append(_unreadable(one.file, error))
        if not opened:
            return None
        sent = _Sent(sum(one.size for one, _ in opened), progress)
        parts = [("file", (one.name, _Told(file, one.name, sent.tell), "application/octet-stream")) for one, file in opened]
        form = {name: _form(value) for name, value in fields.items() if value is not None}
        started = wire.json("POST", "v1", "ingest", form=form, files=parts, patience=UPLOAD_SECONDS)
    return followed(wire, started, read_ingest, progress, stop)


def _together(first: IngestReport, second: IngestReport) -> IngestReport:
    """Two ingests, one after the other, as one."""
    return replace(
        second,
        files=(*first.files, *second.files),
        chunks_embedded=first.chunks_embedded + second.chunks_embedded,
        seconds=first.seconds + second.seconds,
    )


def _form(value: object) -> str:
    """A field of a form."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Sent:
    """How many bytes of an upload have gone, told to who listens."""

    def __init__(self, total: int, progress: Tell) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def tell(self, name: str, size: int) -> None:
        """So many bytes of a file more."""
        self._done = min(self._done + size, self._total)
        self._progress(Progress("send", self._done, self._total, name))


class _Told:
    """A file that tells how much of it was read; only what is needed to send it."""

    def __init__(self, file: BinaryIO, name: str, tell: Callable[[str, int], None]) -> None:
        self._file, self._name, self._tell = file, name, tell

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self._tell(self._name, len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """To be sent once more."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

    def fileno(self) -> int:
        """For its size."""
        return self._file.fileno()

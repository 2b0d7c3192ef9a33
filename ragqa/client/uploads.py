"""Files of this machine, sent to a server to be ingested there: which ones, under which names, and how many at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ragqa.client.faults import TooLargeThere
from ragqa.client.jobs import followed
from ragqa.client.wire import UPLOAD_SECONDS, Wire, form_of
from ragqa.config import IngestSettings
from ragqa.errors import ServerError, SkippedFile, UsageError
from ragqa.ingestion.discover import SourceFile, discover, is_as_found
from ragqa.parsing.registry import supported_suffixes
from ragqa.schema_reading import read_ingest
from ragqa.types import FileReport, FileState, IngestReport, Progress, Stop, Tell
from ragqa.upload_names import safe_name

FILES_AT_ONCE, BYTES_AT_ONCE = 50, 200 << 20
"""Files, and bytes of them, that are sent in one upload: fewer than any server refuses by its defaults."""


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


def batches(files: Sequence[Sending], most: int, most_bytes: int) -> list[list[Sending]]:
    """The files in their order, as many together as one upload may hold; a larger one goes alone."""
    found = list[list[Sending]]()
    for file in files:
        if not found or len(found[-1]) == most or sum(one.size for one in found[-1]) + file.size > most_bytes:
            found.append([])
        found[-1].append(file)
    return found


def ingest_files(wire: Wire, chosen: Chosen, fields: Mapping[str, Any], progress: Tell, stop: Stop) -> IngestReport:
    """Send files and have them ingested, upload by upload, smaller ones where the server takes no others; a file that cannot be
    sent is left out. Stopped, it ends after what is finished. Raises RagqaError."""
    report: IngestReport | None = None
    left_out = list(chosen.left_out)
    waiting = batches(chosen.files, FILES_AT_ONCE, BYTES_AT_ONCE)
    while waiting and not (report is not None and report.interrupted):
        if report is not None and stop():
            report = replace(report, interrupted=True)
            break
        batch = waiting.pop(0)
        try:
            done = _ingest_batch(wire, batch, fields, progress, stop, left_out)
        except TooLargeThere as error:
            if len(batch) == 1:
                left_out.append(FileReport(batch[0].file.path, FileState.FAILED, note=f"was not sent: {error.message}"))
            else:
                rest = [*batch, *(file for later in waiting for file in later)]
                waiting = batches(rest, len(batch) // 2, sum(one.size for one in batch) // 2)
            continue
        report = _together(report, done) if report is not None and done is not None else report or done
    if report is None:
        told = f": {left_out[0].path}: {left_out[0].note}" if left_out else ""
        raise UsageError(f"there is no file to send{told}")
    return replace(report, files=(*report.files, *left_out))


def _ingest_batch(
    wire: Wire, batch: Sequence[Sending], fields: Mapping[str, Any], progress: Tell, stop: Stop, left_out: list[FileReport]
) -> IngestReport | None:
    """What came of an upload; None where none of its files can be read any more, which are added to what is left out."""
    while batch:
        with ExitStack() as stack:
            sent = _Sent(sum(one.size for one in batch), progress)
            files = [_Told(one, stack, sent) for one in batch]
            started = None if any(file.problem for file in files) else _started(wire, files, fields)
        if started is not None:
            return followed(wire, started, read_ingest, progress, stop)
        left_out += [_unreadable(file.sending.file, file.problem) for file in files if file.problem is not None]
        batch = [file.sending for file in files if file.problem is None]  # once more, without them
    return None


def _started(wire: Wire, files: Sequence[_Told], fields: Mapping[str, Any]) -> object | None:
    """The job of an upload; None where a file could not be read to its end."""
    parts = [("file", (file.sending.name, file, "application/octet-stream")) for file in files]
    try:
        return wire.json("POST", "v1", "ingest", form=form_of(fields), files=parts, patience=UPLOAD_SECONDS)
    except ServerError:
        if any(file.problem for file in files):
            return None
        raise


def _together(first: IngestReport, second: IngestReport) -> IngestReport:
    """Two ingests, one after the other, as one."""
    return replace(
        second,
        files=(*first.files, *second.files),
        chunks_embedded=first.chunks_embedded + second.chunks_embedded,
        seconds=first.seconds + second.seconds,
    )


class _Sent:
    """How many bytes of an upload have gone, told to who listens."""

    def __init__(self, total: int, progress: Tell) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def tell(self, name: str, size: int) -> None:
        """So many bytes of a file more."""
        self._done = min(self._done + size, self._total)
        self._progress(Progress("send", self._done, self._total, name))


class _Told:
    """A file that tells how much of it was read; only what is needed to send it. It is as long as when it was opened, whoever
    adds to it meanwhile: that many bytes are announced. `problem` is what kept it from being read."""

    def __init__(self, sending: Sending, stack: ExitStack, sent: _Sent) -> None:
        self.sending, self._sent = sending, sent
        self.problem: OSError | None = None
        try:
            self._file = stack.enter_context(open(sending.file.source, "rb"))  # noqa: SIM115 - closed with the stack
            self._size = os.fstat(self._file.fileno()).st_size
            if not is_as_found(sending.file, self._file.fileno()):
                raise OSError(errno.ESTALE, "another file took its place")
        except OSError as error:
            self.problem = error
        except SkippedFile as error:
            self.problem = OSError(errno.EPERM, error.message)

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises OSError, also where it has become shorter."""
        left = self._size - self.tell()
        try:
            data = self._file.read(left if size < 0 else min(size, left))
            if left and size and not data:
                raise OSError(errno.EIO, "it became shorter while it was sent")
        except OSError as error:
            self.problem = error
            raise
        self._sent.tell(self.sending.name, len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """To be sent once more, or to be measured."""
        return self._file.seek(self._size + offset if whence == os.SEEK_END else offset)

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

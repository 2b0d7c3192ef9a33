"""Which files are new, changed, renamed or gone, judged by what is in them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ragqa.config import IngestSettings
from ragqa.errors import ParseError, RagqaError, SkippedFile
from ragqa.indexing.index import StoredDocument
from ragqa.ingestion.discover import Discovery, SourceFile
from ragqa.parsing.ocr.engine import engine_name
from ragqa.parsing.ocr.wish import RECOGNISING, labels_up_to_date
from ragqa.parsing.registry import parser_for
from ragqa.types import FileState

TO_READ = (FileState.ADDED, FileState.CHANGED)
"""What is parsed; all else is only noted."""

TO_AUDIT = (FileState.UNCHANGED, FileState.RENAMED)
"""What is parsed only where its document is to be compared with it."""

IMPORTED_NOTE = "takes the place of an imported document"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """What is to be done with one file. `known` is the document it replaces, or was renamed from, or is unchanged from; a new
    file has its `sha256`."""

    file: SourceFile
    state: FileState
    size: int = 0
    mtime_ns: int = 0
    note: str = ""
    known: StoredDocument | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file's part in an ingest, and the documents of the searched folders that are no longer on disk."""

    files: tuple[PlannedFile, ...]
    missing: tuple[StoredDocument, ...]

    @property
    def to_read(self) -> list[PlannedFile]:
        return [planned for planned in self.files if planned.state in TO_READ]


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's bytes as they were at one moment, with their SHA-256."""

    data: bytes
    sha256: str
    mtime_ns: int


def make_plan(
    discovery: Discovery,
    documents: Sequence[StoredDocument],
    settings: IngestSettings,
    scanned: Callable[[int, str], None] = lambda done, path: None,
) -> Plan:
    """Compare files with the index's documents by content hash. `scanned` is told after each file."""
    by_source = {document.source: document for document in documents}
    gone = {document.sha256: document for document in documents if not document.is_foreign and not _exists(document)}
    foreign = {document.sha256: document for document in documents if document.is_foreign}
    planned = []
    for number, file in enumerate(discovery.files):
        entry = _plan_file(file, by_source, gone, settings)
        if entry.state is FileState.ADDED and entry.sha256 in foreign:  # what an imported index says of it is not taken over
            entry = replace(entry, state=FileState.CHANGED, note=IMPORTED_NOTE, known=foreign.pop(entry.sha256))
        if entry.state is FileState.RENAMED and entry.known is not None:
            del gone[entry.known.sha256]
        planned.append(entry)
        scanned(number + 1, file.path)
    planned_for = {entry.known.id for entry in planned if entry.known}
    missing = tuple(
        document
        for document in documents
        if document.id not in planned_for and not _exists(document) and _below(document, discovery.roots)
    )
    return Plan(tuple(planned), missing)


def parser_label(path: str, recognised_by: str = "") -> str:
    """Name and version of the parser that reads a file, and what became of its scans: what differs in it is parsed again."""
    parser = parser_for(path)
    return f"{parser.name} {parser.version}" + (f" +{recognised_by}" if recognised_by else "")


def labels_in_date(path: str, settings: IngestSettings) -> set[str]:
    """The labels of documents that are as this file would be parsed now."""
    if parser_for(path).name not in RECOGNISING:
        return {parser_label(path)}
    return {parser_label(path, by) for by in labels_up_to_date(settings.ocr, engine_name())}


def read_file(file: SourceFile, settings: IngestSettings) -> FileContent:
    """A file's bytes, read whole at one moment.

    Raises SkippedFile for what is too large or no regular file, ParseError for what cannot be read or keeps changing.
    """
    for _ in range(2):
        before = _checked_status(file, settings)
        try:
            data = file.source.read_bytes()
            after = os.stat(file.source)
        except OSError as error:
            raise ParseError(_why_unreadable(error)) from error
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(data) == after.st_size:
            return FileContent(data, hashlib.sha256(data).hexdigest(), after.st_mtime_ns)
    raise ParseError("changed while it was being read", hint="Run the ingest again when nothing writes to it.")


def _plan_file(
    file: SourceFile, by_source: dict[bytes, StoredDocument], gone: dict[str, StoredDocument], settings: IngestSettings
) -> PlannedFile:
    known = by_source.get(os.fsencode(file.source))
    try:
        in_date = labels_in_date(file.path, settings)
        status = _checked_status(file, settings)
        sha256 = _hash(file.source)
    except SkippedFile as reason:
        return PlannedFile(file, FileState.SKIPPED, note=describe(reason), known=known)
    except RagqaError as reason:
        return PlannedFile(file, FileState.FAILED, note=describe(reason), known=known)
    size, mtime_ns = status.st_size, status.st_mtime_ns
    if known is not None:
        same = known.sha256 == sha256 and known.parser in in_date
        return PlannedFile(file, FileState.UNCHANGED if same else FileState.CHANGED, size, mtime_ns, known=known)
    moved = gone.get(sha256)
    if moved is not None and moved.parser in in_date:
        return PlannedFile(file, FileState.RENAMED, size, mtime_ns, note=f"was {moved.path}", known=moved)
    return PlannedFile(file, FileState.ADDED, size, mtime_ns, sha256=sha256)


def describe(error: RagqaError) -> str:
    """An error as one line of a summary."""
    return f"{error.message}. {error.hint}" if error.hint else error.message


def _checked_status(file: SourceFile, settings: IngestSettings) -> os.stat_result:
    try:
        status = os.stat(file.source)
    except OSError as error:
        raise ParseError(_why_unreadable(error)) from error
    if not stat.S_ISREG(status.st_mode):
        raise SkippedFile("not a regular file")
    is_text = parser_for(file.path).text_format
    limit, option = (settings.max_text_mb, "max_text_mb") if is_text else (settings.max_file_mb, "max_file_mb")
    if status.st_size > limit * 1_000_000:
        raise SkippedFile(
            f"{status.st_size / 1e6:,.0f} MB, more than {option} = {limit}", hint=f"Raise {option} in ragqa.toml to ingest it."
        )
    return status


def _hash(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ParseError(_why_unreadable(error)) from error


def _why_unreadable(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "vanished, or is a link to nothing"
    if error.errno == errno.ELOOP:
        return "is a link that leads back to itself"
    return f"cannot be read: {error.strerror}"


def _exists(document: StoredDocument) -> bool:
    return os.path.lexists(os.fsdecode(document.source))


def _below(document: StoredDocument, roots: Iterable[Path]) -> bool:
    source = Path(os.fsdecode(document.source))
    return any(source.is_relative_to(root) for root in roots)

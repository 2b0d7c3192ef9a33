"""Which files are new, changed, renamed or gone, judged by what is in them, which is hashed where it is not known already."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ragqa.config import IngestSettings
from ragqa.errors import ParseError, RagqaError, SkippedFile
from ragqa.indexing.index import StoredDocument
from ragqa.indexing.stamps import FileStamp, SeenFile
from ragqa.ingestion.discover import Discovery, SourceFile, is_as_found
from ragqa.parsing.ocr.engine import engine_name
from ragqa.parsing.ocr.wish import RECOGNISING, labels_up_to_date
from ragqa.parsing.registry import parser_for
from ragqa.types import FileState

TO_READ = (FileState.ADDED, FileState.CHANGED)
"""What is parsed; all else is only noted."""

TO_AUDIT = (FileState.UNCHANGED, FileState.RENAMED)
"""What is parsed only where its document is to be compared with it."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """What is to be done with one file. `known` is the document it replaces, or was renamed from, or is unchanged from.

    `stamp` is how it looked, where that is worth keeping: it is not kept yet, and would be another had the file changed since."""

    file: SourceFile
    state: FileState
    size: int = 0
    mtime_ns: int = 0
    note: str = ""
    known: StoredDocument | None = None
    stamp: FileStamp | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file's part in an ingest, and the documents of the searched folders that are no longer on disk."""

    files: tuple[PlannedFile, ...]
    missing: tuple[StoredDocument, ...]

    @property
    def to_read(self) -> list[PlannedFile]:
        return [planned for planned in self.files if planned.state in TO_READ]

    @property
    def is_needed(self) -> bool:
        """Whether it changes what the index has of these files."""
        return bool(self.to_read) or any(planned.state is FileState.RENAMED for planned in self.files)

    @property
    def seen(self) -> list[SeenFile]:
        """How the files looked whose look is worth keeping once the plan is carried out."""
        return [_seen(planned, planned.stamp) for planned in self.files if planned.stamp is not None]


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
    stamps: Mapping[int, FileStamp] = MappingProxyType({}),
) -> Plan:
    """Compare files with the index's documents by content hash. `scanned` is told after each file.

    A file is not hashed that looks as its document's of the `stamps`, by id, nor a new one that no lost document can have been.
    """
    held = _Held.of(documents, stamps)
    planned = []
    for number, file in enumerate(discovery.files):
        entry = _plan_file(file, held, settings)
        if entry.state is FileState.RENAMED and entry.known is not None:
            del held.gone[entry.known.sha256]
        planned.append(entry)
        scanned(number + 1, file.path)
    vanished = {
        entry.known.id for entry in planned if entry.known and entry.state is FileState.FAILED and not is_there(entry.known)
    }
    planned_for = {entry.known.id for entry in planned if entry.known} - vanished
    missing = tuple(
        document
        for document in documents
        if document.id not in planned_for and not is_there(document) and _below(document, discovery.roots)
    )
    lost = vanished & {document.id for document in missing}
    return Plan(tuple(entry for entry in planned if entry.known is None or entry.known.id not in lost), missing)


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

    Raises SkippedFile for what is too large, no regular file, or led out of its folder by a link that came after the search,
    ParseError for what cannot be read or keeps changing.
    """
    for _ in range(2):
        before = _checked_status(file, settings)
        try:
            data = _bytes_of(file, before.st_size)
            after = os.stat(file.source)
        except OSError as error:
            raise ParseError(_why_unreadable(error)) from error
        is_same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        if data is not None and is_same and len(data) == after.st_size:
            return FileContent(data, hashlib.sha256(data).hexdigest(), after.st_mtime_ns)
    raise ParseError("changed while it was being read", hint="Run the ingest again when nothing writes to it.")


def _bytes_of(file: SourceFile, size: int) -> bytes | None:
    """The bytes of a file that had `size` of them just now, and one more where it has more. None where another has taken its
    place. Raises SkippedFile or OSError."""

    def at_once(path: str, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe may have taken its place, which nobody writes to

    with open(file.source, "rb", opener=at_once) as opened:
        return opened.read(size + 1) if is_as_found(file, opened.fileno()) else None


@dataclass(frozen=True, slots=True)
class _Held:
    """What an index has of files: its documents by the files they were read from, those whose files are gone by hash, those that
    an imported index says were read from files, with the sizes of both, and how files looked, by document."""

    by_source: Mapping[bytes, StoredDocument]
    gone: dict[str, StoredDocument]
    foreign: dict[str, StoredDocument]
    sizes: frozenset[int]
    stamps: Mapping[int, FileStamp]

    @classmethod
    def of(cls, documents: Sequence[StoredDocument], stamps: Mapping[int, FileStamp]) -> _Held:
        foreign = {one.sha256: one for one in documents if one.is_foreign}
        gone = {one.sha256: one for one in documents if not one.is_foreign and not is_there(one)}
        sizes = frozenset(one.size for one in (*gone.values(), *foreign.values()))
        return cls({document.source: document for document in documents}, gone, foreign, sizes, stamps)


def _plan_file(file: SourceFile, held: _Held, settings: IngestSettings) -> PlannedFile:
    known = held.by_source.get(os.fsencode(file.source))
    try:
        in_date = labels_in_date(file.path, settings)
        looked_at = time.time_ns()
        look = FileStamp.of(_checked_status(file, settings))
        state, known = _compare(file.source, look, known, held, in_date)
    except SkippedFile as reason:
        return PlannedFile(file, FileState.SKIPPED, note=describe(reason), known=known)
    except RagqaError as reason:
        return PlannedFile(file, FileState.FAILED, note=describe(reason), known=known)
    note = f"was {known.path}" if state is FileState.RENAMED and known is not None else ""
    is_kept = known is not None and held.stamps.get(known.id) == look
    stamp = look if look.has_rested(looked_at) and not is_kept else None
    return PlannedFile(file, state, look.size, look.mtime_ns, note, known, stamp)


def _compare(
    path: Path, look: FileStamp, known: StoredDocument | None, held: _Held, in_date: set[str]
) -> tuple[FileState, StoredDocument | None]:
    """A file's state, and its document, or that which it was before. Raises ParseError for what cannot be read."""
    if known is not None:
        if known.parser not in in_date or known.size != look.size:
            return FileState.CHANGED, known
        same = held.stamps.get(known.id) == look or known.sha256 == _hash(path)
        return FileState.UNCHANGED if same else FileState.CHANGED, known
    if look.size not in held.sizes:
        _refuse_unreadable(path)
        return FileState.ADDED, None
    sha256 = _hash(path)
    if sha256 in held.foreign:  # what an imported index says of the file is not taken over: it is read, and takes its place
        return FileState.CHANGED, held.foreign.pop(sha256)
    moved = held.gone.get(sha256)
    if moved is None or moved.parser not in in_date:
        return FileState.ADDED, None
    return FileState.RENAMED, moved


def _seen(planned: PlannedFile, stamp: FileStamp) -> SeenFile:
    source, known = os.fsencode(planned.file.source), planned.known
    if known is None:
        return SeenFile(source, stamp)
    return SeenFile(source, stamp, known.id, known.sha256 if planned.state in TO_AUDIT else "")


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


def _refuse_unreadable(path: Path) -> None:
    try:
        open(path, "rb").close()
    except OSError as error:
        raise ParseError(_why_unreadable(error)) from error


def _why_unreadable(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "vanished, or is a link to nothing"
    if error.errno == errno.ELOOP:
        return "is a link that leads back to itself"
    return f"cannot be read: {error.strerror}"


def is_there(document: StoredDocument) -> bool:
    """Whether there is a file where a document's was. Where the system cannot tell, as in a folder that may not be opened or on a
    server that does not answer, it counts as there; a folder in its place, or a link to nothing, does not."""
    try:
        return not stat.S_ISDIR(os.stat(os.fsdecode(document.source)).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True


def _below(document: StoredDocument, roots: Iterable[Path]) -> bool:
    source = Path(os.fsdecode(document.source))
    return any(source.is_relative_to(root) for root in roots)

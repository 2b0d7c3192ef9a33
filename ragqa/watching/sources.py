"""Where documents come from: the seam, and the one source that needs nothing fetched, a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ragqa.errors import ParseError, SourceGone
from ragqa.indexing.stamps import FileStamp
from ragqa.ingestion.discover import discover, finds, wanted


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a source: its name below it, with "/" between folders, its size in bytes where that is known, and a mark that
    is another once its content is; an empty one says that nothing tells."""

    name: str
    size: int | None
    mark: str
    changed_ns: int = 0
    """When it last changed, in nanoseconds of the epoch; 0: not known."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a source holds now, and what of it could not be looked at, with the reasons: that does not count as gone.

    `missing` is what it names and does not have, with what it says of it: that is gone as what it names no more."""

    entries: tuple[Entry, ...]
    problems: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


class NotThere(ParseError):
    """A source says, when a document is fetched, that it does not have it: it is gone, and not asked for again at once."""


class Source(Protocol):
    """Documents to keep an index in step with. For one thread."""

    @property
    def name(self) -> str:
        """How people know it: a folder's path, an address without secrets."""
        ...

    def discover(self, stop: Callable[[], bool] = lambda: False) -> Listing:
        """What it holds now. Raises SourceGone where it cannot be told, which is not the same as nothing: also soon after `stop`
        says so, at most the time later for which a server may say nothing."""
        ...

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = lambda: False) -> Path:
        """A file of this machine with what the entry holds, whole: its own, or written to `into`. Raises RagqaError, also soon
        after `stop` says so; NotThere where the source has it no more."""
        ...


class LookWhole(Exception):
    """What has changed is no file by itself: the folder has to be looked through."""


class LocalFolder:
    """A folder of this machine, looked at as an ingest does. What lies below `not_ours` is none of its documents."""

    def __init__(
        self, root: Path, include: Sequence[str] = (), exclude: Sequence[str] = (), not_ours: Collection[Path] = ()
    ) -> None:
        self.root = Path(os.path.abspath(root.expanduser()))
        self.include, self.exclude, self._not_ours = tuple(include), tuple(exclude), tuple(not_ours)

    @property
    def name(self) -> str:
        return os.fspath(self.root)

    def discover(self, stop: Callable[[], bool] = lambda: False) -> Listing:
        if not self.root.is_dir():
            raise SourceGone(f"{self.root} is not there", hint="Its documents are kept until it is back.")
        try:
            os.scandir(self.root).close()
        except OSError as error:
            raise SourceGone(f"{self.root} cannot be opened: {error.strerror}", hint="Its documents are kept.") from error
        found = discover([self.root], self.include, self.exclude)
        entries = []
        for file in found.files:
            if not self.leaves(file.source):
                entries.append(_entry(file.source, self.root))
        return Listing(tuple(entries), (*found.problems, *found.left_out))

    def look_at(self, path: Path) -> Entry | None:
        """What it holds at a path below it now, None: no document. Raises LookWhole where only `discover` tells."""
        found = None if not self.root.is_dir() else finds(self.root, path, self.include, self.exclude)
        if found is None:
            raise LookWhole
        return _entry(path, self.root) if found and not self.leaves(path) else None

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = lambda: False) -> Path:
        return self.path(entry)

    def path(self, entry: Entry) -> Path:
        """The file of an entry."""
        return self.root / entry.name

    def includes(self, name: str) -> bool:
        """Whether its patterns leave a file of this name below it, wherever that is by now."""
        return wanted(name, self.include, self.exclude)

    def leaves(self, path: Path) -> bool:
        """Whether a file is none of its documents: what ragqa itself keeps may lie in the folder."""
        return any(path.is_relative_to(folder) for folder in self._not_ours)


def _entry(path: Path, root: Path) -> Entry:
    name = path.relative_to(root).as_posix()
    try:
        look = FileStamp.of(os.stat(path))
    except OSError as error:
        return Entry(name, None, f"cannot be looked at: {error.strerror}")
    mark = f"{look.size} {look.mtime_ns} {look.changed_ns} {look.inode}"
    return Entry(name, look.size, mark, max(look.mtime_ns, look.changed_ns))

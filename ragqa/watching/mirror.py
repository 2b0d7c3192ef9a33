"""A source elsewhere as a folder here: what is new there is fetched, what is gone there is removed, and never by halves."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ragqa.errors import ParseError, RagqaError, SkippedFile, SourceGone
from ragqa.files import storage_errors, sync_path, write_whole
from ragqa.ingestion.plan import describe
from ragqa.parsing.registry import parser_for
from ragqa.types import Gone
from ragqa.watching.retries import Retries
from ragqa.watching.safe_names import safe_name
from ragqa.watching.silence import LOOK_SECONDS
from ragqa.watching.sources import Entry, NotThere, Source

ARRIVING = ".arriving"
"""The folder within that files are written to before they take their names; hidden, so that no ingest reads it."""

NOTE_SECONDS = 5.0
"""After which it is noted what has been fetched; after a kill, what is not noted is fetched, and compared, again."""

MOST_UNANSWERED = 3
"""Documents that a server may fail to send before the others are left for the next time."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look at a source brought: how many documents it has, what could not be looked at there, and what came or went."""

    entries: int
    problems: tuple[tuple[str, str], ...]
    fetched: tuple[str, ...]
    removed: tuple[str, ...]


class Mirror:
    """Keeps `folder` as the source is. For one thread; other mirrors, also of other processes, may keep the same folder.

    Documents are fetched that `wants` names, by what they are called here, and that something reads. Others stay as they are: a
    mirror with other wishes may have fetched them.

    Beside the folder a file notes how each document was marked when it was fetched, and another is locked while that goes on.
    Nothing else is kept of the source: its address and its secrets stay where they are configured.
    """

    def __init__(self, source: Source, folder: Path, retries: Retries, wants: Callable[[str], bool] = lambda name: True) -> None:
        self.source, self.folder, self.retries, self._wants = source, folder, retries, wants
        self._notes = folder.with_name(f"{folder.name}.json")
        self._lock = FileLock(folder.with_name(f"{folder.name}.lock"), is_singleton=False)
        self._marks: dict[str, str] = {}
        self.names: frozenset[str] = frozenset()
        """The files that the source has, as they are called here, when last looked at."""

    def sync(self, may_remove: Callable[[Gone], bool], stop: Callable[[], bool] = lambda: False) -> Synced:
        """Bring the folder up to the source; what fails is noted in `retries`. `may_remove` is asked where documents are gone.
        Whoever else does the same with this folder is waited for.

        Raises SourceGone, and then nothing is touched, or StorageError.
        """
        with self._alone(stop):
            return self._bring_up(may_remove, stop)

    @contextmanager
    def _alone(self, stop: Callable[[], bool]) -> Iterator[None]:
        """Be the only one who fetches to the folder. Raises SourceGone where `stop` comes before the others have finished."""
        with storage_errors(self.folder):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            while not self._lock.is_locked:
                try:
                    self._lock.acquire(timeout=LOOK_SECONDS)
                except Timeout as error:
                    if stop():
                        told = f"{self.source.name} is being fetched for another index, or by another process"
                        raise SourceGone(told, hint="Its documents are kept.") from error
        try:
            yield
        finally:
            self._lock.release()

    def _bring_up(self, may_remove: Callable[[Gone], bool], stop: Callable[[], bool]) -> Synced:
        listing = self.source.discover(stop)
        entries = {safe_name(entry.name): entry for entry in listing.entries}
        self.names = frozenset(entries).union(safe_name(name) for name, _ in listing.problems)
        wanted, problems = self._wanted(entries)
        problems += [(self.told(name), why) for name, why in (*listing.problems, *listing.missing)]
        self._marks = _read_notes(self._notes)  # another may have fetched since
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear_arriving()  # of a process that was killed: it would else count as a document that is gone
            try:
                removed = self._remove(len(entries), may_remove)
                fetched, missing = self._fetch_all(wanted, stop)
                if missing:  # judged like those that are not named any more
                    self.names -= missing.keys()
                    removed += self._remove(len(entries) - len(missing), may_remove)
            finally:
                self._clear_arriving()
                write_whole(self._notes, json.dumps(self._marks))
        problems += [(self.told(name), why) for name, why in missing.items()]
        self.retries.keep_only({self.told(name) for name in wanted.keys() - missing.keys()})
        return Synced(len(entries) - len(missing), tuple(problems), tuple(fetched), tuple(removed))

    def _clear_arriving(self) -> None:
        shutil.rmtree(self.folder / ARRIVING, ignore_errors=True)

    def _wanted(self, entries: Mapping[str, Entry]) -> tuple[dict[str, Entry], list[tuple[str, str]]]:
        """What is to be here of what the source has, and what nothing here would read, with the reasons."""
        wanted, unread = {}, []
        for name, entry in entries.items():
            try:
                if self._wants(name):
                    parser_for(name)
                    wanted[name] = entry
            except SkippedFile as reason:
                unread.append((self.told(name), describe(reason)))
        return wanted, unread

    def told(self, name: str) -> str:
        """How a document that could not be looked at, or fetched, is called."""
        return f"{self.source.name} › {name}"

    def _fetch_all(self, entries: Mapping[str, Entry], stop: Callable[[], bool]) -> tuple[list[str], dict[str, str]]:
        """Fetch what is new or changed there; the names of what has come, and of what the source says it does not have."""
        fetched, missing, noted, unanswered = [], {}, time.monotonic(), 0
        for name, entry in entries.items():
            if stop() or unanswered >= MOST_UNANSWERED:
                break
            try:
                if self._fetch(name, entry, stop):
                    fetched.append(name)
            except NotThere as error:
                missing[name] = error.message
            except RagqaError as error:
                if stop():  # and it was broken off
                    break
                unanswered += isinstance(error, SourceGone)
                self.retries.failed(self.told(name), entry.mark, error.message)
            if time.monotonic() - noted > NOTE_SECONDS:
                write_whole(self._notes, json.dumps(self._marks))
                noted = time.monotonic()
        return fetched, missing

    def _fetch(self, name: str, entry: Entry, stop: Callable[[], bool]) -> bool:
        """Fetch a document where it is not here as it is there; whether anything has come of it. Raises RagqaError."""
        target = self.folder / name
        if entry.mark and self._marks.get(name) == entry.mark and target.is_file():
            return False
        if self.retries.waits(self.told(name), entry.mark):
            return False
        try:
            arriving = self.folder / ARRIVING
            arriving.mkdir(exist_ok=True)
            changed = _take(self.source.fetch(entry, arriving, stop), target)
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            raise ParseError("its name is that of a folder of other documents: it has no place here") from error
        self.retries.ended(self.told(name))
        self._marks[name] = entry.mark
        return changed

    def _remove(self, found: int, may_remove: Callable[[Gone], bool]) -> list[str]:
        """Remove what the source does not have any more, if it may be."""
        here = [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()]
        gone = sorted(name for name in here if name not in self.names)
        if not gone:
            return []
        sources = tuple(self.folder / name for name in gone)
        if not may_remove(Gone(self.folder, tuple(gone), sources, held=len(here), found=found)):
            return []
        for path, name in zip(sources, gone, strict=True):
            path.unlink(missing_ok=True)
            self._marks.pop(name, None)
            for folder in path.relative_to(self.folder).parents:
                with suppress(OSError):  # others are in it
                    if folder.parts:
                        os.rmdir(self.folder / folder)
        return gone


def _take(fetched: Path, target: Path) -> bool:
    """Let a fetched file take its name, durably; whether it holds anything else than before."""
    if target.is_file() and filecmp.cmp(fetched, target, shallow=False):
        fetched.unlink(missing_ok=True)
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    sync_path(fetched)
    os.replace(fetched, target)
    sync_path(target.parent)
    return True


def _read_notes(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {str(name): str(mark) for name, mark in found.items()}
    return {}

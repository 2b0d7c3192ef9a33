"""A source and the folder of this machine that its files are in: what of it is new, and what has been taken into the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from ragqa.config import WatchSettings
from ragqa.errors import RagqaError, SourceGone
from ragqa.types import Gone
from ragqa.watching.deletions import unconfirmed, why_ask
from ragqa.watching.events import Event
from ragqa.watching.mirror import Mirror
from ragqa.watching.retries import FIRST_SECONDS, Failure
from ragqa.watching.sources import Entry, LocalFolder, LookWhole
from ragqa.watching.state import Held, SourceState

HERE_SECONDS, ELSEWHERE_SECONDS = 60.0, 600.0
"""Between two whole looks, unless set."""


class Follower:
    """One source. For one thread."""

    def __init__(
        self,
        settings: WatchSettings,
        folder: LocalFolder,
        mirror: Mirror | None,
        tell: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.folder, self.mirror, self._tell = settings, folder, mirror, tell
        self.every = settings.every or (HERE_SECONDS if mirror is None else ELSEWHERE_SECONDS)
        self.entries: dict[Path, Entry] = {}
        self.done: dict[Path, str] = {}
        """The marks of files as they were when the index took them in, or could not; empty: the index may hold what they were."""
        self.problems: tuple[tuple[str, str], ...] = ()
        """What of the source could not be looked at."""
        self.confirmed: Sequence[str] = ()
        """The documents that a person agreed to let go."""
        self.is_there = False
        self.held: Held | None = None
        """Documents that wait for a person to agree that they go."""
        self._problem = ""
        self._elsewhere: tuple[tuple[str, str], ...] = ()
        self._clock = clock
        self._next_sync = self._not_before = 0.0
        self._pause = FIRST_SECONDS

    @property
    def name(self) -> str:
        """How people know the source."""
        return self.folder.name if self.mirror is None else self.mirror.source.name

    @property
    def manner(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What is included, what is excluded, and what its documents are labelled with."""
        return self.folder.include, self.folder.exclude, self.settings.metadata

    @property
    def failing(self) -> tuple[Failure, ...]:
        """Documents that could not be fetched."""
        return () if self.mirror is None else self.mirror.retries.all

    def is_due(self) -> bool:
        """Whether something of it is to be fetched again."""
        if self.mirror is None or self._clock() < self._not_before:
            return False
        return bool(self._problem) or self._clock() >= self._next_sync or self.mirror.retries.is_due()

    def look(self, stop: Callable[[], bool], everywhere: bool = False) -> None:
        """See what files there are. What is elsewhere is fetched first, where it is due, or `everywhere` is asked for.

        Raises StorageError.
        """
        self.is_there = False
        try:
            if self.mirror is not None:
                if everywhere or self.is_due():
                    self._sync(self.mirror, stop)
                elif self._problem:  # what was fetched is here, but that does not bring the source back
                    return
            listing = self.folder.discover()
        except SourceGone as error:
            if stop():  # what was broken off says nothing of the source
                return
            if not self._problem:
                self._tell(Event("gone", self.name, f"{error.message}. {error.hint}"))
            self._problem = error.message
            return
        if self._problem:
            self._tell(Event("back", self.name))
        self._problem, self.is_there = "", True
        self.problems = (*listing.problems, *self._elsewhere)
        self.entries = {self.folder.path(entry): entry for entry in listing.entries}

    def look_at(self, paths: Collection[Path], stop: Callable[[], bool]) -> None:
        """The same, where only what is at these paths may have changed; where that does not tell, all is looked at."""
        try:
            if not self.is_there or (paths and self.mirror is not None):
                raise LookWhole
            for path in paths:
                self._look_at(path)
        except LookWhole:
            self.look(stop)

    def _look_at(self, path: Path) -> None:
        entry = self.folder.look_at(path)
        if entry is not None:
            self.entries[path] = entry
        elif self.entries.pop(path, None) is None and any(path in known.parents for known in self.entries):
            raise LookWhole  # it was a folder

    def _sync(self, mirror: Mirror, stop: Callable[[], bool]) -> None:
        held, self.held = self.held, None
        self._next_sync = self._clock() + self.every
        self._not_before = self._clock() + self._pause
        self._pause = min(2 * self._pause, self.every)
        try:
            synced = mirror.sync(lambda gone: self._may_go(gone, held), stop)
        except RagqaError:
            self.held = held
            self._next_sync = self._not_before  # also where it was the disk here, and nothing is the matter with the source
            raise
        self._not_before, self._pause = 0.0, FIRST_SECONDS
        self._elsewhere = synced.problems
        for name in synced.fetched:
            self._tell(Event("fetched", name, self.name))

    def changed(self) -> list[tuple[Path, Entry]]:
        """Files that are not in the index as they are now; none where the source is not there."""
        if not self.is_there:
            return []
        return [(path, entry) for path, entry in self.entries.items() if self.done.get(path) != entry.mark]

    def has_lost(self) -> bool:
        """Whether a file is gone that the index has taken in."""
        return self.is_there and bool(self._gone())

    def settle(self) -> None:
        """Let go of the files that are gone: the index knows by now. Of those that are there it may hold something, also where
        they are not read yet, or failed."""
        for path in self._gone():
            del self.done[path]
        self.done = {**dict.fromkeys(self.entries, ""), **self.done}

    def _gone(self) -> set[Path]:
        """Files that were there and are not any more, nor at the source: one that is only lost here is fetched again."""
        return {path for path in self.done.keys() - self.entries.keys() if not self._is_elsewhere(path)}

    def _is_elsewhere(self, path: Path) -> bool:
        """Whether a file was there, at a source elsewhere, when that was last looked at."""
        return self.mirror is not None and path.relative_to(self.folder.root).as_posix() in self.mirror.names

    def judge(self) -> Callable[[Gone], bool]:
        """What an ingest is to ask whether documents may leave the index. Of a folder that was fetched those may that the source
        does not have any more: a person was asked about them, where need be, when they were fetched."""
        if self.mirror is not None:
            return lambda gone: not any(map(self._is_elsewhere, gone.sources))
        held, self.held = self.held, None
        return lambda gone: self._may_go(gone, held)

    @property
    def is_held(self) -> bool:
        """Whether documents wait for a person to agree that they go."""
        return self.held is not None

    def _may_go(self, gone: Gone, told: Held | None) -> bool:
        """Whether what is gone may be taken out; where not, a person is asked to agree, once."""
        asked = unconfirmed(gone.paths, self.confirmed)
        why = why_ask(len(asked), gone.held, gone.found, self.settings.max_deletions)
        if not why:
            return True
        self.held = Held(why, len(gone.paths), gone.held, tuple(sorted(gone.paths)))
        if self.held != told:
            self._tell(Event("held", self.name, f"{why}. To take them out of the index: ragqa watch --confirm {self.name}"))
        return False

    def state(self) -> SourceState:
        """What is told of it."""
        return SourceState(self.name, self.folder.name, len(self.entries), self._problem, self.held)

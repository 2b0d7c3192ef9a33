"""One index and its sources: what has changed, what of it may be read by now, and taking it in, all together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ragqa.engine import RagQA
from ragqa.errors import IndexMissing, RagqaError
from ragqa.files import now
from ragqa.indexing.index import Index
from ragqa.types import FileReport, FileState, IngestReport, Progress
from ragqa.watching.events import Event
from ragqa.watching.follower import Follower
from ragqa.watching.resting import Resting
from ragqa.watching.retries import Failure, Retries
from ragqa.watching.state import SHOWN, TAKEN_IN, Noted, State, StateFile, first_state

Working = Callable[[], AbstractContextManager[Callable[[Progress], None]]]
"""Gives what is told of the steps of long work while it is under way."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one look found: whether the index is behind, and the files of which it is not yet to take notice, with the reasons."""

    is_behind: bool
    waiting: dict[Path, str]


class Keeper:
    """What keeps an index in step, a step at a time. For one thread.

    `tell` hears of what happens, `working` shows long work.
    """

    def __init__(
        self,
        engine: RagQA,
        followers: Sequence[Follower],
        retries: Retries,
        kept: StateFile,
        tell: Callable[[Event], None],
        working: Working = lambda: nullcontext(lambda step: None),
    ) -> None:
        self.engine, self.followers, self.kept = engine, followers, kept
        self._retries, self._tell, self._working = retries, tell, working
        self._engines: dict[object, RagQA] = {}
        self._resting = Resting(max(one.settings.rest for one in followers))
        self._state = first_state(kept.index)
        self._left_out: dict[Path, tuple[str, str]] = {}
        """The marks of files that nothing can read, and the reasons."""
        self._waiting: dict[Path, str] = {}
        self._told_waiting: set[Path] = set()
        self._generation: int | None = None

    def look(self, stop: Callable[[], bool], everywhere: bool = False) -> Outlook:
        """See what has changed. What is elsewhere is fetched where it is due, or `everywhere`. Raises StorageError."""
        agreed = self.kept.agreed()
        for one in self.followers:
            one.confirmed = agreed.get(one.name, ())
            one.look(stop, everywhere or bool(one.confirmed))
        return self._outlook()

    def look_at(self, paths: Collection[Path], stop: Callable[[], bool]) -> Outlook:
        """The same, where only what is at these paths may have changed, and what waited: it costs what changed."""
        told = {*paths, *self._waiting}
        of_each = [{path for path in told if path.is_relative_to(one.folder.root)} for one in self.followers]
        if self.kept.agreed() or set().union(*of_each) != told:
            return self.look(stop)
        for one, theirs in zip(self.followers, of_each, strict=True):
            one.look_at(theirs, stop)
        return self._outlook()

    def _outlook(self) -> Outlook:
        """What the looks at all sources found."""
        for failure in self._retries.all:
            if self._is_gone(Path(failure.path)):
                self._retries.ended(failure.path)
        self._resting.keep_only(lambda path: any(path in one.entries for one in self.followers))
        waiting: dict[Path, str] = {}
        is_behind = self._has_moved() or any(one.has_lost() for one in self.followers) or self.was_agreed()
        for one in self.followers:
            for path, entry in one.changed():
                if self._is_left(path, entry.mark):
                    continue
                why = self._resting.why_not(path, entry.mark, entry.changed_ns)
                is_behind = is_behind or not why
                if why:
                    waiting[path] = why
        self._waiting = waiting
        self._told_waiting &= waiting.keys()
        return Outlook(is_behind, waiting)

    def _is_gone(self, path: Path) -> bool:
        """Whether no source has a file any more; one that is not there may have it."""
        return not any(path in one.entries if one.is_there else path.is_relative_to(one.folder.root) for one in self.followers)

    def is_due(self) -> bool:
        """Whether something is to be done without any news: a file to be tried again, or a person has agreed to deletions."""
        return self._retries.is_due() or any(one.is_due() for one in self.followers) or self.was_agreed()

    def was_agreed(self) -> bool:
        """Whether a person has agreed to deletions that wait for it."""
        return any(one.is_held for one in self.followers) and bool(self.kept.agreed())

    def take_in(self, waiting: dict[Path, str], stop: Callable[[], bool]) -> None:
        """Bring the index in step with the last look, but for the files that are `waiting`. Raises RagqaError, such as IndexBusy:
        then it is to be done again."""
        for path in waiting.keys() - self._told_waiting:
            self._tell(Event("waiting", str(path), waiting[path]))
        self._told_waiting |= waiting.keys()
        self._note_taken_in(waiting)
        is_whole = self._has_moved() or any(one.has_lost() or one.is_held for one in self.followers)
        for group in self._groups():
            changed = {path for one in group for path, _ in one.changed()}
            if is_whole or changed:
                self._ingest(group, waiting, stop, None if is_whole else changed)
        self._generation = self._generation_now()
        agreed = self.kept.agreed()
        for one in self.followers:
            if one.is_there and one.name in agreed and not one.is_held:
                self.kept.settle(one.name)

    def _note_taken_in(self, waiting: dict[Path, str]) -> None:
        """Keep that files which have come to rest are read now, which may take hours: what was noted while they were waited for
        holds no more."""
        changed = {path: entry.mark for one in self.followers for path, entry in one.changed()}
        taken = [path for path, mark in changed.items() if path not in waiting and not self._is_left(path, mark)]
        noted = [*(Noted(str(path), why) for path, why in waiting.items()), *(Noted(str(path), TAKEN_IN) for path in taken)]
        if taken:
            self._state = replace(self._state, looked=now(), waiting=tuple(noted[:SHOWN]))
            self.kept.write(self._state)

    def embed(self, stop: Callable[[], bool]) -> bool:
        """Make the vectors that are lacking, until `stop`; whether any were. Raises RagqaError."""
        if self._generation is None or not self.engine.embedded().lacking:
            return False
        was_moved = self._has_moved()
        with self._working() as progress:
            done = self.engine.embed(progress=progress, stop=stop)
        if not was_moved:  # else what somebody else changed would be taken for what this did
            self._generation = self._generation_now()
        if not done.embedded.lacking:
            self._tell(Event("embedded", note=f"{done.embedded.total:,} passages have vectors"))
        return True

    def note(self, problem: str = "") -> State:
        """Keep, and return, how far the index is in step. Raises StorageError."""
        found = {path: note for one in self.followers for path, note in one.problems}
        left_out = [Noted(str(path), note) for path, (_, note) in self._left_out.items()]
        left_out += [Noted(path, note) for path, note in found.items()]
        self._state = replace(
            self._state, looked=now(), problem=problem,
            sources=tuple(one.state() for one in self.followers),
            waiting=tuple(Noted(str(path), why) for path, why in self._waiting.items())[:SHOWN],
            failing=self._failing()[:SHOWN], left_out=tuple(left_out[:SHOWN]), left_out_count=len(left_out),
        )  # fmt: skip
        self.kept.write(self._state)
        return self._state

    def _failing(self) -> tuple[Failure, ...]:
        elsewhere = (failure for one in self.followers for failure in one.failing)
        return (*self._retries.all, *elsewhere)

    def _has_moved(self) -> bool:
        """Whether somebody else has changed the index since it was last brought in step."""
        return self._generation is None or self._generation != self._generation_now()

    def _generation_now(self) -> int | None:
        with suppress(IndexMissing), Index(self.engine.folder) as index:
            return index.generation
        return None

    def _is_left(self, path: Path, mark: str) -> bool:
        """Whether a file that looks so is not to be read again: it failed not long ago, or nothing can read it."""
        return self._retries.waits(str(path), mark) or self._left_out.get(path, ("", ""))[0] == mark

    def _engine_of(self, one: Follower) -> RagQA:
        """An engine that includes what a source includes, and labels it so."""
        settings = self.engine.settings
        include, exclude, metadata = one.manner
        ingest = replace(settings.ingest, include=include, exclude=exclude, metadata=metadata)
        if ingest == settings.ingest:
            return self.engine
        if one.manner not in self._engines:
            self._engines[one.manner] = RagQA(settings.index, settings=replace(settings, ingest=ingest))
        return self._engines[one.manner]

    def _groups(self) -> list[list[Follower]]:
        """Those that are there, by what they include and are labelled with: one ingest takes several folders, so that files may
        move between them."""
        groups: dict[object, list[Follower]] = {}
        for one in self.followers:
            if one.is_there:
                groups.setdefault(one.manner, []).append(one)
        return list(groups.values())

    def _ingest(
        self, group: Sequence[Follower], waiting: dict[Path, str], stop: Callable[[], bool], only: Collection[Path] | None
    ) -> None:
        """Take in what is in the folders of some sources; `only` these files, where nothing else can have changed."""
        entries = {path: entry for one in group for path, entry in one.entries.items()}
        heard: dict[Path, FileReport] = {}

        def hear(path: Path, report: FileReport) -> None:
            heard[path] = report
            if report.state in (FileState.ADDED, FileState.CHANGED):
                self._tell(Event(report.state.value, report.path, report.note))

        def leave(path: Path) -> bool:
            entry = entries.get(path)
            return entry is None or path in waiting or self._is_left(path, entry.mark)

        held = [(one, one.held) for one in group]
        judges = {} if only is not None else {one.folder.root: one.judge() for one in group}
        engine = self._engine_of(group[0])
        try:
            with self._working() as progress:
                report = engine.follow(
                    *(one.folder.root for one in group), prune=lambda gone: judges[gone.root](gone), progress=progress,
                    stop=stop, leave=leave, heard=hear, only=only,
                )  # fmt: skip
        except RagqaError:
            for one, documents in held:  # nothing was taken out, and it is judged again
                one.held = documents
            raise
        self._settle(group, heard, report)

    def _settle(self, group: Sequence[Follower], heard: dict[Path, FileReport], report: IngestReport) -> None:
        """Take note of what the index holds by now."""
        for one in group:
            for path in heard.keys() & one.entries.keys():
                self._note_outcome(one, path, heard[path])
            if not report.interrupted:
                one.settle()
        for file in report.files:
            if file.state in (FileState.RENAMED, FileState.REMOVED):
                self._tell(Event(file.state.value, file.path, file.note))
        there = {path for one in self.followers for path in one.entries}
        self._left_out = {path: noted for path, noted in self._left_out.items() if path in there}

    def _note_outcome(self, one: Follower, path: Path, report: FileReport) -> None:
        mark = one.entries[path].mark
        if report.state is FileState.FAILED:
            known = self._retries.failed(str(path), mark, report.note)
            if known.tries == 1:
                self._tell(Event("failed", str(path), report.note))
            return
        self._retries.ended(str(path))
        self._resting.forget((path,))
        one.done[path] = mark
        if report.state is FileState.SKIPPED:
            if self._left_out.get(path, ("", ""))[1] != report.note:
                self._tell(Event("skipped", str(path), report.note))
            self._left_out[path] = mark, report.note
        else:
            self._left_out.pop(path, None)

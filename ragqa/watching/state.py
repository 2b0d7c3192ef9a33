"""What is told of an index that is kept in step: kept in the home folder, so that every process can tell it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ragqa.errors import AlreadyWatched, StorageError
from ragqa.files import alone_with, now, storage_errors, write_whole
from ragqa.ingestion.discover import visible
from ragqa.paths import checked_name, watching_folder
from ragqa.watching.retries import Failure

LOCK_SECONDS = 1.0
"""Longer than somebody holds the lock who only looks whether another has it."""

SHOWN = 1000
"""Files of a kind that are kept by name; of more only the number is told."""


TAKEN_IN = "is being taken in"
"""The note of a file that has come to rest, and is read now or next."""


@dataclass(frozen=True, slots=True)
class Held:
    """Documents of a source that are gone and still in the index, until a person agrees: how many of how many, which, and why."""

    why: str
    count: int
    of: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source: its name, the folder that its files are in, how many there are, what is wrong with it, and what waits for a
    person."""

    name: str
    folder: str
    files: int = 0
    problem: str = ""
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A file, and what is the matter with it."""

    path: str
    note: str


@dataclass(frozen=True, slots=True)
class State:
    """How far an index is in step. `looked` is when its sources were last looked at, `waiting` are files that are still being
    written, or taken in just now, `failing` those that are tried again, `left_out` those that nothing can read; `problem` keeps
    all from going on."""

    index: str
    pid: int
    began: str
    looked: str = ""
    problem: str = ""
    sources: tuple[SourceState, ...] = ()
    waiting: tuple[Noted, ...] = ()
    failing: tuple[Failure, ...] = ()
    left_out: tuple[Noted, ...] = ()
    left_out_count: int = 0

    @property
    def needs_somebody(self) -> bool:
        """Whether something will not come right by itself, or has not yet."""
        return bool(self.problem or self.failing or any(one.problem or one.held for one in self.sources))


class StateFile:
    """Where one index's state is kept, the lock of who keeps it in step, and what people agreed to. Safe for processes."""

    def __init__(self, home: str | Path, index: str) -> None:
        self.index = checked_name(index)
        self.folder = watching_folder(home)
        self._path = self.folder / f"{index}.json"
        self._agreed = self.folder / f"{index}.agreed"
        self._lock = FileLock(self.folder / f"{index}.lock", timeout=LOCK_SECONDS, is_singleton=False)

    def __enter__(self) -> StateFile:
        """Be the one who keeps the index in step. Raises AlreadyWatched or StorageError."""
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout as error:
                state = self.read()
                by = f"pid {state.pid}" if state is not None else "another process"
                raise AlreadyWatched(
                    f"index '{self.index}' is already kept in step by {by}", hint="See: ragqa watch --status"
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def is_running(self) -> bool:
        """Whether some process keeps the index in step now."""
        if not (self.folder / f"{self.index}.lock").exists():
            return False
        try:  # one at a time: who looks holds the lock as one who keeps the index in step does
            with alone_with(self.folder / ".probe"), FileLock(self._lock.lock_file, blocking=False, is_singleton=False):
                return False
        except (Timeout, OSError, StorageError):
            return True

    def write(self, state: State) -> None:
        """Keep a state. Raises StorageError."""
        write_whole(self._path, json.dumps(asdict(state)))

    def read(self) -> State | None:
        """The state that was kept last; None where there is none."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            return _state(json.loads(self._path.read_text(encoding="utf-8")))
        return None

    def agree(self, source: str, paths: Sequence[str]) -> None:
        """Note that a person agrees that these documents of a source leave the index. Raises StorageError."""
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._agreeing():
            write_whole(self._agreed, json.dumps({**self.agreed(), source: list(paths)}))

    def agreed(self) -> dict[str, list[str]]:
        """What was agreed to and is not done yet, by source."""
        with suppress(OSError, ValueError):
            found = json.loads(self._agreed.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return {str(name): [str(one) for one in paths] for name, paths in found.items() if isinstance(paths, list)}
        return {}

    def settle(self, source: str) -> None:
        """Note that what was agreed to of a source is done."""
        if source not in self.agreed():
            return
        with self._agreeing():
            left = self.agreed()
            left.pop(source, None)
            write_whole(self._agreed, json.dumps(left))

    def _agreeing(self) -> AbstractContextManager[None]:
        """Lets one at a time change what was agreed to: people agree while what they agreed to before is being done."""
        return alone_with(self.folder / ".agreed")


def watched_indexes(home: str | Path) -> list[str]:
    """The names of the indexes that are, or once were, kept in step."""
    return sorted(path.stem for path in watching_folder(home).glob("*.json"))


def status_json(state: State | None, index: str, running: bool) -> dict[str, Any]:
    """A state for scripts and faces, of the same fields where there is none yet, but without a `pid`; names that are no text are
    written with escapes."""
    told = asdict(State(index, 0, "") if state is None else state)
    told["pid"] = told["pid"] or None
    for source in told["sources"]:
        if source["held"] is not None:
            source["held"]["paths"] = source["held"]["paths"][:SHOWN]
    in_step = state is not None and running and not state.needs_somebody and not state.waiting
    return {**_visible(told), "running": running, "in_step": in_step}


def first_state(index: str) -> State:
    """The state of who begins to keep an index in step."""
    return State(index, os.getpid(), now())


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {key: _visible(one) for key, one in value.items()}
    return [_visible(one) for one in value] if isinstance(value, list | tuple) else value


def _state(found: dict[str, Any]) -> State:
    """A state as it was kept. Raises TypeError or KeyError for anything else."""
    sources = []
    for one in found["sources"]:
        held = one["held"]
        sources.append(SourceState(**{**one, "held": None if held is None else Held(**{**held, "paths": tuple(held["paths"])})}))
    lists = {
        "sources": tuple(sources),
        "waiting": tuple(Noted(**one) for one in found["waiting"]),
        "failing": tuple(Failure(**one) for one in found["failing"]),
        "left_out": tuple(Noted(**one) for one in found["left_out"]),
    }
    return State(**{**found, **lists})

"""What a job tells of itself: a file that only grows, an event a line, read by whoever wants to hear while it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ragqa.errors import StorageError
from ragqa.files import storage_errors

LONGEST = 50_000_000
"""Bytes of a job's events that are read; no job of ours tells as many."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a job told of itself: `number` counts from 1, `name` is waiting, progress or one of the states."""

    number: int
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


def add_event(path: Path, name: str, data: Mapping[str, Any]) -> None:
    """Add an event at the end. For one writer at a time. Raises StorageError."""
    events = read_events(path)
    event = Event(events[-1].number + 1 if events else 1, name, data)
    line = json.dumps(asdict(event)).encode() + b"\n"
    with storage_errors(path.parent), open(path, "ab+") as file:
        if file.tell() and not _ends_a_line(file):
            line = b"\n" + line  # a process that was killed left half a one
        file.write(line)


def read_events(path: Path) -> list[Event]:
    """All events, oldest first; none where there is no such file. Raises StorageError."""
    try:
        with storage_errors(path.parent), open(path, "rb") as file:
            lines = file.read(LONGEST).split(b"\n")[:-1]  # what comes after the last end is half a line
    except StorageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return []
        raise
    events = []
    for line in lines:
        with suppress(ValueError, TypeError):
            events.append(Event(**json.loads(line)))
    return events


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"

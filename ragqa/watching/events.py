"""What is told of an index that is kept in step, as it happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ragqa.ingestion.discover import visible
from ragqa.types import FileState

FILE_KINDS = {state: state.value for state in FileState if state not in (FileState.UNCHANGED, FileState.MISSING)}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an index that is kept in step.

    `kind` is what became of a document (added, changed, renamed, removed, skipped, failed), or: waiting (a file is still being
    written), fetched, held (documents are gone, and a person is to agree), gone and back (a source), busy (another process writes
    the index), problem, embedded, looked (all is done), stopped.
    """

    kind: str
    path: str = ""
    note: str = ""


def event_json(event: Event, index: str, at: str) -> dict[str, Any]:
    """An event for scripts; `at` is the time, in UTC."""
    return {"at": at, "index": index, **{key: visible(value) for key, value in asdict(event).items()}}

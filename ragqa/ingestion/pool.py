"""A cluster as it is seen from home: who its workers are, and calls that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ragqa.ingestion.parcels import Answer, Call
from ragqa.ingestion.roster import Seen

Done = Callable[[Answer | Exception], None]
"""Is told, by any thread, what came of a call."""


class Pool(Protocol):
    """The workers of a cluster, by their addresses. Any thread may use it. All methods raise ClusterError where it is lost."""

    name: str

    def census(self) -> Mapping[str, Seen]:
        """The workers that there are now."""
        ...

    def submit(self, worker: str, call: Call, done: Done) -> object:
        """Have one worker, and no other, make a call. Returns what `drop` takes."""
        ...

    def drop(self, submitted: object) -> None:
        """Let go of a call: nobody waits for it any more."""
        ...

    def listen(self, topic: str, heard: Callable[[object], None]) -> None:
        """Have somebody hear, by any thread, what workers tell under a topic."""
        ...

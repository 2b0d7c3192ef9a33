"""What each thread of an open index searches with: one backend for the whole of its snapshot, also when others have moved on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

from ragqa.indexing.connections import Connections
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import SearchBackend
from ragqa.indexing.search.changes import generation_of
from ragqa.indexing.search.generations import Generations
from ragqa.indexing.search.local_words import LocalWords, WordsAlone

OpenBackend = Callable[[Connections, Manifest], SearchBackend]
"""Gives what searches an index, at whatever generation it lasted; called within a snapshot."""


class ThreadBackends:
    """The backends of an index's generations, of which each thread holds one from its snapshot's first search to `let_go`.

    Threads may share it, and see only what they hold themselves; they wait for each other as `Generations` and `LocalWords` say.
    """

    def __init__(self, connections: Connections, manifest: Manifest, open_backend: OpenBackend) -> None:
        self._generations = Generations(lambda: open_backend(connections, manifest), manifest.dimension)
        self._words = LocalWords(connections, manifest.dimension)
        self._mine = threading.local()

    @property
    def held(self) -> SearchBackend | None:
        """The one that the calling thread holds; None before its snapshot's first search."""
        return getattr(self._mine, "backend", None)

    @property
    def words_alone(self) -> str:
        """Why the calling thread holds the words of the index's own folder alone; empty where it does not."""
        held = self.held
        return held.reason if isinstance(held, WordsAlone) else ""

    def hold(self, connection: sqlite3.Connection) -> SearchBackend:
        """Hold the one at the generation of the connection's snapshot, made ready where it was not yet: see `Generations.at`."""
        held = self._mine.backend = self._generations.at(connection)
        return held

    def hold_words(self, connection: sqlite3.Connection, reason: str) -> None:
        """Hold, for a reason, only the words in the index's own folder."""
        self._mine.backend = WordsAlone(self._words, generation_of(connection), reason)

    def let_go(self) -> None:
        """Hold none: the snapshot is over."""
        self._mine.backend = None

    def forget(self) -> None:
        """Let go of the one held, for all threads: it is there no more, and the next search opens it again."""
        held = self.held
        self.let_go()
        if held is not None:
            self._generations.forget(held)

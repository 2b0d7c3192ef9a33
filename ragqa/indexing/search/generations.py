"""Which backend searches for which thread: the newest one, or, for a thread within an older snapshot, that of its generation."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable
from copy import copy

from ragqa.errors import BackendUnavailable
from ragqa.indexing.database import meta
from ragqa.indexing.search.backend import SearchBackend
from ragqa.indexing.search.changes import changes_since


class Generations:
    """Keeps the backend of the newest generation that was searched, and those of older ones for as long as somebody holds them.

    `open_backend` gives a backend as it lasted, at whatever generation it is, and is called within the calling thread's snapshot.
    A backend that lasts may be ahead of a thread's snapshot: another process has taken it on. It is left where it is.
    Threads may call `at` at once: they wait for each other only while the newest generation is being made ready to be searched.
    Where that ends with BackendUnavailable, it does for all who waited for it: none of them tries once more.
    """

    def __init__(self, open_backend: Callable[[], SearchBackend], dimension: int) -> None:
        self._open, self._dimension = open_backend, dimension
        self._lock = threading.Lock()
        self._newest: SearchBackend | None = None
        self._known: weakref.WeakValueDictionary[int, SearchBackend] = weakref.WeakValueDictionary()
        self._failed: BackendUnavailable | None = None  # how it last ended so, another object each time

    def at(self, connection: sqlite3.Connection) -> SearchBackend:
        """The backend at the generation of the connection's snapshot, to be held by the caller as long as the snapshot.

        Raises BackendUnavailable, and what else a backend raises when it is opened or caught up.
        """
        number = int(meta(connection, "generation", "0"))
        known = self._known.get(number)
        if known is not None:
            return known
        failed = self._failed
        with self._lock:
            known = self._known.get(number)  # made ready while this thread waited
            if known is not None:
                return known
            if self._failed is not None and self._failed is not failed:  # while this thread waited
                raise copy(self._failed)
            if self._newest is None or self._newest.generation.number < number:
                try:
                    self._newest = self._known[number] = self._caught_up(self._newest, connection)
                except BackendUnavailable as error:
                    self._failed = copy(error)  # without the frames it came through, and all that they hold
                    raise
                return self._newest
            if self._newest.generation.number == number:  # it was ahead of the snapshot that it was opened for
                self._known[number] = self._newest
                return self._newest
        older = self._caught_up(None, connection)
        self._known[number] = older
        return older

    def forget(self, backend: SearchBackend) -> None:
        """Let a backend go that is there no more: the next search opens it again. Whoever holds it may keep it."""
        with self._lock:
            if self._newest is backend:
                self._newest = None
            for number in [number for number, known in self._known.items() if known is backend]:
                del self._known[number]

    def _caught_up(self, backend: SearchBackend | None, connection: sqlite3.Connection) -> SearchBackend:
        """A backend taken to the generation of the connection's snapshot; one that is too far behind is opened again first."""
        changes = None if backend is None else changes_since(connection, backend.generation, self._dimension)
        if backend is None or changes is None or changes.from_nothing:
            backend = self._open()
            changes = changes_since(connection, backend.generation, self._dimension)
        is_ahead = not changes.from_nothing and changes.generation.number <= backend.generation.number
        return backend if is_ahead else backend.catch_up(changes)

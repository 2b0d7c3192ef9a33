"""BM25 over what an index's own folder holds, for a backend elsewhere: what terms weigh, and what scores exactly are."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import meta
from ragqa.indexing.search.backend import EVERYWHERE, NOTHING, Added, Generation, Scored, Where
from ragqa.indexing.search.bm25 import LexicalSearch
from ragqa.indexing.search.changes import changes_since, chosen_ids, derived_generation
from ragqa.indexing.search.derived import terms_file
from ragqa.indexing.search.postings import Postings
from ragqa.indexing.search.selection import Selection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LocalWords:
    """The words of an index at the generation of the calling thread's snapshot: its file of postings, and what came since.

    Threads may share it; they wait for each other only while a generation is being made ready.
    """

    def __init__(self, connections: Connections, dimension: int) -> None:
        self._connections, self._dimension = connections, dimension
        self._lock = threading.Lock()
        self._newest: tuple[Generation, LexicalSearch] | None = None

    def now(self) -> LexicalSearch:
        """BM25 at the generation of the calling thread's snapshot."""
        with self._connections.use() as connection, self._lock:
            number = int(meta(connection, "generation", "0"))
            known = self._newest
            if known is not None and known[0].number == number:
                return known[1]
            if known is None or known[0].number > number:
                known = self._stored()
            changes = changes_since(connection, known[0], self._dimension)
            if changes.from_nothing and known[0] != NOTHING:  # files were made anew meanwhile
                known = self._stored()
                changes = changes_since(connection, known[0], self._dimension)
            if changes.from_nothing:
                words = LexicalSearch(_postings(changes.added()))
            else:
                words = known[1].with_changes(_postings(changes.added()), changes.removed)
            if self._newest is None or self._newest[0].number < number:
                self._newest = changes.generation, words
            return words

    def search(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        """The `k` chunks that hold the terms best, without any backend elsewhere."""
        with self._connections.use() as connection:
            allowed = None if where == EVERYWHERE else Selection(chosen_ids(connection, where))
        return self.now().search(terms, k, allowed)

    def _stored(self) -> tuple[Generation, LexicalSearch]:
        """What the file of postings holds; nothing where it is gone or damaged."""
        with self._connections.use() as connection:
            made = derived_generation(connection)
        try:
            return made, LexicalSearch([Postings.load(self._connections.folder / terms_file(made.number))])
        except (FileNotFoundError, IndexDamaged):
            return NOTHING, LexicalSearch([])


class WordsAlone:
    """A SearchBackend of an index's words, for while its own is out of reach; `reason` says why. Threads may share it."""

    def __init__(self, words: LocalWords, generation: Generation, reason: str) -> None:
        self.generation, self.reason, self._words = generation, reason, words

    def catch_up(self, changes: object) -> WordsAlone:
        """Nothing: it is made for one snapshot."""
        return self

    def dense(self, vector: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        """Nothing."""
        return []

    def lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        """The `k` chunks that hold the terms best."""
        return self._words.search(terms, k, where)

    def both(self, vector: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> tuple[Scored, Scored]:
        """Nothing by the vector."""
        return [], self.lexical(terms, k, where)


def _postings(parts: Iterable[Added]) -> list[Postings]:
    return [Postings.of(list(zip(part.ids.tolist(), part.lengths.tolist(), part.terms, strict=True))) for part in parts]

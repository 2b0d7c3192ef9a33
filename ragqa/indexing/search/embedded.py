"""The backend that needs nothing but the index's folder: FAISS and postings in files, and beside them what came since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import meta
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import EVERYWHERE, NOTHING, Added, Changes, Generation, Scored, Where
from ragqa.indexing.search.bm25 import LexicalSearch
from ragqa.indexing.search.changes import chosen_ids, derived_generation
from ragqa.indexing.search.dense import DenseVectors
from ragqa.indexing.search.derived import terms_file, vectors_file
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.indexing.search.postings import Postings
from ragqa.indexing.search.selection import Selection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PREDICATES_KEPT = 4
"""Predicates whose chunks a generation remembers: both searches of a question ask alike, and so does a file of questions."""

Choose = Callable[[Where], Selection]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Embedded:
    """A SearchBackend that is never changed: catching up makes another one, which shares what has not changed.

    Threads may search one at once. What predicates leave is asked of SQLite over the calling thread's own connection, so a search
    with predicates must be made within a snapshot of this generation, as `Index` makes it.
    """

    generation: Generation
    vectors: DenseVectors
    terms: LexicalSearch
    manifest: Manifest
    choose: Choose

    @classmethod
    def empty(cls, connections: Connections, manifest: Manifest) -> Embedded:
        """A backend that holds nothing yet."""
        vectors = DenseVectors(FaissVectors.flat(manifest.dimension), manifest.dimension)
        return cls(NOTHING, vectors, LexicalSearch([]), manifest, _choosing(connections))

    @classmethod
    def stored(cls, connections: Connections, manifest: Manifest) -> Embedded:
        """What the derived files hold, at the generation that made them; nothing where one of them is gone or damaged.

        To be called within the calling thread's snapshot.
        """
        with connections.use() as connection:
            made, kind = derived_generation(connection), meta(connection, "vector_kind", "flat")
        try:
            base = FaissVectors.load(connections.folder / vectors_file(made.number), kind)
            postings = Postings.load(connections.folder / terms_file(made.number))
        except (FileNotFoundError, IndexDamaged):
            return cls.empty(connections, manifest)
        return cls(made, DenseVectors(base, manifest.dimension), LexicalSearch([postings]), manifest, _choosing(connections))

    def catch_up(self, changes: Changes) -> Embedded:
        if changes.from_nothing:
            dimension, kind = self.manifest.dimension, self.manifest.vector_index
            base = FaissVectors.built(changes.embedded, changes.vectors, dimension, kind)
            vectors = DenseVectors(base, dimension)
            terms = LexicalSearch([_postings(part) for part in changes.added()])
        else:
            vectors = self.vectors.with_changes(changes.embedded(), changes.removed)
            terms = self.terms.with_changes([_postings(part) for part in changes.added()], changes.removed)
        return replace(self, generation=changes.generation, vectors=vectors, terms=terms, choose=_remembering(self.choose))

    def dense(self, vector: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        ids, scores = self.vectors.search(vector, k, self._allowed(where))
        return list(zip(ids.tolist(), scores.tolist(), strict=True))

    def lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        return self.terms.search(terms, k, self._allowed(where))

    def both(self, vector: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> tuple[Scored, Scored]:
        return self.dense(vector, k, where), self.lexical(terms, k, where)

    def _allowed(self, where: Where) -> Selection | None:
        return None if where == EVERYWHERE else self.choose(where)


def _postings(part: Added) -> Postings:
    return Postings.of(list(zip(part.ids.tolist(), part.lengths.tolist(), part.terms, strict=True)))


def _choosing(connections: Connections) -> Choose:
    def choose(where: Where) -> Selection:
        with connections.use() as connection:
            return Selection(chosen_ids(connection, where))

    return _remembering(choose)


def _remembering(choose: Choose) -> Choose:
    """The same for another generation: what was chosen for one does not hold for the next."""
    plain = getattr(choose, "__wrapped__", choose)
    return lru_cache(maxsize=PREDICATES_KEPT)(plain)

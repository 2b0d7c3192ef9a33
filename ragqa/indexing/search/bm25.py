"""BM25 over the terms of one commit: a file of postings made some commits ago, what came since, and without what went since."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING

from ragqa.indexing.search.postings import Postings, term_key
from ragqa.indexing.search.ranges import Segment
from ragqa.indexing.search.selection import Selection
from ragqa.indexing.search.worth import LENGTH_SHARE, SATURATION, Norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEAST_IDF", "LENGTH_SHARE", "MOST_TERMS", "SATURATION", "LexicalSearch", "read_postings"]

LEAST_IDF = 1e-6
"""Weight of a term that half of all chunks hold, or more: it would be negative."""

MOST_TERMS = 64
"""Of a long question, such as a whole mail, so many terms are looked for, the rarest: more cost time and say little."""

SLICE = 20_000
"""Chunks read from SQLite at once."""

TERMS_REMEMBERED = 10_000
"""Terms whose holders a generation has counted."""


class LexicalSearch:
    """BM25 search over segments of postings.

    score = Σ idf · tf · (k1 + 1) / (tf + k1 · (1 − b + b · length / mean length)), idf = log((N − n + ½) / (n + ½)), over the
    terms of the question, with N chunks, n of which hold the term, tf times: it does not depend on how the chunks are divided.
    A question costs what its terms' postings and the chunks found are, not what the index holds: see ranges.py.
    It is never changed, so threads may search one at once: `with_changes` makes another one over the same segments.
    """

    def __init__(self, segments: Sequence[Postings], removed: NDArray[np.int64] | None = None) -> None:
        """`segments` in the order of their ids; the chunks `removed`, ascending, do not count."""
        import numpy as np

        self._removed = np.empty(0, dtype=np.int64) if removed is None else removed
        self._segments = [Segment.without(one, self._removed) for one in _gathered(segments)]
        self._count = sum(one.count for one in self._segments)
        self._norms = Norms(max(sum(one.total for one in self._segments) / max(self._count, 1), 1e-9))
        self._holders = _counting(self._segments)

    def with_changes(self, added: Sequence[Postings], removed: NDArray[np.int64]) -> LexicalSearch:
        """The same with more chunks, whose ids go on from these, and without all that went since the first segment was made."""
        if not added and len(removed) == len(self._removed):
            return self
        return LexicalSearch([*(one.postings for one in self._segments), *added], removed)

    def search(self, terms: Sequence[str], k: int, allowed: Selection | None = None) -> list[tuple[int, float]]:
        """The ids and scores (larger is better) of the `k` chunks that hold the terms best; any one term suffices, and of very
        many only the rarest count.

        Of equal ones those with smaller ids come first.
        """
        import numpy as np

        weights = self._weighed(terms)
        ids, values = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
        for segment in self._segments:
            places = None if allowed is None else allowed.within(segment.postings.ids)
            found = segment.best(weights, k, self._norms, places).best(k)
            ids.append(segment.postings.ids[found.places])
            values.append(found.scores)
        chosen, scores = np.concatenate(ids), np.concatenate(values)
        order = np.lexsort((chosen, -scores))[:k]
        return list(zip(chosen[order].tolist(), scores[order].tolist(), strict=True))

    def among(self, candidates: Postings, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """What `search` would find if there were no other chunks than these, which are some of this search's own."""
        import numpy as np

        weights = self._weighed(terms)
        found = Segment(candidates, np.empty(0, dtype=np.int64)).best(weights, k, self._norms, None)
        ids = candidates.ids[found.places]
        order = np.lexsort((ids, -found.scores))[:k]
        return list(zip(ids[order].tolist(), found.scores[order].tolist(), strict=True))

    def weights(self, terms: Sequence[str]) -> dict[int, float]:
        """What each term weighs that `search` looks for, by its key (see postings.term_key); those that no chunk holds are left
        out."""
        return {key: float(weight) for key, weight in self._weighed(terms) if self._holders(key)}

    @property
    def mean_length(self) -> float:
        """The chunks' mean length in terms, more than 0."""
        return self._norms.mean

    def _weighed(self, terms: Sequence[str]) -> list[tuple[int, np.float32]]:
        """The keys of the terms to look for, in their order, and what each weighs."""
        keys = list(dict.fromkeys(map(term_key, terms)))
        if len(keys) > MOST_TERMS:
            held = filter(self._holders, keys)  # a word that no chunk holds is the rarest, and finds nothing
            telling = set(nsmallest(MOST_TERMS, held, key=self._holders))
            keys = [key for key in keys if key in telling]
        return [(key, self._weight(key)) for key in keys]

    def _weight(self, key: int) -> np.float32:
        """What a term weighs, with the factor k1 + 1 of every score."""
        import numpy as np

        held = self._holders(key)
        return np.float32(max(math.log((self._count - held + 0.5) / (held + 0.5)), LEAST_IDF) * (SATURATION + 1))

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all chunks, ascending."""
        import numpy as np

        held = [segment.postings.ids for segment in self._segments]
        return np.setdiff1d(np.concatenate([np.empty(0, dtype=np.int64), *held]), self._removed)


def read_postings(connection: sqlite3.Connection, above: int = 0) -> Iterator[Postings]:
    """The postings of the chunks with ids above a number, by id, some at a time."""
    cursor = connection.execute("SELECT id, length, terms FROM lexical WHERE id > ? ORDER BY id", (above,))
    while rows := cursor.fetchmany(SLICE):
        yield Postings.of(rows)


def _counting(segments: Sequence[Segment]) -> Callable[[int], int]:
    """How many chunks hold a term, by its key, remembered. It does not hold the search, so that that goes with its last user."""
    return lru_cache(TERMS_REMEMBERED)(lambda key: sum(segment.holders(key) for segment in segments))


def _gathered(segments: Sequence[Postings]) -> list[Postings]:
    """The segments but for empty ones. What came later, in memory, is put together as it grows, each chunk some few times only:
    a search must not look into as many segments as there were commits."""
    gathered: list[Postings] = []
    for segment in segments:
        if not len(segment):
            continue
        gathered.append(segment)
        while len(gathered) > 2 and len(gathered[-2]) <= 2 * len(gathered[-1]) and len(gathered[-2]) < SLICE:
            gathered[-2:] = [gathered[-2].followed_by(gathered[-1])]
    return gathered

"""BM25 over the terms of one commit: a file of postings made some commits ago, what came since, and without what went since."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragqa.indexing.search.postings import Postings, term_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SATURATION, LENGTH_SHARE = 1.2, 0.75
"""k1 and b of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009)."""

LEAST_IDF = 1e-6
"""Weight of a term that half of all chunks hold, or more: it would be negative."""

SLICE = 20_000
"""Chunks read from SQLite at once."""


class LexicalSearch:
    """BM25 search over segments of postings.

    score = Σ idf · tf · (k1 + 1) / (tf + k1 · (1 − b + b · length / mean length)), idf = log((N − n + ½) / (n + ½)), over the
    terms of the question, with N chunks, n of which hold the term, tf times: it does not depend on how the chunks are divided.
    It is never changed, so threads may search one at once: `with_changes` makes another one over the same segments.
    """

    def __init__(self, segments: Sequence[Postings], removed: NDArray[np.int64] | None = None) -> None:
        """`segments` in the order of their ids; the chunks `removed`, ascending, do not count."""
        import numpy as np

        self._segments = [segment for segment in segments if len(segment)]
        self._removed = np.empty(0, dtype=np.int64) if removed is None else removed
        self._weigh()

    def with_changes(self, added: Sequence[Postings], removed: NDArray[np.int64]) -> LexicalSearch:
        """The same with more chunks, whose ids go on from these, and without all that went since the first segment was made."""
        if not added and len(removed) == len(self._removed):
            return self
        return LexicalSearch([*self._segments, *added], removed)

    def search(self, terms: Sequence[str], k: int, allowed: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """The ids and scores (larger is better) of the `k` chunks that hold the terms best; any one term suffices."""
        import numpy as np

        scores = [np.zeros(len(segment), dtype=np.float32) for segment in self._segments]
        for key in dict.fromkeys(map(term_key, terms)):
            found = [self._holders(number, key) for number in range(len(self._segments))]
            held = sum(len(places) for places, _ in found)
            if not held:
                continue
            idf = max(math.log((self._count - held + 0.5) / (held + 0.5)), LEAST_IDF)
            for score, norms, (places, counts) in zip(scores, self._norms, found, strict=True):
                score[places] += np.float32(idf * (SATURATION + 1)) * counts / (counts + norms[places])
        ids, values = self._matching(scores, allowed)
        if len(ids) > k:
            best = values >= np.partition(values, -k)[-k]
            ids, values = ids[best], values[best]
        order = np.lexsort((ids, -values))[:k]
        return list(zip(ids[order].tolist(), values[order].tolist(), strict=True))

    def _holders(self, number: int, key: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Where a segment's chunks are that hold a term, and how often each does."""
        import numpy as np

        places, counts = self._segments[number].find(key)
        kept = self._kept[number]
        if kept is not None:
            places, counts = places[kept[places]], counts[kept[places]]
        return places, counts.astype(np.float32)

    def _matching(
        self, scores: Sequence[NDArray[np.float32]], allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and scores of the chunks that hold a term, and may be found."""
        import numpy as np

        ids, values = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
        for segment, score in zip(self._segments, scores, strict=True):
            places = np.flatnonzero(score)
            if allowed is not None:
                places = places[np.isin(segment.ids[places], allowed)]
            ids.append(segment.ids[places])
            values.append(score[places])
        return np.concatenate(ids), np.concatenate(values)

    def _weigh(self) -> None:
        """Count the chunks, and work out what their lengths mean for their scores."""
        import numpy as np

        kept = [one.without(self._removed) for one in self._segments]
        counted = [one.lengths[keep] for one, keep in zip(self._segments, kept, strict=True)]
        self._kept = [None if keep.all() else keep for keep in kept]
        self._count = sum(map(len, counted))
        mean = max(sum(int(one.sum(dtype=np.int64)) for one in counted) / max(self._count, 1), 1e-9)
        self._norms = [
            (SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * segment.lengths / mean)).astype(np.float32)
            for segment in self._segments
        ]

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all chunks, ascending."""
        import numpy as np

        held = [segment.ids for segment in self._segments]
        return np.setdiff1d(np.concatenate([np.empty(0, dtype=np.int64), *held]), self._removed)


def read_postings(connection: sqlite3.Connection, above: int = 0) -> Iterator[Postings]:
    """The postings of the chunks with ids above a number, by id, some at a time."""
    cursor = connection.execute("SELECT id, length, terms FROM lexical WHERE id > ? ORDER BY id", (above,))
    while rows := cursor.fetchmany(SLICE):
        yield Postings.of(rows)

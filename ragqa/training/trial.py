"""What a retriever would find in an index whose vectors were its own: its retrieval measured before anything is changed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.answering.asker import Retriever
from ragqa.config import AskSettings
from ragqa.evaluation.bootstrap import Difference, paired_difference
from ragqa.files import storage_errors
from ragqa.indexing.embedding import EmbeddedText, embedded_texts
from ragqa.indexing.index import Index
from ragqa.indexing.search.backend import EVERYWHERE, Scored, Where
from ragqa.indexing.search.changes import chosen_ids
from ragqa.inference.embedder import Embedder
from ragqa.training.exercises import Judged
from ragqa.types import Hit, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CHUNKS = 20_000
"""Of a larger index, the passages that were retrieved for the questions and a sample of the others are embedded: some minutes."""

FAR = 50
"""Passages in which the first right one is looked for; beyond, its reciprocal rank counts 0."""

EMBEDDED_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Pool:
    """The chunks among which is searched, by id, and of how many they are; `whole`: all of the index."""

    texts: tuple[EmbeddedText, ...]
    chunks: int

    @property
    def whole(self) -> bool:
        """Whether it is the whole index, so that the figures are those of its use."""
        return len(self.texts) == self.chunks


@dataclass(frozen=True, slots=True)
class Found:
    """At which rank, from 1, the first right passage of each question came; None: not among the first FAR."""

    ranks: tuple[int | None, ...]

    def recall(self, k: int) -> list[float]:
        """For each question 1.0 where a right passage is among the first `k`."""
        return [float(rank is not None and rank <= k) for rank in self.ranks]

    def reciprocal(self) -> list[float]:
        """The reciprocal rank of each question."""
        return [1 / rank if rank else 0.0 for rank in self.ranks]

    def figures(self, read: int) -> dict[str, float]:
        """recall@k for some k, of which `read` passages is one, and the mean reciprocal rank."""
        depths = sorted({1, 3, read, 20})
        recalls = {f"recall@{k}": sum(self.recall(k)) / max(len(self.ranks), 1) for k in depths}
        return {**recalls, "mrr": sum(self.reciprocal()) / max(len(self.ranks), 1)}


class TrialIndex(Index):
    """An index searched, among the chunks of a pool, by vectors that are held in memory. Threads: as for `Index`."""

    def __init__(self, folder: Path, pool: Pool, vectors: NDArray[np.float32]) -> None:
        import numpy as np

        super().__init__(folder)
        self._ids = np.array([text.chunk for text in pool.texts], dtype=np.int64)
        self._pool_vectors, self._whole = vectors, pool.whole
        self._row_of = {text.chunk: row for row, text in enumerate(pool.texts)}

    def search_dense(self, query: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        """The `k` nearest chunks of the pool; only those that the predicates leave."""
        import numpy as np

        scores, rows = self._pool_vectors @ query, np.arange(len(self._ids))
        if where != EVERYWHERE:
            with self.connection() as connection, storage_errors(self.folder):
                rows = np.flatnonzero(np.isin(self._ids, chosen_ids(connection, where)))
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        return [(int(self._ids[row]), float(scores[row])) for row in best]

    def search_lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        """What the index finds, without what is not in the pool."""
        found = super().search_lexical(terms, k, where)
        return found if self._whole else [(chunk, score) for chunk, score in found if chunk in self._row_of]

    def search_both(
        self, query: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE
    ) -> tuple[Scored, Scored]:
        """What both find in the pool."""
        return self.search_dense(query, k, where), self.search_lexical(terms, k, where)

    def embeddings(self, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """The pool's vectors of these chunks."""
        return {chunk: self._pool_vectors[self._row_of[chunk]] for chunk in ids if chunk in self._row_of}


def choose_pool(index: Index, embedder: Embedder, certain: Iterable[int], seed: int, most: int = MOST_CHUNKS) -> Pool:
    """All chunks of an index, or of a large one those that are `certain` and a sample of the others."""
    with index.snapshot(), index.connection() as connection, storage_errors(index.folder):
        ids = [row[0] for row in connection.execute("SELECT id FROM chunks ORDER BY id")]
        chosen = ids
        if len(ids) > most:
            kept = set(certain) & set(ids)
            others = [chunk for chunk in ids if chunk not in kept]
            chosen = sorted(kept | set(random.Random(seed).sample(others, max(0, min(most - len(kept), len(others))))))
        return Pool(tuple(embedded_texts(connection, chosen, index.manifest, embedder.count_tokens)), len(ids))


def pool_vectors(
    pool: Pool,
    embedder: Embedder,
    progress: Callable[[Progress], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float32] | None:
    """The embedder's vectors of a pool, rounded as an index keeps them, shape (chunks, dimension); None when it was stopped."""
    import numpy as np

    vectors = np.empty((len(pool.texts), embedder.dimension), dtype=np.float32)
    first_row: dict[bytes, int] = {}
    for row, text in enumerate(pool.texts):
        first_row.setdefault(text.hash, row)
    rows, total, began = list(first_row.values()), len(first_row), time.monotonic()
    for first in range(0, total, EMBEDDED_TOGETHER):
        progress(Progress("judge", first, total, "", first, total, first, time.monotonic() - began))
        if stop():
            return None
        part = rows[first : first + EMBEDDED_TOGETHER]
        vectors[part] = embedder.embed_passages([pool.texts[row].text for row in part])
    for row, text in enumerate(pool.texts):
        vectors[row] = vectors[first_row[text.hash]]
    return vectors.astype(np.float16).astype(np.float32)


def measure(
    index: Index,
    embedder: Embedder,
    settings: AskSettings,
    questions: Sequence[Judged],
    stop: Callable[[], bool] = lambda: False,
) -> Found | None:
    """Where retrieval finds the answers, as it serves them: fused with the lexical search, near-duplicates collapsed.

    `stop` is asked before each question; None when it was stopped. Raises BackendUnavailable whatever the settings say.
    """
    retriever = Retriever(index, embedder, settings).never_by_words_alone()
    ranks = []
    with index.snapshot():
        for question, vector in zip(questions, retriever.vectors([one.question for one in questions]), strict=True):
            if stop():
                return None
            hits = retriever.retrieve(question.question, top_k=max(FAR, settings.top_k), vector=vector)
            ranks.append(next((rank for rank, hit in enumerate(hits, start=1) if _answers(hit, question)), None))
    return Found(tuple(ranks))


def differences(before: Found, after: Found, read: int, seed: int) -> dict[str, Difference]:
    """What changed, with 95 % intervals: of the recall among the passages that are read, and of the mean reciprocal rank."""
    return {
        f"recall@{read}": paired_difference(before.recall(read), after.recall(read), seed=seed),
        "mrr": paired_difference(before.reciprocal(), after.reciprocal(), seed=seed),
    }


def _answers(hit: Hit, question: Judged) -> bool:
    """Whether a hit holds the answer, or at least half of one that a chunk's end cuts."""
    for path, start, end in question.spans:
        shared = min(hit.chunk.end, end) - max(hit.chunk.start, start)
        if hit.document == path and 2 * shared >= max(end - start, 1):
            return True
    return False

"""A search backend in plain Python: what an external engine would do, with nothing clever in it.

Like most engines it keeps no older states: catching up changes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragqa.indexing.search.backend import EVERYWHERE, NOTHING, Changes, Scored, Where
from ragqa.indexing.search.bm25 import LEAST_IDF, LENGTH_SHARE, SATURATION
from ragqa.indexing.search.postings import decode_terms, term_key


@dataclass(frozen=True)
class Held:
    document: int
    section: tuple[str, ...]
    length: int
    counts: dict[int, int]


class MemoryBackend:
    def __init__(self) -> None:
        self.generation = NOTHING
        self.chunks: dict[int, Held] = {}
        self.vectors: dict[int, np.ndarray] = {}
        self.refilled = 0

    def catch_up(self, changes: Changes) -> MemoryBackend:
        if changes.from_nothing:
            self.chunks, self.vectors, self.refilled = {}, {}, self.refilled + 1
        for part in changes.added():
            for row, chunk_id in enumerate(part.ids.tolist()):
                keys, counts = decode_terms(part.terms[row])
                self.chunks[chunk_id] = Held(
                    int(part.documents[row]), part.sections[row], int(part.lengths[row]),
                    dict(zip(keys.tolist(), counts.tolist(), strict=True)),
                )  # fmt: skip
        for ids, vectors in changes.embedded():
            self.vectors.update(zip(ids.tolist(), vectors, strict=True))
        for chunk_id in changes.removed.tolist():
            self.chunks.pop(chunk_id, None)
            self.vectors.pop(chunk_id, None)
        self.generation = changes.generation
        return self

    def dense(self, vector: np.ndarray, k: int, where: Where = EVERYWHERE) -> Scored:
        found = {id_: one for id_, one in self.vectors.items() if allowed(self.chunks[id_], where)}
        return best({id_: float(one @ vector) for id_, one in found.items()}, k)

    def lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        mean = sum(one.length for one in self.chunks.values()) / max(len(self.chunks), 1)
        scores: dict[int, float] = {}
        for key in {term_key(term) for term in terms}:
            holders = {id_: one for id_, one in self.chunks.items() if key in one.counts}
            idf = max(math.log((len(self.chunks) - len(holders) + 0.5) / (len(holders) + 0.5)), LEAST_IDF)
            for id_, one in holders.items():
                count, norm = one.counts[key], SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * one.length / mean)
                scores[id_] = scores.get(id_, 0.0) + idf * count * (SATURATION + 1) / (count + norm)
        return best({id_: score for id_, score in scores.items() if allowed(self.chunks[id_], where)}, k)

    def both(self, vector: np.ndarray, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> tuple[Scored, Scored]:
        return self.dense(vector, k, where), self.lexical(terms, k, where)


def allowed(one: Held, where: Where) -> bool:
    return where.holds(one.document, one.section)


def best(scores: dict[int, float], k: int) -> Scored:
    return sorted(scores.items(), key=lambda found: (-found[1], found[0]))[:k]

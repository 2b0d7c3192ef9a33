"""How much of a question stands near a span: in the very step, row or paragraph that holds it, or in its headings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragqa.text.analysis import index_terms, query_terms
from ragqa.types import Block, Hit


class Evidence:
    """The question's words, as each passage's language makes them, weighted by how well they tell this question's passages apart.

    One is made for one question and used by one thread: it remembers the terms of blocks it has looked at.

    A word in every passage says nothing about which span answers; a code such as E-24 in one table row says almost everything.
    """

    def __init__(self, question: str, hits: Sequence[Hit], blocks: Sequence[Sequence[Block]]) -> None:
        self._hits, self._blocks = hits, blocks
        passages = [frozenset(index_terms(hit.chunk.text, hit.language)) for hit in hits]
        self._weights = {
            code: {
                term: math.log((len(hits) + 1) / (sum(term in passage for passage in passages) + 0.5))
                for term in query_terms(question, [code])
            }
            for code in {hit.language for hit in hits}
        }
        self._terms: dict[tuple[int, int], frozenset[str]] = {}

    def near(self, passage: int, start: int, end: int) -> float:
        """The weighted share, 0..1, of the question's words in the blocks that hold start..end (document offsets) of a passage,
        or in their headings."""
        weights = self._weights[self._hits[passage].language]
        terms: set[str] = set()
        for number, block in enumerate(self._blocks[passage]):
            if block.start < end and start < block.end:
                terms |= self._block_terms(passage, number)
        return sum(weight for term, weight in weights.items() if term in terms) / (sum(weights.values()) or 1.0)

    def _block_terms(self, passage: int, number: int) -> frozenset[str]:
        key = (passage, number)
        if key not in self._terms:
            hit, block = self._hits[passage], self._blocks[passage][number]
            chunk = hit.chunk
            text = chunk.text[max(block.start - chunk.start, 0) : max(block.end - chunk.start, 0)]
            self._terms[key] = frozenset(index_terms(" ".join((hit.title, *block.section, text)), hit.language))
        return self._terms[key]

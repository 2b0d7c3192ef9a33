"""Question to passages: dense and lexical search and the product named, fused by a weighted sum, near-duplicates collapsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragqa.answering.products import Named, best_named, named_documents, without_names
from ragqa.config import AskSettings
from ragqa.errors import BackendUnavailable
from ragqa.indexing.index import Index, StoredChunk
from ragqa.indexing.search.backend import Where
from ragqa.inference.embedder import Embedder
from ragqa.metadata import Wanted
from ragqa.text.analysis import index_terms, query_terms
from ragqa.types import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDED_MEANWHILE = 16
"""Of the passages that have no vector yet, so many that fit a question's words best are embedded when it is asked: as many as are
read, and a few for near-copies. See tests/benchmarks/README.md, "The first minutes"."""

FURTHER, ROUNDS = 5, 3
"""By how much more candidates are looked at where the passages found are copies of each other, and how often: of the same page in
ten thousand manuals, one is a passage, and the others are behind. To look past so many takes .35 s: see
tests/benchmarks/README.md, "Near-copies"."""

SAME_TEXT = 0.9
"""Share of common terms (Jaccard) from which two chunks of equal numbers say the same."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be searched at all: documents by glob and by metadata, sections by a part of the heading path."""

    document: str | None = None
    section: str | None = None
    metadata: Wanted = ()


NO_FILTERS = Filters()


def retrieve(
    index: Index,
    embedder: Embedder,
    question: str,
    settings: AskSettings,
    filters: Filters = NO_FILTERS,
    vector: NDArray[np.float32] | None = None,
) -> list[Hit]:
    """The `top_k` passages that fit the question best, best first.

    Where what the index is searched by is out of reach, and the settings say so, they are found by their words, and the index
    knows it for as long as the caller's snapshot lasts: see `Index.words_alone`. `vector` is the question's embedding where the
    caller has it already, because it embedded many questions at once. Raises BackendUnavailable.

    score = cosine + lexical_weight · BM25 + product_weight · how strongly the question names the chunk's document. The first two
    are absolute, so hits of different questions compare; on the questions measured, the sum beat reciprocal rank fusion at every
    rank. The third is 0 for questions that name no product, and never keeps other documents out. In the documents that a question
    names, it is looked for without their names (see `without_names`): there, recall@8 rose from .81 to .92 by that.
    """
    with index.snapshot():
        try:
            return _retrieved(index, embedder, question, settings, filters, vector)
        except BackendUnavailable as error:
            if settings.fallback != "lexical":
                raise
            index.search_words_alone(error.message)
        return _retrieved(index, embedder, question, settings, filters, vector)


def _retrieved(
    index: Index,
    embedder: Embedder,
    question: str,
    settings: AskSettings,
    filters: Filters,
    vector: NDArray[np.float32] | None,
) -> list[Hit]:
    with index.snapshot():
        where = index.where(filters.document, filters.section, filters.metadata)
        named = named_documents(index, question) if settings.product_weight else {}
        within = _within(where, named)
        meant = [] if within is None else [named[document] for document in within.documents or ()]
        plain = without_names(question, meant, index.languages())
        vectors = {} if vector is None else {question: vector}
        lacking = [words for words in dict.fromkeys((question, plain)) if words not in vectors]
        if lacking:
            vectors.update(zip(lacking, embedder.embed_queries(lacking), strict=True))
        sought = {where: Sought(question, vectors[question])}
        if within is not None:
            sought[within] = Sought(plain, vectors[plain])
        return list(_filled(index, embedder, sought, settings, named))


def _filled(
    index: Index, embedder: Embedder, sought: Mapping[Where, Sought], settings: AskSettings, named: Mapping[int, Named]
) -> Iterator[Hit]:
    """The first `top_k` distinct passages, looked for among more candidates where too many of them are copies of others.

    What more candidates bring comes after what fewer did, so that fewer passages are the first of many.
    """
    seen: set[int] = set()
    kept = Distinct()
    candidates, most = settings.candidates, settings.candidates * FURTHER**ROUNDS
    while candidates <= most:
        scores = _found(index, embedder, sought, replace(settings, candidates=candidates))
        boosts = _boosts(index, scores, named, settings.product_weight)
        fused = {
            chunk_id: dense + settings.lexical_weight * lexical + boosts.get(chunk_id, 0.0)
            for chunk_id, (dense, lexical) in scores.items()
        }
        order = sorted(fused.keys() - seen, key=lambda chunk_id: (-fused[chunk_id], chunk_id))
        for stored in _in_order(index, order, batch=2 * settings.top_k):
            if kept.take(stored):
                yield _hit(stored, fused[stored.id], scores[stored.id], boosts.get(stored.id, 0.0))
            if len(kept) == settings.top_k:
                return
        if not order or len(scores) < candidates:  # neither search has any more
            return
        seen.update(order)
        candidates *= FURTHER


def _hit(stored: StoredChunk, score: float, parts: tuple[float, float], product: float) -> Hit:
    dense, lexical = parts
    return Hit(
        chunk_id=stored.id,
        document_id=stored.document_id,
        document=stored.document,
        title=stored.title,
        chunk=stored.chunk,
        score=score,
        dense=dense,
        lexical=lexical,
        language=stored.language,
        product=product,
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: words, and their embedding of shape (dimension,)."""

    words: str
    vector: NDArray[np.float32]


Scores = dict[int, tuple[float, float]]
"""Cosine and BM25 by chunk id."""


def _scores(index: Index, embedder: Embedder, sought: Sought, settings: AskSettings, where: Where) -> Scores:
    """The chunks of a place that either of the two searches finds. Of those that have no vector yet, the ones that hold the words
    best get theirs now; the others count as near as the farthest of these, so that their words alone rank them."""
    terms = query_terms(sought.words, index.languages())
    dense, lexical = map(dict, index.search_both(sought.vector, terms, settings.candidates, where))
    unscored = index.embeddings(lexical.keys() - dense.keys())
    lacking = [chunk_id for chunk_id in lexical if chunk_id not in dense and chunk_id not in unscored]
    meanwhile = index.embeddings_meantime(lacking[:EMBEDDED_MEANWHILE], embedder) if lacking else {}
    near = {chunk_id: float(stored @ sought.vector) for chunk_id, stored in (unscored | meanwhile).items()}
    dense.update(near)
    if meanwhile:
        farthest = min(near[chunk_id] for chunk_id in meanwhile)
        dense.update(dict.fromkeys(lacking[EMBEDDED_MEANWHILE:], farthest))
    return {chunk_id: (score, lexical.get(chunk_id, 0.0)) for chunk_id, score in dense.items()}


def _found(index: Index, embedder: Embedder, sought: Mapping[Where, Sought], settings: AskSettings) -> Scores:
    """The chunks of each place, by what is looked for there; those of a later place count there only."""
    scores: Scores = {}
    for where, words in sought.items():
        scores = _elsewhere(index, scores, where) | _scores(index, embedder, words, settings, where)
    return scores


def _within(where: Where, named: Mapping[int, Named]) -> Where | None:
    """Where to look once more, without the names: in the documents that are named best, None where there are none of them.

    Within a manual its name says nothing: it would bring up the title page, and the chunks that are wanted may be behind all
    candidates of the first search.
    """
    best = best_named(named)
    allowed = best if where.documents is None else best & where.documents
    return replace(where, documents=allowed) if allowed else None


def _elsewhere(index: Index, scores: Scores, within: Where) -> Scores:
    """The chunks that are not in the place."""
    documents = index.documents_of(scores)
    return {chunk_id: score for chunk_id, score in scores.items() if documents.get(chunk_id) not in (within.documents or ())}


def _boosts(index: Index, chunks: Iterable[int], named: Mapping[int, Named], weight: float) -> dict[int, float]:
    """What the chunks of named documents gain, by chunk id."""
    if not named:
        return {}
    documents = index.documents_of(chunks)
    return {chunk_id: weight * named[document].strength for chunk_id, document in documents.items() if document in named}


def _in_order(index: Index, order: list[int], batch: int) -> Iterator[StoredChunk]:
    """The chunks of these ids, in their order, fetched as they are asked for.

    A search backend that is ahead of the snapshot may find some that the snapshot does not hold: they are left out.
    """
    for first in range(0, len(order), batch):
        part = order[first : first + batch]
        chunks = index.chunks(part)
        yield from (chunks[chunk_id] for chunk_id in part if chunk_id in chunks)


class Distinct:
    """Chunks of which none overlaps, or says the same as, one that was taken before. One thread at a time may use it."""

    def __init__(self) -> None:
        self._kept: list[tuple[StoredChunk, frozenset[str]]] = []
        self._said: set[str] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, candidate: StoredChunk) -> bool:
        """Take a chunk, if it says something new."""
        text = candidate.chunk.text
        if text in self._said:  # of a copy the terms need not be made
            return False
        terms = frozenset(index_terms(text, candidate.language))
        if any(_same(terms, known) for _, known in self._kept):
            self._said.add(text)
            return False
        if any(_overlap(candidate, other) for other, _ in self._kept):
            return False
        self._kept.append((candidate, terms))
        self._said.add(text)
        return True


def _overlap(one: StoredChunk, other: StoredChunk) -> bool:
    """Whether two chunks share more than half of the shorter one."""
    if one.document_id != other.document_id:
        return False
    shared = min(one.chunk.end, other.chunk.end) - max(one.chunk.start, other.chunk.start)
    return shared * 2 > min(one.chunk.end - one.chunk.start, other.chunk.end - other.chunk.start)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts say the same; texts that differ in a number never do."""
    shared = len(one & other)
    if not shared or shared < SAME_TEXT * len(one | other):
        return False
    return not any(any(map(str.isdigit, term)) for term in one ^ other)

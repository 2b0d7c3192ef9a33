"""Question/answer pairs to triplets: the retrieval of `ask`, the answer aligned to what it finds, the rest hard negatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ragqa.answering.asker import Retriever
from ragqa.answering.passages import passage_of
from ragqa.answering.widen import widened
from ragqa.answering.windows import Passage
from ragqa.evaluation.gold import Gold
from ragqa.indexing.index import Index, StoredDocument
from ragqa.text.analysis import index_terms, query_terms
from ragqa.training.align import Aligner, Alignment, align, holds, occurrences
from ragqa.types import Hit, Match, QAPair, Triplet

LOOKED_INTO = 3
"""Hits whose documents are searched whole for an answer of a pair that names no document."""

MOST = 0.5
"""Share of an answer's span that a passage must hold to teach it."""

SURROUNDINGS = 80
"""Characters before and after an answer in which words of the question count for it: about a sentence."""

_STRICTNESS = {Match.EXACT: 3, Match.NORMALISED: 2, Match.FUZZY: 1, Match.NONE: 0}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an answer was found: a hit, and the alignment within its chunk's text."""

    hit: Hit
    found: Alignment
    rank: int

    @property
    def quality(self) -> tuple[int, float, int]:
        return _STRICTNESS[self.found.match], round(self.found.similarity, 2), -(self.rank or 1000)


def mine(
    retriever: Retriever,
    pairs: Sequence[QAPair],
    passage_characters: int = 0,
    told: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[list[Triplet]]:
    """For each pair its triplets: positives first, then negatives, each by rank. Empty where the answer is nowhere to be found.

    A pair without answers has negatives only. `told` hears how many pairs are done; `stop` is asked before each.
    """
    index = retriever.index
    gold, generation = Gold(index), index.generation
    vectors = retriever.vectors([pair.question for pair in pairs])
    for number, (pair, vector) in enumerate(zip(pairs, vectors, strict=True), start=1):
        if stop():
            return
        with index.snapshot():
            if index.generation != generation:  # somebody ingests meanwhile
                gold, generation = Gold(index), index.generation
            hits = widened(index, retriever.retrieve(pair.question, vector=vector), passage_characters)
            found = _triplets(index, pair, hits, gold.document_of(pair), passage_characters)
        yield found
        told(number)


def _triplets(
    index: Index, pair: QAPair, hits: Sequence[Hit], named: StoredDocument | None, passage_characters: int
) -> list[Triplet]:
    if not pair.answers:
        return [_negative(index, pair, hit, rank) for rank, hit in enumerate(hits, start=1)]
    if pair.context is not None:
        given = _given(pair, named)
        if given is None:
            return []
        ranked = list(enumerate(hits, start=1))
        if named is not None:
            foreign = [(rank, hit) for rank, hit in ranked if hit.document_id != named.id]
            rank = next((rank for rank, hit in ranked if hit.document_id == named.id), 0)
            return [replace(given, rank=rank), *_negatives(index, pair, foreign)]
        # Of an unknown document: it stands where the answer was found, or last, so that validation reads a passage that is right.
        rank = next((rank for rank, hit in ranked if holds(pair.answers, hit.chunk.text)), len(hits) + 1)
        return [replace(given, rank=rank), *_negatives(index, pair, ranked)]
    placed = _place(index, pair, hits, named, passage_characters)
    if not placed:
        return []
    positives = [_positive(index, pair, one) for one in placed]
    chunks = {one.hit.chunk_id for one in placed}
    others = [(rank, hit) for rank, hit in enumerate(hits, start=1) if hit.chunk_id not in chunks]
    return positives + _negatives(index, pair, others)


def _given(pair: QAPair, named: StoredDocument | None) -> Triplet | None:
    """The triplet of the context that the pair brings; None where it does not hold the answer."""
    assert pair.context is not None
    if pair.answer_start is not None:
        found: Alignment | None = Alignment(pair.answer_start, pair.answer_start + len(pair.answers[0]), Match.EXACT, 1.0)
    else:
        found = _align(pair, pair.context)
    if found is None:
        return None
    headings = " > ".join(part for part in (named.title if named else "", pair.section or "") if part)
    return Triplet(
        pair.id, pair.question, pair.context, found.start, found.end, pair.answers, found.match, found.similarity, headings,
        document=named.path if named else pair.document or "", named_document=pair.document or "",
    )  # fmt: skip


def _align(pair: QAPair, text: str) -> Alignment | None:
    """The answer in a text; of several places where it stands, the one with most of the question around it."""
    found = align(pair.answers, text)
    if found is None or found.match is Match.FUZZY:
        return found
    places = [place for answer in pair.answers for place in occurrences(answer, text)]
    if len(places) < 2:
        return found
    wanted = set(query_terms(pair.question))

    def question_around(place: tuple[int, int]) -> int:
        around = text[max(place[0] - SURROUNDINGS, 0) : place[1] + SURROUNDINGS]
        return len(wanted & set(index_terms(around)))

    start, end = max(places, key=question_around)
    return replace(found, start=start, end=end)


def _place(
    index: Index, pair: QAPair, hits: Sequence[Hit], named: StoredDocument | None, passage_characters: int
) -> list[Placed]:
    """The hits that hold the answer best; where it is retyped, cut by a chunk's end or missed by retrieval, the chunks of the
    named document, or of the best hits' documents, that hold most of its best span."""
    placed = []
    for rank, hit in enumerate(hits, start=1):
        if named is None or hit.document_id == named.id:
            found = _align(pair, hit.chunk.text)
            if found is not None and _on_page(pair, hit):
                placed.append(Placed(hit, found, rank))
    best = max(placed, key=lambda one: one.quality, default=None)
    if best is None or best.found.match is Match.FUZZY:
        first = map(index.document, dict.fromkeys(hit.document_id for hit in hits[:LOOKED_INTO]))
        looked_into = [named] if named is not None else [document for document in first if document is not None]
        wide = [one for document in looked_into for one in _place_in_document(index, pair, document, hits, passage_characters)]
        widest = max(wide, key=lambda one: one.quality, default=None)
        if widest is not None and (best is None or widest.quality[:2] > best.quality[:2]):
            return [widest]
    if best is None:
        return []
    alike = [one for one in placed if one.quality[:2] == best.quality[:2] and one.hit.document == best.hit.document]
    return alike if len(pair.answers[0].split()) > 3 else [best]


def _on_page(pair: QAPair, hit: Hit) -> bool:
    """Whether a hit may stand for the page that the pair names; page numbers printed and counted differ by a little."""
    if pair.page is None or not hit.chunk.pages:
        return True
    return hit.chunk.pages[0] - 1 <= pair.page <= hit.chunk.pages[-1] + 1


def _place_in_document(
    index: Index, pair: QAPair, document: StoredDocument, hits: Sequence[Hit], passage_characters: int
) -> list[Placed]:
    """The passages of a document that hold at least half of the answer's best span in its whole text, cut to the passage."""
    chunks = index.document_chunks(document.id)
    page = next((one.chunk.start for one in chunks if pair.page is not None and pair.page in one.chunk.pages), None)
    found = _prepared(index.text(document.id)).align(pair.answers, near=page)
    if found is None:
        return []
    ranked = [hit for hit in hits if hit.document_id == document.id]
    overlapping = [
        Hit(one.id, document.id, document.path, document.title, one.chunk, 0.0, 0.0, 0.0, one.language)
        for one in chunks
        if one.chunk.start < found.end and found.start < one.chunk.end
    ]
    placed = []
    for hit in (*ranked, *(widened(index, [one], passage_characters)[0] for one in overlapping)):
        start, end = max(found.start, hit.chunk.start), min(found.end, hit.chunk.end)
        kept = (end - start) / max(found.end - found.start, 1)
        if kept >= MOST:
            within = replace(found, start=start - hit.chunk.start, end=end - hit.chunk.start, similarity=found.similarity * kept)
            placed.append(Placed(hit, within, hits.index(hit) + 1 if hit in hits else 0))
    return [one for one in placed if _on_page(pair, one.hit)]


@lru_cache(maxsize=4)
def _prepared(text: str) -> Aligner:
    """A document's text prepared for alignment, kept for the next question: pairs on one manual come together."""
    return Aligner(text)


def _negatives(index: Index, pair: QAPair, ranked: Iterable[tuple[int, Hit]]) -> list[Triplet]:
    """The passages that do not hold the answer. One that may hold it is neither a positive nor a negative."""
    return [_negative(index, pair, hit, rank) for rank, hit in ranked if not holds(pair.answers, hit.chunk.text)]


def _positive(index: Index, pair: QAPair, placed: Placed) -> Triplet:
    return replace(
        _negative(index, pair, placed.hit, placed.rank),
        start=placed.found.start,
        end=placed.found.end,
        match=placed.found.match,
        similarity=placed.found.similarity,
    )


def _negative(index: Index, pair: QAPair, hit: Hit, rank: int) -> Triplet:
    passage = _passage(index, hit)
    return Triplet(
        id=pair.id,
        question=pair.question,
        context=passage.text,
        answers=pair.answers,
        headings=passage.headings,
        segments=passage.segments,
        document=hit.document,
        named_document=pair.document or "",
        context_start=hit.chunk.start,
        rank=rank,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
    )


def _passage(index: Index, hit: Hit) -> Passage:
    return passage_of(hit, index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end))

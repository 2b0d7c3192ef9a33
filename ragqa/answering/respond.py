"""Weighed candidates to a response: answers with their words, place and context, or the honest "no" and its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice

from ragqa.answering.cells import table_row
from ragqa.answering.context import context_of
from ragqa.answering.rank import Candidate
from ragqa.answering.weigh import Weighed
from ragqa.indexing.index import Index
from ragqa.text.agreement import plain, shows
from ragqa.types import Abstention, Answer, Hit, Meant, Response, box_around

Weight = tuple[Candidate, float]
"""A candidate and its confidence."""

WEAK_DENSE = 0.35
"""Cosine of the best passage under which retrieval, not reading, is to blame for an abstention."""


def respond(
    index: Index,
    question: str,
    hits: Sequence[Hit],
    weighed: Weighed,
    answers: int,
    threshold: float,
    meant: tuple[Meant, ...] = (),
) -> Response:
    """The best `answers` answers, best first; under the confidence `threshold` (0..1) an abstention that still holds them.

    Where the question fits several manuals, those `meant`, the best answer of each comes before the second best of any. The same
    words are given once of a manual, where they fit best, by themselves or in a longer answer: what else it says would not be
    seen for them.
    """
    best = list(zip(weighed.candidates, weighed.confidences, strict=True))
    if len(meant) > 1:
        best = _one_of_each(best, {one.document_id for one in meant})
    found = tuple(islice(_with_new_words(_answer(index, candidate, chance) for candidate, chance in best), answers))
    answered = bool(found) and found[0].confidence >= threshold
    return Response(
        question=question,
        answered=answered,
        reason=None if answered else _reason(hits),
        answers=found,
        passages=tuple(hits),
        threshold=threshold,
        meant=meant,
    )


def _one_of_each(best: Sequence[Weight], documents: Set[int]) -> list[Weight]:
    """The candidates with the best one first, then the best of each of the documents, then the others; each in their order."""
    firsts: dict[int, Weight] = {}
    for number, (candidate, chance) in enumerate(best):
        document = candidate.hit.document_id
        if number == 0 or document in documents:
            firsts.setdefault(document, (candidate, chance))
    chosen = list(firsts.values())
    return [*chosen, *(one for one in best if one not in chosen)]


def _with_new_words(answers: Iterable[Answer]) -> Iterator[Answer]:
    """The answers, without those whose words one before them shows, from the same document; that may be a longer one."""
    given: dict[int, list[str]] = {}
    for answer in answers:
        words, before = plain(answer.text) or answer.text.strip(), given.setdefault(answer.document_id, [])
        if not any(words == other or shows(other, words) for other in before):
            before.append(words)
            yield answer


def has_words(question: str) -> bool:
    """Whether there is anything in a question to look for: a letter or a digit."""
    return any(map(str.isalnum, question))


def no_question(question: str, threshold: float) -> Response:
    """The response to a question without words, for which nothing is looked up."""
    return Response(question, False, Abstention.NO_QUESTION, (), (), threshold)


def _answer(index: Index, candidate: Candidate, confidence: float) -> Answer:
    hit, chunk = candidate.hit, candidate.hit.chunk
    blocks = index.blocks(hit.document_id, candidate.start, candidate.end)
    pages = sorted({block.page for block in blocks if block.page is not None})
    return Answer(
        text=index.text(hit.document_id, candidate.start, candidate.end),
        confidence=confidence,
        document=hit.document,
        section=blocks[0].section if blocks else chunk.section,
        pages=tuple(pages),
        start=candidate.start,
        end=candidate.end,
        passage=chunk.text,
        passage_start=chunk.start,
        context=context_of(index, hit.document_id, candidate.start, candidate.end, hit.language),
        document_id=hit.document_id,
        reader_score=candidate.features["margin"],
        retrieval_score=hit.score,
        box=box_around(block.box for block in blocks if block.page == blocks[0].page),
        table=table_row(index, hit.document_id, candidate.start, candidate.end),
    )


def _reason(hits: Sequence[Hit]) -> Abstention:
    if not hits:
        return Abstention.NO_PASSAGES
    if max(hit.dense for hit in hits) < WEAK_DENSE:
        return Abstention.RETRIEVAL_WEAK
    return Abstention.READER_UNSURE

"""Pairs to a Report: every question is asked as `ask` would ask it, and what comes is compared with what should have come."""

from __future__ import annotations

import glob
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.answering.asker import Asker
from ragqa.answering.retrieve import Filters
from ragqa.evaluation.gold import Gold
from ragqa.evaluation.metrics import exact_match, f1, rouge_l
from ragqa.evaluation.results import Outcome, QuestionResult, Report
from ragqa.evaluation.summarise import summarise
from ragqa.files import now
from ragqa.indexing.index import Index
from ragqa.metadata import Wanted
from ragqa.text.agreement import is_right
from ragqa.types import Hit, Progress, QAPair, Response, Stop, Tell, never, silent

REACH = 20
"""Passages among which the one that answers is looked for."""

NAMED_MISSING = 5
"""Documents that a note names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where questions are looked up: in documents that match a glob and have some metadata, or each in the document its pair
    names."""

    document: str | None = None
    use_document: bool = False
    metadata: Wanted = ()

    def filters(self, pair: QAPair) -> Filters:
        """The filters of one pair's question."""
        if self.use_document and pair.document is not None:
            return Filters(glob.escape(pair.document), metadata=self.metadata)
        return Filters(self.document, metadata=self.metadata)


EVERYWHERE = Scope()


def evaluate(
    asker: Asker, pairs: Sequence[QAPair], progress: Tell = silent, stop: Stop = never, scope: Scope = EVERYWHERE
) -> Report:
    """Ask every pair's question and sum up.

    `progress` is told of every question; `stop` is asked before each and ends the evaluation with those asked so far.
    """
    index, top_k = asker.index, asker.settings.top_k
    gold = Gold(index)
    results: list[QuestionResult] = []
    generation, began = index.generation, time.monotonic()
    for number, pair in enumerate(pairs, start=1):
        if stop():
            break
        hits, response, seconds = ask_pair(asker, pair, scope)
        results.append(judge(pair, hits, response, gold, top_k, seconds))
        progress(Progress("evaluate", number, len(pairs), pair.question, number, len(pairs), seconds=time.monotonic() - began))
    return Report(
        results=tuple(results),
        **summarise(results),
        reader=asker.reader.name,
        index=index.name,
        generation=generation,
        threshold=asker.threshold,
        top_k=top_k,
        date=now(),
        notes=(*unknown_documents(gold, pairs), *_words_only(index)),
        interrupted=len(results) < len(pairs),
    )


def ask_pair(asker: Asker, pair: QAPair, scope: Scope) -> tuple[list[Hit], Response, float]:
    """At least REACH passages for a pair's question, the response that `ask` gives to it, and the seconds that took."""
    began = time.monotonic()
    with asker.index.snapshot():
        hits = asker.retrieve(pair.question, scope.filters(pair), top_k=max(REACH, asker.settings.top_k))
        response = asker.respond(pair.question, hits)
    return hits, response, time.monotonic() - began


def judge(pair: QAPair, hits: Sequence[Hit], response: Response, gold: Gold, top_k: int, seconds: float) -> QuestionResult:
    """Compare a response, and the passages retrieved for it, with the pair. The first `top_k` passages were read."""
    best = response[0] if len(response) else None
    predicted = best.text if best else ""
    rank = gold.rank(pair, hits) if pair.answers else None
    document = best.document if best else ""
    right_document = gold.right_document(pair, document) if pair.answers else None
    return QuestionResult(
        pair=pair,
        predicted=predicted,
        confidence=best.confidence if best else 0.0,
        answered=response.answered,
        document=document,
        pages=best.pages if best else (),
        section=best.section if best else (),
        exact=exact_match(predicted, pair.answers),
        f1=f1(predicted, pair.answers),
        rouge=rouge_l(predicted, pair.answers),
        gold_rank=rank,
        found_by=gold.found_by(pair) if pair.answers else None,
        right_document=right_document,
        outcome=outcome_of(pair, predicted, response.answered, rank is not None and rank <= top_k, right_document),
        seconds=seconds,
    )


def outcome_of(pair: QAPair, predicted: str, answered: bool, in_reach: bool, right_document: bool | None) -> Outcome:
    """What came of a question; `predicted` is the best span, `in_reach` tells whether a passage that answers was read."""
    if not pair.answers:
        return Outcome.WRONGLY_ANSWERED if answered else Outcome.RIGHT_ABSTENTION
    if answered and right_document is False:
        return Outcome.WRONG_MANUAL
    right = right_document is not False and is_right(predicted, pair.answers)
    if not answered:
        return Outcome.WRONG_ABSTENTION if right or in_reach else Outcome.NOT_RETRIEVED
    if right:
        return Outcome.RIGHT
    return Outcome.MISREAD if in_reach else Outcome.NOT_RETRIEVED


def _words_only(index: Index) -> tuple[str, ...]:
    embedded = index.partly_embedded()
    if embedded is None:
        return ()
    return (f"{embedded.lacking} of {embedded.total} passages had no vector yet and were found by their words only",)


def unknown_documents(gold: Gold, pairs: Sequence[QAPair]) -> tuple[str, ...]:
    """A note on the documents that pairs name and the index does not have; none where it has them all."""
    named = {pair.document for pair in pairs if pair.document is not None}
    missing = sorted(document for document in named if not gold.has(document))
    if not missing:
        return ()
    some = ", ".join(missing[:NAMED_MISSING]) + (", …" if len(missing) > NAMED_MISSING else "")
    return (f"{len(missing)} of {len(named)} documents that the pairs name are not in the index: {some}",)

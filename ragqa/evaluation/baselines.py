"""What simpler ways to an answer reach on the same questions, so that a report can say what the system is worth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

from ragqa.answering.asker import Retriever
from ragqa.evaluation.evaluate import EVERYWHERE, Scope
from ragqa.evaluation.gold import Gold
from ragqa.evaluation.metrics import exact_match, f1, rouge_l
from ragqa.evaluation.results import Baseline, Metrics
from ragqa.indexing.index import Index
from ragqa.text.analysis import index_terms, query_terms
from ragqa.text.sentences import sentence_bounds
from ragqa.types import Progress, QAPair, Stop, Tell, never, silent

Found = tuple[str, str]
"""The text a baseline gives for an answer, and its document; both empty when it finds nothing."""


def evaluate_baselines(
    retriever: Retriever, pairs: Sequence[QAPair], progress: Tell = silent, stop: Stop = never, scope: Scope = EVERYWHERE
) -> tuple[Baseline, ...]:
    """The baselines on the pairs that have an answer; none when stopped. They never abstain."""
    answerable = [pair for pair in pairs if pair.answers]
    searched: list[Found] = []
    sentences: list[Found] = []
    gold, began = Gold(retriever.index), time.monotonic()
    for number, pair in enumerate(answerable, start=1):
        if stop():
            return ()
        searched.append(keyword_search(retriever.index, pair, scope))
        sentences.append(best_sentence(retriever, pair, scope))
        seconds = time.monotonic() - began
        progress(Progress("baseline", number, len(answerable), pair.question, number, len(answerable), seconds=seconds))
    return (
        Baseline("keyword search", "the best passage of BM25 alone, whole", score(answerable, searched, gold)),
        Baseline(
            "best sentence",
            "the best retrieved passage's sentence that shares most words with the question, without a reader",
            score(answerable, sentences, gold),
        ),
    )


def keyword_search(index: Index, pair: QAPair, scope: Scope) -> Found:
    """What a person gets from a keyword search: the best passage, to be read whole."""
    filters = scope.filters(pair)
    with index.snapshot():
        where = index.where(filters.document, filters.section, filters.metadata)
        for chunk_id, _ in index.search_lexical(query_terms(pair.question, index.languages()), 1, where):
            stored = index.chunks([chunk_id])[chunk_id]
            return stored.chunk.text, stored.document
    return "", ""


def best_sentence(retriever: Retriever, pair: QAPair, scope: Scope) -> Found:
    """Retrieval without reading: the sentence of the best passage with most of the question's terms, the first of equals."""
    for hit in retriever.retrieve(pair.question, scope.filters(pair), top_k=1):
        wanted, text = set(query_terms(pair.question, [hit.language])), hit.chunk.text
        bounds = sentence_bounds(text, hit.language)
        sentences = [text[start:end].strip() for start, end in pairwise(bounds)]
        return max(sentences, key=lambda sentence: len(wanted & set(index_terms(sentence, hit.language)))), hit.document
    return "", ""


def score(pairs: Sequence[QAPair], found: Sequence[Found], gold: Gold) -> Metrics:
    """The figures of the report's reading, over pairs that all have an answer."""
    if not pairs:
        return {}
    both = list(zip(pairs, found, strict=True))
    rouge = [rouge_l(text, pair.answers) for pair, (text, _) in both]
    right = [gold.right_document(pair, document) for pair, (_, document) in both]
    named = [value for value in right if value is not None]
    return {
        "questions": len(pairs),
        "exact_match": sum(exact_match(text, pair.answers) for pair, (text, _) in both) / len(pairs),
        "f1": sum(f1(text, pair.answers) for pair, (text, _) in both) / len(pairs),
        "rouge_l_precision": sum(one.precision for one in rouge) / len(pairs),
        "rouge_l_recall": sum(one.recall for one in rouge) / len(pairs),
        "rouge_l_f1": sum(one.f1 for one in rouge) / len(pairs),
        "right_document": sum(named) / len(named) if named else None,
    }

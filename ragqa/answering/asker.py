"""The one way from a question to an answer: retrieve, read, weigh, respond.

Asking, evaluating, checking, mining and calibrating all go it; nothing else retrieves passages or has a question read. So what is
measured, and what a confidence promises, is what a person is served.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ragqa.answering.choose import Manner, manner_of
from ragqa.answering.effort import Cascade
from ragqa.answering.evidence import Evidence
from ragqa.answering.passages import passage_of
from ragqa.answering.products import meant
from ragqa.answering.rank import candidates_of
from ragqa.answering.readers import Reader
from ragqa.answering.respond import has_words, no_question, respond
from ragqa.answering.retrieve import NO_FILTERS, Filters, retrieve
from ragqa.answering.spans import Reading
from ragqa.answering.weigh import Stage, Weighed, serve
from ragqa.answering.widen import widened
from ragqa.config import AskSettings
from ragqa.indexing.index import Index
from ragqa.inference.embedder import Embedder
from ragqa.types import Hit, Meant, Passages, Response

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST_PASSAGES = 3
"""Passages that are read first; the others only where these do not answer with enough confidence."""

QUESTIONS_AT_ONCE = 256
"""Questions embedded in one go; together they take a fifth of the time."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """The first half of the way, from a question to passages; it needs no reader.

    Frozen: threads may share it, as they may share the index and the embedder it holds.
    """

    index: Index
    embedder: Embedder
    settings: AskSettings

    def retrieve(
        self,
        question: str,
        filters: Filters = NO_FILTERS,
        top_k: int | None = None,
        vector: NDArray[np.float32] | None = None,
    ) -> list[Hit]:
        """The `top_k` passages (None: those of the settings) that fit the question best, best first; none without words.

        The first k of more are those that a retrieval of k gives. `vector` is the question's embedding where the caller has it
        from `vectors`. Raises StorageError or IndexDamaged.
        """
        if not has_words(question):
            return []
        settings = self.settings if top_k is None else replace(self.settings, top_k=top_k)
        return retrieve(self.index, self.embedder, question, settings, filters, vector)

    def never_by_words_alone(self) -> Self:
        """The same way, but where the search backend is out of reach it raises BackendUnavailable, whatever the settings say:
        what is measured of searches by words alone, or learnt from them, is not of the system that answers."""
        return replace(self, settings=replace(self.settings, fallback="none"))

    def search(self, question: str, filters: Filters = NO_FILTERS) -> Passages:
        """What `retrieve` gives, and why by words only where it is."""
        with self.index.snapshot():
            hits = self.retrieve(question, filters)
            return Passages(hits, self.index.words_alone)

    def vectors(self, questions: Sequence[str]) -> Iterator[NDArray[np.float32]]:
        """The embedding of each question, of shape (dimension,), many embedded at once when the first of them is asked for."""
        for first in range(0, len(questions), QUESTIONS_AT_ONCE):
            yield from self.embedder.embed_queries(questions[first : first + QUESTIONS_AT_ONCE])


@dataclass(frozen=True, slots=True)
class Asker(Retriever):
    """The whole way from a question to an answer over one index, with one reader, by one set of settings.

    `threshold` is the confidence, 0..1, under which it abstains. Frozen: other settings or another reader are another Asker. Any
    number of threads may ask one at once, as they may use the index, the embedder and the reader that it holds; each question is
    answered from one commit of the index, whatever a writer does meanwhile.
    """

    reader: Reader
    threshold: float

    def reading_with(self, reader: Reader) -> Asker:
        """The same way with another reader, and that reader's own threshold."""
        return replace(self, reader=reader, threshold=reader.settings.threshold)

    def ask(self, question: str, filters: Filters = NO_FILTERS, vector: NDArray[np.float32] | None = None) -> Response:
        """The best answers to a question, best first, or why there is none. Raises StorageError, IndexDamaged or ModelError."""
        with self.index.snapshot():
            return self.respond(question, self.retrieve(question, filters, vector=vector))

    def respond(self, question: str, hits: Sequence[Hit]) -> Response:
        """The response to a question for which these passages were retrieved; of more than `top_k` the first are read."""
        if not has_words(question):
            return no_question(question, self.threshold)
        hits = hits[: self.settings.top_k]
        with self.index.snapshot():
            read, settings = self.read(question, hits), self.settings
            made = respond(self.index, question, hits, read, settings.answers, self.threshold, self.meant(question, hits))
            return replace(made, embedded=self.index.partly_embedded(), fallback=self.index.words_alone)

    def meant(self, question: str, hits: Sequence[Hit]) -> tuple[Meant, ...]:
        """The manuals, of those that these passages are of, which the question's words name."""
        if not self.settings.product_weight:
            return ()
        return meant(self.index, question, {hit.document_id: (hit.document, hit.title) for hit in hits})

    def read(self, question: str, hits: Sequence[Hit]) -> Weighed:
        """The distinct answers in these passages, best first, each with its confidence: those of the stage that decides."""
        calibration = self.reader.settings.calibration
        return serve(self.stages(question, hits), self.manner(question), calibration, self.settings.decisive)

    def stages(self, question: str, hits: Sequence[Hit]) -> Iterator[Stage]:
        """The stages of reading these passages: the first few, then all of them; each is read when it is asked for.

        There is always one, and only one where the settings never let the first few decide. Where the question names manuals,
        theirs alone are read: of 2,945 questions over real manuals 51 had the best answer elsewhere, one of them rightly.
        """
        named = {one.document_id for one in self.meant(question, hits)}
        hits = [hit for hit in hits if not named or hit.document_id in named]
        hits = widened(self.index, hits, self.reader.settings.passage_characters)
        blocks = [self.index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in hits]
        passages = [passage_of(hit, held) for hit, held in zip(hits, blocks, strict=True)]
        evidence = Evidence(question, hits, blocks)

        def stage(reading: Reading, count: int) -> Stage:
            return Stage(count, tuple(candidates_of(reading, hits, evidence)))

        in_parts = self.settings.decisive < 1 and not isinstance(self.reader, Cascade)  # it chooses among all of them
        first = min(FIRST_PASSAGES, len(passages)) if in_parts else len(passages)
        reading = self.reader.read(question, passages[:first])
        yield stage(reading, first)
        if passages[first:]:
            yield stage(reading.joined(self.reader.read(question, passages[first:]), first), len(passages))

    def manner(self, question: str) -> Manner:
        """How answers to this question are made of what the reader finds."""
        return manner_of(self.index, question, self.reader.settings.join_blocks)

"""Which of the retrieved passages answer a question, as far as its pair tells."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from ragqa.evaluation.results import FoundBy
from ragqa.indexing.index import Index, StoredDocument
from ragqa.indexing.search.backend import BETWEEN_HEADINGS
from ragqa.text.agreement import plain, stands_in
from ragqa.types import Hit, QAPair

MOST_KEPT = 50_000_000
"""Characters of documents' texts that are kept while pairs are judged."""


class Gold:
    """Tells the passages that answer a pair's question, by the strictest means that the pair and its document allow."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._found: dict[str, StoredDocument | None] = {}
        self._texts: OrderedDict[int, str] = OrderedDict()

    def found_by(self, pair: QAPair) -> FoundBy:
        """How the pair's passages are told. It depends on the pair and its document only, never on what was retrieved."""
        document = self.document_of(pair)
        if document is None:
            return FoundBy.ANSWER
        if pair.page is not None and document.pages is not None:
            return FoundBy.PAGE
        if pair.section:
            return FoundBy.SECTION
        return FoundBy.ANSWER if holds_answer(self._text(document), pair) else FoundBy.DOCUMENT

    def rank(self, pair: QAPair, hits: Sequence[Hit]) -> int | None:
        """The rank, from 1, of the first hit that answers; None when none does."""
        found_by, document = self.found_by(pair), self.document_of(pair)
        for number, hit in enumerate(hits, start=1):
            if (document is None or hit.document_id == document.id) and _answers(hit, pair, found_by):
                return number
        return None

    def right_document(self, pair: QAPair, path: str) -> bool | None:
        """Whether a document is the one that the pair names; None where it names none that the index has."""
        document = self.document_of(pair)
        return None if document is None else document.path == path

    def document_of(self, pair: QAPair) -> StoredDocument | None:
        """The document that the pair names; None when it names none, or the index does not have it."""
        return None if pair.document is None else self._find(pair.document)

    def has(self, named: str) -> bool:
        """Whether the index has a document of this name."""
        return self._find(named) is not None

    def _find(self, named: str) -> StoredDocument | None:
        if named not in self._found:
            self._found[named] = self._index.document_called(named)
        return self._found[named]

    def _text(self, document: StoredDocument) -> str:
        """A document's words; those that were asked for last are kept."""
        if document.id not in self._texts:
            self._texts[document.id] = plain(self._index.text(document.id))
            while len(self._texts) > 1 and sum(map(len, self._texts.values())) > MOST_KEPT:
                self._texts.popitem(last=False)
        self._texts.move_to_end(document.id)
        return self._texts[document.id]


def holds_answer(words: str, pair: QAPair) -> bool:
    """Whether a `plain` text holds an accepted answer as whole words."""
    return any(stands_in(words, plain(answer)) for answer in pair.answers)


def _answers(hit: Hit, pair: QAPair, found_by: FoundBy) -> bool:
    if found_by is FoundBy.PAGE:
        return pair.page in hit.chunk.pages
    if found_by is FoundBy.SECTION:
        last = _folded(BETWEEN_HEADINGS.split((pair.section or "").strip())[-1])
        return any(last in _folded(heading) for heading in hit.chunk.section)
    return found_by is FoundBy.DOCUMENT or holds_answer(plain(hit.chunk.text), pair)


def _folded(heading: str) -> str:
    return " ".join(heading.casefold().split())

"""What a question gets, and what people say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload

from ragqa.types.documents import BlockKind, Box, Chunk
from ragqa.types.learning import QAPair
from ragqa.types.work import Coverage


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that retrieval found, with the scores that ranked it.

    `dense` is the cosine similarity of question and chunk, `lexical` the BM25 score (0 where the lexical search did not
    return the chunk), `product` what is added where the question names the chunk's document, `score` their fusion: hits are
    ordered by it, larger is better. `language` is the document's.
    """

    chunk_id: int
    document_id: int
    document: str
    title: str
    chunk: Chunk
    score: float
    dense: float
    lexical: float
    language: str = "en"
    product: float = 0.0


@dataclass(frozen=True, slots=True)
class Meant:
    """A manual that a question is taken to mean, and the words of the question that name it."""

    document_id: int
    document: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a person needs to read around an answer: its sentences, or the whole list, row or warning.

    `start` and `end` are offsets into the document's text, `kind` is the kind of the block that holds the span.
    """

    kind: BlockKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """The row of a table that an answer stands in. `heads` name its columns, one for each of the `cells`; empty where nothing
    names them. `column` is the number, from 0, of the cell that holds the answer, None where it runs over several.
    """

    heads: tuple[str, ...]
    cells: tuple[str, ...]
    column: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An exact span of a manual. `document text[start:end] == text`; `confidence` is a probability in 0..1.

    `passage` is the chunk the span was read in and begins at `passage_start` of the document. `box` is where on its `page` the
    paragraph, item or row stands that holds the span, None where that is not known; `table` is its row, where that is one.
    """

    text: str
    confidence: float
    document: str
    section: tuple[str, ...]
    pages: tuple[int, ...]
    start: int
    end: int
    passage: str
    passage_start: int
    context: Context
    document_id: int
    reader_score: float
    retrieval_score: float
    box: Box | None = None
    table: TableRow | None = None

    @property
    def page(self) -> int | None:
        """The page the span begins on, None where the format has no pages."""
        return self.pages[0] if self.pages else None


class Abstention(StrEnum):
    """Why a question was not answered."""

    NO_QUESTION = "the question has no words"
    NO_PASSAGES = "no passage to read: nothing in the index matches the question and the filters"
    RETRIEVAL_WEAK = "retrieval weak: no passage is close to the question"
    READER_UNSURE = "reader unsure: passages are near, but none states an answer clearly"


@dataclass(frozen=True, slots=True)
class Response(Sequence[Answer]):
    """All that came of one question. Indexing it gives the answers, best first.

    `answered` is False when the best confidence is under the reader's threshold; `answers` still holds the best spans
    and `reason` says why the system abstains. `meant` are the manuals that the question's words name, best first: with more than
    one of them, they fit about equally; with none, it names no product. `embedded` says how many of the index's passages had
    vectors when it was asked, while not all had: the others were looked for by their words. None: all had. `fallback` says why
    only words were looked for, and not in what the index is searched by; empty: that was searched.
    """

    question: str
    answered: bool
    reason: Abstention | None
    answers: tuple[Answer, ...]
    passages: tuple[Hit, ...]
    threshold: float
    meant: tuple[Meant, ...] = ()
    embedded: Coverage | None = None
    fallback: str = ""

    @overload
    def __getitem__(self, index: int) -> Answer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Answer, ...]: ...
    def __getitem__(self, index: int | slice) -> Answer | tuple[Answer, ...]:
        return self.answers[index]

    def __len__(self) -> int:
        return len(self.answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)


class Passages(list[Hit]):
    """The passages that fit a question, best first; `fallback` is that of `Response`."""

    def __init__(self, hits: Iterable[Hit] = (), fallback: str = "") -> None:
        super().__init__(hits)
        self.fallback = fallback


class Verdict(StrEnum):
    """What a person says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    CORRECTED = "corrected"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A person's verdict on what came of a question, with what it takes to learn from it.

    `answer` is the right span, empty where the verdict names none; it begins at `answer_start` of `context`, the passage it
    stands in. `given` is what the system had answered, with its `confidence`, by `reader`. `id` is 0 until it is kept.
    """

    question: str
    verdict: Verdict
    answer: str = ""
    context: str = ""
    answer_start: int = 0
    document: str = ""
    page: int | None = None
    section: tuple[str, ...] = ()
    given: str = ""
    confidence: float = 0.0
    reader: str = ""
    at: str = ""
    id: int = 0

    @property
    def pair(self) -> QAPair | None:
        """The question/answer pair to learn from; None where the verdict is only that an answer is wrong."""
        if self.verdict is Verdict.WRONG:
            return None
        if self.verdict is Verdict.UNANSWERABLE:
            return QAPair(self.question, id=f"feedback-{self.id}")
        return QAPair(
            self.question, (self.answer,), f"feedback-{self.id}", self.document or None, self.page,
            " > ".join(self.section) or None, self.context, self.answer_start,
        )  # fmt: skip

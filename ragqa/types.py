"""The nouns of ragqa: small frozen values that the stages hand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload


class BlockKind(StrEnum):
    """What a block of a document is; answers inside lists, tables and warnings are shown whole."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    WARNING = "warning"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document's text: a heading, a paragraph, a list item, a table row, a warning or code.

    `start` and `end` are character offsets into `Document.text`; blocks are in order and do not overlap.
    `section` is the heading path the block stands under, outermost first; a heading's own path ends with itself.
    `levels` runs beside `section` and holds each heading's level (1 is outermost).
    `group` numbers the list, table or warning box the block belongs to (0: none), so that it can be shown whole.
    `page` counts from 1 and is None where a format has no pages.
    """

    kind: BlockKind
    start: int
    end: int
    section: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    page: int | None = None
    group: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its plain text and the blocks that structure it.

    `path` is how users see the document: relative to the folder that was ingested.
    `pages` is the number of pages, None where the format has none.
    `warnings` say what was lost on the way, e.g. pages without text.
    `language` is the code (ISO 639-1) of the one that most of the text is written in, as `ragqa.text.detect` tells.
    """

    path: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    warnings: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document short enough to embed. Offsets are characters into the document's text."""

    text: str
    start: int
    end: int
    section: tuple[str, ...] = ()
    page_first: int | None = None
    page_last: int | None = None

    @property
    def pages(self) -> tuple[int, ...]:
        """Every page the chunk touches; empty where the format has no pages."""
        return page_range(self.page_first, self.page_last)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that retrieval found, with the scores that ranked it.

    `dense` is the cosine similarity of question and chunk, `lexical` the BM25 score (0 where the lexical search did not
    return the chunk), `score` their fusion: hits are ordered by it, larger is better. `language` is the document's.
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
class Answer:
    """An exact span of a manual. `document text[start:end] == text`; `confidence` is a probability in 0..1.

    `passage` is the chunk the span was read in and begins at `passage_start` of the document.
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
    and `reason` says why the system abstains.
    """

    question: str
    answered: bool
    reason: Abstention | None
    answers: tuple[Answer, ...]
    passages: tuple[Hit, ...]
    threshold: float

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


class FileState(StrEnum):
    """What an ingest did with one file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RENAMED = "renamed"
    REMOVED = "removed"
    MISSING = "missing"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One line of an ingest's summary. `note` says what was lost, or why the file was skipped or failed."""

    path: str
    state: FileState
    pages: int | None = None
    characters: int = 0
    chunks: int = 0
    embedded: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """All that one ingest did. `interrupted` is True when it was stopped; what `files` names is committed."""

    index: str
    files: tuple[FileReport, ...]
    chunks_embedded: int
    seconds: float
    documents: int
    chunks: int
    interrupted: bool = False
    dry_run: bool = False

    def count(self, *states: FileState) -> int:
        """How many files ended in one of these states."""
        return sum(file.state in states for file in self.files)

    @property
    def failed(self) -> bool:
        """Whether any file could not be ingested."""
        return self.count(FileState.FAILED) > 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a long job, handed to a callback.

    `done` of `total` is the measure that time runs with (bytes of an ingest, questions of a batch); `items` of `items_total` is
    what a person counts (files, questions). `chunks` were embedded so far, in `seconds`. `detail` names what is at work.
    """

    stage: str
    done: int
    total: int
    detail: str = ""
    items: int = 0
    items_total: int = 0
    chunks: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds. `bytes` is its size on disk."""

    name: str
    path: str
    documents: int
    chunks: int
    pages: int
    characters: int
    vectors: int
    bytes: int
    generation: int
    schema: int
    updated: str
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What an index knows of one document. `source` is the file it was read from, `present` whether that file is still there,
    `warnings` what was lost in reading it, `ingested_at` when that was (UTC, ISO 8601)."""

    id: int
    path: str
    title: str
    source: str
    pages: int | None
    characters: int
    chunks: int
    warnings: tuple[str, ...]
    ingested_at: str
    present: bool


@dataclass(frozen=True, slots=True)
class Extract:
    """A stretch of a document that ends where blocks do: `text` begins at the character `start`, `length` is the document's."""

    document_id: int
    start: int
    text: str
    blocks: tuple[Block, ...]
    length: int

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)


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


@dataclass(frozen=True, slots=True)
class QAPair:
    """A question with its accepted answers; none: the manuals do not say.

    `document`, `page` and `section` tell where the answer stands, as far as known. A pair may bring its own `context`; then
    `answer_start` is the first answer's character offset into it, None where it has to be looked for. `origin` is the file and
    line the pair was read from.
    """

    question: str
    answers: tuple[str, ...] = ()
    id: str = ""
    document: str | None = None
    page: int | None = None
    section: str | None = None
    context: str | None = None
    answer_start: int | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class PairProblem:
    """A place in a QA file that cannot be used: its line (or record, from 1), the field at fault, and what is wrong with it."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


class Match(StrEnum):
    """How an answer was found in a text, strictest first."""

    EXACT = "exact"
    NORMALISED = "normalised"
    FUZZY = "fuzzy"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Triplet:
    """A question, one passage retrieved for it, and where the answer stands there: what a reader learns from.

    Triplets of one question share its `id`. `start` and `end` are character offsets into `context`, both None where the passage
    does not answer. `headings` and `segments` are those of `ragqa.answering.windows.Passage`. `answers` are the accepted
    answers as the user gave them, `similarity` in 0..1 how much of them the span holds. `rank` counts from 1, 0 where retrieval
    did not find the passage; `score`, `dense` and `lexical` are those of the hit. `context_start` is the context's character
    offset in its document, -1 where it is not known.
    """

    id: str
    question: str
    context: str
    start: int | None = None
    end: int | None = None
    answers: tuple[str, ...] = ()
    match: Match = Match.NONE
    similarity: float = 0.0
    headings: str = ""
    segments: tuple[tuple[int, int], ...] = ()
    document: str = ""
    context_start: int = -1
    rank: int = 0
    score: float = 0.0
    dense: float = 0.0
    lexical: float = 0.0

    @property
    def answerable(self) -> bool:
        """Whether the passage holds the answer."""
        return self.start is not None


@dataclass(frozen=True, slots=True)
class TrainStep:
    """Where a training stands: the running loss, and the validation scores where it has just been evaluated. Times in seconds."""

    step: int
    steps: int
    loss: float
    scores: dict[str, float]
    seconds: float
    left: float


def page_range(first: int | None, last: int | None) -> tuple[int, ...]:
    """The pages from `first` to `last`, both included; empty where there are none."""
    if first is None:
        return ()
    return tuple(range(first, (last if last is not None else first) + 1))


def well_formed(text: str) -> str:
    """The text with lone surrogates (bytes that were no UTF-8) replaced: neither the models nor the index take them."""
    return text.encode("utf-8", "replace").decode("utf-8")

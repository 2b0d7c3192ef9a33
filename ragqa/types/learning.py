"""What is measured with and learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    did not find the passage; `score`, `dense` and `lexical` are those of the hit. `document` is the one that holds the passage,
    and `context_start` the context's character offset in it, -1 where it is not known; `named_document` is the one that the pair
    names, empty where it names none: then an answer may come from any.
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
    named_document: str = ""
    context_start: int = -1
    rank: int = 0
    score: float = 0.0
    dense: float = 0.0
    lexical: float = 0.0

    @property
    def answerable(self) -> bool:
        """Whether the passage holds the answer."""
        return self.start is not None

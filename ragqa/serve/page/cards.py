"""What came of a question as a page shows it: cards with an answer or a passage each, in the words of `ragqa.display`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ragqa.display import (
    LISTED_PASSAGES,
    PASSAGE_LENGTH,
    around,
    confidence_words,
    embedded_sentence,
    fallback_sentence,
    meant_sentence,
    nothing_was_asked,
    one_line,
    other_passages,
    place,
    shortened,
    shown_answers,
    why_not,
)
from ragqa.serve.page.asked import Asked, Wanted
from ragqa.serve.page.shown import Segment, lines, near_mark, segments, visible
from ragqa.types import Answer, Hit, Response, TableRow

LINES_AROUND = 4
"""How many lines of a long list are shown before and after those of the answer."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure an answer is: `filled` of five parts of a bar, a percentage, and a word, which is a colour's name in the style."""

    filled: int
    percent: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """The row of a table that an answer stands in, under its heads, of which there may be none."""

    heads: tuple[str, ...]
    cells: tuple[tuple[Segment, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One answer or passage. `text` is the span, or the beginning of the passage; `title` the same span, or the passage's
    heading; `around` the lines of what it stands in, each with whether some were left out before it, `row` that is a table's.
    `address` opens the page with this card in view, `manual` its place in the manual; `reply` goes into a ticket. `span` is the
    document's id and the characters of it, `document` and `crumbs` where they stand."""

    key: str
    number: int
    title: str
    text: str
    language: str
    document: str
    crumbs: tuple[str, ...]
    address: str
    manual: Wanted
    reply: str
    span: tuple[int, int, int]
    confidence: Confidence | None = None
    around: tuple[tuple[list[Segment], bool], ...] = ()
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Cards:
    """All that is shown of a response. `refusal` is said where the system abstains, with `reason`; `notes` are sentences about
    which manuals are meant, and about vectors that are still to come."""

    answered: bool
    refusal: str
    reason: str
    empty: bool
    notes: tuple[str, ...]
    answers: tuple[Card, ...]
    passages: tuple[Card, ...]

    def chosen(self, asked: Asked) -> Card | None:
        """The card that an address asks for; else the first one that there is."""
        if 0 < asked.passage <= len(self.passages):
            return self.passages[asked.passage - 1]
        if 0 < asked.answer <= len(self.answers):
            return self.answers[asked.answer - 1]
        both = (self.answers, self.passages) if self.answered else (self.passages, self.answers)
        return next(chain(*both), None)


def cards_of(response: Response, asked: Asked) -> Cards:
    """The cards of a response: the answers that are sure enough or, where it abstains, the unsure ones; then passages."""
    refusal, reason = ("", "") if response.answered else why_not(response)
    empty = nothing_was_asked(response)
    answers = () if empty else shown_answers(response) if response.answered else response.answers
    passages = [] if empty else other_passages(response, answers, LISTED_PASSAGES)
    notes = (fallback_sentence(response), meant_sentence(response), embedded_sentence(response.embedded))
    return Cards(
        response.answered, refusal, reason, empty, tuple(filter(None, notes)),
        tuple(_answer_card(one, number, asked) for number, one in enumerate(answers, start=1)),
        tuple(_passage_card(one, number, asked) for number, one in enumerate(passages, start=1)),
    )  # fmt: skip


def confidence_of(value: float) -> Confidence:
    """How sure an answer is, as `ragqa.display` says it."""
    bar, word, _ = confidence_words(value)
    return Confidence(bar.count("■"), bar.split()[-1], word)


def reply(text: str, document: str, pages: Sequence[int], section: Sequence[str]) -> str:
    """What goes into a ticket: the quotation, and where it stands."""
    return f"“{text}”\n— {place(document, pages, section)}"


def _answer_card(answer: Answer, number: int, asked: Asked) -> Card:
    before, span, after = around(answer)
    parts = (Segment(visible(before)), Segment(visible(span), "answer"), Segment(visible(after)))
    text = visible(answer.text)
    whole = not before.strip() and not after.strip(" .\n")
    return Card(
        key=f"answer-{number}",
        number=number,
        title=text,
        text=text,
        language="",
        document=one_line(answer.document),
        crumbs=crumbs_of(answer.pages, answer.section),
        address=asked.address(answer=number),
        manual=Wanted(answer.document_id, asked.index, (answer.start, answer.end)),
        reply=reply(text, answer.document, answer.pages, answer.section),
        span=(answer.document_id, answer.start, answer.end),
        confidence=confidence_of(answer.confidence),
        around=() if whole or answer.table is not None else tuple(near_mark(lines(parts), LINES_AROUND)),
        row=_row(answer.table, answer.text),
    )


def _row(row: TableRow | None, answer: str) -> Row | None:
    """The row, with the answer marked in its cell; the whole cell where it holds the answer in other words."""
    if row is None:
        return None
    cells = []
    for number, cell in enumerate(row.cells):
        at = cell.find(answer) if number == row.column else -1
        span = (at, at + len(answer)) if at >= 0 else (0, len(cell))
        cells.append(segments(cell, 0, [(span, "answer")] if number == row.column else []))
    return Row(tuple(map(visible, row.heads)), tuple(cells))


def _passage_card(hit: Hit, number: int, asked: Asked) -> Card:
    text, chunk = visible(hit.chunk.text), hit.chunk
    return Card(
        key=f"passage-{number}",
        number=number,
        title=one_line(chunk.section[-1] if chunk.section else hit.document),
        text=shortened(" ".join(text.split()), PASSAGE_LENGTH),
        language=hit.language,
        document=one_line(hit.document),
        crumbs=crumbs_of(chunk.pages, chunk.section),
        address=asked.address(passage=number),
        manual=Wanted(hit.document_id, asked.index, (chunk.start, chunk.end), passage=True),
        reply=reply(text, hit.document, chunk.pages, chunk.section),
        span=(hit.document_id, chunk.start, chunk.end),
    )


def crumbs_of(pages: Sequence[int], section: Sequence[str]) -> tuple[str, ...]:
    """Page and headings of a place, as `ragqa.display.place` says them."""
    paged = place("", pages, ())
    return tuple(part for part in (paged, *map(one_line, section)) if part)

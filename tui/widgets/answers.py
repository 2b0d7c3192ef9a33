"""The answers to a question as cards: the span, how sure it is, where it stands; and the passages nearest to the question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import ListItem, Static

from ragqa.display import (
    ANSWER_LENGTH,
    CARD_PASSAGE_LENGTH,
    LISTED_PASSAGES,
    cell_name,
    confidence_words,
    embedded_sentence,
    meant_sentence,
    nothing_was_asked,
    other_passages,
    place,
    shortened,
    shown_answers,
    why_not,
)
from ragqa.types import Answer, Hit, Response, Spot, Verdict
from tui.widgets.lists import VimListView
from tui.widgets.page_view import PageWanted
from tui.widgets.stand_ins import visible, visible_line

MARKS = {
    Verdict.RIGHT: ("✓ right", "bold green"),
    Verdict.WRONG: ("✗ wrong", "bold red"),
    Verdict.CORRECTED: ("✎ corrected", "bold cyan"),
    Verdict.UNANSWERABLE: ("∅ not in the manuals", "bold cyan"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card points: a passage of a document, and the answer in it, if it has one. Offsets are the document's."""

    document_id: int
    document: str
    pages: tuple[int, ...]
    section: tuple[str, ...]
    passage: tuple[int, int]
    answer: tuple[int, int] | None = None

    @property
    def breadcrumb(self) -> str:
        return place(self.document, self.pages, self.section)


def place_of_answer(answer: Answer) -> Place:
    """The place of an answer."""
    passage = answer.passage_start, answer.passage_start + len(answer.passage)
    return Place(answer.document_id, answer.document, answer.pages, answer.section, passage, (answer.start, answer.end))


def place_of_hit(hit: Hit) -> Place:
    """The place of a passage."""
    return Place(hit.document_id, hit.document, hit.chunk.pages, hit.chunk.section, (hit.chunk.start, hit.chunk.end))


def confidence_bar(value: float) -> Text:
    """How sure an answer is: a bar, a percentage, and a word."""
    bar, word, colour = confidence_words(value)
    return Text.assemble((f"{bar} ", colour), (word, colour))


class Card(ListItem):
    """One entry of the list; `target` is what it points at, `answer` the answer it shows, None for a passage."""

    def __init__(self, target: Place | None, answer: Answer | None, number: int, body: RenderableType, kind: str) -> None:
        super().__init__(classes=kind, disabled=target is None)
        self.target = target
        self.answer = answer
        self.number = number
        self._body = body

    def compose(self) -> ComposeResult:
        yield Static(self._body)

    def mark(self, verdict: Verdict | None) -> None:
        """Show what was said of it."""
        mark = Text("") if verdict is None else Text(*MARKS[verdict])
        self.query_one(Static).update(Group(self._body, mark) if verdict is not None else self._body)


class AnswerList(VimListView):
    """The cards of one response. Keys on it judge, copy and open what is highlighted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "judge('right')", "Right", show=True),
        Binding("n", "judge('wrong')", "Wrong", show=True),
        Binding("m", "judge('unanswerable')", "Not in manuals", show=True),
        Binding("u", "undo", "Undo", show=False),
        Binding("c", "copy(False)", "Copy", show=False),
        Binding("C", "copy(True)", "Cite", show=True),
        Binding("o", "open_file", "Open", show=True),
        Binding("p", "page", "Its page", show=False),
        Binding("right,l,s", "read", "Read on", key_display="→", show=True),
        Binding("i", "ask", "Ask", show=False),
        *(Binding(str(number), f"pick({number})", f"Answer {number}", show=False) for number in range(1, 10)),
    ]

    class Judged(Message):
        """A verdict on the highlighted card's answer; None: take back the last one."""

        def __init__(self, card: Card | None, verdict: Verdict | None) -> None:
            super().__init__()
            self.card = card
            self.verdict = verdict

    class Wanted(Message):
        """Something is to be done with the highlighted card: copy, cite, open, read, or ask anew."""

        def __init__(self, what: str, card: Card | None) -> None:
            super().__init__()
            self.what = what
            self.card = card

    async def show(self, response: Response) -> None:
        """Show a response's answers, or why there is none and what came nearest; the first is highlighted."""
        await self.clear()
        await self.extend(cards(response))
        self.index = next((number for number, card in enumerate(self.cards) if card.target is not None), None)

    @property
    def cards(self) -> list[Card]:
        """Every card, headings too."""
        return list(self.query(Card))

    @property
    def card(self) -> Card | None:
        """The highlighted card."""
        found = self.highlighted_child
        return found if isinstance(found, Card) else None

    def action_judge(self, verdict: str) -> None:
        self.post_message(self.Judged(self.card, Verdict(verdict)))

    def action_undo(self) -> None:
        self.post_message(self.Judged(self.card, None))

    def action_copy(self, cite: bool) -> None:
        self.post_message(self.Wanted("cite" if cite else "copy", self.card))

    def action_open_file(self) -> None:
        self.post_message(self.Wanted("open", self.card))

    def action_page(self) -> None:
        """Show the page of the manual that the highlighted card stands on."""
        target, answer = (self.card.target, self.card.answer) if self.card is not None else (None, None)
        if target is None:
            return
        if not target.pages:
            self.notify("This manual has no pages to show.", severity="warning")
        elif answer is not None:
            self.post_message(PageWanted(Spot(answer.document, target.pages[0], answer.text, answer.box)))
        else:
            self.post_message(PageWanted(Spot(target.document, target.pages[0])))

    def action_read(self) -> None:
        self.post_message(self.Wanted("read", self.card))

    def action_ask(self) -> None:
        self.post_message(self.Wanted("ask", self.card))

    def action_pick(self, number: int) -> None:
        for position, card in enumerate(self.cards):
            if card.number == number:
                self.index = position

    def commands(self) -> Iterator[SystemCommand]:
        """What the command palette offers to do with the highlighted card."""
        yield SystemCommand("Answer: right", "Keep it to learn from", lambda: self.action_judge("right"))
        yield SystemCommand("Answer: wrong", "And show where the right one is", lambda: self.action_judge("wrong"))
        yield SystemCommand("Answer: not in the manuals", "Keep that", lambda: self.action_judge("unanswerable"))
        yield SystemCommand("Answer: undo the last verdict", "Take it back", self.action_undo)
        yield SystemCommand("Answer: copy", "The answer alone", lambda: self.action_copy(False))
        yield SystemCommand("Answer: copy with source", "As a reply to a ticket", lambda: self.action_copy(True))
        yield SystemCommand("Answer: open the file", "At its page where possible", self.action_open_file)
        yield SystemCommand("Answer: show its page", "As a picture", self.action_page)


def cards(response: Response) -> list[Card]:
    """The cards of a response: answers that are sure enough, then, if it abstains, the unsure ones, then passages."""
    made: list[Card] = []
    if not response.answered:
        told, why = why_not(response)
        made.append(Card(None, None, 0, Text.assemble((told, "bold yellow"), f"\n{why}"), "banner"))
        if nothing_was_asked(response):
            return made
    told = "\n".join(filter(None, (meant_sentence(response), embedded_sentence(response.embedded))))
    if told:
        made.append(Card(None, None, 0, Text(told, "dim"), "title"))
    shown = shown_answers(response) if response.answered else list(response.answers)
    if shown and not response.answered:
        made.append(Card(None, None, 0, Text("Not sure enough:", "dim"), "title"))
    for number, answer in enumerate(shown, start=1):
        made.append(Card(place_of_answer(answer), answer, number, _answer_body(answer, number, response.answered), "answer"))
    passages = other_passages(response, shown, LISTED_PASSAGES)
    if passages:
        title = "The nearest passages:" if not response.answered else "Other passages read:"
        made.append(Card(None, None, 0, Text(title, "dim"), "title"))
    made += [Card(place_of_hit(hit), None, 0, _passage_body(hit), "passage") for hit in passages]
    return made


def _answer_body(answer: Answer, number: int, answered: bool) -> Group:
    shown = shortened(visible(answer.text), ANSWER_LENGTH)
    style = "bold" if answered and number == 1 else ""
    named = visible_line(cell_name(answer))
    return Group(
        Text.assemble((f"{number} ", "dim"), confidence_bar(answer.confidence)),
        Text(shown, style=style),
        *([Text(named, style="dim")] if named else []),
        Text(place_of_answer(answer).breadcrumb, style="cyan"),
    )


def _passage_body(hit: Hit) -> Group:
    snippet = shortened(visible_line(hit.chunk.text), CARD_PASSAGE_LENGTH)
    return Group(Text(snippet, style="dim"), Text(place_of_hit(hit).breadcrumb, style="cyan"))


def copied(card: Card, response: Response | None, cite: bool) -> str:
    """What of a card goes to the clipboard: its answer or its passage; with `cite` as a reply to a ticket, with its place."""
    assert card.target is not None
    text = card.answer.text if card.answer is not None else ""
    if not text and response is not None:
        wanted = card.target.document_id, card.target.passage[0]
        text = next((hit.chunk.text for hit in response.passages if (hit.document_id, hit.chunk.start) == wanted), "")
    return f"“{text}”\n— {card.target.breadcrumb}" if cite else text

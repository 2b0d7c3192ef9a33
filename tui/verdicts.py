"""What a person said of answers in this session: kept beside the index, marked on the cards, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from ragqa.display import NAME_LENGTH, quoted
from ragqa.types import Feedback, Response, Verdict
from tui.tasks import Task
from tui.widgets.answers import Card

if TYPE_CHECKING:
    from tui.app import RagqaApp


class Verdicts:
    """The verdicts of this session, the latest last; that one is kept or taken back reaches the `owner`. For the app's thread
    only."""

    def __init__(self, app: RagqaApp, owner: MessagePump) -> None:
        self._app = app
        self._owner = owner
        self._given: list[tuple[Feedback, Card | None]] = []
        self._leaving: tuple[Feedback, Card | None] | None = None

    def judge(self, response: Response, verdict: Verdict, card: Card | None, span: tuple[int, int, int] | None = None) -> None:
        """Keep a verdict; the job's result, for `judged`, reaches the owner."""
        qa, answer = self._app.qa, card.answer if card is not None else None
        self._app.start(Task("judge", self._owner, lambda task: (qa.judge(response, verdict, answer, span), card)))

    def judged(self, feedback: Feedback, card: Card | None) -> None:
        """A verdict is kept: say so and mark the card."""
        self._given.append((feedback, card))
        told = {
            Verdict.RIGHT: "Right: kept to learn from.",
            Verdict.WRONG: "Wrong: kept.",
            Verdict.CORRECTED: f"The answer is “{quoted(feedback.answer, NAME_LENGTH)}”: kept to learn from.",
            Verdict.UNANSWERABLE: "The manuals do not say: kept to learn from.",
        }[feedback.verdict]
        self._app.notify(f"{told}  u takes it back.", markup=False)
        if card is not None and card.is_attached:
            card.mark(feedback.verdict)
        self._app.feedback_changed()

    def undo(self) -> None:
        """Take the last one back; that it is done, for `undone`, or not, for `not_undone`, reaches the owner."""
        if self._leaving is not None:
            return
        if not self._given:
            self._app.notify("There is no verdict of this session to take back.", severity="warning")
            return
        self._leaving = self._given.pop()
        journal, taken = self._app.qa.journal, self._leaving[0].id
        self._app.start(Task("undo", self._owner, lambda task: journal.remove([taken])))

    def not_undone(self) -> None:
        """It could not be taken back, and is still the last one."""
        if self._leaving is not None:
            self._given.append(self._leaving)
        self._leaving = None

    def undone(self) -> None:
        """It is taken back: say so; the card shows what was said of it before."""
        if self._leaving is None:
            return
        feedback, card = self._leaving
        self._leaving = None
        if card is not None and card.is_attached:
            before = [one.verdict for one, other in self._given if other is card]
            card.mark(before[-1] if before else None)
        told = f"Taken back: {feedback.verdict.value}, on “{quoted(feedback.question, NAME_LENGTH)}”."
        self._app.notify(told, markup=False)
        self._app.feedback_changed()

    def clear(self) -> None:
        """Forget them here: those of another index mean nothing in this one."""
        self._given.clear()
        self._leaving = None

"""Where questions are typed: with the questions asked before, a key away."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester

from ragqa.types import well_formed
from tui.widgets.inputs import SafeInput
from tui.widgets.stand_ins import visible


class _History(Suggester):
    def __init__(self, owner: QuestionInput) -> None:
        super().__init__(use_cache=False, case_sensitive=False)
        self._owner = owner

    async def get_suggestion(self, value: str) -> str | None:
        fitting = (one for one in self._owner.history if one.casefold().startswith(value) and visible(one) == one)
        return next(fitting, None) if value else None


class QuestionInput(SafeInput):
    """↑ and ↓ go through the history (`history`, the latest first), as far as it begins with what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", "Asked before", key_display="↑", show=True),
        Binding("down", "newer", "Answers", key_display="↓", show=True),
        Binding("ctrl+r", "search_history", "History", show=True),
    ]

    class Left(Message):
        """Somebody moved down out of the input."""

    class HistoryWanted(Message):
        """Somebody wants to search the history."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, suggester=_History(self), id=id)
        self.history: list[str] = []
        self._typed = ""
        self._back = 0

    def remember(self, question: str) -> None:
        """Put a question at the front of the history."""
        self.history = [question, *(one for one in self.history if one != question)]
        self._back = 0

    def action_older(self) -> None:
        if not self._back:
            self._typed = self.value
        matching = self._matching()
        if self._back < len(matching):
            self._back += 1
            self._put(matching[self._back - 1])

    def action_newer(self) -> None:
        if not self._back:
            self.post_message(self.Left())
            return
        self._back -= 1
        self._put(self._matching()[self._back - 1] if self._back else self._typed)

    def action_search_history(self) -> None:
        self.post_message(self.HistoryWanted())

    def _matching(self) -> list[str]:
        return [one for one in self.history if one.casefold().startswith(self._typed.casefold()) and one != self._typed]

    def _put(self, text: str) -> None:
        back, self.value = self._back, well_formed(text)
        self._back = back
        self.cursor_position = len(self.value)

    def on_key(self, event: object) -> None:
        if getattr(event, "is_printable", False) or getattr(event, "key", "") in ("backspace", "delete"):
            self._back = 0

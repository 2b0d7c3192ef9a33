"""Questions asked again are not read again."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ragqa.answering.asker import Asker
from ragqa.answering.retrieve import Filters
from ragqa.types import Response

ANSWERS_KEPT = 256
"""Responses that are kept, for questions that are asked again."""


class AnswerCache:
    """The latest responses of one Asker; another Asker has a cache of its own, so that nothing of an old one is held or served.

    Safe for threads: the lock is held for the look-up only, never while a question is read, so two threads that ask the same new
    question may both read it, and get equal responses.
    """

    def __init__(self, asker: Asker, kept: int = ANSWERS_KEPT) -> None:
        self.asker = asker
        self._kept = kept
        self._lock = threading.Lock()
        self._responses: OrderedDict[tuple[str, Filters, int], Response] = OrderedDict()

    def __len__(self) -> int:
        with self._lock:
            return len(self._responses)

    def ask(self, question: str, filters: Filters) -> Response:
        """What the Asker answers, from memory where the index has not changed since. Raises what the Asker raises."""
        with self.asker.index.snapshot():
            key = question, filters, self.asker.index.generation
            with self._lock:
                if key in self._responses:
                    self._responses.move_to_end(key)
                    return self._responses[key]
            response = self.asker.ask(question, filters)
        if response.fallback:  # the next time more may be within reach
            return response
        with self._lock:
            self._responses[key] = response
            while len(self._responses) > self._kept:
                self._responses.popitem(last=False)
        return response

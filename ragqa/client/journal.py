"""What people asked and said, where the index is on a server: verdicts are the server's, questions those of this session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ragqa.client.lists import all_pages
from ragqa.client.refusals import refused
from ragqa.client.wire import Wire
from ragqa.journal import Journal
from ragqa.schema_reading import Fields, Misread, read_feedback
from ragqa.schema_reading.fields import count
from ragqa.types import Feedback, FileReport

QUESTIONS_KEPT = 1000


class RemoteJournal(Journal):
    """The journal of a server's index. Safe for threads."""

    def __init__(self, wire: Wire, index: Callable[[], str | None], asked: list[str]) -> None:
        super().__init__(Path())  # nothing is read or written there
        self._wire, self._index, self._asked = wire, index, asked

    def remember(self, question: str) -> None:
        """Keep a question that was asked, as long as this engine lives."""
        if question in self._asked:
            self._asked.remove(question)
        self._asked.append(question)
        del self._asked[:-QUESTIONS_KEPT]

    def questions(self) -> list[str]:
        """The questions asked in this session, the latest first, each once."""
        return list(reversed(self._asked))

    def verdicts(self) -> list[Feedback]:
        """Every verdict on the index's answers, in the order they were given. Raises RagqaError."""
        return list(all_pages(self._wire, "feedback", read_feedback, {"index": self._index()}))

    def losses(self) -> list[FileReport]:
        """None: what its ingests left out, a server tells in their reports."""
        return []

    def wanted(self) -> list[str]:
        """None: the server itself knows what to embed first."""
        return []

    def add(self, feedback: Feedback) -> Feedback:
        """Refused: a verdict is given on a response, by `judge`."""
        raise refused("a verdict without its response cannot be kept there")

    def remove(self, ids: Sequence[int]) -> int:
        """Take verdicts back, and return how many there were. Raises RagqaError, with those before gone."""
        return sum(self._removed(one) for one in ids)

    def _removed(self, verdict: int) -> int:
        told = self._wire.json("DELETE", "v1", "feedback", verdict, query={"index": self._index()})
        try:
            return Fields(told, "answer")("removed", count)
        except Misread as error:
            raise self._wire.strange(error) from error

    def note_losses(self, files: Sequence[FileReport], sources: Mapping[str, Path] = MappingProxyType({})) -> None:
        """Nothing: the server does."""

    def want(self, paths: Iterable[str]) -> None:
        """Nothing: the server does."""

    def forget_wanted(self) -> None:
        """Nothing: the server does."""

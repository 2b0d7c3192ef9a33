"""An engine whose index is on a server: asked as any other, over HTTP."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Unpack

from ragqa.client.address import Address
from ragqa.client.jobs import evaluate_there
from ragqa.client.library import UNKNOWN, RemoteLibrary
from ragqa.client.pages import LastAnswers
from ragqa.client.refusals import refused
from ragqa.client.tokens import token_of
from ragqa.client.wire import Wire
from ragqa.config import AskSettings, Settings, apply_options, override
from ragqa.engine import Pairs
from ragqa.metadata import Given, wanted
from ragqa.schema_reading import (
    Fields,
    read_feedback,
    read_passages,
    read_response,
)
from ragqa.schema_reading.fields import maybe, text
from ragqa.settings import load_settings
from ragqa.types import (
    Answer,
    Feedback,
    Passages,
    Response,
    Verdict,
    well_formed,
)

if TYPE_CHECKING:
    from ragqa.evaluation.measure import Asking
    from ragqa.evaluation.results import Report

ASKED_WITH = ("answers", "effort", "threshold")
"""The settings of asking that a server takes from who asks; `top_k` is one of searching. The others are its own."""

RESPONSES_KEPT = 64
"""Responses whose filters are known, so that they can be judged."""


class RemoteRagQA(RemoteLibrary):
    """An index on a server, with the interface of RagQA: `RagQA("http://127.0.0.1:8321")` and `ragqa.connect` give one.

    What the server does for others is done there, with the server's settings but for those that were given here; what it does not
    (training, rebuilding, removing an index) raises UsageError that says so. Nothing is sent before the first call. Everything
    raises ServerError where the server cannot be reached, refuses, or is no ragqa server. Safe for threads.

    `index` is the server's URL, with the name of an index behind # where the server's own is not meant; `settings` and `options`
    are those of RagQA, of which the server takes answers, effort, threshold and top_k. `wire` is the connection to use.
    """

    def __init__(
        self, index: str | None = None, *, settings: Settings | None = None, wire: Wire | None = None, **options: Any
    ) -> None:
        given = settings or load_settings()
        self._wire = wire or Wire(Address.of(index or ""), token_of())
        named = self._wire.address.index or (given.index if given.index != Settings().index else None)
        self._begin(named, apply_options(given, **options), _changes(AskSettings(), given.ask), _asking(options))

    def _begin(self, index: str | None, settings: Settings, asks: dict[str, Any], said: dict[str, Any]) -> None:
        self._index, self._asks, self._said = index, {**asks, **said}, frozenset(said)
        self._settings = replace(settings, index=index or UNKNOWN)
        self._lock = threading.Lock()
        self._filters: OrderedDict[int, tuple[Response, dict[str, Any]]] = OrderedDict()
        self._asked: list[str] = []
        self._last = LastAnswers(self._wire.address, index)

    # What it is

    @property
    def settings(self) -> Settings:
        """The settings: of those of asking, what was given here goes to the server with every question. The index's name is the
        server's, as soon as it has told it."""
        return self._settings

    @settings.setter
    def settings(self, changed: Settings) -> None:
        with self._lock:
            told = replace(changed, index=self._settings.index) if changed.index == UNKNOWN else changed  # learnt meanwhile
            if told != replace(self._settings, ask=changed.ask):
                raise ValueError("only how questions are answered can change; for another index make another engine")
            self._asks |= _changes(self._settings.ask, changed.ask)
            self._settings = replace(self._settings, ask=changed.ask)

    def using(self, **options: Any) -> RemoteRagQA:
        """An engine with some of AskSettings changed, over the same connection. None changes nothing. Raises UsageError."""
        settings = replace(self._settings, ask=override(self._settings.ask, **options))
        return self._also(settings, self._index, _asking(options))

    def another(self, index: str) -> RemoteRagQA:
        """An engine on another index of the same server."""
        return self._also(replace(self._settings, index=index), Address.of(self._wire.address.base, index).index, {})

    def _also(self, settings: Settings, index: str | None, said: dict[str, Any]) -> RemoteRagQA:
        other = copy(self)
        other._begin(index, settings, self._asks, {**{name: self._asks[name] for name in self._said}, **said})
        return other

    def warm_up(self) -> None:
        """See that the server answers and has the index. Raises IndexMissing or ServerError."""
        self.info()

    def close(self) -> None:
        """Let go of the connections, for all engines that share them; what is asked next opens them again."""
        self._wire.close()

    # Asking

    def ask(
        self, question: str, *, document: str | None = None, section: str | None = None, metadata: Given | None = None
    ) -> Response:
        """The best answers to a question, best first, or why there is none. Raises RagqaError."""
        self._take_only(ASKED_WITH)
        asks = {name: value for name, value in self._asks.items() if name in ASKED_WITH}
        filters = {"document": document, "section": section, "metadata": dict(wanted(metadata)) or None, **asks}
        given = self._wire.json(
            "POST", "v1", "ask",
            body={"question": well_formed(question), "index": self._index, "explain": True, **filters},
        )  # fmt: skip
        response = self._read(read_response, given)
        self._learn_name(given)
        effort = self._read(lambda value: Fields(value, "answer")("effort", maybe(text), None), given)
        filters |= {} if effort is None else {"effort": effort}  # as it was read: a busy server may have read with less
        with self._lock:
            self._filters[id(response)] = response, filters
            while len(self._filters) > RESPONSES_KEPT:
                self._filters.popitem(last=False)
        return response

    def search(
        self,
        question: str,
        *,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        top_k: int | None = None,
    ) -> Passages:
        """The passages that fit a question best, best first. Raises RagqaError."""
        self._take_only((*ASKED_WITH, "top_k"))
        body = {
            "question": well_formed(question), "index": self._index, "document": document, "section": section,
            "metadata": dict(wanted(metadata)) or None, "top_k": top_k or self._asks.get("top_k"),
        }  # fmt: skip
        given = self._wire.json("POST", "v1", "search", body=body)
        self._learn_name(given)
        return self._read(read_passages, given)

    def _take_only(self, taken: Sequence[str]) -> None:
        """Raises UsageError for an option that was given here and is not one of those that the server takes from others."""
        for name in sorted(self._said.difference(taken)):
            if name == "reader":  # a file of the server's machine, which no name from here means
                raise refused("its reader is chosen there, by `ragqa model use`")
            raise refused(f"for this, {name} is as its own settings say")

    def judge(
        self, response: Response, verdict: Verdict, answer: Answer | None = None, span: tuple[int, int, int] | None = None
    ) -> Feedback:
        """Keep on the server what a person says of a response: see `RagQA.judge`. Raises RagqaError."""
        with self._lock:
            filters = self._filters.get(id(response), (response, {}))[1]
        place = span or (None if answer is None else (answer.document_id, answer.start, answer.end))
        where = {} if place is None else dict(zip(("document_id", "start", "end"), place, strict=True))
        body = {"question": response.question, "verdict": verdict.value, "index": self._index, **where, **filters}
        return self._read(read_feedback, self._wire.json("POST", "v1", "feedback", body=body))

    def evaluate(
        self, pairs_file: Pairs, *, baseline: bool = False, limit: int | None = None, **asking: Unpack[Asking]
    ) -> Report:
        """Have the server measure retrieval, answers and confidence: see `RagQA.evaluate`. Raises RagqaError."""
        self._take_only(())
        return evaluate_there(self._wire, self._index, pairs_file, baseline, limit, **asking)


def _changes(before: AskSettings, after: AskSettings) -> dict[str, Any]:
    """The settings of asking that are not what they were, by name."""
    names = [one.name for one in fields(AskSettings) if one.name != "reader"]  # of this machine, where a file names it
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _asking(options: dict[str, Any]) -> dict[str, Any]:
    """Those of some options that are settings of asking and are given."""
    return {name: value for name, value in options.items() if name in AskSettings.__dataclass_fields__ and value is not None}

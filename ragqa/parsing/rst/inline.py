"""Marks within reStructuredText's paragraphs, found as docutils finds them, in a time that grows no faster than the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner, MarkupMismatch

_LONG_WORD = re.compile(r"(\S{1000,})")
"""No name or mark is as long as that: in such words docutils looks at each place for all that may follow."""

_MOST_MARKS = 1000
"""In one paragraph; docutils goes through all of a paragraph's marks for each."""

_ENDS = ("emphasis", "strong", "literal", "interpreted_or_phrase_ref", "substitution_ref", "target")


def _counted(read: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """What reads one kind of mark, and takes the rest of a paragraph as it is written once there have been too many."""

    def read_some(inliner: PatientInliner, match: re.Match[str], lineno: int) -> tuple[Any, ...]:
        inliner._marks += 1
        return (match.string, [], "", []) if inliner._marks > _MOST_MARKS else read(inliner, match, lineno)

    return read_some


class PatientInliner(Inliner):
    """Takes words without end as they are written, and what begins a mark that never ends: docutils looks for its end again and
    again, and makes a message of each."""

    def __init__(self) -> None:
        super().__init__()
        own = {"`": PatientInliner.interpreted_or_phrase_ref}
        self.dispatch = {mark: _counted(read) for mark, read in (Inliner.dispatch | own).items()}
        self._marks = 0

    def init_customizations(self, settings: Any) -> None:
        """What docutils calls before it reads a document."""
        super().init_customizations(settings)
        for name in _ENDS:
            setattr(self.patterns, name, _End(getattr(self.patterns, name)))

    def parse(
        self, text: str, lineno: int, memo: Any, parent: nodes.Element
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The nodes of a paragraph, and messages about it."""
        self._marks = 0
        found: list[nodes.Node] = []
        messages: list[nodes.system_message] = []
        for number, piece in enumerate(_LONG_WORD.split(text)):
            if number % 2:
                found.append(nodes.Text(piece))
            elif piece:
                some, told = super().parse(piece, lineno, memo, parent)
                found, messages = found + some, messages + told
        return found, messages

    def inline_obj(
        self, match: re.Match[str], lineno: int, end_pattern: Any, nodeclass: Any, restore_backslashes: bool = False
    ) -> tuple[Any, ...]:
        """What comes before a mark, its nodes, what is left, messages, and what ended it."""
        if not _has_end(match, "start", end_pattern):
            return match.string[: match.end("start")], [], match.string[match.end("start") :], [], ""
        return super().inline_obj(match, lineno, end_pattern, nodeclass, restore_backslashes)

    def interpreted_or_phrase_ref(self, match: re.Match[str], lineno: int) -> tuple[Any, ...]:
        """As `inline_obj`, for backquotes."""
        if not _has_end(match, "backquote", self.patterns.interpreted_or_phrase_ref):
            return match.string[: match.end("backquote")], [], match.string[match.end("backquote") :], []
        return super().interpreted_or_phrase_ref(match, lineno)

    def implicit_inline(self, text: str, lineno: int) -> list[nodes.Node]:  # type: ignore[override]  # of the stubs
        """Addresses in a text that are marked as nothing else; docutils calls itself for each."""
        found: list[nodes.Node] = []
        while text and self._marks < _MOST_MARKS:
            before, rest = self._first_address(text, lineno)
            found, text = found + before, rest
        return [*found, nodes.Text(text)] if text else found

    def _first_address(self, text: str, lineno: int) -> tuple[list[nodes.Node], str]:
        for pattern, method in self.implicit_dispatch:
            match = pattern.search(text)
            if match is None:
                continue
            self._marks += 1
            try:
                return [*self.implicit_inline(text[: match.start()], lineno), *method(match, lineno)], text[match.end() :]
            except MarkupMismatch:
                continue
        return [nodes.Text(text)], ""


for _name, _value in vars(Inliner).items():  # docutils looks for what it makes its patterns of in the class itself
    if isinstance(_value, str) and not _name.startswith("__"):
        setattr(PatientInliner, _name, _value)


def _has_end(match: re.Match[str], mark: str, end: Any) -> bool:
    found = end.search(match.string[match.end(mark) :])
    return found is not None and found.start(1) > 0


class _End:
    """The pattern of what ends a mark: what has not been found in a text is not in the rest of that text either."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern, self._without = pattern, ""

    def search(self, text: str) -> re.Match[str] | None:
        """As the pattern's."""
        if self._without.endswith(text):
            return None
        found = self._pattern.search(text)
        if found is None:
            self._without = text
        return found

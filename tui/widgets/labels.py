"""Where what documents are labelled with is typed: KEY=VALUE words, which go on as those that there are.

A value may have spaces: it ends where the next KEY= begins, or where its quotes do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import translate
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from ragqa.metadata import folded, told
from ragqa.types import DocumentInfo, Metadata
from tui.widgets.inputs import SafeInput
from tui.widgets.stand_ins import visible

Counts = Mapping[str, Mapping[str, int]]
"""How many documents have each value, by key."""

_KEY = r"[^\W\d_][\w.-]*="
_PIECE = re.compile(rf"""{_KEY}"[^"]*"(?=\s|$)|{_KEY}'[^']*'(?=\s|$)|\S.*?(?=\s+{_KEY}|\s*$)""")
_QUOTED = re.compile(rf"""({_KEY})(["'])(.*)\2""")
_WILD = re.compile(r"[*?[]")


def split(text: str) -> list[str]:
    """The KEY=VALUE texts that are typed, and what is none as it is."""
    return [_QUOTED.sub(r"\1\3", piece) for piece in _PIECE.findall(text)]


def joined(metadata: Metadata) -> str:
    """Metadata as it can be typed."""
    return " ".join(word(text) for text in told(metadata))


def word(text: str) -> str:
    """A KEY=VALUE text as it can be typed: in quotes where it would be taken for several."""
    if split(f"{text} x=y") == [text, "x=y"]:
        return text
    key, _, value = text.partition("=")
    return f"{key}='{value}'" if '"' in value else f'{key}="{value}"'


def counts_of(documents: Iterable[DocumentInfo]) -> Counts:
    """What some documents are labelled with."""
    counts: dict[str, Counter[str]] = {}
    for one in documents:
        for key, values in one.metadata.items():
            counts.setdefault(key, Counter()).update(values)
    return {key: dict(sorted(counts[key].items())) for key in sorted(counts)}


class Offered:
    """The words that can be typed, as documents are labelled with them, made ready to be found at each key."""

    def __init__(self, counts: Counts) -> None:
        self._known = {key: [folded(value) for value in values] for key, values in counts.items()}
        self.words = {word(f"{key}={value}"): count for key, values in counts.items() for value, count in values.items()}
        self._words = [(folded(one), one) for one in self.words]
        self._keys = [(f"{key}=", f"{key}=") for key in counts]

    def completed(self, text: str) -> str | None:
        """How what is typed may go on: to a key, or to one of its values. None: as nothing that there is."""
        for start in _starts(text):
            typed = folded(text[start:])
            for plain, one in (*self._keys, *self._words) if typed else ():
                if plain.startswith(typed) and len(plain) > len(typed) and visible(one) == one:
                    return f"{text[:start]}{one}"
        return None

    def fitting(self, text: str) -> tuple[int, list[str]]:
        """Which words fit the end of what is typed, first those that begin so, and where that end begins."""
        for start in _starts(text):
            typed = folded(text[start:])
            parts = [" ".join(typed.split())] if "=" in typed else typed.split()
            found = [(plain, one) for plain, one in self._words if all(part in plain for part in parts)]
            if found:
                return start, [one for _, one in sorted(found, key=lambda pair: not pair[0].startswith(typed))]
        return len(text), []

    def unheld(self, metadata: Metadata) -> list[str]:
        """What no document is labelled with, of what is looked for; a value may be a glob."""
        return [text for text in told(metadata) if not self._held(text)]

    def _held(self, text: str) -> bool:
        key, _, value = text.partition("=")
        known = self._known.get(key, [])
        matches = re.compile(translate(folded(value))).match
        return folded(value) in known or (_WILD.search(value) is not None and any(map(matches, known)))


def _starts(text: str) -> list[int]:
    """Where the end that goes on may begin: at the last KEY=, for values may have spaces, or at a word behind it."""
    last = next(reversed([found.start() for found in _PIECE.finditer(text)]), 0)
    behind = [found.end() for found in re.finditer(r"\s+", text) if found.end() > last]
    return [last, *behind]


class _Labels(Suggester):
    def __init__(self, offered: Offered) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._offered = offered

    async def get_suggestion(self, value: str) -> str | None:
        return self._offered.completed(value)


class LabelInput(SafeInput):
    """KEY=VALUE words; Tab or → takes what is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, placeholder: str, offered: Offered, value: str = "") -> None:
        super().__init__(value, placeholder=placeholder, suggester=_Labels(offered))
        self._offered = offered

    def action_complete(self) -> None:
        offered = self._offered.completed(self.value)
        if offered is None or self.cursor_position < len(self.value):
            self.screen.focus_next()
        else:
            self.put(offered)

    def put(self, text: str) -> None:
        """Have a text in the input, to be gone on with."""
        self.value = text
        self.cursor_position = len(text)

"""What of a text a document holds: how yardsticks compare the two, by letters and figures alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ragqa.parsing.cleaning import clean_characters
from ragqa.types import Document, Unread

_WORD = re.compile(r"\S*[^\W_]\S*")
_SHORT = 3
_NEAR = 20_000
_LARGEST_SEARCH = 500_000_000


class Held:
    """The letters and figures of a document, looked through in order, so that a long one takes no long time."""

    def __init__(self, document: Document) -> None:
        text = _comparable(document.text)
        self._letters = _letters(text)
        self._words = set(map(_letters, re.split(r"[\W_]+", text)))
        self._said = _letters(_comparable(" ".join(document.warnings)))
        self._place = 0
        self._budget = _LARGEST_SEARCH

    def missing(self, text: str) -> str:
        """The words of a text that are nowhere in the document; empty too where a warning quotes the text."""
        text = _comparable(text)
        whole = _letters(text)
        if not whole or self._holds(whole):
            return ""
        lost = " ".join(word for word in _WORD.findall(text) if not self._holds_word(word))
        return "" if len(whole) > _SHORT and whole in self._said else lost

    def _holds(self, letters: str) -> bool:
        """Whether these letters stand together, first of all near those of the text before."""
        place = self._letters.find(letters, max(0, self._place - _NEAR), self._place + _NEAR)
        if place < 0 and self._budget > 0:
            self._budget -= len(self._letters)
            place = self._letters.find(letters)
        if place >= 0:
            self._place = place + len(letters)
        return place >= 0

    def _holds_word(self, word: str) -> bool:
        parts = [part for part in map(_letters, re.split(r"[\W_]+", word)) if part]
        return all(part in self._words or (len(part) > _SHORT and part in self._letters) for part in parts)


def missing_texts(texts: Iterable[tuple[str, str]], document: Document) -> list[Unread]:
    """Of texts with their places, in order, what the document does not hold."""
    held = Held(document)
    return [Unread(place, lost) for place, text in texts if (lost := held.missing(text))]


def _comparable(text: str) -> str:
    return unicodedata.normalize("NFKC", clean_characters(text))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))

"""Where sentences begin and end."""

from __future__ import annotations

import re
from functools import cache

from ragqa.text.languages import DEFAULT, entries_of_all, language
from ragqa.text.scripts import HAN, HANGUL, KANA

_CLOSING = "'\"”’»›)\\]"
_OPENING = '"“„‘«‹(\\[¿¡'
_WIDE_END = '[。！？｡．][」』）】〉》”’"\\])]*\\s*'
_END = re.compile(rf"[.!?][{_CLOSING}]*\s+(?=[A-ZÀ-ÖØ-ÞĀ-Ž0-9{_OPENING}{HAN}{KANA}{HANGUL}])|{_WIDE_END}|\n")
ENDS_LINE = re.compile('(?:[.!?:]["”’»)\\]]*|[。！？：｡][」』）】”’"]*)$')
"""A line that ends with the end of a sentence."""
_LONGEST_ABBREVIATION = 8


def sentence_bounds(text: str, code: str | None = DEFAULT) -> list[int]:
    """The offsets at which sentences begin, and the text's length.

    `code` is the language whose abbreviations end no sentence; None: those of all, for texts of a language that is not known.
    Chinese and Japanese full stops end a sentence in a text of any language.
    """
    words = entries_of_all("abbreviations") if code is None else language(code).abbreviations
    return bounds_but_after(words, text)


def bounds_but_after(abbreviations: tuple[str, ...], text: str) -> list[int]:
    """Like `sentence_bounds`, for these abbreviations."""
    abbreviation = _pattern(abbreviations)
    bounds = [0]
    for match in _END.finditer(text):
        before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.end()]
        if match.end() < len(text) and not abbreviation.search(before):
            bounds.append(match.end())
    return [*bounds, len(text)]


@cache
def _pattern(abbreviations: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = "|".join([*map(re.escape, abbreviations), "[A-Za-zÀ-ÖØ-öø-ÿ]"])
    return re.compile(rf"(?<![\w-])(?:{alternatives})\.\s+$", re.IGNORECASE)

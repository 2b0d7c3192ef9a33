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
_NUMBER = re.compile(r"[(\[]?\d")
_LONGEST_ABBREVIATION = 8


def sentence_bounds(text: str, code: str | None = DEFAULT) -> list[int]:
    """The offsets at which sentences begin, and the text's length.

    `code` is the language whose abbreviations end no sentence; None: those of all, for texts of a language that is not known.
    Chinese and Japanese full stops end a sentence in a text of any language.
    """
    if code is None:
        return bounds_but_after(entries_of_all("abbreviations"), entries_of_all("number_abbreviations"), text)
    return bounds_but_after(language(code).abbreviations, language(code).number_abbreviations, text)


def bounds_but_after(abbreviations: tuple[str, ...], before_numbers: tuple[str, ...], text: str) -> list[int]:
    """Like `sentence_bounds`, for these abbreviations, and those that are such only before numbers."""
    abbreviation = _pattern(abbreviations, "[A-Za-zÀ-ÖØ-öø-ÿ]")
    number_abbreviation = _pattern(before_numbers, "(?!)")
    bounds = [0]
    for match in _END.finditer(text):
        before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.end()]
        if match.end() == len(text) or abbreviation.search(before):
            continue
        if not (_NUMBER.match(text, match.end()) and "\n" not in match[0] and number_abbreviation.search(before)):
            bounds.append(match.end())
    return [*bounds, len(text)]


@cache
def _pattern(abbreviations: tuple[str, ...], *more: str) -> re.Pattern[str]:
    alternatives = "|".join([*(re.escape(one).replace(r"\#\ ", r"\d[\d.,/]*\s?") for one in abbreviations), *more])
    return re.compile(rf"(?<![\w-])(?:{alternatives})\.\s+$", re.IGNORECASE)

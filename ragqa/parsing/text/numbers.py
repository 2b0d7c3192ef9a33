"""The numbers that sections of plain text are given: "3.2 Cleaning", "Chapter 4: Care", "A.1 Data", "IV. Storage"."""

from __future__ import annotations

import re
from functools import cache

from ragqa.parsing.labels import alternatives
from ragqa.text.scripts import HAN, HANGUL, KANA

_TITLE = rf"((?=[A-Z\u00c0-\u00de\u0391-\u03a9\u0401-\u042f])\S{{3,}}.*|[{HAN}{KANA}{HANGUL}]\S.*)"
_NUMBERED = re.compile(rf"(\d{{1,2}}(?:\.\d{{1,2}}){{0,4}})\.?\s+{_TITLE}")
_LETTERED = re.compile(rf"([A-Z](?:\.\d{{1,2}}){{1,4}})\.?\s+{_TITLE}")
_ROMAN = re.compile(rf"((?=[IVXL]{{2,6}}\.)X{{0,3}}(?:IX|IV|V?I{{0,3}}))\.\s+{_TITLE}")
_GAP = re.compile(r"^((?:\d{1,2}|[A-Z](?=\.\d))(?:\.\d{1,2}){0,4}\.?)\s{2,}(?=\S)")


def without_gap(line: str) -> str:
    """The line with one space after the number that it begins with, instead of the blanks that set a title apart from it."""
    return _GAP.sub(r"\1 ", line)


def section_number(line: str) -> str | None:
    """The number that a line begins with if it can be a section's; its stops tell how deep the section is."""
    for pattern in (_NUMBERED, _LETTERED, _ROMAN):
        match = pattern.fullmatch(line)
        if match:
            return match.group(1)
    return "chapter" if _chapter().fullmatch(line) else None


@cache
def _chapter() -> re.Pattern[str]:
    """A chapter's name and number, alone or before its title."""
    return re.compile(
        rf"(?:{alternatives('chapters')}) (?:\d{{1,3}}|[A-Z]|[IVXL]{{1,6}})(?:[.:]? ?[-\u2013\u2014]?\s+\S.*|[.:]?)",
        re.IGNORECASE,
    )

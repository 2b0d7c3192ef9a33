"""Tells a line that names a topic from a piece of a sentence that was broken over lines."""

from __future__ import annotations

import re
from functools import cache

from ragqa.text.languages import language

_PUNCTUATION = re.compile(r"[,.:;]")
_FEWEST_WORDS = 3


def is_phrase(line: str, code: str) -> bool:
    """Whether a line of a text in a language names a topic, as "Updating through the Internet" does."""
    words = line.split()
    if len(words) < _FEWEST_WORDS or not any(word.islower() and len(word) >= 4 for word in words):
        return False
    return not (_PUNCTUATION.search(line) or is_broken(line, code))


def is_broken(line: str, code: str) -> bool:
    """Whether a line of a text in a language opens a sentence, or does not finish one."""
    return _broken(code).search(line) is not None


@cache
def _broken(code: str) -> re.Pattern[str]:
    """A line that opens a sentence, or does not finish one."""
    spoken = language(code)
    opens, leaves = ("|".join(map(re.escape, words)) for words in (spoken.sentence_openers, spoken.unfinished))
    return re.compile(rf"^(?:{opens})\b|\b(?:{leaves})$" if opens and leaves else "(?!)", re.IGNORECASE)

"""Whether a text says what an answer says: the one rule of evaluations, checks and calibration, and of the choice of answers.

Exact match would call "16 bar" wrong where "a maximum of 16 bar" is accepted, and SQuAD's F1 calls "24 V" half right where "12 V"
is. So a text is right when the answer stands in it and it is not much longer; or when it has the answer's numbers, each with the
word after it, and shares most words. Words are those of `ragqa.text.words`: how they are typed does not count, but signs, decimal
points and the colons of times do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise

from ragqa.text.words import forms_of, is_unspaced

RIGHT_F1 = 0.6
"""The F1 of words from which a text with the answer's numbers is right, though it does not hold the answer word for word. Half
of the words would be too few: of "left button" and "right button" half are the same."""

SHORT = 12
LONGER = 4
"""A text that holds the answer may be SHORT words long, or LONGER times as long as the answer: it can be taken in at a glance."""

_ARTICLE = re.compile(
    r"(?:\b(?:[Aa]n|[Tt]he|AN|THE|a)\b"
    # "A" may be a port, a key or the unit of 5 A; it is an article before a word where a sentence begins.
    r"|(?:(?<![^\n])|(?<=[.!?:]\s))A(?=\s+(?!and\b)[^\W\d_A-Z]{3}))"
    r"(?=\s+[\"'“‘„«(]?\w)"
)
_PIECE = re.compile(r"[0-9.,:+-]+(?: [0-9.,:+-]+)*|\S")
"""What no blank may come into, or go out of: numbers in a row, or one character."""


def is_right(text: str, answers: Sequence[str]) -> bool:
    """Whether `text` answers as one of the accepted answers does; never where there is none."""
    words = plain(text)
    return any(says(words, plain(answer)) or _same_signs(text, answer) for answer in answers)


def plain(text: str) -> str:
    """The words of a text as they compare equal, a blank between them, without English articles that another word follows."""
    return " ".join(form for form in (form.strip("°") for form in forms_of(_ARTICLE.sub("", text.replace("º", "°")))) if form)


def stands_in(words: str, answer: str) -> bool:
    """Whether an answer stands in a text, both `plain`, from one word's beginning to another's end.

    Words may be written together or apart, "E 24" for "E24", but two numbers are never one. The empty answer stands nowhere.
    """
    if not answer:
        return False
    first, *others = _PIECE.findall(answer)
    begins = rf"{re.escape(first)}(?<!\S{'.' * len(first)})"  # looked at behind it: plain characters are found fastest
    return re.search(rf"{' ?'.join([begins, *map(re.escape, others)])}(?!\S)", words) is not None


def shows(text: str, answer: str) -> bool:
    """Whether an answer stands in a text, both `plain`, that is not much longer."""
    return len(text.split()) <= max(SHORT, LONGER * len(answer.split())) and stands_in(text, answer)


def says(text: str, answer: str) -> bool:
    """Whether a text says what an answer does, both `plain`: it is not the same the other way round."""
    if shows(text, answer):
        return True
    said, wanted = text.split(), answer.split()
    if Counter(_measures(wanted, said[-1:])) - Counter(said):
        return False
    return overlap(text, answer) >= RIGHT_F1


def overlap(text: str, answer: str) -> float:
    """The F1 of the words of two texts, both `plain`; 0 where they share none."""
    one, other = _count(text), _count(answer)
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if shared else 0.0


def _same_signs(text: str, answer: str) -> bool:
    """Whether an answer without words, such as "+", is the text."""
    return text.split() == answer.split() != []


def _measures(answer: Sequence[str], end: Sequence[str]) -> Iterator[str]:
    """The words of an answer that have digits, and those after them, which may be units; a text may end before its unit."""
    for before, word in pairwise(["", *answer]):
        if _has_digit(word) or (_has_digit(before) and [before] != end):
            yield word


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


@lru_cache(1 << 10)
def _count(text: str) -> Counter[str]:
    """How often each word is in a text; of the few spans that are weighed against each other each is compared with all."""
    return Counter(_counted(text.split()))


def _counted(words: Iterable[str]) -> Iterator[str]:
    """Words; of scripts that do not space them, every two characters in a row, since one is less than a word."""
    for unspaced, run in groupby(words, key=is_unspaced):
        characters = list(run)
        if unspaced and len(characters) > 1:
            yield from map("".join, pairwise(characters))
        else:
            yield from characters

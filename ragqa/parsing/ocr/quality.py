"""Whether the text that a PDF has of a page is worse than none: signs without meaning, or words that no language has."""

from __future__ import annotations

import re
import unicodedata

_FEWEST = 20
_MOST_UNMAPPED = 0.3
_FEWEST_WORDS = 15
_FEWEST_SENSIBLE = 0.45
_LEAST_VOWELS = 0.2
_FEWEST_LETTERS = 200
_VOWELS = frozenset("aeiouy\u00e6\u00f8\u0153\u0131")
_SAMPLE = 2000
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_LOWER_WORD = re.compile(r"[a-z]{3,}")
_NUMBER = re.compile(r"[(\[]?[+-\u2212\u00b1\u2264\u2265<>~#]?\d[\d.,:/x\u00d7\u00b0%-]*[A-Za-z\u00b5\u03a9]{0,3}[.,;:)\]%]*")
_WORD = re.compile(r"[(\[\"'\u201c\u2018\u00ab]*([^\W\d_]+(?:[-'\u2019/][^\W\d_]+)*)[.,;:!?)\]\"'\u201d\u2019\u00bb\u2026]*")


def is_unmapped(text: str) -> bool:
    """Whether much of the text is what fonts without a table of their letters leave: private, control or replaced signs."""
    signs = sum(map(len, text.split()))
    return signs >= _FEWEST and (len(_STRANGE.findall(text)) > _MOST_UNMAPPED * signs or _is_shifted(text[:_SAMPLE]))


def _is_shifted(text: str) -> bool:
    """Whether the words look like words but hardly hold a vowel: each letter stands for another. Latin letters only."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    letters = "".join(_LOWER_WORD.findall(plain))
    if len(letters) < _FEWEST_LETTERS or len(letters) < 0.4 * len("".join(text.split())):
        return False
    return sum(letter in _VOWELS for letter in letters) < _LEAST_VOWELS * len(letters)


def is_nonsense(text: str) -> bool:
    """Whether most of a text's words are none: what a bad recognition leaves under a scan."""
    words = text[:_SAMPLE].split()
    if len(words) < _FEWEST_WORDS:
        return False
    return sum(_is_sensible(word) for word in words) < _FEWEST_SENSIBLE * len(words)


def _is_sensible(word: str) -> bool:
    if _NUMBER.fullmatch(word):
        return True
    match = _WORD.fullmatch(word)
    if match is None:
        return False
    parts = re.split(r"[-'\u2019/]", match.group(1))
    alone = len(match.group(1)) == 1 and word.isascii() and word.lower() not in "aio"
    return not alone and all(_is_cased(part) and _is_spoken(part) for part in parts)


def _is_cased(part: str) -> bool:
    return part.islower() or part.isupper() or part.istitle() or not any(map(str.isupper, part))


def _is_spoken(part: str) -> bool:
    """Whether a word could be said: one of Latin letters has a vowel, if it is no abbreviation."""
    if part.isupper() or len(part) < 3 or not part[0].isascii():
        return True
    plain = unicodedata.normalize("NFD", part.lower())
    return any(letter in _VOWELS for letter in plain)

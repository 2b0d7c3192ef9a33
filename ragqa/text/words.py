"""Text as words that compare equal however they were typed, each with its place in the text.

Equal become: case, Unicode compatibility forms and ligatures, quotes and apostrophes, soft hyphens, zero-width characters, words
hyphenated at a line's end, digits of any script, thousands separators. Gone are punctuation, bullets, and the numbers and letters
that begin steps. Kept are the signs that change a value: -5, 5 %, 5 °C, ≤ 5.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

# Scripts that put no space between words: each character, with its marks, is a word by itself. Korean has spaces, but its
# particles are written on to the word.
_UNSPACED = (
    "\u0e00-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1780-\u17d3\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_INVISIBLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_OPTIONAL_MARKS = "\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
"""Hebrew and Arabic vowel points, and the stroke that only stretches a word: written or left out at will."""
_SIGNS = "%‰°±€$£¥℃℉㎜㎝㎏"
_DROPPED = re.compile(f"[{_INVISIBLE}{_OPTIONAL_MARKS}'’‘ʼ`´]|(?<=\\w)-\\s*(?=\\w)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")

_BULLETS = "•‣⁃∙▪▫■□●○◦▶▸►★✓✔➤·*–—-"
_MARKER = re.compile(
    rf"(?m)^[^\S\n]*(?:[{_BULLETS}][^\S\n]*)?(?:\(?\d{{1,3}}[.)]|\(?[a-zA-Z][.)])[^\S\n]+(?=\S)"
    # Steps that were typed on to one line: "Select Reset. 2. Enter the PIN."
    r"|(?<=[.!?;])[^\S\n]+\(?\d{1,2}[.)][^\S\n]+(?=\S)|(?<=:)[^\S\n]+\(?1[.)][^\S\n]+(?=\S)"
)
FEWEST_AFTER_MARKERS = 3
"""An answer this short in words keeps its leading number: "1. gear" is no step."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order: `forms[k]` is the comparable form of `text[starts[k]:ends[k]]` (character offsets)."""

    forms: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.forms)


def words_of(text: str, markers: bool = False) -> Words:
    """The words of `text`; `markers` keeps the numbers and letters at the beginnings of list items."""
    words = Words([], [], [])
    for form, start, end in _found(text, markers):
        words.forms.append(form)
        words.starts.append(start)
        words.ends.append(end)
    return words


def forms_of(text: str) -> list[str]:
    """The comparable forms of the words of `text` alone, which takes less room; without the numbers of its steps unless hardly
    anything else would be left."""
    forms = [form for form, _, _ in _found(text)]
    return forms if len(forms) >= FEWEST_AFTER_MARKERS else [form for form, _, _ in _found(text, markers=True)]


def words_of_answer(answer: str) -> Words:
    """The words of an answer, without the numbers of its steps unless hardly anything else would be left."""
    words = words_of(answer)
    return words if len(words) >= FEWEST_AFTER_MARKERS else words_of(answer, markers=True)


def is_unspaced(text: str) -> bool:
    """Whether `text` holds a character of a script whose characters are words here: Chinese, Japanese, Korean, Thai and more."""
    return _unspaced().search(text) is not None


@lru_cache(maxsize=1 << 16)
def comparable(word: str) -> str:
    """The form under which `word` compares equal to other ways of typing it."""
    form = _DROPPED.sub("", unicodedata.normalize("NFKC", word.replace("−", "-").replace("–", "-"))).casefold()
    if not form.isascii():
        form = "".join(str(unicodedata.decimal(sign, sign)) for sign in form)
    return form.replace(",", "") if _THOUSANDS.fullmatch(form) else form


def joins(text: str, offset: int) -> bool:
    """Whether `offset` lies between two characters of one run of letters and digits, in scripts that space their words."""
    return 0 < offset < len(text) and all(_runs().match(text, place) is not None for place in (offset - 1, offset))


def _found(text: str, markers: bool = False) -> Iterator[tuple[str, int, int]]:
    """Each word's comparable form, and where it begins and ends."""
    marked = iter([] if markers else [match.span() for match in _MARKER.finditer(text)])
    skip = next(marked, None)
    for match in _pattern().finditer(text):
        start, end = match.span()
        while skip is not None and skip[1] <= start:
            skip = next(marked, None)
        if skip is not None and skip[0] <= start:
            continue
        form = comparable(match.group())
        if form:
            yield form, start, end


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(f"(?![{_UNSPACED}])(?:[^\\W_]|[{_marks()}])")


@cache
def _marks() -> str:
    """Every combining mark of the living scripts, as the inside of a character class."""
    return "".join(chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code))[0] == "M")


@cache
def _pattern() -> re.Pattern[str]:
    marks, letter = _marks(), f"[^\\W\\d_{_UNSPACED}]"
    inside = f"(?:[^\\W_{_UNSPACED}]|[{marks}{_INVISIBLE}])"
    return re.compile(
        # -5 and +5, unless the dash joins ("3-5") or spans ("3 –5")
        rf"(?:(?<![\w)])(?<!\d\s)[-−–+])?\d+(?:[.,:]\d+)*"
        # E-24; then a word, over apostrophes and line ends: don't, instal-\nlation
        rf"|{letter}{{1,3}}-\d+(?!\w)"
        rf"|{letter}{inside}*(?:(?:['’‘ʼ`´](?={letter})|-[^\S\n]*\n\s*(?=[^\W\d_A-Z])){inside}+)*"
        rf"|[{_UNSPACED}][{marks}]*"
        rf"|[{_SIGNS}]|[<>≤≥](?=\s*\d)"
    )

"""Ligatures that a font gives no letters for: "con\\x1fguration", or wrong ones: "con\u00bfguration", "con\u00c0ict".

What the first stand for is told by the other words of the book. The others are where typesetters' programs keep "fi" and "fl" in
a font of their own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ragqa.parsing.pdf.spans import PageSpans, Span

_LIGATURES = ("fi", "fl", "ff", "ffi", "ffl")
_CODES = "\x03-\x08\x0e-\x1f"
_UNNAMED = re.compile(f"[{_CODES}\ufffd]")
_CODE = re.compile(f"[{_CODES}]")
_MISNAMED = {"\u00bf": "fi", "\u00c0": "fl"}
_MISNAMED_WORD = re.compile("(?:[^\\W\\d_]|\u00bf)+")
_WORD = re.compile(rf"[^\W\d_]+(?:[{_CODES}\ufffd][^\W\d_]*)+|[{_CODES}\ufffd][^\W\d_]+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """The words that the book has whole, and the letters that most of its words want for a code."""

    words: frozenset[str]
    letters: dict[str, str]

    def of(self, word: str) -> str:
        """The word with its ligature spelled out, or as it is where nobody knows it."""
        known = next(iter(_candidates(word, self.words)), None)
        if known is not None:
            return word.replace(_UNNAMED.findall(word)[0], known)
        return _CODE.sub(lambda match: self.letters.get(match.group(), match.group()), word)


def spell_ligatures(pages: Sequence[PageSpans]) -> None:
    """Write the letters of ligatures without a name, or with a wrong one, into the pages' words."""
    spans = [span for page in pages for span in page.spans]
    _name_rightly([span for span in spans if not _MISNAMED.keys().isdisjoint(span.text)], spans)
    torn = [span for span in spans if _UNNAMED.search(span.text)]
    if not torn:
        return
    words = frozenset(word.lower() for span in spans for word in _WORD.findall(span.text) if not _UNNAMED.search(word))
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for span in torn:
        for word in filter(_CODE.search, _WORD.findall(span.text)):
            votes[_UNNAMED.findall(word)[0]].update(_candidates(word, words))
    spelling = _Spelling(words, {code: count.most_common(1)[0][0] for code, count in votes.items() if count})
    for span in torn:
        _spell(span, _WORD, lambda word: spelling.of(word) if _UNNAMED.search(word) else word)


def _name_rightly(misnamed: Sequence[Span], spans: Sequence[Span]) -> None:
    """Spell words that have a sign of which none has any within, or with which one of the book's other words begins."""
    if not misnamed:
        return
    words = frozenset(word.lower() for span in spans for word in _WORD.findall(span.text))
    for span in misnamed:
        _spell(span, _MISNAMED_WORD, lambda word: _rightly_named(word, words))


def _rightly_named(word: str, words: frozenset[str]) -> str:
    return "".join(_named(word, at, words) for at in range(len(word)))


def _named(word: str, at: int, words: frozenset[str]) -> str:
    """The letters for the one at a place of a word: between small letters, or before them where the book has the word."""
    sign = word[at]
    if sign not in _MISNAMED or not word[at + 1 : at + 2].islower():
        return sign
    right = _MISNAMED[sign]
    is_known = word[at - 1].islower() if at else f"{right}{word[1:]}".lower() in words
    return right if is_known else sign


def _candidates(word: str, words: frozenset[str]) -> list[str]:
    """The letters with which a word is one that the book has elsewhere."""
    codes = set(_UNNAMED.findall(word))
    if len(codes) != 1:
        return []
    code = codes.pop()
    return [letters for letters in _LIGATURES if word.replace(code, letters).lower() in words]


def _spell(span: Span, pattern: re.Pattern[str], spelling: Callable[[str], str]) -> None:
    """Spell the words of a span, and keep the places of its gaps."""
    grown: list[tuple[int, int]] = []

    def spelled(match: re.Match[str]) -> str:
        word = match.group()
        whole = spelling(word)
        grown.append((match.start(), len(whole) - len(word)))
        return whole

    span.text = pattern.sub(spelled, span.text)
    span.gaps = tuple((at + sum(more for start, more in grown if start < at), right, left) for at, right, left in span.gaps)

"""Ligatures that a font gives no letters for: "con\\x1fguration". What they stand for is told by the other words of the book."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.parsing.pdf.spans import PageSpans, Span

_LIGATURES = ("fi", "fl", "ff", "ffi", "ffl")
_CODES = "\x03-\x08\x0e-\x1f"
_UNNAMED = re.compile(f"[{_CODES}\ufffd]")
_CODE = re.compile(f"[{_CODES}]")
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
    """Write the letters of ligatures without a name into the pages' words."""
    spans = [span for page in pages for span in page.spans]
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
        _spell(span, spelling)


def _candidates(word: str, words: frozenset[str]) -> list[str]:
    """The letters with which a word is one that the book has elsewhere."""
    codes = set(_UNNAMED.findall(word))
    if len(codes) != 1:
        return []
    code = codes.pop()
    return [letters for letters in _LIGATURES if word.replace(code, letters).lower() in words]


def _spell(span: Span, spelling: _Spelling) -> None:
    """Spell the words of a span, and keep the places of its gaps."""
    grown: list[tuple[int, int]] = []

    def spelled(match: re.Match[str]) -> str:
        word = match.group()
        whole = spelling.of(word) if _UNNAMED.search(word) else word
        grown.append((match.start(), len(whole) - len(word)))
        return whole

    span.text = _WORD.sub(spelled, span.text)
    span.gaps = tuple((at + sum(more for start, more in grown if start < at), right, left) for at, right, left in span.gaps)

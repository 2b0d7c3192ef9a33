"""Words that are set wide, letter by letter: "L U B R I C A T I O N". Which letters are a word is told by the other words of the
book: the letters of keys or parts in a drawing stand as wide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import median

from ragqa.parsing.pdf.spans import Gap, PageSpans, Span

_LETTER = r"[^\W\d_](?:['\u2019][^\W\d_])?"
_STRETCHED = re.compile(rf"(?<!\S){_LETTER}(?:\s{_LETTER}){{3,}}(?!\S)")
_WORD = re.compile(r"[^\W\d_]{2,}(?:['\u2019][^\W\d_]+)?")
_APOSTROPHE = re.compile("['\u2019]")
_BETWEEN_WORDS = 1.5
"""By how much the gap between two words is wider than the usual one, between two letters, at least."""

_SHORTEST = 3


def close_stretched_words(pages: Sequence[PageSpans]) -> None:
    """Put the letters of the pages' stretched words together."""
    spans = [span for page in pages for span in page.spans]
    stretched = [span for span in spans if _STRETCHED.search(span.text)]
    if not stretched:
        return
    words = frozenset(_stem(word) for span in spans for word in _WORD.findall(span.text))
    for span in stretched:
        _close(span, words)


def _close(span: Span, words: frozenset[str]) -> None:
    dropped: set[int] = set()
    for found in _STRETCHED.finditer(span.text):
        blanks = {gap[0]: gap for gap in span.gaps if found.start() <= gap[0] < found.end()}
        within = set(_within_words(list(blanks.values())))
        letters = "".join(sign for at, sign in enumerate(found.group(), found.start()) if at not in within)
        told = letters.split()
        if all(len(word) >= _SHORTEST and _stem(word) in words for word in told):
            dropped |= within
    span.text = "".join(sign for at, sign in enumerate(span.text) if at not in dropped)
    kept = (gap for gap in span.gaps if gap[0] not in dropped)
    span.gaps = tuple((at - sum(one < at for one in dropped), right, left) for at, right, left in kept)


def _stem(word: str) -> str:
    """A word without what an apostrophe joins to it, in small letters."""
    return _APOSTROPHE.split(word)[0].lower()


def _within_words(gaps: Sequence[Gap]) -> Iterator[int]:
    """The blanks that part letters and no words."""
    usual = median(left - right for _, right, left in gaps) if gaps else 0.0
    return (at for at, right, left in gaps if left - right <= _BETWEEN_WORDS * usual)

"""Words that a PDF page draws and nobody reads: beyond its edges, or a second time in the same place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ragqa.parsing.pdf.directions import Box
from ragqa.parsing.pdf.words import Word

_SAME_PLACE = 0.3
_MOST_ALIKE = 50


def seen(words: Sequence[Word], box: Box) -> tuple[list[Word], list[Word]]:
    """The words that lie inside the page's visible box, and those whose middle is outside of it."""
    inside: list[Word] = []
    outside: list[Word] = []
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    for word in words:
        within = left <= 0.5 * (word.left + word.right) <= right and bottom <= 0.5 * (word.bottom + word.top) <= top
        (inside if within else outside).append(word)
    return inside, outside


def without_repeats(words: Sequence[Word]) -> list[Word]:
    """The words without those drawn again over themselves: for a bolder look, as a shadow, on another layer."""
    placed: dict[str, list[Word]] = defaultdict(list)
    kept: list[Word] = []
    for word in words:
        same = placed[word.text]
        if word.text != " " and any(_covers(other, word) for other in same[-_MOST_ALIKE:]):
            continue
        same.append(word)
        kept.append(word)
    return kept


def _covers(first: Word, second: Word) -> bool:
    slack = _SAME_PLACE * second.font.size
    moved = max(abs(first.left - second.left), abs(first.right - second.right))
    return moved < min(slack, 0.5 * max(second.right - second.left, 0.1)) and abs(first.y - second.y) < slack

"""Words that a PDF page draws and nobody reads: beyond its edges, or a second time in the same place."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.parsing.pdf.directions import Box
from ragqa.parsing.pdf.words import Word

_SAME_PLACE = 0.3
_CELL = 8.0


def seen(words: Sequence[Word], box: Box) -> tuple[list[Word], list[Word]]:
    """The words that lie inside the page's visible box, at least in part of their width, and those beyond it."""
    inside: list[Word] = []
    outside: list[Word] = []
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    for word in words:
        within = word.right > left and word.left < right and bottom <= 0.5 * (word.bottom + word.top) <= top
        (inside if within else outside).append(word)
    return inside, outside


def without_repeats(words: Sequence[Word]) -> list[Word]:
    """The words without those drawn again over themselves: for a bolder look, as a shadow, on another layer."""
    placed: dict[tuple[str, int, int], Word] = {}
    kept: list[Word] = []
    for word in words:
        text, column, row = word.text, word.left / _CELL, word.y / _CELL
        here_x, here_y = int(column), int(row)
        # The cell that the word begins in and those that its nearest edges touch.
        next_x = here_x + (1 if column - here_x > 0.5 else -1)
        next_y = here_y + (1 if row - here_y > 0.5 else -1)
        near = (text, here_x, here_y), (text, next_x, here_y), (text, here_x, next_y), (text, next_x, next_y)
        if any(cell in placed and _covers(placed[cell], word) for cell in near) and text != " ":
            continue
        placed[near[0]] = word
        kept.append(word)
    return kept


def _covers(first: Word, second: Word) -> bool:
    slack = min(_SAME_PLACE * second.font.size, _CELL / 2)
    moved = max(abs(first.left - second.left), abs(first.right - second.right))
    return moved < min(slack, 0.5 * max(second.right - second.left, 0.1)) and abs(first.y - second.y) < slack

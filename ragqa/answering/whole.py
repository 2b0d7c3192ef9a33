"""Spans of whole words and whole values: tokens are parts of words, and a span may begin or end inside "0,21 kWh" or "2:36 h"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage

LEADER = re.compile(r"[.·_\-–—…]{5}|(?:[.·] ){4}")
"""Dots or dashes that lead the eye to a page number: what holds them is a line of contents or a form, never an answer."""

WRITTEN_WITHOUT_BLANKS = "\u0e00"
"""From here on come the scripts whose words stand without blanks between them, and others where nothing is done."""

_BRACKETS = (("(", ")"), ("[", "]"))


def whole(reading: Reading, passages: Sequence[Passage]) -> Reading:
    """The reading with every span widened to whole words and values, within its segment, without a bracket that is one of two.

    Of spans that become the same the best one stays; those that hold a leader go.
    """
    kept: dict[tuple[int, int, int], SpanScore] = {}
    for span in reading.spans:  # best first
        passage = passages[span.passage]
        start, end = _without_half_brackets(passage.text, *_widened(passage, span.start, span.end))
        if start < end and not LEADER.search(passage.text, start, end):
            kept.setdefault((span.passage, start, end), replace(span, start=start, end=end))
    return Reading(tuple(kept.values()), reading.null)


def _widened(passage: Passage, start: int, end: int) -> tuple[int, int]:
    segments = passage.segments or ((0, len(passage.text)),)
    first, last = next(((low, high) for low, high in segments if low <= start and end <= high), (start, end))
    while start > first and _goes_on(passage.text, start):
        start -= 1
    while end < last and _goes_on(passage.text, end):
        end += 1
    return start, end


def _goes_on(text: str, at: int) -> bool:
    """Whether a word or a number goes on across a place: between two letters or digits, or at the point or colon of a number."""
    before, after = text[at - 1], text[at]
    if before.isalnum() and after.isalnum():
        return max(before, after) < WRITTEN_WITHOUT_BLANKS
    if after in ".,:" and before.isdigit():
        return text[at + 1 : at + 2].isdigit()
    return before in ".,:" and after.isdigit() and at > 1 and text[at - 2].isdigit()


def _without_half_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    for opening, closing in _BRACKETS:
        if text[start:end].endswith(closing) and text.count(opening, start, end) < text.count(closing, start, end):
            end -= 1
        if text.count(closing, start, end) < text.count(opening, start, end):
            if text[end : end + 1] == closing:
                end += 1
            elif text[start:end].startswith(opening):
                start += 1
    return start, end

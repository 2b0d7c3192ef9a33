"""Page numbers that plain text carries as lines of their own, in any language: "- 7 -", "Page 7 of 90", "第7页", a bare "7"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache

from ragqa.parsing.labels import alternatives

_LONGEST_MARK = 24
_STEADY_SHARE = 0.9
_LARGEST_STEP = 3


def find_page_marks(lines: Sequence[str]) -> dict[int, int]:
    """The lines that are page numbers: index -> number. Empty unless the numbers climb steadily from page to page."""
    short = [(index, line.strip()) for index, line in enumerate(lines) if 0 < len(line) <= _LONGEST_MARK]
    for pattern, fewest, lines_between in _styles():
        marks = [(index, int(match.group(1))) for index, line in short if (match := pattern.fullmatch(line))]
        if len(marks) >= fewest and _climbs(marks, lines_between):
            return dict(marks)
    return {}


@cache
def _styles() -> tuple[tuple[re.Pattern[str], int, int], ...]:
    """How such a line looks, how many there must be at least, and how many lines of text between two of them."""
    total = rf"(?: ?(?:{alternatives('page_totals')}|/) ?\d{{1,4}})?"
    counters = alternatives("page_counters")
    named = rf"(?:{alternatives('page_words')})? ?(\d{{1,4}}) ?(?:{counters}){total}(?: ?(?:{counters}))?"
    return (
        (re.compile(r"[-\u2013\u2014] ?(\d{1,4}) ?[-\u2013\u2014]"), 3, 1),
        (re.compile(rf"(?:{alternatives('page_words')}) ?(\d{{1,4}}){total}", re.IGNORECASE), 2, 1),
        (re.compile(named), 2, 1),
        (re.compile(r"(\d{1,4}) ?/ ?\d{1,4}"), 3, 3),
        (re.compile(r"(\d{1,4})"), 5, 3),
    )


def _climbs(marks: list[tuple[int, int]], lines_between: int) -> bool:
    pairs = list(itertools.pairwise(marks))
    steady = sum(
        0 < number_b - number_a <= _LARGEST_STEP and index_b - index_a > lines_between
        for (index_a, number_a), (index_b, number_b) in pairs
    )
    return steady >= _STEADY_SHARE * len(pairs)


def assign_pages(lines: Sequence[str], marks: dict[int, int]) -> list[int]:
    """The page of every line. A mark ends its page, unless the text opens with a mark: then marks begin pages."""
    first_text = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if first_text in marks:
        return _pages_from_headers(lines, marks)
    pages: list[int] = []
    for index in sorted(marks):
        pages.extend([marks[index]] * (index + 1 - len(pages)))
    last = marks[max(marks)]
    pages.extend([last + 1] * (len(lines) - len(pages)))
    return pages


def _pages_from_headers(lines: Sequence[str], marks: dict[int, int]) -> list[int]:
    pages: list[int] = []
    page = 1
    for index in range(len(lines)):
        page = marks.get(index, page)
        pages.append(page)
    return pages

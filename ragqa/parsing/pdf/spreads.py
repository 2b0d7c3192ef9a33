"""Pages that show two pages of a book side by side: each half is read as the page that it is in print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ragqa.parsing.pdf.layout import rows_of
from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import PageSpans, Span

_FEWEST = 2
_OUTER_ROWS = 2
_SLACK = 2.0
_FIRST_NUMBER = re.compile(r"\W*(\d{1,4})\b")
_LAST_NUMBER = re.compile(r"\b(\d{1,4})\W*$")

_Size = tuple[int, int]


def part_spreads(pages: Sequence[PageSpans]) -> list[PageSpans]:
    """The pages, with two in the place of each that shows two of a book.

    Such pages are wider than high and all of one size; at the foot or head of some stand a number and, at the other side, the
    next one, and these count along with the pages by twos.
    """
    counted: Counter[tuple[int, _Size]] = Counter()
    for page in pages:
        counted.update({(number - 2 * page.number, _size(page)) for number in _numbers(page)})
    spreads = {size for (_, size), count in counted.items() if count >= _FEWEST}
    return [half for page in pages for half in (_halves(page) if _size(page) in spreads and _may_be_parted(page) else [page])]


def _size(page: PageSpans) -> _Size:
    return round(page.width), round(page.height)


def _numbers(page: PageSpans) -> Iterator[int]:
    """The numbers at the left of a page's foot or head that have the next one at the right."""
    if not _may_be_parted(page):
        return
    rows = rows_of(page.spans)
    for row in (*rows[:_OUTER_ROWS], *rows[-_OUTER_ROWS:]):
        left, right = _FIRST_NUMBER.match(row[0].text), _LAST_NUMBER.search(row[-1].text)
        if left and right and len(row) > 1 and int(right[1]) == int(left[1]) + 1 and row[0].x1 < page.width / 2 < row[-1].x0:
            yield int(left[1])


def _may_be_parted(page: PageSpans) -> bool:
    """Whether a page is wider than high, and nothing is written across its middle."""
    middle = page.width / 2
    across = any(span.x0 < middle - _SLACK and span.x1 > middle + _SLACK for span in page.spans)
    return page.width > page.height and not (page.slanted or page.mirror or across)


def _halves(page: PageSpans) -> list[PageSpans]:
    middle = page.width / 2
    left = [span for span in page.spans if span.x0 + span.x1 <= page.width]
    right = [_moved(span, -middle) for span in page.spans if span.x0 + span.x1 > page.width]
    moved = page.rules.turned(lambda x, y: (x - middle, y))
    return [
        replace(page, spans=left, rules=_within(page.rules, middle), width=middle, comments=[], half=1),
        replace(page, spans=right, rules=_within(moved, middle), width=middle, outside=[], pictures=None, half=2),
    ]


def _moved(span: Span, by: float) -> Span:
    """The span elsewhere on its line; where it is on the page as displayed stays."""
    gaps = tuple((space, right + by, left + by) for space, right, left in span.gaps)
    text_x0 = span.text_x0 + by if span.text_x0 is not None else None
    return replace(span, x0=span.x0 + by, x1=span.x1 + by, gaps=gaps, text_x0=text_x0)


def _within(rules: Rules, width: float) -> Rules:
    """The rules of a half, as far as they stand in it."""
    across = ((y, max(left, 0.0), min(right, width)) for y, left, right in rules.across)
    upright = (line for line in rules.upright if -_SLACK <= line[0] <= width + _SLACK)
    return Rules(_lasting(across), list(upright), rules.shades)


def _lasting(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line[2] - line[1] > _SLACK]

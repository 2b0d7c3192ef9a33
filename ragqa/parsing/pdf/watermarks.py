"""Watermarks of a PDF: the slanted or pale word that lies across a page and belongs to none of its sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ragqa.parsing.pdf.layout import rows_of
from ragqa.parsing.pdf.spans import PageSpans, Span

_LARGE = 1.7
_VERY_LARGE = 2.2
_TILED = 3
_SAME_PLACE = 10.0
_LONGEST = 60

Place = tuple[str, int, int]


def drop_watermarks(pages: Sequence[PageSpans]) -> dict[str, list[int]]:
    """Take watermarks off the pages; returns what they said and on which pages.

    Slanted text is one where it is large or says the same again and again; small slanted text, such as the head of a
    narrow column, is kept. Upright text is one where it is very large and lies over other text, or in the same place of several
    pages; if it is neither pale nor outlined nor see-through, it must do both.
    """
    body = _body_size(pages)
    slanted = Counter(line for page in pages if page.slanted for line in _lines(page.spans))
    places = Counter(_place(span) for page in pages if not page.slanted for span in page.spans if span.size >= _VERY_LARGE * body)
    dropped: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        if page.slanted:
            marks = _slanted_marks(page, body, slanted)
        else:
            marks = [span for span in page.spans if _is_upright_mark(span, page, body, places)]
        if marks:
            orders = {span.order for span in marks}
            dropped[" ".join(_lines(marks))[:_LONGEST]].append(page.number)
            page.spans = [span for span in page.spans if span.order not in orders]
    return dropped


def _body_size(pages: Iterable[PageSpans]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        if not page.slanted:
            for span in page.spans:
                sizes[round(span.size, 1)] += len(span.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _lines(spans: Iterable[Span]) -> list[str]:
    return [" ".join(span.text for span in row) for row in rows_of(list(spans))]


def _slanted_marks(page: PageSpans, body: float, said: Counter[str]) -> list[Span]:
    marks: list[Span] = []
    for row in rows_of(page.spans):
        text = " ".join(span.text for span in row)
        if said[text] >= _TILED or max(span.size for span in row) >= _LARGE * body or all(span.faint for span in row):
            marks.extend(row)
    return marks


def _place(span: Span) -> Place:
    return span.text, round(span.x0 / _SAME_PLACE), round(span.base / _SAME_PLACE)


def _is_upright_mark(span: Span, page: PageSpans, body: float, places: Counter[Place]) -> bool:
    if span.size < _VERY_LARGE * body:
        return False
    often = places[_place(span)]
    if span.faint and often >= 2:
        return True
    return (span.faint or often >= _TILED) and any(_lies_over(span, other) for other in page.spans if other is not span)


def _lies_over(mark: Span, other: Span) -> bool:
    beside = other.x1 <= mark.x0 or other.x0 >= mark.x1
    apart = other.base + 0.5 * other.size <= mark.base or other.base >= mark.base + 0.7 * mark.size
    return not beside and not apart and other.size < mark.size

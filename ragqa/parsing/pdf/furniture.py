"""Running headers, footers and page numbers of a PDF, which are no part of its text.

What stands at the edge of every page may as well be a heading or the head of a table that goes on; it is told by what stands
close under it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ragqa.parsing.pdf.layout import Row, rows_of
from ragqa.parsing.pdf.spans import PageSpans, Span

_FURNITURE_ZONE = 0.15
_FURNITURE_ROWS, _FURNITURE_ROWS_BELOW = 2, 3
_FEWEST_NAMED = 4
_PARTS = 2
_FEWEST_COUNTED = 5
_HEADING_GAP = 1.9
_LINE_GAP = 1.5
_SAME_EDGE = 3.0
_LONGEST_TAB = 16
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d+(?:\s*(?:of|/|\|)\s*\d+)?\W*", re.IGNORECASE)
_SLUG = re.compile(r"\.(?:indd|fm\d*|qx[dp]|pmd|p65|cdr)(?::\d+|\s+(?:page\s+)?\d+|$)", re.IGNORECASE)
"""The name of the typesetter's file with the page, which some printers leave on every sheet: "handbook.indd 8"."""

_ADDRESS = re.compile(rf"www\.|://|\S@\S|\u00a9|{_SLUG.pattern}", re.IGNORECASE)
_ADDRESS_AMONG_WORDS = re.compile(r"\s\S*(?:www\.|://)\S*\s")
_LONGEST_STAMP = 200
_SAME_STAMP, _STAMP_HEIGHT, _MOST_STAMPS = 0.75, 8.0, 16
"""How much alike two readings of a stamp are, points by which their heights differ at most, and stamps of a file."""

_ROMAN = re.compile(r"[ivxlc]{1,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A span in the outermost rows of a page, and the row that it heads or goes on with, where it is set close to that.

    One that stands for its whole row has the `first` of it; a `deep` one has two rows outside of it.
    """

    page: PageSpans
    span: Span
    beside: Row
    first: Span | None = None
    deep: bool = False


def drop_furniture(pages: Sequence[PageSpans]) -> None:
    """Take running headers, footers and page numbers off the pages.

    They stand at the same height on many pages and say the same, or count along with the pages. A heading or the head of a
    table does so too where every page begins with it; but it is set close to the text that it heads.
    """
    seen: dict[tuple[str, int], list[_Edge]] = defaultdict(list)
    body = _body_style(pages)
    stamps: list[Span] = []
    for page in pages:
        for edge in [] if page.slanted else [*_at_the_edges(page, body), *_in_two(page), *_tabs(page)]:
            span = _as_seen(edge.span, stamps)
            for text in _kinds(span.text):
                seen[text, round(span.base / 4)].append(edge)
    count = len({page.number for page in pages})
    fewest = 3 if count > 4 else 2
    drop: dict[int, set[int]] = defaultdict(set)
    most = max(fewest, count / 2)
    often = [edges for edges in seen.values() if _on_pages(edges) >= (most if all(edge.deep for edge in edges) else fewest)]
    # What heads a row is judged last: a line over a running header belongs to that.
    for edges in sorted(often, key=_mostly_head):
        if _mostly_head(edges) and not _over_furniture(edges, drop) and not _skips_pages(edges):
            continue
        if _is_furniture(edges, 1.1 * body.size):
            for edge in edges:
                drop[id(edge.page)].add(id(edge.first or edge.span))
    for page in pages:
        _drop_whole_rows(page, drop[id(page)])
    if all(id(span) in drop[id(page)] for page in pages for span in page.spans):
        return  # what every page says and nothing else is what there is to read
    for page in pages:
        page.spans = [span for span in page.spans if id(span) not in drop[id(page)]]


def _on_pages(edges: Sequence[_Edge]) -> int:
    return len({edge.page.number for edge in edges})


def _kinds(text: str) -> Iterator[str]:
    """As what a text may come again on other pages: with other numbers, and its words the other way round on left pages.

    The name of the book may stand beside that of the chapter and the number of the page.
    """
    if _ROMAN.fullmatch(text):
        yield "#"
        return
    words = _DIGITS.sub("#", text).split()
    yield " ".join(words)
    if len(words) > 1:
        yield " ".join(["\0", *sorted(words)])
    if len(words) >= _FEWEST_NAMED and words[-1] == "#":
        yield " ".join(["\0", *words[:2], "\0"])
    elif len(words) >= _FEWEST_NAMED and words[0] == "#":
        yield " ".join(["\0", "\0", *words[-2:]])


def _as_seen(span: Span, stamps: list[Span]) -> Span:
    """The stamp of a site as it was read first, for recognition reads it in another way on every page; else the span."""
    if not _is_stamp(span.text):
        return span
    for known in stamps:
        near = abs(known.base - span.base) <= _STAMP_HEIGHT
        if near and SequenceMatcher(None, known.text, span.text, autojunk=False).ratio() >= _SAME_STAMP:
            return known
    if len(stamps) < _MOST_STAMPS:
        stamps.append(span)
    return span


def _is_stamp(text: str) -> bool:
    """Whether a line has an address among words, as sites write on every page of what is loaded from them."""
    return len(text) <= _LONGEST_STAMP and text[:1].isalpha() and _ADDRESS_AMONG_WORDS.search(text) is not None


def _mostly_head(edges: Sequence[_Edge]) -> bool:
    """Whether most of these spans belong to the text beside them. Lines of a text do not say the same on every page."""
    if len({edge.span.text for edge in edges}) == 1 and all(_is_set_alike(edge) for edge in edges if edge.beside):
        return False
    return 2 * sum(bool(edge.beside) for edge in edges) > len(edges)


def _is_set_alike(edge: _Edge) -> bool:
    return len(edge.beside) == 1 and abs(edge.span.size - edge.beside[0].size) < 0.6 and edge.span.bold == edge.beside[0].bold


def _over_furniture(edges: Sequence[_Edge], drop: dict[int, set[int]]) -> bool:
    return any(edge.beside and all(id(span) in drop[id(edge.page)] for span in edge.beside) for edge in edges)


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool


def _body_style(pages: Sequence[PageSpans]) -> _Style:
    """The type of most characters: no running header is much larger, but a heading at the top of a page is."""
    sizes: Counter[float] = Counter()
    bold = 0
    for page in pages:
        for span in page.spans:
            sizes[round(span.size, 1)] += len(span.text)
            bold += len(span.text) * span.bold
    return _Style(sizes.most_common(1)[0][0], 2 * bold > sizes.total()) if sizes else _Style(0.0, False)


def _drop_whole_rows(page: PageSpans, drop: set[int]) -> None:
    """What stands beside a page number in the outermost row is a running header too, though it changes by chapter."""
    rows = rows_of(page.spans)
    for row in (*rows[:1], *rows[-1:]):
        if any(id(span) in drop for span in row):
            drop.update(map(id, row))
    if len(rows) > 2 and all(id(span) in drop for span in rows[0]) and _goes_with_header(*rows[:3]):
        drop.add(id(rows[1][0]))


def _goes_with_header(header: Row, line: Row, below: Row) -> bool:
    """Whether the line under a running header is its second one, as the name of the chapter is, and not the first of the text."""
    size = line[0].size
    if len(line) > 1 or abs(size - header[0].size) > 0.6 or header[0].base - line[0].base > _LINE_GAP * size:
        return False
    same_edge = min(abs(header[0].x0 - line[0].x0), abs(header[-1].x1 - line[0].x1)) <= _SAME_EDGE
    return same_edge and line[0].base - below[0].base > _HEADING_GAP * max(size, below[0].size)


def _at_the_edges(page: PageSpans, body: _Style) -> list[_Edge]:
    rows = rows_of(page.spans)
    zone = _FURNITURE_ZONE * page.height
    edges: dict[int, _Edge] = {}
    below = rows[: -_FURNITURE_ROWS_BELOW - 1 : -1]
    for index, (row, above) in enumerate(zip(below, [*rows[:-1][::-1], []], strict=False)):
        continued = above if len(row) == 1 and above and _is_next_line(above[0], row[0]) else []
        deep = index >= _FURNITURE_ROWS
        edges.update((id(span), _Edge(page, span, continued, deep=deep)) for span in row if span.base < zone)
    for index, row in enumerate(rows[:_FURNITURE_ROWS]):
        heads = rows[index + 1] if index + 1 < len(rows) and _heads(*rows[index : index + 3], body=body) else []
        edges.update((id(span), _Edge(page, span, heads)) for span in row if span.base > page.height - zone)
    return list(edges.values())


def _in_two(page: PageSpans) -> Iterator[_Edge]:
    """The outermost rows of two parts as a whole: a page number may stand apart from the name of the book on some pages."""
    rows = rows_of(page.spans)
    for row in (*rows[:1], *rows[-1:]):
        if len(row) == _PARTS and min(row[0].base, page.height - row[0].base) < _FURNITURE_ZONE * page.height:
            yield _Edge(page, replace(row[0], text=" ".join(span.text for span in row)), [], row[0])


def _tabs(page: PageSpans) -> Iterator[_Edge]:
    """Short words at a side of the page, outside of all other text, as those on the tab of a chapter or a language are."""
    if not page.spans:
        return
    zone = _FURNITURE_ZONE * page.height
    for side in (min(page.spans, key=lambda span: span.x1), max(page.spans, key=lambda span: span.x0)):
        others = [span for span in page.spans if span is not side]
        beside = all(span.x1 <= side.x0 or span.x0 >= side.x1 for span in others)
        if beside and side.text.isalpha() and len(side.text) <= _LONGEST_TAB and zone <= side.base <= page.height - zone:
            yield _Edge(page, side, [])


def _heads(row: Row, below: Row, next_below: Row | None = None, *, body: _Style) -> bool:
    """Whether a row is set as the heading of what stands under it, or as the head of its columns."""
    if any(_PAGE_NUMBER.fullmatch(span.text) or _ADDRESS.search(span.text) for span in row):
        return False
    gap, close = row[0].base - below[0].base, _HEADING_GAP * max(row[0].size, below[0].size)
    if len(row) == 1 and _is_next_line(row[0], below[0]):
        return True
    if len(row) == 1:
        return gap <= close and _is_over(row[0], below) and (row[0].size > 1.1 * body.size or (row[0].bold and not body.bold))
    pitch = below[0].base - next_below[0].base if next_below is not None and len(next_below) > 1 else 0.0
    if gap > max(close, min(1.3 * pitch, 2 * close)):
        return False
    return sum(any(_aligned(head, cell) for cell in below) for head in row) >= 2


def _is_over(head: Span, below: Row) -> bool:
    """Whether a line begins where what it heads begins, further out, or over its middle: a tab at the page's corner does not."""
    first = below[0]
    middles = (head.x0 + head.x1 - first.x0 - first.x1) / 2
    return head.x0 <= first.x0 + head.size or (len(below) == 1 and abs(middles) <= head.size)


def _is_next_line(above: Span, below: Span) -> bool:
    """Whether two lines follow each other as those of a paragraph do."""
    if any(_PAGE_NUMBER.fullmatch(span.text) or _ADDRESS.search(span.text) for span in (above, below)):
        return False
    return above.base - below.base <= _LINE_GAP * below.size and abs(above.size - below.size) < 0.6 and above.bold == below.bold


def _aligned(head: Span, cell: Span) -> bool:
    middles = (head.x0 + head.x1 - cell.x0 - cell.x1) / 2
    return min(abs(head.x0 - cell.x0), abs(head.x1 - cell.x1), abs(middles)) <= _SAME_EDGE


def _is_furniture(edges: Sequence[_Edge], largest: float) -> bool:
    """Whether what is seen on these pages says the same, or counts along with them and is no larger than a text.

    The size keeps a numbered heading that happens to begin every page.
    """
    texts = {edge.span.text for edge in edges}
    if (
        len({" ".join(sorted(text.split())) for text in texts}) == 1
        or all(map(_is_stamp, texts))
        or all(map(_SLUG.search, texts))
        or all(_ROMAN.fullmatch(text) for text in texts)
    ):
        return True
    if edges[0].span.size > largest and not all(_PAGE_NUMBER.fullmatch(text) or _ROMAN.fullmatch(text) for text in texts):
        return _skips_pages(edges)
    return _counted_along(edges) >= 0.6 * len(edges)


def _counted_along(edges: Sequence[_Edge]) -> int:
    """How many of these have a number that counts along with the pages: by one, or by two where a page shows two of the book.

    It may begin anew, as in a book of several languages.
    """
    most, single = 0, all(len(_DIGITS.findall(edge.span.text)) == 1 for edge in edges)
    for step in (1, 2) if single else (1,):
        told = [_offsets(edge, step) for edge in edges]
        count = Counter(itertools.chain.from_iterable(told))
        often = {offset for offset, times in count.items() if single and times >= _FEWEST_COUNTED}
        often.update(offset for offset, _ in count.most_common(1))
        most = max(most, sum(not often.isdisjoint(offsets) for offsets in told))
    return most


def _offsets(edge: _Edge, step: int) -> set[int]:
    """By how much the numbers of a text are larger than that of its page."""
    numbers = [int(number) for number in _DIGITS.findall(edge.span.text)[:4] if len(number) < 6]
    return {number - step * edge.page.place for number in numbers}


def _skips_pages(edges: Sequence[_Edge]) -> bool:
    """Whether these count the pages and stand on the left or the right ones only: numbered headings would leave out none."""
    pages = sorted({edge.page.place for edge in edges})
    skipped = sum(after > before + 1 for before, after in itertools.pairwise(pages))
    return skipped > 1 and _counted_along(edges) == len(edges)

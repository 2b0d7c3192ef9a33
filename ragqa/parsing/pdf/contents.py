"""Lines with dot leaders: a table of contents, which says nothing that the headings do not say, or data to be kept.

A table of contents names pages of the book, in growing order, and its titles stand in the book once more. A list such as
"Weight ....... 12" does not: its lines become rows of a name and a value.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.labels import split_marker
from ragqa.parsing.pdf.layout import Row, rows_of
from ragqa.parsing.pdf.lines import fold
from ragqa.parsing.pdf.spans import PageSpans, Span
from ragqa.parsing.pdf.tables.grid import Table
from ragqa.parsing.pdf.tables.split import is_value
from ragqa.text.sentences import ENDS_LINE
from ragqa.types import box_around

_FEWEST = 3
_GROWING = 0.8
_KNOWN = 0.4
_UNNUMBERED_PAGES = 30
_SAME_EDGE = 12.0
_SLACK = 2.0
_SAME_SIZE = 0.6
_OTHER_LINE = 0.5
_LINE_GAP = 1.35
_MOST_CLOSE = 200
_MOST_BETWEEN = 5.0
_LARGER = 1.5
_OUTDENT = 4.0
_BULLET = re.compile(r"^\S\s+")
_LEADER = re.compile(r"\s*(?:(?:[.\u00b7_]\s?){5,}|(?:\u2026\s?){2,})[.\u00b7_\u2026\s]*")
_TO_WRITE_ON = re.compile(r"[.\u00b7_\u2026\s]{12,}")
_NUMBERED = re.compile(r"(?:^|\s)\d{1,4}$")
_PAGE = re.compile(r"(\d{1,4})(?:\s?[/,\u2013-]\s?\d{1,4})*|[ivxlc]+|\d{1,2}-\d{1,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line with a leader: what stands before it and after it."""

    row: Row
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class _Leader:
    """A span with a leader: the name before it, the value after it, and between which places the value begins."""

    span: Span
    name: str
    value: str
    dots: float
    value_end: float


def drop_contents(pages: Sequence[PageSpans], count: int, bookmarks: set[str]) -> None:
    """Take the dotted lines of tables of contents off the pages.

    `count` is how many pages the book has, `bookmarks` are the titles it knows, folded.
    """
    found = [(page, entries) for page in pages if (entries := _entries(page))]
    if not found:
        return
    lines = _lines(pages)
    for page, entries in found:
        dropped: set[int] = set()
        for column in _columns(entries):
            if _is_contents(column, count, lines, bookmarks):
                dropped.update(span.order for entry in column for span in entry.row)
                dropped.update(span.order for span in _between(column, page))
        page.spans = [span for span in page.spans if span.order not in dropped]


def drop_lines_to_write_on(pages: Sequence[PageSpans]) -> None:
    """Take rows of nothing but dots off the pages, as pages for notes have them."""
    for page in pages:
        dotted = {span.order for span in page.spans if _TO_WRITE_ON.fullmatch(span.text)}
        if dotted:
            rows = [row for row in rows_of(page.spans) if all(span.order in dotted for span in row)]
            dropped = {span.order for row in rows for span in row}
            page.spans = [span for span in page.spans if span.order not in dropped]


def part_leaders(pages: Sequence[PageSpans]) -> None:
    """Make every other line with a leader a row of a name and a value: the dots between them say nothing.

    Lines that go on with a value, or with which a name begins, are of its row.
    """
    for page in pages:
        spans = sorted((span for span in page.spans if span.table is None), key=_height)
        leaders = [leader for span in page.spans if (leader := _leader(span)) is not None]
        parted: dict[int, Span | None] = {leader.span.order: None for leader in leaders}
        for leader in leaders:
            name, value = _lines_of_name(leader, spans, parted), _lines_of_value(leader, spans, parted)
            parted.update(dict.fromkeys(line.order for line in (*name, *value)))
            parted[leader.span.order] = _parted(leader, name, value)
        page.spans = [span for one in page.spans if (span := parted.get(one.order, one)) is not None]


def _entries(page: PageSpans) -> list[_Entry]:
    if not any(_LEADER.search(span.text) for span in page.spans):
        return []
    entries: list[_Entry] = []
    for row in rows_of(page.spans):
        for part in _single_entries(row):
            text = " ".join(span.text for span in part)
            leader = _LEADER.search(text)
            if leader is not None:
                entries.append(_Entry(part, text[: leader.start()], text[leader.end() :].strip()))
    return entries


def _single_entries(row: Row) -> list[Row]:
    """The row, cut where a leader has ended: columns of a page stand side by side."""
    parts: list[Row] = [[]]
    dotted = False
    for span in row:
        text = " ".join(other.text for other in parts[-1])
        leader = _LEADER.search(text)
        dotted = leader is not None and bool(text[leader.end() :].strip())
        if dotted:
            parts.append([])
        parts[-1].append(span)
    return parts


def _columns(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    """The entries by where their numbers end."""
    columns: list[list[_Entry]] = []
    for entry in sorted(entries, key=lambda entry: entry.row[-1].x1):
        if columns and entry.row[-1].x1 - columns[-1][-1].row[-1].x1 < _SAME_EDGE:
            columns[-1].append(entry)
        else:
            columns.append([entry])
    return [sorted(column, key=lambda entry: -entry.row[0].base) for column in columns]


def _lines(pages: Sequence[PageSpans]) -> set[str]:
    """Every line without a leader, and every part of one."""
    lines: set[str] = set()
    for page in pages:
        for row in rows_of(page.spans):
            if not any(_LEADER.search(span.text) for span in row):
                lines.update(fold(span.text) for span in row)
                lines.add(fold(" ".join(span.text for span in row)))
    return lines


def _is_contents(entries: Sequence[_Entry], count: int, lines: set[str], bookmarks: set[str]) -> bool:
    if len(entries) < _FEWEST:
        return False
    numbers = [match for entry in entries if (match := _PAGE.fullmatch(entry.value)) is not None]
    if len(numbers) < _GROWING * len(entries):
        return False
    pages = [int(match.group(1)) for match in numbers if match.group(1)]
    if sum(page <= count + _UNNUMBERED_PAGES for page in pages) < len(pages):
        return False
    grown = sum(after >= before for before, after in itertools.pairwise(pages))
    if grown < _GROWING * (len(pages) - 1):
        return False
    titles = [{fold(entry.title), fold(_BULLET.sub("", entry.title))} for entry in entries]
    return sum(not title.isdisjoint(lines) or not title.isdisjoint(bookmarks) for title in titles) >= _KNOWN * len(titles)


def _between(entries: Sequence[_Entry], page: PageSpans) -> Iterator[Span]:
    """What stands between entries of a column that are few lines apart.

    These are titles of two lines and of chapters, which stand further out, and those that leave few dots; and what is close above
    the first or below the last and has a page, too.
    """
    left = min(entry.row[0].x0 - _OUTDENT * entry.row[0].size for entry in entries)
    right = max(entry.row[-1].x1 for entry in entries) + _SLACK
    spans = sorted(page.spans, key=_height)
    for above, below in itertools.pairwise(entry.row[0] for entry in entries):
        if above.base - below.base <= _MOST_BETWEEN * above.size:
            first, last = bisect_right(spans, below.base, key=_height), bisect_left(spans, above.base, key=_height)
            for span in spans[first:last]:
                if left <= span.x0 and span.x1 <= right and span.table is None and span.size <= _LARGER * above.size:
                    yield span
    for end, way in ((entries[0].row[0], 1), (entries[-1].row[0], -1)):
        low, high = sorted((end.base, end.base + way * _MOST_BETWEEN * end.size))
        near = spans[bisect_right(spans, low, key=_height) : bisect_left(spans, high, key=_height)]
        for row in rows_of([span for span in near if left <= span.x0 and span.x1 <= right and span.table is None]):
            if right - row[-1].x1 <= _SAME_EDGE and _NUMBERED.search(row[-1].text) and row[-1].size <= _LARGER * end.size:
                yield from row


def _leader(span: Span) -> _Leader | None:
    found = _LEADER.search(span.text) if span.table is None else None
    if found is None:
        return None
    begins = [(0, span.x0), *((space + 1, left) for space, _, left in span.gaps)]
    ends = [*((space, right) for space, right, _ in span.gaps), (len(span.text), span.x1)]
    dots = max(x for at, x in begins if at <= found.end() - 1)
    value = min((x for at, x in ends if at > found.end()), default=span.x1)
    return _Leader(span, span.text[: found.start()], span.text[found.end() :], dots, value)


def _lines_of_value(leader: _Leader, spans: Sequence[Span], taken: Collection[int]) -> list[Span]:
    """The lines below that go on with the value: they begin where it may begin, and nothing stands between them and the name."""
    lines: list[Span] = []
    last, right = leader.span, leader.span.x1
    while leader.name and leader.value:
        below = [span for span in _close(spans, last, -1) if leader.span.x0 - _SLACK <= span.x1 and span.x0 < right]
        first = min(below, key=lambda span: span.x0, default=None)
        if first is None or first.order in taken or not leader.dots <= first.x0 < leader.value_end:
            break
        if split_marker(first.text) is not None or (is_value(leader.value) and is_value(first.text)):
            break
        if lines and abs(first.x0 - lines[0].x0) > _SLACK:
            break
        lines.append(first)
        last, right = first, max(right, first.x1)
    return lines


def _lines_of_name(leader: _Leader, spans: Sequence[Span], taken: Collection[int]) -> list[Span]:
    """The line above with which the name begins, where the line with the leader goes on in small letters."""
    if not leader.name[:1].islower():
        return []
    above = [
        span for span in _close(spans, leader.span, 1) if abs(span.x0 - leader.span.x0) <= _SLACK and span.order not in taken
    ]
    return [span for span in above[:1] if not ENDS_LINE.search(span.text) and span.x1 <= leader.span.x1]


def _height(span: Span) -> float:
    return span.base


def _close(spans: Sequence[Span], line: Span, way: int) -> list[Span]:
    """Of spans sorted by height those right above (1) or below (-1) a line, in type of its size; none where words are strewn."""
    ends = sorted(line.base + way * share * line.size for share in (_OTHER_LINE, _LINE_GAP))
    first, last = bisect_left(spans, ends[0], key=_height), bisect_right(spans, ends[1], key=_height)
    if last - first > _MOST_CLOSE:
        return []
    return [span for span in spans[first:last] if abs(span.size - line.size) <= _SAME_SIZE]


def _parted(leader: _Leader, above: Sequence[Span], below: Sequence[Span]) -> Span:
    span, name, value = leader.span, leader.name, leader.value
    if not name or not value:
        return replace(span, text=f"{name}{value}", gaps=()) if name or value else span
    lines = [*above, span, *below]
    name = "\n".join([*(line.text for line in above), name])
    value = "\n".join([value, *(line.text for line in below)])
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    middle = 0.5 * (span.x0 + span.x1)
    box = (left, lines[-1].base - 0.3 * span.size, right, lines[0].base + span.size)
    row = Table(box, [[name, value]], 0, ((left, middle), (middle, right)), span.size, span.order)
    return replace(
        span, text=f"{name} {value}", x0=left, x1=right, gaps=(), table=row, box=box_around(line.box for line in lines)
    )

"""Lines with dot leaders: a table of contents, which says nothing that the headings do not say, or data to be kept.

A table of contents names pages of the book, in growing order, and its titles stand in the book once more. A list such as
"Weight ....... 12" does not: its lines become rows of a name and a value.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.pdf.layout import Row, rows_of
from ragqa.parsing.pdf.lines import fold
from ragqa.parsing.pdf.spans import PageSpans, Span
from ragqa.parsing.pdf.tables.grid import Table

_FEWEST = 3
_GROWING = 0.8
_KNOWN = 0.4
_UNNUMBERED_PAGES = 30
_SAME_EDGE = 12.0
_BULLET = re.compile(r"^\S\s+")
_LEADER = re.compile(r"\s*(?:(?:[.\u00b7_]\s?){5,}|(?:\u2026\s?){2,})[.\u00b7_\u2026\s]*")
_PAGE = re.compile(r"(\d{1,4})(?:\s?[/,\u2013-]\s?\d{1,4})*|[ivxlc]+|\d{1,2}-\d{1,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line with a leader: what stands before it and after it."""

    row: Row
    title: str
    value: str


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
        page.spans = [span for span in page.spans if span.order not in dropped]


def part_leaders(pages: Sequence[PageSpans]) -> None:
    """Make every other line with a leader a row of a name and a value: the dots between them say nothing."""
    for page in pages:
        page.spans = [span if span.table is not None else _parted(span) for span in page.spans]


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


def _parted(span: Span) -> Span:
    leader = _LEADER.search(span.text)
    if leader is None:
        return span
    name, value = span.text[: leader.start()], span.text[leader.end() :]
    if not name or not value:
        return replace(span, text=f"{name}{value}", gaps=()) if name or value else span
    middle = 0.5 * (span.x0 + span.x1)
    box = (span.x0, span.base - 0.3 * span.size, span.x1, span.base + span.size)
    row = Table(box, [[name, value]], 0, ((span.x0, middle), (middle, span.x1)), span.size, span.order)
    return replace(span, text=f"{name} {value}", gaps=(), table=row)

"""Lines of a PDF page joined to paragraphs, list items, code and table rows, before headings are known."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import median

from ragqa.parsing.labels import alternatives, split_marker
from ragqa.parsing.pdf.layout import Row, reading_order, rows_of
from ragqa.parsing.pdf.listings import listing_line
from ragqa.parsing.pdf.places import row_boxes
from ragqa.parsing.pdf.spans import PageSpans, Span
from ragqa.parsing.pdf.steps import with_steps
from ragqa.parsing.pdf.tables.grid import Table
from ragqa.parsing.pdf.tables.runs import Runs
from ragqa.parsing.tables import Cell
from ragqa.text.scripts import space_between
from ragqa.text.sentences import ENDS_LINE
from ragqa.types import Box, box_around

_SAME_SIZE = 0.6
_PARAGRAPH_GAP = 1.35
_WIDEST_LEADING = 2.3
_FEWEST_WORDS = 3
_HYPHENATED = re.compile("([^\\W\\d_]+)[-\u2010\u2011\u00ad]$")
_DASHED = re.compile("([^\\W_]+)[-\u2010\u2011\u2012\u2013\u00ad]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together. `grid` holds the cells of a table instead, of which `header_rows` are headers.

    `columns` is where each of its columns stands; if it `continues` the table before, `inherited` rows of heads are that one's.
    `starts` is where each line begins on the page.
    `box` is the place of what stands of it in one column, `row_boxes` that of each row of the grid. `figure` numbers the figure
    that it belongs to (0: none), as its caption or a name of its parts. What stands among the strokes of a drawing is `drawn`.
    """

    page: int
    size: float = 0.0
    bold: bool = False
    mono: bool = False
    lines: list[str] = field(default_factory=list)
    marker: str = ""
    indent: float = 0.0
    grid: list[list[Cell]] | None = None
    header_rows: int = 0
    columns: tuple[tuple[float, float], ...] = ()
    continues: bool = False
    inherited: int = 0
    starts: list[float] = field(default_factory=list)
    box: Box | None = None
    row_boxes: list[Box | None] = field(default_factory=list)
    figure: int = 0
    caption: bool = False
    drawn: bool = False

    @property
    def text(self) -> str:
        """Its marker and its lines as one line."""
        return f"{self.marker} {' '.join(self.lines)}".strip()


@dataclass(slots=True)
class _Line:
    text: str
    marker: str
    x0: float
    text_x0: float
    x1: float
    base: float
    size: float
    bold: bool
    mono: bool
    box: Box | None


def fold(text: str) -> str:
    """Letters and digits only, in lower case: how a heading is compared with its bookmark."""
    return _NOT_LETTERS.sub("", text).casefold()


def page_paragraphs(page: PageSpans, bookmarks: Collection[str]) -> list[Paragraph]:
    """The paragraphs, items and tables of a page; a line that is a bookmark's title stands by itself."""
    paragraphs: list[Paragraph] = []
    for region in reading_order(page.spans, dividers=page.dividers):
        rows = with_steps([_with_markers(row) for row in rows_of(region)])
        found = _region_paragraphs(rows, page, bookmarks)
        if paragraphs and found and _runs_on(paragraphs[-1], found[0]):
            paragraphs[-1].starts.extend(found[0].starts)
            paragraphs[-1].lines.extend(found.pop(0).lines)
        paragraphs.extend(found)
    return paragraphs


def _runs_on(last: Paragraph, first: Paragraph) -> bool:
    """Whether a paragraph at the foot of a column goes on at the head of the next."""
    if last.grid is not None or first.grid is not None or first.marker or last.mono or first.mono:
        return False
    unfinished = not ENDS_LINE.search(last.lines[-1]) and abs(last.size - first.size) <= _SAME_SIZE
    return unfinished and last.bold == first.bold and first.lines[0][:1].islower()


def _with_markers(row: Row) -> Row:
    """Join a bullet or number that stands apart with the text of its item."""
    if len(row) < 2 or len(row[0].text) > 5 or split_marker(f"{row[0].text} ") is None:
        return row
    if row[1].x0 - row[0].x1 > 6 * row[0].size:
        return row
    marker, first = row[0], row[1]
    joined = Span(
        f"{marker.text} {first.text}",
        marker.x0,
        first.x1,
        first.base,
        first.size,
        first.bold,
        first.mono,
        first.order,
        text_x0=first.x0,
        box=box_around((marker.box, first.box)),
    )
    return [joined, *row[2:]]


def _region_paragraphs(rows: list[Row], page: PageSpans, bookmarks: Collection[str]) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    lines: list[_Line] = []
    runs = Runs(rows, page.rules)
    index = 0
    while index < len(rows):
        found = [(span.table, span) for span in rows[index] if span.table is not None]
        if found:
            beside = [span for span in rows[index] if span.table is None]
            paragraphs.extend(_join_lines([*lines, *([_line(beside)] if beside else [])], page.number, bookmarks))
            lines = []
            paragraphs.extend(_table(table, page.number, span.box, span.row_boxes) for table, span in found)
            index += 1
            continue
        run = runs.table(index)
        if run is not None:
            table, length = run
            paragraphs.extend(_join_lines(lines, page.number, bookmarks))
            lines = []
            drawn = rows[index : index + length]
            box = box_around(span.box for row in drawn for span in row)
            paragraphs.append(_table(table, page.number, box, row_boxes(drawn, table.grid)))
            index += length
        elif (lists := runs.lists(index)) is not None:
            paragraphs.extend(_join_lines(lines, page.number, bookmarks))
            lines = []
            for column in lists[0]:
                paragraphs.extend(_join_lines([_line(row) for row in column], page.number, bookmarks))
            index += lists[1]
        else:
            lines.append(_line(rows[index]))
            index += 1
    paragraphs.extend(_join_lines(lines, page.number, bookmarks))
    return paragraphs


def _table(table: Table, page: int, box: Box | None, boxes: Sequence[Box | None]) -> Paragraph:
    rows = list(boxes) or [None] * len(table.grid)
    return Paragraph(
        page, table.size, grid=table.grid, header_rows=table.header_rows, columns=table.columns, box=box, row_boxes=rows
    )


def _line(row: Row) -> _Line:
    mono = all(span.mono for span in row)
    text = listing_line(row) if mono else " ".join(span.text for span in row)
    split = tuple(text.split(maxsplit=1)) if row[0].numbered else split_marker(text)
    if mono and split is not None and split[0] == "\u2022":
        split = None  # the dashes and stars of a listing are its own
    marker, rest = split if split is not None else ("", text)
    widest = max(row, key=lambda span: len(span.text))
    first = row[0]
    text_x0 = first.text_x0 or first.x0 + first.width * (len(text) - len(rest)) / max(len(first.text), 1)
    return _Line(
        text=rest,
        marker=marker,
        x0=first.x0,
        text_x0=text_x0 if marker else first.x0,
        x1=row[-1].x1,
        base=first.base,
        size=round(widest.size * 2) / 2,
        bold=all(span.bold for span in row),
        mono=mono,
        box=box_around(span.box for span in row),
    )


def _join_lines(lines: Sequence[_Line], page: int, bookmarks: Collection[str]) -> list[Paragraph]:
    if not lines:
        return []
    gaps = [above.base - below.base for above, below in itertools.pairwise(lines)]
    close = [gap for gap, line in zip(gaps, lines, strict=False) if 0 < gap < 2 * line.size]
    leading = median(close) if close else 1.2 * lines[0].size
    right = max(line.x1 for line in lines)
    paragraphs: list[Paragraph] = []
    previous: _Line | None = None
    item: _Line | None = None
    for line in lines:
        named = fold(f"{line.marker} {line.text}") in bookmarks
        if previous is None or named or _begins(previous, line, item, paragraphs[-1].mono, leading, right, bookmarks):
            item = line if line.marker and not named else None
            paragraphs.append(Paragraph(page, line.size, line.bold, line.mono, [line.text], line.marker, line.x0, box=line.box))
        else:
            paragraphs[-1].lines.append(line.text)
            paragraphs[-1].box = box_around((paragraphs[-1].box, line.box))
        paragraphs[-1].starts.append(line.x0)
        previous = line
    return paragraphs


@cache
def _caption() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives('captions')})(?:\s|(?<=[^\x00-\x7f]))\d", re.IGNORECASE)


def _begins(
    above: _Line, line: _Line, item: _Line | None, code: bool, leading: float, right: float, bookmarks: Collection[str]
) -> bool:
    """Whether `line` begins a new paragraph under the line `above`."""
    gap = above.base - line.base
    ended, short = bool(ENDS_LINE.search(above.text)), above.x1 < right - 0.2 * (right - above.x0)
    # A sentence that runs on says more than its leading, which is wide in some regions, and than words in bold.
    runs_on = not ended and not short and line.text[:1].islower() and _is_running(above, line)
    widest = max(_PARAGRAPH_GAP * max(leading, line.size), _WIDEST_LEADING * line.size if runs_on else 0.0)
    if line.marker or _caption().match(line.text) or gap > widest or gap < -line.size:
        return True
    if abs(above.size - line.size) > _SAME_SIZE or fold(f"{above.marker} {above.text}") in bookmarks:
        return True
    if code or line.mono:
        return code != line.mono and (code or ended)
    if above.bold != line.bold and not runs_on:
        return True
    if item is not None:
        further_out = line.x0 + 0.5 * line.size
        return (ended and further_out < item.text_x0) or (short and further_out < item.x0)
    return ended and (short or line.x0 > above.x0 + 0.8 * line.size)


def _is_running(above: _Line, line: _Line) -> bool:
    """Whether two lines may be those of a sentence: the number of a figure, a name in a drawing or a sign's letter is none."""
    return len(above.text.split()) >= _FEWEST_WORDS and len(line.text) > 1


class Hyphens:
    """Joins lines whose last word is divided, as far as the rest of the document knows the word."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self._words: set[str] = set()
        for paragraph in paragraphs:
            for line in paragraph.lines:
                self._words.update(word.lower() for word in _WORD.findall(line))

    def join(self, lines: Sequence[str]) -> str:
        """The lines as one. "clean-" and "ing" become one word; "Wi-" and "Fi" keep their hyphen."""
        text = lines[0]
        for line in lines[1:]:
            divided = _HYPHENATED.search(text)
            following = _WORD.match(line)
            if divided is None or following is None:
                text = self._dashed(text, line)
            elif self._is_one_word(divided.group(1), following.group().split("-")[0]):
                text = text[:-1] + line
            else:
                text += line
        return text

    def _dashed(self, text: str, line: str) -> str:
        """A line that may end with a dash: "20\u2013" and "30" are a range. Some set a dash where a word is divided."""
        dashed = _DASHED.search(text)
        following = _WORD.match(line)
        if dashed is None or not line[:1].isalnum():
            return _spaced(text, line)
        if following is not None and f"{dashed.group(1)}{following.group()}".lower() in self._words:
            return text[:-1] + line
        return text + line

    def _is_one_word(self, head: str, tail: str) -> bool:
        if not (head.islower() or head.istitle()) or not tail.islower():
            return False
        joined, compound = f"{head}{tail}".lower(), f"{head}-{tail}".lower()
        return joined in self._words or compound not in self._words


def _spaced(text: str, line: str) -> str:
    return f"{text}{space_between(text, line)}{line}"

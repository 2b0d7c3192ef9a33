"""Characters of a PDF page, with their places and fonts, gathered into spans.

A span is a stretch of text on one baseline without a wide gap: a line of a paragraph, or a cell of a table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pypdfium2 as pdfium

from ragqa.parsing.pdf.directions import Box, Direction, directions, extent, turned
from ragqa.parsing.pdf.overprint import seen, without_repeats
from ragqa.parsing.pdf.picture_rules import is_scan, picture_rules
from ragqa.parsing.pdf.pictures import Pictures
from ragqa.parsing.pdf.places import Frame
from ragqa.parsing.pdf.right_to_left import is_right_to_left, lines_by_place, stretches
from ragqa.parsing.pdf.rules import Line, Rules, read_rules
from ragqa.parsing.pdf.torn import mended
from ragqa.parsing.pdf.words import RIGHT_TO_LEFT, Word, read_words
from ragqa.parsing.raised import DIGITS, MINUS
from ragqa.types import Box as Place

if TYPE_CHECKING:
    from ragqa.parsing.pdf.tables.grid import Table

_WIDE_GAP = 1.3
_WORD_GAP = 0.2
_NARROWEST_BLANK, _AS_WIDE = 0.12, 0.9
_NO_GAP = 0.01
_SAME_LINE = 0.45
_SMALLER = 0.85
_SMALLEST = 0.55
_LONGEST_SCRIPT = 4
_SCRIPT_SHIFT = 0.7
_SCRIPT_GAP = 0.3
_NOWHERE = (math.inf, math.inf, -math.inf, -math.inf)
_LIGATURE = re.compile("f(?:fi|fl|i|l)$")
_MINUS = re.compile("(?<!\\d)[\u2212-](?=\\d)")


Gap = tuple[int, float, float]
Area = tuple[float, float, float, float]


@dataclass(slots=True)
class Span:
    """Text on one baseline. `order` grows in the order the file draws the spans, and no two of a page have the same.

    `text_x0` is where the text after a list marker begins, if the marker stands apart. `gaps` are the spaces between words:
    the space's index in `text`, and where the word before it ends and the one after it begins. `table` stands in this place.
    `faint` text is large, pale or outlined, `numbered` text begins with the number of a step. `area` is the rectangle (left,
    bottom, right, top) that holds the words on the page as the file has it, `box` where that is on the page as it is displayed;
    `row_boxes` are those of the table's rows.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool
    mono: bool
    order: int
    text_x0: float | None = None
    gaps: tuple[Gap, ...] = ()
    table: Table | None = None
    faint: bool = False
    numbered: bool = False
    area: Area = (0.0, 0.0, 0.0, 0.0)
    box: Place | None = None
    row_boxes: tuple[Place | None, ...] = ()

    @property
    def width(self) -> float:
        return self.x1 - self.x0


@dataclass(slots=True)
class PageSpans:
    """What stands on a page and runs in one direction: text, and the lines drawn around it, turned upright.

    `slanted` text runs along none of the page's edges; other text was turned by `quarter` degrees. `outside` is text that
    nobody sees, beyond the edges. `comments` are notes to the page. `mirror` is the width of a page
    that is read from the right, whose places are told from its right edge. The first of a page has its
    pictures. The `width` is 0 where it is not known. `dividers` are those of the rules that part columns of text. `half` is
    1 for the left and 2 for the right one of two pages of a book that share a page of the file and its number, else 0.
    """

    number: int
    height: float
    spans: list[Span]
    rules: Rules = field(default_factory=Rules)
    slanted: bool = False
    outside: list[Span] = field(default_factory=list)
    quarter: int = 0
    mirror: float = 0.0
    comments: list[str] = field(default_factory=list)
    pictures: Pictures | None = None
    width: float = 0.0
    dividers: list[Line] = field(default_factory=list)
    half: int = 0

    @property
    def place(self) -> int:
        """Which page of the book as printed it is, so far as the file tells."""
        return 2 * self.number - 2 + self.half if self.half else self.number


def read_page(page: pdfium.PdfPage, number: int) -> list[PageSpans]:
    """The page's text and rules: one for each direction that text runs in, turned upright."""
    textpage = page.get_textpage()
    try:
        words = read_words(textpage)
    finally:
        textpage.close()
    box = Box(*page.get_bbox())
    inside, outside = seen(words, box)
    found = directions(without_repeats(inside), box, page.get_rotation())
    rules = _rules(page) if found else Rules()
    views = [_view(direction, rules, number, box) for direction in found]
    if not views:
        views = [PageSpans(number, extent(0, box), [])]
    for view, direction in zip(views, found, strict=False):
        view.quarter = direction.quarter
        view.width = extent(direction.quarter + 90, box)
    views[0].outside = spans_of(outside)
    frame = Frame.of(page)
    for view in views:
        for span in view.spans:
            span.box = frame.box(*span.area)
    return views


def _rules(page: pdfium.PdfPage) -> Rules:
    """The lines that are drawn on the page; where it is a scan, those that its picture shows."""
    drawn = read_rules(page)
    return picture_rules(page) if not drawn.across and is_scan(page) else drawn


def _view(direction: Direction, rules: Rules, number: int, box: Box) -> PageSpans:
    words, quarter = direction.words, direction.quarter
    turned_rules = Rules() if direction.slanted else rules.turned(lambda x, y: turned(quarter, x, y, box))
    if not any(RIGHT_TO_LEFT.match(word.text) for word in words):
        blankless = [word for word in words if word.text != " "]
        return PageSpans(number, direction.height, mended(spans_of(blankless)), turned_rules, direction.slanted)
    backwards = is_right_to_left(words)
    spans = _right_to_left_spans(words, backwards)
    width = extent(quarter + 90, box) if backwards else 0.0
    if backwards:
        spans, turned_rules = _mirrored(spans, turned_rules, width)
    return PageSpans(number, direction.height, spans, turned_rules, direction.slanted, mirror=width)


def _right_to_left_spans(words: list[Word], backwards: bool) -> list[Span]:
    lines, others = lines_by_place(words)
    spans = spans_of(others)
    for line in lines:
        for stretch in stretches(line, _WIDE_GAP, backwards):
            growing = _growing(stretch.words[0])
            for word in stretch.words:
                _add(growing, word)
            growing.order = min(word.index for word in stretch.words)
            growing.pieces = [stretch.text]
            spans.extend(_finished(growing))
    return sorted(spans, key=lambda span: span.order)


def _mirrored(spans: list[Span], rules: Rules, width: float) -> tuple[list[Span], Rules]:
    """A page that is read from the right, as if it were read from the left: its columns and indentations come out alike."""
    for span in spans:
        span.x0, span.x1, span.gaps = width - span.x1, width - span.x0, ()
    return spans, rules.turned(lambda x, y: (width - x, y))


@dataclass(slots=True)
class _Growing:
    """A span while words are still added to it."""

    x0: float
    x1: float
    base: float
    size: float
    last_x0: float
    order: int
    pieces: list[str] = field(default_factory=list)
    sizes: dict[float, int] = field(default_factory=dict)
    bases: dict[float, float] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    length: int = 0
    bold: int = 0
    mono: int = 0
    faint: int = 0
    area: Area = _NOWHERE


def spans_of(words: Iterable[Word]) -> list[Span]:
    """Words of one direction joined to spans."""
    spans: list[Span] = []
    current: _Growing | None = None
    for word in words:
        if current is None or not _continues(current, word):
            spans.extend(_finished(current))
            current = _growing(word)
        elif word.x0 != current.last_x0 and _is_apart(current, word):
            current.gaps.append((current.length + len(current.gaps), current.x1, word.x0))
            current.pieces.append(" ")
        _add(current, word)
    spans.extend(_finished(current))
    return spans


def _is_apart(span: _Growing, word: Word) -> bool:
    """Whether there is a blank before a word: where a PDF draws none, the gap is as wide as the blank before it.

    Some write one after a ligature, which has no width.
    """
    gap, size = word.x0 - span.x1, word.font.size
    if word.spaced:
        in_a_word = gap <= _NO_GAP * size and word.text[:1].islower() and _LIGATURE.search(span.pieces[-1]) is not None
        return not in_a_word
    blank = span.gaps[-1][2] - span.gaps[-1][1] if span.gaps else math.inf
    return gap > min(_WORD_GAP * size, max(_NARROWEST_BLANK * size, _AS_WIDE * blank))


def _growing(word: Word) -> _Growing:
    return _Growing(word.x0, word.x1, word.base, word.font.size, word.x0, word.index)


def _add(span: _Growing, word: Word) -> None:
    font, text, length = word.font, word.text, len(word.text)
    raised = font.size < _SMALLER * span.size and word.base > span.base + 0.15 * span.size
    span.pieces.append(_MINUS.sub(MINUS, text).translate(DIGITS) if raised else text)
    span.last_x0 = word.x0
    span.x1 = max(span.x1, word.x1)
    left, bottom, right, top = span.area
    span.area = min(left, word.left), min(bottom, word.bottom), max(right, word.right), max(top, word.top)
    span.sizes[font.size] = span.sizes.get(font.size, 0) + length
    span.bases.setdefault(font.size, word.base)
    if font.size > span.size:
        span.size, span.base = font.size, word.base
    span.length += length
    span.bold += length * font.bold
    span.mono += length * font.mono
    span.faint += length * font.faint


def _finished(span: _Growing | None) -> Iterator[Span]:
    text = "".join(span.pieces).strip() if span is not None else ""
    if span is None or not text:
        return
    size = max(span.sizes, key=lambda size: span.sizes[size])
    yield Span(
        text,
        span.x0,
        span.x1,
        span.bases[size],
        size,
        bold=span.bold >= 0.8 * span.length,
        mono=span.mono >= 0.8 * span.length,
        order=span.order,
        gaps=tuple(span.gaps),
        faint=span.faint >= 0.8 * span.length,
        area=span.area,
    )


def _continues(span: _Growing, word: Word) -> bool:
    """Whether a word belongs to the span. The letters of a ligature all stand where the ligature does."""
    size = max(span.size, word.font.size)
    gap, shift = word.x0 - span.x1, abs(word.base - span.base)
    if word.x0 == span.last_x0:
        return shift < 0.1
    reach = _WIDE_GAP if shift < _SAME_LINE * size else _SCRIPT_GAP if _is_script(span, word, shift) else -math.inf
    return -0.5 * size < gap < reach * size


def _is_script(span: _Growing, word: Word, shift: float) -> bool:
    """Whether a few small signs stand above or below the line of larger ones, as an exponent or an index."""
    small, large = sorted((word.font.size, span.size))
    signs = len(word.text) if word.font.size < span.size else span.length
    return _SMALLEST * large <= small <= _SMALLER * large and signs <= _LONGEST_SCRIPT and shift < _SCRIPT_SHIFT * large

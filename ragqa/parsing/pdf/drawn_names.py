"""Names of parts in a drawing, and words on a drawn display: set like headings, they head nothing.

Such a name stands among many strokes, no text begins under it, and it begins at the edge of no text of its page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ragqa.parsing.labels import is_bare_label
from ragqa.parsing.pdf.lines import Paragraph
from ragqa.parsing.pdf.pictures import Pictures
from ragqa.types import Box

_FEWEST_STROKES, _FEWEST_SHAPES = 6, 4
_THIN = 0.004
"""As wide or high as this a stroke is a rule, as those of tables and frames, or a line that leads to a name."""

_AROUND = 0.02
_GROUND = 0.5
"""The share of a page from which on what is drawn is a ground or a frame, and no part of a drawing."""

_LONGEST = 160
_MOST_PARAGRAPHS = 400
"""Of a page: where more is strewn over it, nothing is looked for."""

_TEXT_WORDS, _LINE_WORDS = 5, 6
_FEWEST_LINES = 2
_SAME_EDGE = 0.006
_INDENT, _OUTDENT = 0.15, 0.05
_LINES_BENEATH, _LINES_TO_LABEL = 2.0, 4.0
_OVERLAP = 0.3


def mark_names_in_drawings(paragraphs: Sequence[Paragraph], pictures: Mapping[int, Pictures]) -> None:
    """Tell the paragraphs that stand in a drawing, as far as they might be taken for headings."""
    on_pages: dict[int, list[Paragraph]] = defaultdict(list)
    for paragraph in paragraphs:
        if paragraph.box is not None:
            on_pages[paragraph.page].append(paragraph)
    for page, own in on_pages.items():
        strokes = pictures[page].strokes if page in pictures else []
        if len(strokes) < _FEWEST_STROKES or len(own) > _MOST_PARAGRAPHS:
            continue
        for paragraph in own:
            if _may_be_name(paragraph) and not _heads_text(paragraph, own):
                paragraph.drawn = _is_among(paragraph.box or (0, 0, 0, 0), strokes)


def _may_be_name(paragraph: Paragraph) -> bool:
    return paragraph.grid is None and not paragraph.marker and not paragraph.mono and len(paragraph.text) <= _LONGEST


def _heads_text(paragraph: Paragraph, others: Sequence[Paragraph]) -> bool:
    """Whether text or a table begins right under a paragraph, or lines of text begin at its edge elsewhere on the page."""
    left = paragraph.box[0] if paragraph.box is not None else 0.0
    edges = 0
    for other in others:
        if other is paragraph or other.box is None:
            continue
        words = len(other.text.split()) if other.grid is None else 0
        edges += words >= _LINE_WORDS and abs(other.box[0] - left) < _SAME_EDGE
        lines = _LINES_BENEATH if other.grid is not None or words >= _TEXT_WORDS else _LINES_TO_LABEL * is_bare_label(other.text)
        if edges >= _FEWEST_LINES or _is_under(paragraph, other, lines):
            return True
    return False


def _is_under(paragraph: Paragraph, other: Paragraph, lines: float) -> bool:
    """Whether what stands up to some lines under a line is a table, begins about where it begins, or is set around its middle."""
    if paragraph.box is None or other.box is None:
        return False
    left, _, right, bottom = paragraph.box
    line = _line_height(paragraph)
    close = -_OVERLAP * line <= other.box[1] - bottom < lines * line
    if not close or other.box[0] >= right or other.box[2] <= left:
        return False
    middles = (left + right - other.box[0] - other.box[2]) / 2
    return other.grid is not None or -_OUTDENT <= other.box[0] - left <= _INDENT or abs(middles) <= _OUTDENT


def _line_height(paragraph: Paragraph) -> float:
    _, top, _, bottom = paragraph.box or (0, 0, 0, 0)
    return (bottom - top) / max(len(paragraph.lines), 1)


def _is_among(box: Box, strokes: Iterable[Box]) -> bool:
    """Whether much is drawn close around a box, and not only rules."""
    left, top, right, bottom = box[0] - _AROUND, box[1] - _AROUND, box[2] + _AROUND, box[3] + _AROUND
    found = shapes = 0
    for x0, y0, x1, y1 in strokes:
        if x0 < right and x1 > left and y0 < bottom and y1 > top and (x1 - x0) * (y1 - y0) < _GROUND:
            found += 1
            shapes += min(x1 - x0, y1 - y0) >= _THIN
        if found >= _FEWEST_STROKES and shapes >= _FEWEST_SHAPES:
            return True
    return False

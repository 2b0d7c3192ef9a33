"""The order in which a page is read: its columns, and the rows of spans in each.

Two columns of text differ from two columns of a table in how the file draws them: text goes down the whole left
column before the right one begins, a table goes row by row. Where that does not tell, full-width lines of prose do.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from statistics import median

from ragqa.parsing.pdf.rules import Line
from ragqa.parsing.pdf.spans import Span
from ragqa.text.sentences import ENDS_LINE

Row = list[Span]

_BIN = 2.0
_NARROWEST_GUTTER = 8.0
_NARROWEST_PAGE = 200.0
_MARGIN_SHARE = 0.15
_DEEPEST = 3
_MOST_GUTTERS = 3
_LINES_A_SWITCH = 3
_PAIRED = 0.9
_LONGEST_VALUE = 24
_PART_GAP = 1.5
_FEWEST_LINES = 3
_PROSE_LINES = 8
_RUNNING_LINES = 5
_RUNS_ON = 0.5
_SAME_ROW = 0.45
_WORD_WIDTH = 4.0
_NUMBER = re.compile(r"\(?\d{1,3}[.)]?")


def reading_order(spans: Sequence[Span], depth: int = 0, dividers: Sequence[Line] = ()) -> list[list[Span]]:
    """The spans of a page as regions in reading order; inside a region, rows go from top to bottom.

    The upright lines `dividers` are known to part columns.
    """
    for number, (x, bottom, top) in enumerate(dividers):
        above = [span for span in spans if span.base > top]
        below = [span for span in spans if span.base < bottom]
        beside = [span for span in spans if bottom <= span.base <= top]
        left = [span for span in beside if span.x0 + span.x1 <= 2 * x]
        right = [span for span in beside if span.x0 + span.x1 > 2 * x]
        if left and right:
            rest = dividers[number + 1 :]
            return [region for part in (above, left, right, below) for region in reading_order(part, depth, rest)]
    if depth >= _DEEPEST:
        return [list(spans)] if spans else []
    narrowest = _NARROWEST_PAGE / (2 if depth else 1)
    gutters = _gutters(spans, narrowest)
    if not gutters:  # the words of a drawing may stand in it
        gutters = _gutters([span for span in spans if not _is_small(span)], narrowest)
    for gutter in gutters[:_MOST_GUTTERS]:
        regions = _in_columns(spans, gutter, depth)
        if len(regions) > 1:
            return regions
    return [list(spans)] if spans else []


def _in_columns(spans: Sequence[Span], gutter: float, depth: int) -> list[list[Span]]:
    """The regions that the columns on the sides of a gutter make; a single one where there are none."""
    regions: list[list[Span]] = []
    plain: list[Span] = []
    for band in _bands(spans, gutter):
        left = [span for span in band if _is_left(span, gutter)]
        right = [span for span in band if _is_right(span, gutter)]
        if len(left) + len(right) == len(band) and _are_columns(left, right, band, gutter):
            if plain:
                regions.append(plain)
                plain = []
            for part in _stacked(band, gutter):
                regions.extend(reading_order([span for span in part if _is_left(span, gutter)], depth + 1))
                regions.extend(reading_order([span for span in part if _is_right(span, gutter)], depth + 1))
        else:
            plain.extend(band)
    if plain:
        regions.append(plain)
    return regions


def _is_small(span: Span) -> bool:
    """Whether a span is no more than a word of a drawing may be."""
    return span.table is None and span.width < _WORD_WIDTH * span.size


def _is_left(span: Span, gutter: float) -> bool:
    return span.x1 <= gutter + 1 or (_is_small(span) and span.x0 + span.x1 <= 2 * gutter and span.x0 < gutter - 1)


def _is_right(span: Span, gutter: float) -> bool:
    return not _is_left(span, gutter) and (span.x0 >= gutter - 1 or _is_small(span))


def _gutters(spans: Sequence[Span], narrowest: float = _NARROWEST_PAGE) -> list[float]:
    """The middles of the empty upright strips in the inner part of the page, the emptiest and widest first."""
    if len(spans) < 2 * _FEWEST_LINES:
        return []
    left, right = min(span.x0 for span in spans), max(span.x1 for span in spans)
    width = right - left
    if width < narrowest:
        return []
    bins = int(width / _BIN) + 1
    change = [0] * (bins + 1)
    for span in spans:
        change[int((span.x0 - left) / _BIN)] += 1
        change[min(int((span.x1 - left) / _BIN) + 1, bins)] -= 1
    allowed = max(1, len(spans) // 4)
    found: list[tuple[int, float, float]] = []
    covered, start, worst = 0, None, 0
    for index in range(bins):
        covered += change[index]
        x = left + index * _BIN
        inside = left + _MARGIN_SHARE * width < x < right - _MARGIN_SHARE * width
        if inside and covered <= allowed and (start is None or covered == worst):
            start, worst = (x, covered) if start is None else (start, worst)
            continue
        if start is not None and x - start >= _NARROWEST_GUTTER:
            found.append((worst, start - x, (start + x) / 2))
        start, worst = (x, covered) if inside and covered <= allowed else (None, 0)
    return [middle for _, _, middle in sorted(found)]


def _bands(spans: Sequence[Span], gutter: float) -> list[list[Span]]:
    """The spans from top to bottom, cut wherever a span crosses the gutter; such a span is a band by itself."""
    bands: list[list[Span]] = [[]]
    for row in rows_of(spans):
        if not all(_is_left(span, gutter) or _is_right(span, gutter) for span in row):
            bands.extend([row, []])
        else:
            bands[-1].extend(row)
    return [band for band in bands if band]


def _are_columns(left: list[Span], right: list[Span], band: list[Span], gutter: float) -> bool:
    lines = [rows_of(side) for side in (left, right)]
    fewest = min(map(len, lines))
    if fewest < _FEWEST_LINES or are_numbered(*lines):
        return False
    switches = len(drawn_runs(band, gutter)) - 1
    if switches <= 1:
        return True
    if not _are_pairs(*lines):
        if switches <= max(len(band) // 12, fewest // _LINES_A_SWITCH):
            return True
        if switches < len(band) // 3 and all(_is_prose(side, _PROSE_LINES) for side in (left, right)):
            return True
    return all(_is_prose(side, _RUNNING_LINES) and _runs_down(side) for side in (left, right))


def are_numbered(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether the left side is but numbers, and each beside the first line of what it numbers."""
    if not all(_NUMBER.fullmatch(span.text) for row in left for span in row):
        return False
    first = [row for above, row in zip([None, *right], right, strict=False) if above is None or _is_over(above, row)]
    return _beside(left, first) == len(left)


def _are_pairs(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether nearly every line has a short one beside it: names and their values, though not drawn row by row."""
    if any(len(row) > 1 for row in (*left, *right)) or any(len(row[0].text) > _LONGEST_VALUE for row in right):
        return False
    return _beside(left, right) >= _PAIRED * max(len(left), len(right))


def _beside(rows: Sequence[Row], others: Sequence[Row]) -> int:
    """How many rows stand on the baseline of one of the others."""
    return sum(any(abs(row[0].base - other[0].base) <= _SAME_ROW * row[0].size for other in others) for row in rows)


def drawn_runs(band: Sequence[Span], gutter: float) -> list[list[Span]]:
    """The spans as they are drawn, cut wherever that goes over to the other side of the gutter."""
    drawn = sorted(band, key=lambda span: span.order)
    return [list(run) for _, run in itertools.groupby(drawn, key=lambda span: _is_right(span, gutter))]


def _stacked(band: Sequence[Span], gutter: float) -> list[list[Span]]:
    """The parts of columns that stand one below the other, each drawn whole before the next: a recipe beside what goes in it,
    then another."""
    runs = drawn_runs(band, gutter)
    parts: list[list[Span]] = [[]]
    for number, run in enumerate(runs):
        rest = [span for later in runs[number:] for span in later]
        begins = not _is_right(run[0], gutter) and all(_has_columns(part, gutter) for part in (parts[-1], rest))
        if begins and _is_over(parts[-1], rest):
            parts.append([])
        parts[-1].extend(run)
    return parts


def _has_columns(spans: Sequence[Span], gutter: float) -> bool:
    right = sum(_is_right(span, gutter) for span in spans)
    return min(right, len(spans) - right) >= _FEWEST_LINES


def _is_over(above: Sequence[Span], below: Sequence[Span]) -> bool:
    """Whether one part of a page stands over the other, and further off than lines of a paragraph are."""
    top = max(below, key=lambda span: span.base)
    return min(span.base for span in above) - top.base > _PART_GAP * top.size


def _is_prose(spans: list[Span], fewest: int, depth: int = 0) -> bool:
    """Whether the lines fill their column, or the columns that they themselves form."""
    if len(spans) < fewest:
        return False
    width = max(span.x1 for span in spans) - min(span.x0 for span in spans)
    if median(span.width for span in spans) >= 0.7 * width:
        return True
    parts = _parts(spans) if depth < _DEEPEST else [spans]
    return len(parts) > 1 and all(_is_prose(part, fewest, depth + 1) for part in parts)


def _parts(spans: list[Span]) -> list[list[Span]]:
    """The two columns on the sides of a gutter; all in one where there is none, or where a line crosses it."""
    gutter = next(iter(_gutters(spans, narrowest=_NARROWEST_PAGE / 2)), None)
    if gutter is None or any(span.x0 < gutter - 1 and span.x1 > gutter + 1 for span in spans):
        return [spans]
    return [[span for span in spans if span.x1 <= gutter + 1], [span for span in spans if span.x1 > gutter + 1]]


def _runs_down(spans: list[Span], depth: int = 0) -> bool:
    """Whether sentences go on from line to line down the column: then it is text, though drawn row by row like a table."""
    parts = _parts(spans) if depth < _DEEPEST else [spans]
    if len(parts) > 1:
        return all(_runs_down(part, depth + 1) for part in parts)
    lines = [row[0].text for row in rows_of(spans)]
    going_on = sum(_goes_on(above, below) for above, below in itertools.pairwise(lines))
    return going_on >= _RUNS_ON * (len(lines) - 1)


def _goes_on(above: str, below: str) -> bool:
    return below[:1].islower() and not ENDS_LINE.search(above)


def rows_of(spans: Sequence[Span]) -> list[Row]:
    """Spans on one baseline as rows, from top to bottom and left to right."""
    rows: list[Row] = []
    for span in sorted(spans, key=lambda span: -span.base):
        if rows and abs(rows[-1][0].base - span.base) <= _SAME_ROW * max(min(rows[-1][0].size, span.size), 4.0):
            rows[-1].append(span)
        else:
            rows.append([span])
    return [sorted(row, key=lambda span: span.x0) for row in rows]

"""The order in which the lines of a scan are read. A picture does not tell in which order it was written, as a file does."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ragqa.parsing.ocr.recognised import MeasuredLine

_DEEPEST = 3
_FEWEST_LINES = 5
_FEWEST_LETTERS = 18
_WIDE = 0.55
_MARGIN_SHARE = 0.2
_BINS = 400
_SAME_ROW = 0.45


def in_reading_order(lines: Sequence[MeasuredLine], depth: int = 0) -> list[MeasuredLine]:
    """Columns of prose one after the other, all else row by row from the top."""
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None:
        return _by_rows(lines)
    ordered: list[MeasuredLine] = []
    for band in _bands(_by_rows(lines), gutter):
        left = [line for line in band if line.right <= gutter]
        right = [line for line in band if line.left >= gutter]
        if len(left) + len(right) == len(band) and _is_prose(left) and _is_prose(right):
            ordered += in_reading_order(left, depth + 1) + in_reading_order(right, depth + 1)
        else:
            ordered += band
    return ordered


def _by_rows(lines: Sequence[MeasuredLine]) -> list[MeasuredLine]:
    rows: list[list[MeasuredLine]] = []
    for line in sorted(lines, key=lambda line: line.base):
        if rows and line.base - rows[-1][0].base <= _SAME_ROW * min(rows[-1][0].size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def _gutter(lines: Sequence[MeasuredLine]) -> float | None:
    """The middle of the widest upright strip that no narrow line crosses, if one is as wide as a letter is high."""
    if len(lines) < 2 * _FEWEST_LINES:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = right - left
    narrow = [line for line in lines if line.right - line.left < _WIDE * width]
    if len(narrow) < 2 * _FEWEST_LINES:
        return None
    covered = [False] * (_BINS + 1)
    for line in narrow:
        first, last = (int((x - left) / width * _BINS) for x in (line.left, line.right))
        covered[first : last + 1] = [True] * (last + 1 - first)
    needed = median(line.size for line in lines) / width * _BINS
    best: tuple[int, int] | None = None
    begin: int | None = None
    for place in range(int(_MARGIN_SHARE * _BINS), int((1 - _MARGIN_SHARE) * _BINS) + 1):
        if covered[place]:
            begin = None
            continue
        begin = place if begin is None else begin
        if place + 1 - begin >= needed and (best is None or place - begin > best[1] - best[0]):
            best = (begin, place)
    return left + (best[0] + best[1] + 1) / 2 / _BINS * width if best is not None else None


def _bands(lines: Sequence[MeasuredLine], gutter: float) -> list[list[MeasuredLine]]:
    bands: list[list[MeasuredLine]] = [[]]
    for line in lines:
        if line.left < gutter < line.right:
            bands.extend([[line], []])
        else:
            bands[-1].append(line)
    return [band for band in bands if band]


def _is_prose(lines: Sequence[MeasuredLine]) -> bool:
    """Whether most lines are long and fill their column; cells of a table seldom do."""
    if len(lines) < _FEWEST_LINES:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    long = [line for line in lines if line.right - line.left >= 0.6 * width and len(line.text) >= _FEWEST_LETTERS]
    return len(long) >= 0.5 * len(lines)

"""Program listings of a PDF: in type of one width, a place on the line is a column of the text."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ragqa.parsing.pdf.layout import Row
from ragqa.parsing.pdf.spans import PageSpans

_USUAL_PITCH = 0.6
_WIDEST_INDENT = 120
_TELLING = 8
_FEWEST = 10
_SAME_PITCH = 0.02
_NARROWEST, _WIDEST = 0.48, 0.72  # of the type size: letters of any type that is made for listings


def drop_false_pitch(pages: Sequence[PageSpans]) -> None:
    """Take back that text is of one width where its letters are not: the words that a scanner puts under its picture.

    They are set in whatever type, and stretched until they cover what is seen.
    """
    fixed = [span for page in pages for span in page.spans if span.mono and len(span.text) >= _TELLING]
    pitches = [span.width / (len(span.text) * span.size) for span in fixed]
    if len(pitches) < _FEWEST:
        return
    usual = median(pitches)
    alike = sum(abs(pitch - usual) <= _SAME_PITCH * usual for pitch in pitches) > 0.5 * len(pitches)
    if alike and _NARROWEST <= usual <= _WIDEST:
        return
    for page in pages:
        for span in page.spans:
            span.mono = False


def listing_line(row: Row) -> str:
    """The text of a row whose parts stand in their columns."""
    pitch = _pitch(row)
    text = ""
    for span in row:
        column = round((span.x0 - row[0].x0) / pitch)
        text += " " * (max(column - len(text), 1) if text else 0) + span.text
    return text


def indented(lines: Sequence[str], starts: Sequence[float], size: float) -> list[str]:
    """The lines of a listing, each as far from the left as it begins on the page."""
    begun = [start for start, line in zip(starts, lines, strict=True) if line]
    if not begun:
        return list(lines)
    left, pitch = min(begun), _USUAL_PITCH * size
    columns = [min(round((start - left) / pitch), _WIDEST_INDENT) for start in starts]
    return [" " * column + line if line else "" for column, line in zip(columns, lines, strict=True)]


def _pitch(row: Row) -> float:
    longest = max(row, key=lambda span: len(span.text))
    if len(longest.text) < 3:
        return _USUAL_PITCH * longest.size
    return max(longest.width / len(longest.text), 0.3 * longest.size)

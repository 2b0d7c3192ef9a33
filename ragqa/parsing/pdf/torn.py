"""Words whose letters a PDF draws in parts and out of their order: "ra" and "ck mountable"; "Fe u", "at" and "res"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragqa.parsing.pdf.spans import Span

_SAME_BASE = 0.1
_SAME_SIZE = 0.3
_OVERLAP, _TOUCH = 0.03, 0.06
"""How far, in parts of the type's size, two parts of a word overlap or stand apart at most: no blank is as narrow."""

_MOST_PARTS = 100


def mended(spans: Sequence[Span]) -> list[Span]:
    """The spans, those joined that touch on one line in one type."""
    lines: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        lines[round(span.base / _SAME_BASE)].append(span)
    whole = [one for line in lines.values() for one in (_joined(line) if 1 < len(line) <= _MOST_PARTS else line)]
    return sorted(whole, key=lambda span: span.order) if len(whole) < len(spans) else list(spans)


def _joined(line: list[Span]) -> list[Span]:
    whole: list[Span] = []
    for part in sorted((part for span in line for part in _parts(span, line)), key=lambda part: part.x0):
        if whole and _touch(whole[-1], part):
            whole[-1] = _both(whole[-1], part)
        else:
            whole.append(part)
    return whole if len({span.order for span in whole}) == len(whole) < len(line) else line


def _parts(span: Span, line: Sequence[Span]) -> list[Span]:
    """A span, cut where a part of another stands in one of its gaps."""
    others = [word for one in line if one is not span for word in _words(one)] if span.gaps else []
    parts: list[Span] = []
    begun, left = 0, span.x0
    for space, right, following in span.gaps:
        slack = _TOUCH * span.size
        if any(abs(x0 - right) <= slack and x1 <= following + slack for x0, x1 in others):
            parts.append(_part(span, begun, space, left, right))
            begun, left = space + 1, following
    return [*parts, _part(span, begun, len(span.text), left, span.x1)] if parts else [span]


def _words(span: Span) -> list[tuple[float, float]]:
    """Between which places each word of a span stands."""
    edges = [span.x0, *(edge for _, right, left in span.gaps for edge in (right, left)), span.x1]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _part(span: Span, begin: int, end: int, left: float, right: float) -> Span:
    gaps = tuple((space - begin, x1, x0) for space, x1, x0 in span.gaps if begin <= space < end)
    return replace(span, text=span.text[begin:end], x0=left, x1=right, gaps=gaps)


def _touch(left: Span, right: Span) -> bool:
    gap = right.x0 - left.x1
    alike = abs(left.size - right.size) <= _SAME_SIZE and left.bold == right.bold and left.mono == right.mono
    return alike and -_OVERLAP * left.size <= gap <= _TOUCH * left.size


def _both(left: Span, right: Span) -> Span:
    gaps = (*left.gaps, *((space + len(left.text), x1, x0) for space, x1, x0 in right.gaps))
    (a, b, c, d), (e, f, g, h) = left.area, right.area
    area, order = (min(a, e), min(b, f), max(c, g), max(d, h)), min(left.order, right.order)
    return replace(left, text=left.text + right.text, x1=max(left.x1, right.x1), gaps=gaps, area=area, order=order)

"""Heads of narrow columns that stand on end above an upright table: they are put into its first row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.pdf.spans import PageSpans, Span

_FARTHEST = 45.0
_SLACK = 8.0
_FEWEST = 2
_LINE_HEIGHT = 1.6


@dataclass(frozen=True, slots=True)
class _Standing:
    """A span on end, with its place on the upright page: the middle of its line, its lower end, its upper end."""

    span: Span
    view: PageSpans
    middle: float
    bottom: float
    top: float


def lay_down_heads(views: Sequence[PageSpans]) -> None:
    """Move the heads that stand over the columns of the upright view into it."""
    upright = next((view for view in views if view.quarter == 0 and not view.slanted and not view.mirror), None)
    if upright is None:
        return
    standing = [_standing(span, view, upright) for view in views if _is_on_end(view) for span in view.spans]
    over: dict[float, list[_Standing]] = defaultdict(list)
    for one in standing:
        over[round(one.bottom / _SLACK)].append(one)
    for heads in over.values():
        cells = [cell for one in heads if (cell := _cell_below(one, upright.spans)) is not None]
        first = max((cell.base for cell in cells), default=0.0)
        if len({cell.order for cell in cells if first - cell.base < 0.4 * cell.size}) >= _FEWEST:
            upright.spans.extend(_laid_down(heads))


def _is_on_end(view: PageSpans) -> bool:
    return view.quarter in (90, 270) and not view.slanted


def _standing(span: Span, view: PageSpans, upright: PageSpans) -> _Standing:
    # A turned page is as high as the upright one is wide.
    if view.quarter == 90:
        return _Standing(span, view, view.height - span.base - 0.35 * span.size, span.x0, span.x1)
    return _Standing(span, view, span.base + 0.35 * span.size, upright.height - span.x1, upright.height - span.x0)


def _cell_below(head: _Standing, spans: Sequence[Span]) -> Span | None:
    """The first words under a head, where others stand beside them on their line."""
    below = [
        span for span in spans if 0 < head.bottom - span.base < _FARTHEST and span.x0 - _SLACK <= head.middle <= span.x1 + _SLACK
    ]
    cell = max(below, key=lambda span: span.base, default=None)
    if cell is None:
        return None
    beside = [span for span in spans if span is not cell and abs(span.base - cell.base) <= 0.4 * cell.size]
    return cell if beside and cell.width < 2 * (head.top - head.bottom) else None


def _laid_down(heads: Sequence[_Standing]) -> list[Span]:
    base = min(one.bottom for one in heads) + 1
    columns: list[list[_Standing]] = []
    for one in sorted(heads, key=lambda one: one.middle):
        if columns and one.middle - columns[-1][-1].middle < _LINE_HEIGHT * one.span.size:
            columns[-1].append(one)
        else:
            columns.append([one])
    laid: list[Span] = []
    for lines in columns:
        lines.sort(key=lambda one: one.middle if one.view.quarter == 90 else -one.middle)
        first = lines[0].span
        half = 0.5 * first.size
        left, right = min(one.middle for one in lines) - half, max(one.middle for one in lines) + half
        laid.append(replace(first, text=" ".join(one.span.text for one in lines), x0=left, x1=right, base=base))
        for one in lines:
            one.view.spans.remove(one.span)
    return laid

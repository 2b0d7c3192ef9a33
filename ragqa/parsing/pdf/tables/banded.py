"""Tables between lines across: a line above, a line below, and some that part the head or the rows; none stands upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragqa.parsing.pdf.layout import rows_of
from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.aligned import aligned_table
from ragqa.parsing.pdf.tables.grid import Table
from ragqa.parsing.pdf.tables.ruled import uncrossed

_SAME_END = 8.0
_SHORTEST = 60.0
_FEWEST_LINES = 2
_TALLEST_GAP = 250.0


def banded_tables(spans: Sequence[Span], rules: Rules) -> Iterator[tuple[Table, set[int]]]:
    """The tables between lines across, with the order of the spans that stand in each."""
    for band in _bands(uncrossed(rules, spans).across):
        found = _in_band(band, spans, rules)
        if found is not None:
            yield found


def _bands(across: Sequence[Line]) -> list[list[Line]]:
    """Lines of the same width under each other, from the top."""
    bands: list[list[Line]] = []
    for line in across:
        if line[2] - line[1] < _SHORTEST:
            continue
        for band in bands:
            last = band[-1]
            ends = abs(last[1] - line[1]) <= _SAME_END and abs(last[2] - line[2]) <= _SAME_END
            if ends and last[0] - line[0] <= _TALLEST_GAP:
                band.append(line)
                break
        else:
            bands.append([line])
    return [band for band in bands if len(band) >= _FEWEST_LINES]


def _in_band(band: Sequence[Line], spans: Sequence[Span], rules: Rules) -> tuple[Table, set[int]] | None:
    """The table of a band; where the whole is none, its upper lines are left out one by one."""
    for first in range(min(len(band) - 1, 3)):
        top, bottom = band[first][0], band[-1][0]
        left, right = band[0][1] - _SAME_END, band[0][2] + _SAME_END
        inside = [
            span
            for span in spans
            if span.table is None and left <= span.x0 and span.x1 <= right and bottom < span.base + 0.3 * span.size < top
        ]
        rows = rows_of(inside)
        table = aligned_table(rows, rules, framed=True) if len(rows) >= 2 else None
        if table is not None:
            return table, {span.order for span in inside}
    return None

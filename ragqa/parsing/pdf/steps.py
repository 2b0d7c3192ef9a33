"""Steps that are numbered without a dot: "1 Press the key", "2 Turn the dial". Only that they count up tells them from other text
that begins with a number, and only that they are sentences from a table of parts and their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.pdf.layout import Row
from ragqa.parsing.pdf.spans import Span
from ragqa.text.sentences import ENDS_LINE
from ragqa.types import box_around

_NUMBER = re.compile(r"(\d{1,2})\s+(?=[\"'(\[\u2018\u201c\u201e\u00ab]?[^\W\d_])")
_SAME_EDGE = 3.0
_SAME_SIZE = 0.6
_WIDEST_GAP = 6.0
_LINE_GAP = 1.6
_FEWEST_LISTED = 3


@dataclass(frozen=True, slots=True)
class _Step:
    row: int
    number: int
    apart: bool


def with_steps(rows: Sequence[Row]) -> list[Row]:
    """The rows, with the number of each step joined to its text and told as its marker."""
    marked = list(rows)
    for steps in _counted(rows):
        apart = [step for step in steps if step.apart]
        if 2 * sum(_is_sentence(rows, step) for step in apart) < len(apart):
            continue
        listed = len(steps) >= _FEWEST_LISTED and steps[-1].row - steps[0].row == len(steps) - 1
        for step in steps:
            first, *others = rows[step.row]
            if step.apart:
                first, others = _joined(first, others[0]), others[1:]
            # Names right below each other are a list and no headings, even in bold.
            marked[step.row] = [replace(first, numbered=True, bold=first.bold and not listed), *others]
    return marked


def _counted(rows: Sequence[Row]) -> Iterator[list[_Step]]:
    """The steps that follow each other by number and begin at the same edge."""
    steps: list[_Step] = []
    for index, row in enumerate(rows):
        step = _step(index, row)
        if step is None:
            continue
        if steps and not (step.number == steps[-1].number + 1 and _are_alike(rows[steps[-1].row], row)):
            if len(steps) > 1:
                yield steps
            steps = []
        steps.append(step)
    if len(steps) > 1:
        yield steps


def _step(index: int, row: Row) -> _Step | None:
    first = row[0]
    if first.table is not None or first.mono:
        return None
    apart = len(row) > 1 and first.text.isdecimal() and row[1].table is None and row[1].x0 - first.x1 <= _WIDEST_GAP * first.size
    found = _NUMBER.match(f"{first.text} {row[1].text}" if apart else first.text)
    if found is None or first.text[found.end() :][:1].islower() or (apart and row[1].text[0].islower()):
        return None
    return _Step(index, int(found.group(1)), apart)


def _are_alike(row: Row, other: Row) -> bool:
    """Whether two rows begin, or their numbers end, at one edge and are set in one type."""
    first, second = row[0], other[0]
    same_edge = min(abs(first.x0 - second.x0), abs(first.x1 - second.x1)) <= _SAME_EDGE
    return same_edge and abs(first.size - second.size) <= _SAME_SIZE and first.bold == second.bold


def _is_sentence(rows: Sequence[Row], step: _Step) -> bool:
    """Whether the text of a step, over the lines below that are set as far in, ends as a sentence does."""
    last = rows[step.row][-1]
    for below in rows[step.row + 1 :]:
        first = below[0]
        if first.table is not None or first.x0 < rows[step.row][1].x0 - _SAME_EDGE:
            break
        if last.base - first.base > _LINE_GAP * first.size:
            break
        last = below[-1]
    return ENDS_LINE.search(last.text) is not None


def _joined(number: Span, text: Span) -> Span:
    return replace(
        text, text=f"{number.text} {text.text}", x0=number.x0, text_x0=text.x0, gaps=(), box=box_around((number.box, text.box))
    )

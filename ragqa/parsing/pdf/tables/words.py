"""The words of spans with their places, and the lines that words make inside a cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ragqa.parsing.pdf.spans import Span

_SAME_LINE = 0.45
_MIDDLE = 0.3
_SPACE = 0.25


@dataclass(frozen=True, slots=True)
class Word:
    """A word on the page: from `x0` to `x1` on the baseline `base`."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool

    @property
    def x(self) -> float:
        """The middle from left to right."""
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        """The middle of its small letters."""
        return self.base + _MIDDLE * self.size


Line = list[Word]


def words_of(span: Span) -> list[Word]:
    """The words of a span, each with its own place."""
    words = []
    start, left = 0, span.x0
    for space, right, following in (*span.gaps, (len(span.text), span.x1, span.x1)):
        if span.text[start:space]:
            words.append(Word(span.text[start:space], left, right, span.base, span.size, span.bold))
        start, left = space + 1, following
    return words


def part_of(span: Span, first: int, last: int) -> Span:
    """The span of the words `first` to `last`, both included."""
    bounds = [(0, span.x0), *((space + 1, following) for space, _, following in span.gaps)]
    ends = [*((space, right) for space, right, _ in span.gaps), (len(span.text), span.x1)]
    start, x0 = bounds[first]
    end, x1 = ends[last]
    gaps = tuple((space - start, right, left) for space, right, left in span.gaps if start <= space < end)
    return replace(span, text=span.text[start:end], x0=x0, x1=x1, gaps=gaps, text_x0=span.text_x0 if first == 0 else None)


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Words on one baseline together, from top to bottom and left to right."""
    lines: list[Line] = []
    for word in sorted(words, key=lambda word: (-word.base, word.x0)):
        if lines and lines[-1][0].base - word.base <= _SAME_LINE * max(min(lines[-1][0].size, word.size), 4.0):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.x0) for line in lines]


def line_text(line: Line) -> str:
    """The line's words in order."""
    return " ".join(word.text for word in line)


def cell_text(words: Iterable[Word]) -> str:
    """The text of a cell: its lines, parted by line breaks."""
    return "\n".join(map(line_text, lines_of(words)))


def would_fit(above: Line, below: Line, right: float) -> bool:
    """Whether the first word of the lower line had found room at the end of the upper one: then the break was meant."""
    return above[-1].x1 + _SPACE * above[-1].size + (below[0].x1 - below[0].x0) <= right


def span_would_fit(above: Span, below: Span, right: float) -> bool:
    """The same of the lines of a cell that are spans."""
    first = (below.gaps[0][1] if below.gaps else below.x1) - below.x0
    return above.x1 + _SPACE * above.size + first <= right


def baselines(lines: Sequence[Line]) -> list[float]:
    """The height of each line."""
    return [line[0].base for line in lines]

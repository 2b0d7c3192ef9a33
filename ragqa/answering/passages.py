"""Hits to passages: the text as the reader reads it, with what a span may and may not run over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragqa.answering.windows import Passage
from ragqa.types import Block, BlockKind, Hit

LONG_HEADING = 6
"""Words from which a heading may be answered with: it is a sentence that was set like one."""


def passage_of(hit: Hit, blocks: Sequence[Block]) -> Passage:
    """A hit as the reader reads it: title and heading path before the text; answers never in short headings, across blocks or
    cells."""
    headings = " > ".join(dict.fromkeys(part for part in (hit.title, *hit.chunk.section) if part))
    segments: list[tuple[int, int]] = []
    for block in blocks:
        start, end = max(block.start - hit.chunk.start, 0), min(block.end - hit.chunk.start, len(hit.chunk.text))
        if block.kind is BlockKind.TABLE_ROW:
            segments.extend(cell_values(hit.chunk.text, start, end))
        elif block.kind is not BlockKind.HEADING or len(hit.chunk.text[start:end].split()) >= LONG_HEADING:
            segments.append((start, end))
    return Passage(hit.chunk.text, headings, tuple(segments), hit.dense + hit.product, hit.lexical)


def cell_values(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the cells of a table row stand in a text, without the labels that parsing puts before their values.

    Parsing labels all cells of a row but the first, which may have no head, and one that repeats it: in "F: 21 | Motor fault"
    the colon is the manual's own.
    """
    cells = list(_cells(text, start, end))
    labels = [text.find(": ", low, high) for low, high in cells]
    labelled = len(cells) > 1 and 2 * sum(label >= 0 for label in labels[1:]) >= len(labels[1:])
    for (low, high), label in zip(cells, labels, strict=True):
        if high > low:
            yield (label + 2 if labelled and label >= 0 else low), high


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        bar = text.find(" | ", start, end)
        cell_end = end if bar < 0 else bar
        yield start, cell_end
        start = cell_end + 3

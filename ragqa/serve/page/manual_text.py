"""A stretch of a manual as a page shows it: headings, paragraphs, lists and tables, in which every piece says where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ragqa.serve.page.shown import Segment, segments
from ragqa.serve.page.table_rows import Cell, Grid, grid_of
from ragqa.types import Block, BlockKind, Extract

Marks = Sequence[tuple[tuple[int, int], str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of the document from `start` on, one for one: what is selected in them is found again. `label` are the first of
    them, where they only repeat the name of a table's column."""

    start: int
    segments: tuple[Segment, ...]
    label: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks that are shown together. `kind` is that of `ragqa.types.BlockKind`; `level` that of a heading, from 1; `page` where
    a page begins with it, else None. `rows` hold one piece each, but for a table: there one a column, None where a cell is empty;
    `headed`: the first row of a table names its columns."""

    kind: str
    rows: tuple[tuple[Piece | None, ...], ...]
    page: int | None = None
    level: int = 0
    headed: bool = False


def parts_of(extract: Extract, marks: Marks) -> Iterator[Part]:
    """The parts of a stretch, with the characters of `marks` (offsets into the document) marked."""
    page = None
    for _, run in groupby(extract.blocks, key=_together):
        blocks = list(run)
        first = blocks[0]
        begins = first.page if first.page != page else None
        page = blocks[-1].page
        level = min(first.levels[-1], 4) if first.kind is BlockKind.HEADING and first.levels else 0
        if first.kind is BlockKind.TABLE_ROW:
            grid = grid_of([_text(extract, block) for block in blocks])
            yield Part(first.kind.value, _table(extract, blocks, grid, marks), begins, headed=grid.headed)
        else:
            rows = tuple((_piece(extract, block.start, block.end, marks),) for block in blocks)
            yield Part(first.kind.value, rows, begins, level)


def _together(block: Block) -> tuple[BlockKind, int]:
    """Blocks of a list, a table or a warning are shown together, all others alone."""
    grouped = block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.WARNING)
    return block.kind, block.group if grouped and block.group else -1 - block.start


def _text(extract: Extract, block: Block) -> str:
    return extract.text[block.start - extract.start : block.end - extract.start]


def _piece(extract: Extract, start: int, end: int, marks: Marks) -> Piece:
    return Piece(start, segments(extract.text[start - extract.start : end - extract.start], start, marks))


def _table(extract: Extract, blocks: Sequence[Block], grid: Grid, marks: Marks) -> tuple[tuple[Piece | None, ...], ...]:
    return tuple(_row(extract, block, cells, grid.columns, marks) for block, cells in zip(blocks, grid.rows, strict=True))


def _row(extract: Extract, block: Block, cells: Sequence[Cell], columns: int, marks: Marks) -> tuple[Piece | None, ...]:
    placed: list[Piece | None] = [None] * columns
    for cell in cells:
        start, value, end = (block.start + edge for edge in (cell.start, cell.value, cell.end))
        shown = _piece(extract, value, end, marks)
        placed[cell.column] = Piece(start, shown.segments, _piece(extract, start, value, marks).segments if value > start else ())
    return tuple(placed)

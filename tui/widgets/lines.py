"""Lines of the screen that show a document's text: where it is cut, and which character stands where.

All offsets are characters of the document's text; what is drawn of them is drawn one for one (`stand_ins.visible`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from ragqa.types import Block, BlockKind, Extract
from tui.widgets.stand_ins import visible

_TOKEN = re.compile(r"\S+\s?|\s+")
_INDENT = {BlockKind.LIST_ITEM: 2, BlockKind.TABLE_ROW: 1, BlockKind.CODE: 2, BlockKind.WARNING: 2}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """The document's characters start..end, drawn as `text` from a column of the line on."""

    start: int
    end: int
    text: str
    column: int = 0

    def column_of(self, offset: int) -> int:
        """The column in which a character stands."""
        return self.column + cell_len(self.text[: offset - self.start])

    def offset_at(self, column: int) -> int:
        """The character that stands in a column, the last one right of it."""
        cells = self.column
        for number, character in enumerate(self.text):
            cells += cell_len(character)
            if cells > column:
                return self.start + number
        return max(self.start, self.end - 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the screen: pieces from left to right, at least one, and the columns in which lines between cells are drawn."""

    pieces: tuple[Piece, ...]
    kind: BlockKind
    rules: tuple[int, ...] = ()

    @property
    def start(self) -> int:
        """The first character of the document on the line."""
        return min(piece.start for piece in self.pieces)

    @property
    def end(self) -> int:
        """The character after the last one on the line."""
        return max(piece.end for piece in self.pieces)

    def offset_at(self, column: int) -> int:
        """The character in a column, or the nearest one left of it."""
        left = [piece for piece in self.pieces if piece.column <= column]
        return (left[-1] if left else self.pieces[0]).offset_at(column)


def indent_of(kind: BlockKind, width: int) -> int:
    """How far a kind of block is moved in."""
    return min(_INDENT.get(kind, 0), width // 4)


def text_of(extract: Extract, block: Block) -> str:
    """A block's text as it is drawn."""
    return visible(extract.text[block.start - extract.start : block.end - extract.start])


def wrapped_block(extract: Extract, block: Block, width: int) -> Iterator[Line]:
    """A block over the whole width."""
    text, indent = text_of(extract, block), indent_of(block.kind, width)
    start = 0
    for row in text.split("\n"):
        for first, last in cut(row, start, width - indent):
            piece = Piece(block.start + first, block.start + last, text[first:last], indent)
            yield Line((piece,), block.kind)
        start += len(row) + 1


def cut(row: str, start: int, room: int) -> Iterator[Span]:
    """Where a row is cut so that no part is wider than `room` cells, space at its end apart: between words, or within one that is
    wider itself. Positions count from `start`."""
    if len(row) <= room and row.isascii():
        yield start, start + len(row)
        return
    first = position = 0
    cells = 0
    for token in _TOKEN.findall(row):
        wide = cell_len(token)
        if cells and cells + cell_len(token.rstrip()) > room:
            yield start + first, start + position
            first, cells = position, 0
        if wide > room + 1:  # a word wider than the pane
            for character in token:
                size = cell_len(character)
                if cells and cells + size > room:
                    yield start + first, start + position
                    first, cells = position, 0
                cells += size
                position += 1
            continue
        cells += wide
        position += len(token)
    yield start + first, start + position

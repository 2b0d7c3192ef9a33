"""The table row that an answer stands in: its cells, and the heads that name them.

A document keeps a table as rows of text (`ragqa.parsing.tables`): "Model: X200 | Weight: 12 kg" under "Model | Weight | …" where
it has three columns or more, "Weight | 12 kg" where it has two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ragqa.indexing.index import Index
from ragqa.parsing.tables import looks_like_header
from ragqa.types import BlockKind, TableRow

_BAR, _NAMES = " | ", ": "
_JUDGED_BY = 40
"""Rows of a table that tell whether its first one is a head."""


def table_row(index: Index, document_id: int, start: int, end: int) -> TableRow | None:
    """The row of a table that holds the span start..end (offsets into the document's text); None where it stands in no row, or
    in several."""
    blocks = index.blocks(document_id, start, max(end, start + 1))
    if len(blocks) != 1 or blocks[0].kind is not BlockKind.TABLE_ROW:
        return None
    own = blocks[0]
    table = index.group(document_id, own.group, own.start) if own.group else blocks
    offset = table[0].start
    text = index.text(document_id, offset, table[-1].end)
    rows = [text[block.start - offset : block.end - offset].split(_BAR) for block in table]
    at = table.index(own)
    return row_of(rows, at, _cell_at(rows[at], start - own.start, end - own.start))


def row_of(rows: Sequence[Sequence[str]], at: int, cell: int | None) -> TableRow:
    """The row number `at` of a table's rows, which are cut at their bars; `cell` of its pieces holds the answer."""
    own, first = rows[at], [name.rstrip(_NAMES) for name in rows[0]]
    named = _named(rows, at)
    if not named:
        has_heads = at > 0 and len(own) == len(first) > 1 and looks_like_header(rows[:_JUDGED_BY])
        return TableRow(tuple(first) if has_heads else (), tuple(own), cell)
    given = [piece.partition(_NAMES)[0] if number in named else None for number, piece in enumerate(own)]
    heads = first if set(filter(None, given)) <= set(first) else [name for name in given if name]
    if given[0] is None:  # the column of what the rows are of has no name
        heads = ["", *heads]
    cells, column, columns = [""] * len(heads), 0, []
    for piece, name in zip(own, given, strict=True):
        if name is not None:
            column = heads.index(name)
        value = piece.partition(_NAMES)[2] if name is not None else piece
        cells[column] = f"{cells[column]}{_BAR}{value}" if cells[column] else value  # a bar within a cell is text
        columns.append(column)
    return TableRow(tuple(heads), tuple(cells), None if cell is None else columns[cell])


def _named(rows: Sequence[Sequence[str]], at: int) -> set[int]:
    """Which pieces of a row begin with the name of their column: one that the first row has, or that other rows give too."""
    names = {name.rstrip(_NAMES) for name in rows[0]} if at > 0 else set()
    often = Counter(name for row in rows for name in {_name(piece) for piece in row} if name)
    found: dict[str, int] = {}
    for number, piece in enumerate(rows[at]):
        name = _name(piece)
        if name and (name in names or often[name] > 1):
            found.setdefault(name, number)
    return set(found.values())


def _name(piece: str) -> str:
    name, mark, _ = piece.partition(_NAMES)
    return name if mark else ""


def _cell_at(cells: Sequence[str], start: int, end: int) -> int | None:
    """Which piece holds start..end, offsets into the row."""
    place = 0
    for number, cell in enumerate(cells):
        if place <= start and end <= place + len(cell):
            return number
        place += len(cell) + len(_BAR)
    return None

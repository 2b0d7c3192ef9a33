"""Tables as tables. A document keeps a table as rows of text, "Model: X200 | Weight: 12 kg" under "Model | Weight" where it has
three columns or more, "Weight | 12 kg" where it has two (`ragqa.parsing.tables`); here its cells stand under each other again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from rich.cells import cell_len

from ragqa.types import Block, BlockKind, Extract
from tui.widgets.lines import Line, Piece, Span, cut, wrapped_block

_BAR = " | "
_NAMES = ": "
_BETWEEN = 3
_LONGEST_WORD = 12
"""Columns become as narrow as their longest word, where that is no longer."""

Cells = dict[int, Span]
"""For each column that has one, the place of the cell in the stretch's text."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; without cells it stands alone, over all columns. A `head` names the columns."""

    block: Block
    cells: Cells
    head: bool = False


def table_lines(
    extract: Extract, text: str, blocks: Sequence[Block], width: int, indent: int
) -> tuple[list[Line], list[Span]] | None:
    """The lines of a table and the stretches that they do not show; None where it is none or the pane is too narrow for it.

    `text` is the stretch's as it is drawn.
    """
    split = [_split(text, block.start - extract.start, block.end - extract.start) for block in blocks]
    if any("\n" in text[cells[0][0] : cells[-1][1]] for cells in split):
        return None
    names = _column_names(text, split)
    rows = _named_rows(text, blocks, split, names) if names else _plain_rows(blocks, split)
    if names and not rows[0].head:
        rows.insert(0, Row(blocks[0], _names_shown(text, rows, names), head=True))
    widths = _widths(text, rows, width - indent)
    if widths is None:
        return None
    lines: list[Line] = []
    for row in rows:
        if row.cells:
            lines += _row_lines(text, extract.start, row, widths, indent)
        else:
            lines += wrapped_block(extract, row.block, width)
    return lines, _hidden(extract.start, rows)


def _split(text: str, start: int, end: int) -> list[Span]:
    """Where each cell of the row start..end stands."""
    ends = accumulate((len(cell) + len(_BAR) for cell in text[start:end].split(_BAR)), initial=start)
    return [(first, last - len(_BAR)) for first, last in pairwise(ends)]


def _column_names(text: str, split: Sequence[Sequence[Span]]) -> list[str]:
    """The names that rows give before their cells, in the columns' order; empty where they give none. The first may be empty."""
    first = {text[start:end].rstrip(_NAMES) for start, end in split[0]} if len(split) > 1 else set()
    given = [[text[start:end].partition(_NAMES)[0] for start, end in cells if _NAMES in text[start:end]] for cells in split]
    often = Counter(name for found in given for name in set(found))
    known = {name for name, count in often.items() if name in first or count > 1}
    names: list[str] = []
    nameless = False
    for cells, found in zip(split, given, strict=True):
        missing = len(cells) - len(found)
        if not found or missing > 1 or not set(found) <= known:
            continue
        nameless = nameless or (missing == 1 and _NAMES not in text[slice(*cells[0])])
        at = 0
        for name in found:
            if name not in names:
                names.insert(at, name)
            at = names.index(name) + 1
    names = ["", *names] if nameless else names
    return names if len(names) >= 3 else []


def _plain_rows(blocks: Sequence[Block], split: Sequence[Sequence[Span]]) -> list[Row]:
    """Rows that name no columns: cells by their position, a single one alone."""
    return [Row(block, _filled(enumerate(cells)) if len(cells) > 1 else {}) for block, cells in zip(blocks, split, strict=True)]


def _named_rows(text: str, blocks: Sequence[Block], split: Sequence[Sequence[Span]], names: Sequence[str]) -> list[Row]:
    """Rows whose cells name their columns, and before them the rows that are the head."""
    rows: list[Row] = []
    heading = True
    for block, cells in zip(blocks, split, strict=True):
        named = _named_cells(text, cells, names)
        heading = heading and named is None
        rows.append(Row(block, _head_cells(text, cells, names) if named is None else named, heading))
    return rows


def _named_cells(text: str, cells: Sequence[Span], names: Sequence[str]) -> Cells | None:
    """The cells of a row that names its columns, without the names; None for a row that does not."""
    placed: Cells = {}
    last: int | None = None
    named = False
    for start, end in cells:
        name, mark, _ = text[start:end].partition(_NAMES)
        if mark and name in names and names.index(name) not in placed:
            last = names.index(name)
            placed[last] = start + len(name) + len(_NAMES), end
            named = True
        elif last is None:
            last = 0
            placed[last] = start, end
        else:  # a bar within a cell
            placed[last] = placed[last][0], end
    return _filled(placed.items()) if named else None


def _head_cells(text: str, cells: Sequence[Span], names: Sequence[str]) -> Cells:
    """The cells of a row without names, in the columns that they name or stand in; none where that cannot be told."""
    own = [text[start:end].rstrip(_NAMES) for start, end in cells]
    if all(name in names for name in own) and len(set(own)) == len(own) > 1:
        return {names.index(name): cell for name, cell in zip(own, cells, strict=True)}
    missing = len(names) - len(cells)
    return _filled(enumerate(cells, start=missing)) if missing in (0, int(names[0] == "")) else {}


def _names_shown(text: str, rows: Sequence[Row], names: Sequence[str]) -> Cells:
    """A head for a stretch that begins within a table: each column's name where it stands first."""
    shown: Cells = {}
    for row in rows:
        for column, (start, _) in row.cells.items():
            place = start - len(_NAMES) - len(names[column]), start - len(_NAMES)
            if names[column] and column not in shown and text[slice(*place)] == names[column]:
                shown[column] = place
    return shown


def _filled(cells: Iterable[tuple[int, Span]]) -> Cells:
    return {column: (start, end) for column, (start, end) in cells if end > start}


def _widths(text: str, rows: Sequence[Row], room: int) -> list[int] | None:
    """How wide each column is so that all fit into `room` cells; None: they do not, or there are none."""
    columns = 1 + max((column for row in rows for column in row.cells), default=0)
    if columns < 2:
        return None
    room -= _BETWEEN * (columns - 1)
    wished, least = [1] * columns, [1] * columns
    for row in rows:
        for column, (start, end) in row.cells.items():
            wished[column] = max(wished[column], cell_len(text[start:end]))
            longest = max(map(cell_len, text[start:end].split()), default=1)
            least[column] = max(least[column], min(longest, _LONGEST_WORD))
    if sum(least) > room:
        return None
    widths = [min(wide, room) for wide in wished]
    while sum(widths) > room:
        widest = max((number for number in range(columns) if widths[number] > least[number]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _row_lines(text: str, offset: int, row: Row, widths: Sequence[int], indent: int) -> list[Line]:
    """A row's cells side by side, each wrapped within its column; `offset` is where the text begins in the document."""
    columns = [indent + left for left in accumulate((wide + _BETWEEN for wide in widths), initial=0)][: len(widths)]
    rules = tuple(column - 2 for column in columns[1:])
    lines: list[list[Piece]] = []
    for column, (start, end) in sorted(row.cells.items()):
        for number, (first, last) in enumerate(cut(text[start:end], start, widths[column])):
            if number == len(lines):
                lines.append([])
            lines[number].append(Piece(offset + first, offset + last, text[first:last], columns[column]))
    kind = BlockKind.HEADING if row.head else BlockKind.TABLE_ROW
    return [Line(tuple(pieces), kind, rules) for pieces in lines]


def _hidden(offset: int, rows: Sequence[Row]) -> list[Span]:
    """What of the rows stands in none of their cells."""
    shown = sorted(place for row in rows for place in row.cells.values())
    found = []
    for block in {row.block.start: row.block for row in rows if row.cells}.values():
        start, end = block.start - offset, block.end - offset
        for first, last in shown:
            if start <= first and last <= end:
                if first > start:
                    found.append((offset + start, offset + first))
                start = last
        if end > start:
            found.append((offset + start, offset + end))
    return found

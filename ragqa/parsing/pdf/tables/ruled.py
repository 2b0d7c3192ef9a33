"""Tables whose cells are drawn: lines across and upright that meet make a frame, and its openings are the cells.

Outer borders may be missing, and walls inside: two openings without a wall between them are one cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.frames import LONGEST_MARK, Frame, frames_of, uncrossed
from ragqa.parsing.pdf.tables.grid import Table, heads, is_bare_marker, without_signs
from ragqa.parsing.pdf.tables.openings import Opening, divide, openings_of, part_rows, slot
from ragqa.parsing.pdf.tables.split import split_rows
from ragqa.parsing.pdf.tables.unfold import unfolded
from ragqa.parsing.pdf.tables.walls import with_walls
from ragqa.parsing.pdf.tables.words import cell_text, words_of
from ragqa.parsing.tables import Cell

_LEAST_FILLED = 0.3
_MIDDLE = 0.3
_PANEL = 250
_NEARLY = 0.75
_FEWEST_BESIDE = 4
_FEWEST_TOLD = 20
_WIDE = 0.5
_EDGE = 3.0
_MOST_EDGES = 3


def ruled_tables(spans: Sequence[Span], rules: Rules, page: tuple[float, float]) -> Iterator[tuple[Table, set[int]]]:
    """The tables that rules draw on a page of this width and height, with the order of the spans that stand in each."""
    if len(spans) < 4:
        return
    width = max(span.x1 for span in spans) - min(span.x0 for span in spans)
    for frame in frames_of(uncrossed(rules, spans)):
        left, bottom, right, top = frame.box
        if sum((left < _EDGE, bottom < _EDGE, right > page[0] - _EDGE, top > page[1] - _EDGE)) >= _MOST_EDGES:
            continue  # the grounds that the page is laid out on, which run off the paper
        inside = [
            span
            for span in spans
            if left <= (span.x0 + span.x1) / 2 <= right and bottom <= span.base + _MIDDLE * span.size <= top
        ]
        if len(inside) < 3:
            continue
        table = _table(frame, inside, rules, width)
        walled = with_walls(frame, inside) if table is not None else frame
        if walled is not frame:
            table = _table(walled, inside, rules, width) or table
        if table is not None:
            left, low, right, high = table.box
            yield (
                table,
                {
                    span.order
                    for span in inside
                    if left <= (span.x0 + span.x1) / 2 <= right and low <= span.base + _MIDDLE * span.size <= high
                },
            )


def _table(frame: Frame, spans: Sequence[Span], rules: Rules, page_width: float) -> Table | None:
    cells, owner = openings_of(frame)
    pieces = [words_of(span) for span in spans]
    words = [word for piece in pieces for word in piece]
    heights = [-y for y in frame.ys]
    divide(cells, owner, pieces, heights, frame)
    part_rows(cells, owner, words, heights, frame)
    for word in words:
        row, column = slot(-word.y, heights), slot(word.x, frame.xs)
        cells[owner[row][column]].words.append(word)
    filled = [cell for cell in cells if cell.words]
    if len(filled) < 3 or len(filled) < _LEAST_FILLED * len(cells):
        return None
    if frame.box[2] - frame.box[0] >= _WIDE * page_width and _are_boxes(filled):
        return None  # the boxes that the page is laid out in
    rows, columns = _begun(cells, "top"), _begun(cells, "left")
    last_column = columns[-1]
    columns = _without_panels(columns, rows, cells, owner)
    if len(rows) < 2 or len(columns) < 2:
        return None
    grid: list[list[Cell]] = []
    drawn: list[int] = []
    bold: list[bool | None] = []
    ground: list[object] = []
    for row in rows:
        line = [owner[row][column] for column in columns]
        texts = [[] if number and line[number - 1] == one else [cells[one]] for number, one in enumerate(line)]
        for part in _parts(row, texts, frame):
            grid.append(part)
        added = len(grid) - len(bold)
        own = [word for one in dict.fromkeys(line) for word in cells[one].words]
        drawn.extend([row] * added)
        bold.extend([all(word.bold for word in own) if own else None] * added)
        middle = (frame.ys[row] + frame.ys[row + 1]) / 2
        colours = {rules.ground((frame.xs[c] + frame.xs[c + 1]) / 2, middle) for c in columns}
        ground.extend([colours.pop() if len(colours) == 1 else None] * added)
    first, last = _body(grid)
    grid, bold, ground, kept = grid[first:last], bold[first:last], ground[first:last], drawn[first:last]
    if sum(sum(bool(cell) for cell in row) >= 2 for row in grid) < max(2, len(grid) / 2):
        return None
    if all(len(cell) <= LONGEST_MARK for row in grid for cell in row if cell):
        return None  # the letters in a drawing
    if any(_is_list(cell) for row in grid for cell in row if cell):
        return None  # a page of steps, framed
    top = [cells[one] for one in owner[kept[0]]]
    ties = sum(row <= max(cell.bottom for cell in top if cell.words) for row in dict.fromkeys(kept))
    places = tuple((frame.xs[column], frame.xs[column + 1]) for column in columns)
    size = sorted(word.size for word in words)[len(words) // 2]
    right = columns[-1] + 1
    while right < len(frame.xs) - 1 and owner[kept[0]][right] == owner[kept[0]][columns[-1]]:
        right += 1
    right = len(frame.xs) - 1 if columns[-1] == last_column else right
    box = (frame.xs[columns[0]], frame.ys[kept[-1] + 1], frame.xs[right], frame.ys[kept[0]])
    table = Table(box, grid, heads(grid, bold, ground, ties), places, size, min(span.order for span in spans))
    return unfolded(without_signs(table))


def _without_panels(
    columns: list[int], rows: Sequence[int], cells: Sequence[Opening], owner: Sequence[Sequence[int]]
) -> list[int]:
    """The columns without one at an edge that is nearly all one cell full of text: another part of the page."""
    kept = list(columns)
    for edge in (-1, 0):
        while len(kept) > 1 and len(rows) >= _FEWEST_BESIDE:
            one, times = Counter(owner[row][kept[edge]] for row in rows).most_common(1)[0]
            if times < _NEARLY * len(rows) or sum(len(word.text) for word in cells[one].words) < _PANEL:
                break
            kept.pop(edge)
    return kept


def _are_boxes(cells: Sequence[Opening]) -> bool:
    """Whether they are boxes of text side by side, each as high as its text: of a table's cells none begins before another beside
    it and ends before that, too."""
    told = [cell for cell in cells if len(cell.words) >= _FEWEST_TOLD]
    return any(
        one.top < other.top <= one.bottom < other.bottom and (one.right < other.left or other.right < one.left)
        for one in told
        for other in told
    )


def _is_list(cell: str) -> bool:
    """Whether a cell holds nothing but the numbers of steps that stand beside it."""
    lines = cell.split("\n")
    return len(lines) > 1 and all(is_bare_marker(line) for line in lines)


def _body(grid: Sequence[Sequence[Cell]]) -> tuple[int, int]:
    """The rows without the titles above and the notes below that take the whole width."""
    first, last = 0, len(grid)
    while first < last and all(cell is None for cell in grid[first][1:]):
        first += 1
    while last > first and all(cell is None for cell in grid[last - 1][1:]):
        last -= 1
    return first, last


def _parts(row: int, cells: list[list[Opening]], frame: Frame) -> list[list[Cell]]:
    """The row, or the rows that stand in it without rules between them."""
    whole = [cell_text(found[0].words) if found else None for found in cells]
    own = [found[0] for found in cells if found and found[0].top == found[0].bottom == row]
    if len(own) < 2:
        return [whole]
    rights = [_inner_right(found[0], frame) if found else 0.0 for found in cells]
    spanning = [column for column, found in enumerate(cells) if found and found[0].top < found[0].bottom]
    return split_rows([found[0].words if found else None for found in cells], rights, whole, spanning)


def _inner_right(cell: Opening, frame: Frame) -> float:
    """How far the lines of a cell reach, if it keeps as much white at its right as at its left."""
    left, right = frame.xs[cell.left], frame.xs[cell.right + 1]
    margin = min((word.x0 for word in cell.words), default=left) - left
    return right - min(max(margin, 0.0), (right - left) / 4)


def _begun(cells: Sequence[Opening], edge: str) -> list[int]:
    """The rows or columns in which a cell with words begins, by its edge "top" or "left"."""
    return sorted({getattr(cell, edge) for cell in cells if cell.words})

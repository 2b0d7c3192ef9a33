"""Tables whose cells are drawn: lines across and upright that meet make a frame, and its openings are the cells.

Outer borders may be missing, and walls inside: two openings without a wall between them are one cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ragqa.parsing.pdf.rules import Line, Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.grid import Table, heads, is_bare_marker, without_signs
from ragqa.parsing.pdf.tables.split import split_rows
from ragqa.parsing.pdf.tables.unfold import unfolded
from ragqa.parsing.pdf.tables.words import Word, cell_text, lines_of, words_of
from ragqa.parsing.tables import Cell

_TOUCH = 3.5
_SAME = 3.5
_WALL = 0.5
_MOST_LINES = 1500
_MOST_OPENINGS = 6000
_LEAST_FILLED = 0.3
_LONGEST_MARK = 3
_FOOT = 0.15
_HEAD = 0.5
_INSIDE = 1.5
_APART = 1.7
_MIDDLE = 0.3
_PANEL = 250
_NEARLY = 0.75
_FEWEST_BESIDE = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Where lines stand that meet: `xs` from the left, `ys` from the top; `across` and `upright` are the lines themselves."""

    xs: list[float]
    ys: list[float]
    across: list[Line]
    upright: list[Line]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its left, bottom, right and top."""
        return self.xs[0], self.ys[-1], self.xs[-1], self.ys[0]


@dataclass(slots=True)
class Opening:
    """A cell of a frame: its first and last row and column, and the words in it."""

    top: int
    left: int
    bottom: int
    right: int
    words: list[Word]


def ruled_tables(spans: Sequence[Span], rules: Rules) -> Iterator[tuple[Table, set[int]]]:
    """The tables that rules draw, with the order of the spans that stand in each."""
    if len(spans) < 4:
        return
    for frame in _frames(uncrossed(rules, spans)):
        left, bottom, right, top = frame.box
        inside = [
            span
            for span in spans
            if left <= (span.x0 + span.x1) / 2 <= right and bottom <= span.base + _MIDDLE * span.size <= top
        ]
        if len(inside) < 3:
            continue
        table = _table(frame, inside, rules)
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


def uncrossed(rules: Rules, spans: Sequence[Span]) -> Rules:
    """The rules without those that run through words: they belong to a drawing, a shading or a line struck out."""
    words = [word for span in spans for word in words_of(span) if len(word.text) >= _LONGEST_MARK]
    if not words or not (rules.across or rules.upright):
        return rules
    x0, x1, base, size = np.array([(word.x0, word.x1, word.base, word.size) for word in words]).T
    foot, head = base + _FOOT * size, base + _HEAD * size
    across = [line for line in rules.across if np.sum((foot < line[0]) & (line[0] < head) & (line[1] < x1) & (x0 < line[2])) < 2]
    upright = [
        line
        for line in rules.upright
        if np.sum((x0 + _INSIDE < line[0]) & (line[0] < x1 - _INSIDE) & (line[1] < foot) & (head < line[2])) < 2
    ]
    return Rules(across, upright, rules.shades)


def _frames(rules: Rules) -> list[Frame]:
    across, upright = rules.across, rules.upright
    if len(across) + len(upright) > _MOST_LINES:
        across = sorted(sorted(across, key=lambda line: line[1] - line[2])[: _MOST_LINES // 2], reverse=True)
        upright = sorted(sorted(upright, key=lambda line: line[1] - line[2])[: _MOST_LINES // 2])
    frames = []
    for lying, standing in _meeting(across, upright):
        lying, standing = _of_walls(lying, standing)
        if len(lying) + len(standing) < 3 or not lying or not standing:
            continue
        xs = _places([line[0] for line in standing] + _ends(lying))
        ys = _places([line[0] for line in lying] + _ends(standing))[::-1]
        if len(xs) >= 3 and len(ys) >= 3 and len(xs) * len(ys) <= _MOST_OPENINGS:
            frames.append(Frame(xs, ys, lying, standing))
    return sorted(frames, key=lambda frame: (frame.box[2] - frame.box[0]) * (frame.box[3] - frame.box[1]))


def _of_walls(across: list[Line], upright: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines without those that end freely, as the strokes of a bar code or of a drawing do."""
    for _ in range(3):
        kept = [line for line in upright if sum(_touch(other, line) for other in across) >= 2]
        lying = [line for line in across if any(_touch(line, other) for other in kept)]
        if len(kept) == len(upright) and len(lying) == len(across):
            break
        across, upright = lying, kept
    return across, upright


def _touch(across: Line, upright: Line) -> bool:
    y, left, right = across
    x, bottom, top = upright
    return left - _TOUCH <= x <= right + _TOUCH and bottom - _TOUCH <= y <= top + _TOUCH


def _ends(lines: Sequence[Line]) -> list[float]:
    """From where to where the lines run; one that reaches beyond most of the others belongs to something beside them too."""
    fewest = 2 if len(lines) > 3 else 1
    starts, ends = sorted(line[1] for line in lines), sorted((line[2] for line in lines), reverse=True)
    return [starts[_settled(starts, fewest)], ends[_settled(ends, fewest)]]


def _settled(values: Sequence[float], fewest: int) -> int:
    """The first of the values near which enough of them lie."""
    for index, value in enumerate(values):
        if sum(abs(other - value) <= _SAME for other in values) >= fewest:
            return index
    return 0


def _places(values: Sequence[float]) -> list[float]:
    """The values in order, those that lie together as one."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= _SAME:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _meeting(across: Sequence[Line], upright: Sequence[Line]) -> list[tuple[list[Line], list[Line]]]:
    """The lines that touch each other, directly or by others."""
    if not across or not upright:
        return []
    lying, standing = np.array(across), np.array(upright)
    meet = (
        (standing[None, :, 0] >= lying[:, None, 1] - _TOUCH)
        & (standing[None, :, 0] <= lying[:, None, 2] + _TOUCH)
        & (lying[:, None, 0] >= standing[None, :, 1] - _TOUCH)
        & (lying[:, None, 0] <= standing[None, :, 2] + _TOUCH)
    )
    parent = list(range(len(across) + len(upright)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for row, column in zip(*np.nonzero(meet), strict=True):
        parent[root(int(row))] = root(len(across) + int(column))
    groups: dict[int, tuple[list[Line], list[Line]]] = {}
    for number, line in enumerate((*across, *upright)):
        groups.setdefault(root(number), ([], []))[number >= len(across)].append(line)
    return [group for group in groups.values() if group[0] and group[1]]


def _table(frame: Frame, spans: Sequence[Span], rules: Rules) -> Table | None:
    cells, owner = _openings(frame)
    pieces = [words_of(span) for span in spans]
    words = [word for piece in pieces for word in piece]
    heights = [-y for y in frame.ys]
    _divide(cells, owner, pieces, heights, frame)
    _part(cells, owner, words, heights, frame)
    for word in words:
        row, column = _slot(-word.y, heights), _slot(word.x, frame.xs)
        cells[owner[row][column]].words.append(word)
    filled = [cell for cell in cells if cell.words]
    if len(filled) < 3 or len(filled) < _LEAST_FILLED * len(cells):
        return None
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
    if all(len(cell) <= _LONGEST_MARK for row in grid for cell in row if cell):
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
    return split_rows([found[0].words if found else None for found in cells], rights, whole)


def _inner_right(cell: Opening, frame: Frame) -> float:
    """How far the lines of a cell reach, if it keeps as much white at its right as at its left."""
    left, right = frame.xs[cell.left], frame.xs[cell.right + 1]
    margin = min((word.x0 for word in cell.words), default=left) - left
    return right - min(max(margin, 0.0), (right - left) / 4)


def _openings(frame: Frame) -> tuple[list[Opening], list[list[int]]]:
    """The cells of a frame, and which of them holds each opening by row and column."""
    rows, columns = len(frame.ys) - 1, len(frame.xs) - 1
    right = [
        [_is_wall(frame.upright, frame.xs[c + 1], frame.ys[r + 1], frame.ys[r]) for c in range(columns - 1)] for r in range(rows)
    ]
    below = [
        [_is_wall(frame.across, frame.ys[r + 1], frame.xs[c], frame.xs[c + 1]) for c in range(columns)] for r in range(rows - 1)
    ]
    owner = [[-1] * columns for _ in range(rows)]
    cells: list[Opening] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] >= 0:
                continue
            last = column
            while last + 1 < columns and owner[row][last + 1] < 0 and not right[row][last]:
                last += 1
            bottom = row
            while bottom + 1 < rows and _goes_on(owner, right, below, bottom, column, last):
                bottom += 1
            for r in range(row, bottom + 1):
                owner[r][column : last + 1] = [len(cells)] * (last + 1 - column)
            cells.append(Opening(row, column, bottom, last, []))
    return cells, owner


def _divide(
    cells: list[Opening], owner: list[list[int]], pieces: Sequence[Sequence[Word]], heights: Sequence[float], frame: Frame
) -> None:
    """Divide the cells over several columns whose words all keep to one of these columns: a shaded head has no walls."""
    columns: dict[int, set[int]] = {}
    astride: set[int] = set()
    for piece in pieces:
        row = _slot(-piece[0].y, heights)
        first, last = _slot(piece[0].x0 + _INSIDE, frame.xs), _slot(piece[-1].x1 - _INSIDE, frame.xs)
        one = owner[row][first]
        columns.setdefault(one, set()).add(first)
        if first != last:
            astride.add(one)
    for one, found in columns.items():
        cell = cells[one]
        if one in astride or len(found) < 2:
            continue
        for column in range(cell.left + 1, cell.right + 1):
            for row in range(cell.top, cell.bottom + 1):
                owner[row][column] = len(cells)
            cells.append(Opening(cell.top, column, cell.bottom, column, []))
        cell.right = cell.left


def _part(cells: list[Opening], owner: list[list[int]], words: Sequence[Word], heights: Sequence[float], frame: Frame) -> None:
    """Part the cells over several rows whose lines stand well apart, in rows of their own: rules may end before them."""
    held: dict[int, list[Word]] = {}
    for word in words:
        held.setdefault(owner[_slot(-word.y, heights)][_slot(word.x, frame.xs)], []).append(word)
    for one, own in held.items():
        cell = cells[one]
        lines = lines_of(own) if cell.bottom > cell.top else []
        apart = all(above[0].base - below[0].base > _APART * above[0].size for above, below in pairwise(lines))
        if len(lines) < 2 or not apart or len({_slot(-line[0].y, heights) for line in lines}) < len(lines):
            continue
        for row in range(cell.top + 1, cell.bottom + 1):
            for column in range(cell.left, cell.right + 1):
                owner[row][column] = len(cells)
            cells.append(Opening(row, cell.left, row, cell.right, []))
        cell.bottom = cell.top


def _goes_on(owner: list[list[int]], right: list[list[bool]], below: list[list[bool]], row: int, first: int, last: int) -> bool:
    """Whether the cell whose last row is `row` goes on in the next one: nothing below it, and the same walls beside it."""
    if any(below[row][first : last + 1]) or any(one >= 0 for one in owner[row + 1][first : last + 1]):
        return False
    inner = right[row + 1][first:last]
    outer = first == 0 or right[row + 1][first - 1]
    return not any(inner) and outer and (last >= len(right[row + 1]) or right[row + 1][last])


def _is_wall(lines: Sequence[Line], place: float, low: float, high: float) -> bool:
    covered = sum(max(0.0, min(end, high) - max(start, low)) for at, start, end in lines if abs(at - place) <= _SAME)
    return covered >= _WALL * (high - low)


def _slot(value: float, edges: Sequence[float]) -> int:
    for index, (_, end) in enumerate(pairwise(edges)):
        if value <= end:
            return index
    return len(edges) - 2


def _begun(cells: Sequence[Opening], edge: str) -> list[int]:
    """The rows or columns in which a cell with words begins, by its edge "top" or "left"."""
    return sorted({getattr(cell, edge) for cell in cells if cell.words})

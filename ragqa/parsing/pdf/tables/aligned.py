"""Tables whose cells stand in columns: lines across part their rows, or only the way the lines follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ragqa.parsing.labels import split_marker
from ragqa.parsing.pdf.rules import Rules
from ragqa.parsing.pdf.spans import Span
from ragqa.parsing.pdf.tables.columns import Line, columns_of, lines_of_pieces, place
from ragqa.parsing.pdf.tables.grid import Interval, Table, heads
from ragqa.parsing.pdf.tables.judge import LONGEST_LOOSE_CELLS, is_table
from ragqa.parsing.pdf.tables.split import is_value, split_rows
from ragqa.parsing.pdf.tables.unfold import shape, unfolded
from ragqa.parsing.pdf.tables.words import Word, span_would_fit, words_of
from ragqa.parsing.tables import Cell

_RULE_SHARE = 0.5
_SAME_RULE = 3.0
_CLOSE = 1.15
_LINE_GAP = 1.6
_SURE = 3
_SHORT = 20
_FEWEST_GROUPS = 4
_MOST_LINES_OF_A_ROW = 5
_MOST_HEAD_ROWS = 3


def aligned_table(rows: Sequence[Sequence[Span]], rules: Rules, framed: bool = False) -> Table | None:
    """The table that these lines are, None where they are none; lines of text above and below it are left out.

    `framed` says that lines across stand above and below.
    """
    lines = lines_of_pieces(rows)
    columns = columns_of(lines)
    if len(columns) < 2:
        return None
    lines = _without_text_around(lines, columns)
    if len(lines) < 2:
        return None
    box = (
        min(piece.x0 for line in lines for piece in line),
        lines[-1][0].base,
        max(piece.x1 for line in lines for piece in line),
        lines[0][0].base + lines[0][0].size,
    )
    inside = _rules_inside(lines, rules, box)
    groups = _between(lines, inside)
    grid, bold, ground, head = _grid(groups, columns, box[2], rules)
    used = [column for column in range(len(columns)) if any(row[column] for row in grid)]
    grid, columns = [[row[column] for column in used] for row in grid], [columns[column] for column in used]
    pieces = [piece for line in lines for piece in line]
    if not inside and sum(piece.mono for piece in pieces) > len(pieces) / 2:
        return None  # a listing, perhaps in a box
    if not is_table(grid, ruled=framed or len(inside) >= 2):
        return None
    count = head if _has_ruled_head(groups, grid, head, columns) else heads(grid, bold, ground, 1)
    order, size = min(piece.order for piece in pieces), median(piece.size for piece in pieces)
    return unfolded(Table(box, grid, count, tuple(columns), size, order))


def _has_ruled_head(
    groups: Sequence[Sequence[Line]], grid: Sequence[Sequence[Cell]], head: int, columns: Sequence[Interval]
) -> bool:
    """Whether the first rule parts a head of `head` rows from what is below it."""
    if len(groups) < 2 or not head <= _MOST_HEAD_ROWS or head >= len(grid) - 1:
        return False
    plain = not any(_has_digit(cell) for row in grid[:head] for cell in row)
    few_rules = len(groups) <= _FEWEST_GROUPS - 1 and (plain or max(map(len, groups[1:])) > len(groups[0]))
    return few_rules or (plain and _is_one_head(groups[0], columns))


def _without_text_around(lines: list[Line], columns: Sequence[Interval]) -> list[Line]:
    """The lines from the first to the last that stand in columns; a line below belongs to them if no text follows it."""
    text = [_is_text(line, columns) for line in lines]
    first = next((number for number, is_text in enumerate(text) if not is_text), len(lines))
    last = max((number for number, line in enumerate(lines) if len(line) > 1 and not text[number]), default=-1)
    return lines[first : last + 1] if any(text[last + 1 :]) else lines[first:]


def _is_text(line: Line, columns: Sequence[Interval]) -> bool:
    """Whether a line runs over several columns from the first on, as a title or a note does."""
    return any(place(piece, columns)[0] < place(piece, columns)[1] for piece in line) and (
        (len(line) == 1 and place(line[0], columns)[0] == 0) or (len(line) == 2 and split_marker(f"{line[0].text} ") is not None)
    )


def _grid(
    groups: Sequence[Sequence[Line]], columns: Sequence[Interval], right: float, rules: Rules
) -> tuple[list[list[Cell]], list[bool | None], list[object], int]:
    """The cells by row; of each row whether it is bold and on what ground; and how many rows the first group makes."""
    grid: list[list[Cell]] = []
    bold: list[bool | None] = []
    ground: list[object] = []
    head = 0
    parted = len(groups) >= _FEWEST_GROUPS or (len(groups) == _FEWEST_GROUPS - 1 and max(map(len, groups)) < _FEWEST_GROUPS)
    for group in groups:
        first = group[0][0]
        colour = rules.ground(first.x0, first.base + 0.3 * first.size)
        together = group is groups[0] and len(groups) > 1 and _is_one_head(group, columns)
        if together or (parted and len(group) <= _MOST_LINES_OF_A_ROW):
            made = [_cells(group, columns)] if together else _drawn_rows(group, columns, right)
            grid.extend(made)
            bold.extend([all(piece.bold for line in group for piece in line)] * len(made))
            ground.extend([colour] * len(made))
        else:
            for row in _rows(group, columns, right):
                grid.append(_cells(row, columns))
                bold.append(all(piece.bold for line in row for piece in line))
                ground.append(rules.ground(row[0][0].x0, row[0][0].base + 0.3 * row[0][0].size))
        head = head or len(grid)
    return grid, bold, ground, head


def _is_one_head(group: Sequence[Line], columns: Sequence[Interval]) -> bool:
    """Whether the lines above the first rule are one row: some have no words in some column, and none spans columns."""
    if not 1 < len(group) <= _MOST_LINES_OF_A_ROW:
        return False
    places = [{place(piece, columns) for piece in line} for line in group]
    return all(first == last for line in places for first, last in line) and min(map(len, places)) < len(columns)


def _drawn_rows(group: Sequence[Line], columns: Sequence[Interval], right: float) -> list[list[Cell]]:
    whole = _cells(group, columns)
    words: list[list[Word] | None] = [[] if cell is not None else None for cell in whole]
    for line in group:
        for piece in line:
            held = words[place(piece, columns)[0]]
            if held is not None:
                held.extend(words_of(piece))
    return split_rows(words, [_bound(column, columns, right) for column in range(len(columns))], whole)


def _rules_inside(lines: Sequence[Line], rules: Rules, box: tuple[float, float, float, float]) -> list[float]:
    """The heights of the lines across that part rows."""
    left, bottom, right, _ = box
    top = lines[0][0].base
    heights: list[tuple[float, float]] = []
    for y, x0, x1 in rules.across:
        covered = min(x1, right) - max(x0, left)
        if not bottom < y < top or covered <= 0:
            continue
        if heights and heights[-1][0] - y <= _SAME_RULE:
            heights[-1] = (heights[-1][0], heights[-1][1] + covered)
        else:
            heights.append((y, covered))
    return [y for y, covered in heights if covered >= _RULE_SHARE * (right - left)]


def _between(lines: Sequence[Line], inside: Sequence[float]) -> list[list[Line]]:
    groups: list[list[Line]] = [[]]
    for above, line in zip([None, *lines], lines, strict=False):
        if above is not None and any(line[0].base + 0.2 * line[0].size < y <= above[0].base for y in inside):
            groups.append([])
        groups[-1].append(line)
    return groups


def _rows(lines: Sequence[Line], columns: Sequence[Interval], right: float) -> list[list[Line]]:
    """The rows that the lines of one group make."""
    gaps = [above[0].base - below[0].base for above, below in pairwise(lines)]
    tight = min(gaps, default=0.0)
    rows: list[list[Line]] = [[lines[0]]]
    for gap, below in zip(gaps, lines[1:], strict=True):
        close, uneven = gap <= _CLOSE * tight, max(gaps) > _CLOSE * tight
        if not _begins_key(rows[-1], below, columns) and _is_same_row(rows[-1], below, columns, right, close, uneven):
            rows[-1].append(below)
        else:
            rows.append([below])
    return rows


def _begins_key(row: Sequence[Line], below: Line, columns: Sequence[Interval]) -> bool:
    """Whether a line has a key though that of the row has ended: the last line of the row has none."""
    keyed = [place(line[0], columns)[0] == 0 for line in (*row, below)]
    return keyed[-1] and not keyed[-2] and any(keyed[:-2])


def _is_same_row(row: Sequence[Line], below: Line, columns: Sequence[Interval], right: float, close: bool, uneven: bool) -> bool:
    above = row[-1]
    upper = {place(piece, columns): piece for piece in above}
    lower = {place(piece, columns): piece for piece in below}
    common = upper.keys() & lower.keys()
    wrapped = {at for at in common if _is_wrapped(upper[at], lower[at], _bound(at[1], columns, right))}
    if len(common) >= max(_SURE, len(upper) - 1) and sum(len(upper[at].text) for at in common) < _SHORT * len(common):
        return False
    tall = max(piece.size for piece in (*above, *below))
    mostly = 2 * len(wrapped) >= len(common) if len(common) <= 2 else 2 * len(wrapped) > len(common)
    if len(columns) == 2 == len(common) and min(common) not in wrapped:
        # Nothing ends further right than the widest value, which any value below it would seem to go on.
        mostly = mostly and _goes_on(row, below, columns)
    if common and mostly and above[0].base - below[0].base <= _LINE_GAP * tall:
        return True
    if not close:
        return False
    first = min(at[0] for at in upper)
    lacks_key = min(at[0] for at in lower) > first
    if lacks_key and len(lower) < len(upper) + 1 and (uneven or len(lower) < len(columns) - 1):
        return True
    return uneven and len(lower) == 1 < len(upper) and not lacks_key


def _goes_on(row: Sequence[Line], below: Line, columns: Sequence[Interval]) -> bool:
    """Whether small letters go on with the key that a row began with a capital, or with a value as long as lines of text are."""
    (key, _), (lower_key, lower_value) = _cells(row, columns), _cells([below], columns)
    if not key or not lower_key or not lower_value:
        return False
    is_text = len(row[-1][-1].text) > LONGEST_LOOSE_CELLS
    return (key[0].isupper() and lower_key[0].islower()) or (is_text and lower_value[0].islower())


def _is_wrapped(above: Span, below: Span, right: float) -> bool:
    """Whether a cell's line had to end where it does; cells that look alike are cells of two rows."""
    values = is_value(above.text) and is_value(below.text)
    return not values and not span_would_fit(above, below, right) and shape(above.text) != shape(below.text)


def _bound(column: int, columns: Sequence[Interval], right: float) -> float:
    """How far to the right a cell's lines may reach."""
    if column + 1 < len(columns):
        return columns[column + 1][0] - 4.0
    return max(right, columns[column][1])


def _cells(row: Sequence[Line], columns: Sequence[Interval]) -> list[Cell]:
    cells: list[Cell] = [""] * len(columns)
    for line in row:
        begun: set[int] = set()
        for piece in line:
            first, last = place(piece, columns)
            parted = " " if first in begun else "\n"
            begun.add(first)
            cells[first] = f"{cells[first]}{parted}{piece.text}" if cells[first] else piece.text
            for column in range(first + 1, last + 1):
                if cells[column] == "":
                    cells[column] = None
    return cells


def _has_digit(cell: Cell) -> bool:
    return cell is not None and any(map(str.isdigit, cell))

"""One readable line for each row of a table.

A table with a header and three columns or more names the column before each cell, "Model: X200 | Weight: 12 kg",
because a row is found and read by itself and the words of a question are often those of the header. With two
columns the first cell already names the second, so "Weight | 12 kg" stays bare. The cell's own characters are never
touched, and the header remains the first row, so nothing is lost and the table can be shown as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Cell = str | None
"""The text of a cell; None continues the cell to its left (a column span)."""

_LONGEST_LABELS = 160
_LONGEST_LINE = 700
_LONGEST_NAMED = 2000
_LONGEST_NAME = 40


def render_rows(rows: Sequence[Sequence[Cell]], header_rows: int = 0) -> list[str]:
    """The lines for `rows`, of which the first `header_rows` are headers. Rows without any text are left out."""
    headers, body = rows[:header_rows], rows[header_rows:]
    labels = _column_labels(headers)
    labelled = len(labels) >= 3 and all(labels[1:]) and sum(map(len, labels)) <= _LONGEST_LABELS
    lines = [_bare(row) for row in headers]
    lines.extend(_labelled(row, labels) if labelled else _bare(row) for row in body)
    return [line for line in lines if line]


def render_named_rows(rows: Sequence[Sequence[Cell]], header_rows: int = 0) -> list[str]:
    """Like `render_rows`, for tables of any length and width: with a header, every cell is named by its column, and a row too
    long for one line goes on in lines that begin with its first cell again."""
    headers, body = rows[:header_rows], rows[header_rows:]
    labels = _column_labels(headers)
    if sum(map(len, labels)) > _LONGEST_NAMED:
        labels = [label[:_LONGEST_NAME] for label in labels]
    lines = [_bare(row) for row in headers]
    for row in body:
        line = _labelled(row, labels) if header_rows else _bare(row)
        lines.extend([line] if len(line) <= _LONGEST_LINE else _broken(row, labels))
    return [line for line in lines if line]


def _broken(row: Sequence[Cell], labels: list[str]) -> list[str]:
    """A long row in several lines, each of which begins with its first cell."""
    key, *rest = (_named(cell, label) for cell, label in zip(row, [*labels, *[""] * len(row)], strict=False) if cell)
    lines = [key]
    for cell in rest:
        if len(lines[-1]) > len(key) and len(lines[-1]) + len(cell) > _LONGEST_LINE:
            lines.append(key)
        lines[-1] += f" | {cell}"
    return lines if len(key) <= _LONGEST_LINE // 4 else [" | ".join([key, *rest])]


def _column_labels(headers: Sequence[Sequence[Cell]]) -> list[str]:
    """Each column's name: its cells of all header rows, a spanning cell naming all of its columns."""
    columns = max((len(row) for row in headers), default=0)
    labels: list[list[str]] = [[] for _ in range(columns)]
    for row in headers:
        spanning = ""
        for column in range(columns):
            cell = row[column] if column < len(row) else ""
            spanning = spanning if cell is None else cell
            if spanning and spanning not in labels[column]:
                labels[column].append(spanning)
    return [" ".join(label).rstrip(": ") for label in labels]


def _bare(row: Sequence[Cell]) -> str:
    cells = [cell for cell in row if cell is not None]
    while cells and not cells[-1]:
        cells.pop()
    while cells and not cells[0]:
        cells.pop(0)
    return " | ".join(cells)


def _labelled(row: Sequence[Cell], labels: list[str]) -> str:
    """The row's cells with their columns' names; a single cell, which heads the rows below it, stays bare."""
    filled = [cell for cell in row if cell]
    if len(filled) == 1:
        return filled[0]
    return " | ".join(_named(cell, label) for cell, label in zip(row, [*labels, *[""] * len(row)], strict=False) if cell)


def _named(cell: str, label: str) -> str:
    return f"{label}: {cell}" if label and label != cell else cell


def is_set_apart(rows: Sequence[Sequence[Cell]], *looks: Iterable[object]) -> bool:
    """Whether the first row names the columns by how it looks. A look is what all cells of a row have in common, row by row, as
    bold letters or the colour of their ground, nothing (false, empty) where they have not. It counts if no other row has it."""
    if not all(rows[0][1:]):
        return False
    for look in map(iter, looks):
        first = next(look, None)
        if first and first not in look:
            return True
    return False


def looks_like_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row reads as column names: all cells filled and short, no digits, digits further down."""
    if len(rows) < 3:
        return False
    first = [cell or "" for cell in rows[0]]
    if not all(0 < len(cell) <= 40 and not any(map(str.isdigit, cell)) for cell in first):
        return False
    body = [cell for row in rows[1:] for cell in row if cell]
    return any(any(map(str.isdigit, cell)) for cell in body) and not any(cell.endswith(".") for cell in first)

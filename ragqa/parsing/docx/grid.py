"""Which cell of a Word table stands in which column, however irregular the table is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from lxml import etree

from ragqa.parsing.docx.names import children, integer, switch, value, w

_MOST_COLUMNS = 64
_MOST_HEADERS = 4
_FIRST_ROW = 0x20


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a row: with a `cell`, with none where nothing stands, or one that a cell to the left or above extends to."""

    cell: etree._Element | None = None
    left: bool = False
    above: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table. `hidden` are rows that are not shown; `headers` is the number of rows that are marked as its head;
    `style` is the style that may set off its first row, empty where the table does not want that of it."""

    rows: tuple[tuple[Slot, ...], ...]
    headers: int
    hidden: tuple[etree._Element, ...]
    style: str = ""

    def cells(self) -> list[etree._Element]:
        """Every cell that is not the continuation of another, in order."""
        return [slot.cell for row in self.rows for slot in row if slot.cell is not None and not slot.above and not slot.left]


def grid_of(table: etree._Element) -> Grid:
    """The grid of a `w:tbl`."""
    rows = list(_within(table, "tr"))
    shown = [row for row in rows if not switch(row.find(w("trPr")), "hidden")]
    wide = [_spans(row) for row in shown]
    width = _width(table, wide)
    slots: list[tuple[Slot, ...]] = []
    open_columns: set[int] = set()
    for row, spans in zip(shown, wide, strict=True):
        placed, open_columns = _row(row, spans, width, open_columns)
        slots.append(placed)
    marked = len(list(takewhile(lambda row: switch(row.find(w("trPr")), "tblHeader"), shown)))
    hidden = tuple(row for row in rows if switch(row.find(w("trPr")), "hidden"))
    return Grid(tuple(slots), _headers(slots, marked), hidden, _style_of_first_row(table))


def _style_of_first_row(table: etree._Element) -> str:
    """A table's style, if its look says that the first row is to be set off: by a switch, or by a bit in older files."""
    properties = table.find(w("tblPr"))
    look = properties.find(w("tblLook")) if properties is not None else None
    if look is None:
        return ""
    said, bits = look.get(w("firstRow")), look.get(w("val")) or ""
    if said is None:
        wanted = bool(re.fullmatch(r"[0-9A-Fa-f]{1,8}", bits)) and bool(int(bits, 16) & _FIRST_ROW)
    else:
        wanted = said in ("1", "true", "on")
    return (value(properties, "tblStyle") or "") if wanted else ""


def _within(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, also those that stand in content controls and the like."""
    for child in children(parent):
        if child.tag == w(name):
            yield child
        elif child.tag not in (w("tbl"), w("p"), w("tc")):
            yield from _within(child, name)


def _spans(row: etree._Element) -> list[tuple[etree._Element, int]]:
    """The cells of a row and how many columns each takes."""
    return [(cell, _bounded(value(cell, "tcPr", "gridSpan"), 1)) for cell in _within(row, "tc")]


def _bounded(text: str | None, least: int) -> int:
    return max(least, min(integer(text, least), _MOST_COLUMNS))


def _indent(row: etree._Element) -> int:
    return _bounded(value(row, "trPr", "gridBefore"), 0)


def _width(table: etree._Element, rows: list[list[tuple[etree._Element, int]]]) -> int:
    """How many columns the table has: as it says, if a row bears it out, else as most of its rows have."""
    widths = Counter(sum(span for _, span in row) for row in rows)
    said = len(table.findall(f"{w('tblGrid')}/{w('gridCol')}"))
    return said if said in widths or not widths else widths.most_common(1)[0][0]


def _row(
    row: etree._Element, spans: list[tuple[etree._Element, int]], width: int, open_columns: set[int]
) -> tuple[tuple[Slot, ...], set[int]]:
    """The slots of a row, and the columns in which a cell may go on below it."""
    indent = _indent(row)
    if sum(span for _, span in spans) > width == len(spans):
        spans, indent = [(cell, 1) for cell, _ in spans], 0
    if indent + len(spans) > max(width, 1) and len(spans) <= width:
        indent = width - len(spans)
    slots = [Slot()] * indent
    goes_on: set[int] = set()
    for cell, span in spans:
        column = len(slots)
        merge = _merge(cell, "vMerge")
        above = merge == "continue" and column in open_columns
        if merge == "restart" or above:
            goes_on.add(column)
        slots.append(Slot(cell, left=_merge(cell, "hMerge") == "continue" and column > 0, above=above))
        slots.extend([Slot(left=True)] * (span - 1))
    return tuple(slots), goes_on


def _merge(cell: etree._Element, name: str) -> str | None:
    properties = cell.find(w("tcPr"))
    found = properties.find(w(name)) if properties is not None else None
    return None if found is None else found.get(w("val"), "continue")


def _headers(rows: list[tuple[Slot, ...]], marked: int) -> int:
    """The rows of the head: those that are marked, and those that its cells reach down into beside others that are divided."""
    count = marked
    while 0 < count < min(len(rows) - 1, _MOST_HEADERS):
        if not (any(slot.above for slot in rows[count]) and any(slot.left for slot in rows[count - 1])):
            break
        count += 1
    return min(count, max(len(rows) - 1, 0))

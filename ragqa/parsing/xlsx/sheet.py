"""The cells of one sheet, read row by row: what is seen is read, what is hidden or has no result is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.opc import OpcPackage
from ragqa.parsing.safe_xml import local_name, stream_xml
from ragqa.parsing.sheets import MOST_COLUMNS, MOST_ROWS, Grid
from ragqa.parsing.tables import Cell
from ragqa.parsing.xlsx.number_formats import shown
from ragqa.parsing.xlsx.workbook import CellStyle, Workbook, is_on, rich_text

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_TAGS = ("row", "col", "mergeCell", "autoFilter", "conditionalFormatting", "dataValidation", "hyperlink", "ignoredError")
_MOST_MERGED = 200_000

Place = tuple[int, int]
"""Row and column, both from 1."""


@dataclass
class Sheet:
    """A sheet's filled cells, by row and column, and what was left out of it."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    head_rows: set[int] = field(default_factory=set)
    bold_rows: set[int] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    grouped_rows: set[int] = field(default_factory=set)
    filtered: tuple[Place, Place] | None = None
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns_met: set[int] = field(default_factory=set)
    hidden_cells: dict[int, dict[int, str]] = field(default_factory=dict)
    without_result: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rows_left: int = 0
    columns_left: int = 0

    def grid(self) -> Grid:
        """The cells as rows; blank rows between them count once, cells that span columns are followed by None."""
        spans = self._spread()
        rows: list[list[Cell]] = []
        marked: set[int] = set()
        last = 0
        for number in sorted(self.cells):
            if number > last + 1 and rows:
                rows.append([])
            last = number
            if number in self.head_rows or number in self.bold_rows:
                marked.add(len(rows))
            rows.append(_dense(self.cells[number], spans.get(number, {})))
        return Grid(rows, frozenset(marked))

    def _spread(self) -> dict[int, dict[int, int]]:
        """Merged cells fill the rows they reach down to; returned is how far they reach to the right, by row and column."""
        spans: dict[int, dict[int, int]] = {}
        met = 0
        for (top, left), (bottom, right) in self.merged:
            text = self.cells.get(top, {}).get(left)
            if text is None:
                continue
            for number in range(top, bottom + 1):
                met += 1
                row = self.cells.get(number)
                if met > _MOST_MERGED:
                    return spans
                if row is None or (number > top and all(left <= column <= right for column in row)):
                    continue
                row[left] = text
                if right > left:
                    spans.setdefault(number, {})[left] = min(right, MOST_COLUMNS)
        return spans


def _dense(row: dict[int, str], spans: dict[int, int]) -> list[Cell]:
    width = max([*row, *spans.values()])
    cells: list[Cell] = [row.get(column, "") for column in range(1, width + 1)]
    for left, right in spans.items():
        for column in range(left + 1, right + 1):
            if not cells[column - 1]:
                cells[column - 1] = None
    return cells


def read_sheet(package: OpcPackage, part: str, workbook: Workbook) -> Sheet:
    """The cells of a sheet, as far as the limits go."""
    sheet = Sheet()
    number = 0
    for element in stream_xml(package.archive.stream(part), part, _TAGS):
        name = local_name(element)
        if name == "row":
            given = element.get("r") or ""
            number = int(given) if given.isdecimal() and len(given) < 9 else number + 1
            _read_row(sheet, element, number, workbook)
        elif name == "col":
            _note_column(sheet, element)
        elif name == "mergeCell":
            area = area_of(element.get("ref") or "")
            if area is not None:
                sheet.merged.append(area)
        elif name == "autoFilter":
            _note_filter(sheet, element)
    _settle_hidden_rows(sheet)
    return sheet


def area_of(reference: str) -> tuple[Place, Place] | None:
    """The first and the last place of "A1:C3"."""
    first, _, last = reference.partition(":")
    begin, end = place_of(first), place_of(last or first)
    return (begin, end) if begin is not None and end is not None and begin <= end else None


def place_of(reference: str) -> Place | None:
    """Row and column of "B12"."""
    match = _REFERENCE.fullmatch(reference.strip())
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def reference_of(row: int, column: int) -> str:
    """ "B12" for row 12 and column 2."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _read_row(sheet: Sheet, element: etree._Element, number: int, workbook: Workbook) -> None:
    if len(sheet.cells) + len(sheet.hidden_cells) >= MOST_ROWS:
        sheet.rows_left += next(element.iter("{*}v", "{*}is"), None) is not None
        return
    row: dict[int, str] = {}
    bold = True
    column = 0
    for cell in element:
        place = place_of(cell.get("r") or "")
        column = place[1] if place is not None else column + 1
        style = workbook.style(cell.get("s"))
        text = _cell_text(sheet, cell, style, workbook, (number, column)).strip()
        if not text:
            continue
        if any(first <= column <= last for first, last in sheet.hidden_columns):
            sheet.hidden_columns_met.add(column)
        elif column > MOST_COLUMNS:
            sheet.columns_left += 1
        else:
            row[column] = text
            bold = bold and style.bold
    if not row:
        return
    if is_on(element.get("hidden")):
        sheet.hidden_cells[number] = row
        if element.get("outlineLevel", "0") != "0":
            sheet.grouped_rows.add(number)
    else:
        sheet.cells[number] = row
    if bold:
        sheet.bold_rows.add(number)


def _cell_text(sheet: Sheet, cell: etree._Element, style: CellStyle, workbook: Workbook, where: Place) -> str:
    kind = cell.get("t") or "n"
    text = inline = ""
    computed = False
    for part in cell:
        name = local_name(part)
        if name == "v":
            text = part.text or ""
        elif name == "is":
            inline = rich_text(part)
        computed = computed or name == "f"
    if not text:
        if computed and kind != "str":
            sheet.without_result.append(reference_of(*where))
        return inline
    if kind == "s":
        number = text.strip()
        return workbook.texts[int(number)] if number.isdecimal() and int(number) < len(workbook.texts) else ""
    if kind == "b":
        return "TRUE" if is_on(text.strip()) else "FALSE"
    if kind == "e":
        sheet.errors.append(f"{reference_of(*where)} {text}")
        return ""
    if kind == "d":
        return text.removesuffix("T00:00:00")
    if kind != "n":
        return text
    try:
        return shown(float(text), style.number_format, workbook.since_1904)
    except (ValueError, OverflowError, ArithmeticError):
        return text[:100]


def _note_column(sheet: Sheet, element: etree._Element) -> None:
    """Columns that are hidden by hand; those of a group that is folded up are read."""
    first, last = element.get("min") or "", element.get("max") or ""
    grouped = element.get("outlineLevel", "0") != "0"
    if is_on(element.get("hidden")) and not grouped and first.isdecimal() and last.isdecimal():
        sheet.hidden_columns.append((int(first), int(last)))


def _note_filter(sheet: Sheet, element: etree._Element) -> None:
    """A filter's first row is a head; the rows it hides are hidden from view for a while only."""
    area = area_of(element.get("ref") or "")
    if area is not None:
        sheet.head_rows.add(area[0][0])
        if len(element):
            sheet.filtered = area


def _settle_hidden_rows(sheet: Sheet) -> None:
    for number, row in sheet.hidden_cells.items():
        in_filter = sheet.filtered is not None and sheet.filtered[0][0] < number <= sheet.filtered[1][0]
        if in_filter or number in sheet.grouped_rows:
            sheet.cells[number] = row
        else:
            sheet.hidden_rows.append(number)

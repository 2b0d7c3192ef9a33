"""The cells of one sheet, read row by row: what is seen is read, what is hidden or has no result is counted."""

from __future__ import annotations

from lxml import etree

from ragqa.parsing import symbols
from ragqa.parsing.cells import Place, Sheet, area_of, place_of, reference_of
from ragqa.parsing.opc import OpcPackage
from ragqa.parsing.raised import raised
from ragqa.parsing.safe_xml import local_name, stream_xml
from ragqa.parsing.sheets import MOST_COLUMNS
from ragqa.parsing.xlsx.number_formats import shown, shown_text
from ragqa.parsing.xlsx.workbook import CellStyle, Workbook, is_on, rich_text

_TAGS = ("row", "col", "mergeCell", "autoFilter", "conditionalFormatting", "dataValidation", "hyperlink", "ignoredError")

_TEXTS = ("s", "str", "inlineStr")


def read_sheet(package: OpcPackage, part: str, workbook: Workbook) -> Sheet:
    """The cells of a sheet, as far as the limits go; its hidden rows are not settled yet: tables have filters of their own."""
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
            note_filter(sheet, element)
    return sheet


def _read_row(sheet: Sheet, element: etree._Element, number: int, workbook: Workbook) -> None:
    if sheet.is_full:
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
        text = shown_text(text, style.number_format) if text and cell.get("t") in _TEXTS else text
        text = symbols.shown(raised(text) if style.raised else text, style.font)
        if not text:
            continue
        if any(first <= column <= last for first, last in sheet.hidden_columns):
            sheet.hidden_columns_met.add(column)
        elif column > MOST_COLUMNS:
            sheet.columns_left += 1
        else:
            row[column] = text
            bold = bold and style.bold
    if row:
        grouped = element.get("outlineLevel", "0") != "0"
        sheet.add_row(number, row, is_on(element.get("hidden")), grouped, bold)


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


def note_filter(sheet: Sheet, element: etree._Element) -> None:
    """A filter's first row is a head; the rows it hides are hidden from view for a while only."""
    area = area_of(element.get("ref") or "")
    if area is not None:
        sheet.head_rows.add(area[0][0])
        if len(element):
            sheet.filtered.append(area)

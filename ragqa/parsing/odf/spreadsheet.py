"""The sheets of an OpenDocument spreadsheet, read row by row: repeated cells and rows cost what they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cells import Place, Sheet, left_out, note_on, reference_of, settle_hidden_rows
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.odf.inline import Hanging, inline_text
from ragqa.parsing.odf.names import DRAW, OFFICE, STYLE, TABLE, TEXT, count
from ragqa.parsing.odf.styles import Styles
from ragqa.parsing.safe_xml import stream_xml
from ragqa.parsing.sheets import MOST_COLUMNS, SheetReader

_TAGS = ("style", "table", "table-row", "table-column", "shapes", "tracked-changes", "content-validation")
_MOST_REPEATED = 100_000
"""Cells of a file that are written once and shown in several columns."""

_ERROR_SIGNS = ("#", "Err:")
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")


class SpreadsheetReader:
    """Feeds the sheets of a `content.xml` to a builder."""

    def __init__(self, styles: Styles, builder: DocumentBuilder) -> None:
        self._styles = styles
        self._builder = builder
        self._reader = SheetReader(builder, level=2)
        self._repeated = 0
        self._begin()

    @property
    def first_title(self) -> str:
        """The title of the first table that has one."""
        return self._reader.first_title

    def _begin(self) -> None:
        self._sheet = Sheet()
        self._row = self._column = 0
        self._notes: list[tuple[Place, str]] = []
        self._texts: list[str] = []
        self._hanging = Hanging()

    def read(self, content: BinaryIO) -> None:
        """Every sheet that is not hidden."""
        for element in stream_xml(content, "content.xml", _TAGS):
            tag = element.tag
            if tag == f"{STYLE}style":
                self._styles.add(element)
            elif tag == f"{TABLE}table-row":
                self._read_row(element)
            elif tag == f"{TABLE}table-column":
                self._read_column(element)
            elif tag == f"{TABLE}shapes":
                self._drawn(element)
            elif tag == f"{TABLE}table" and not _is_inside_shape(element):
                self._end(element)
                self._begin()

    def _end(self, table: etree._Element) -> None:
        name = clean_line(table.get(f"{TABLE}name") or "")
        if self._styles.is_hidden("table", table.get(f"{TABLE}style-name")):
            self._builder.warnings.append(f"the sheet {name} is hidden and was not read")
            return
        settle_hidden_rows(self._sheet)
        grid = self._sheet.grid()
        if grid.rows or self._notes or self._texts:
            self._builder.heading(name, 1)
        self._reader.read(grid)
        for place, note in self._notes:
            self._builder.paragraph(note_on(self._sheet, place, note))
        for text in self._texts:
            self._builder.paragraph(text)
        self._builder.warnings.extend(f"sheet {name}: {warning}" for warning in left_out(self._sheet))

    def _read_column(self, element: etree._Element) -> None:
        """Columns that are hidden by hand; those of a group that is folded up are read."""
        repeated = count(element.get(f"{TABLE}number-columns-repeated"))
        if element.get(f"{TABLE}visibility") == "collapse" and not _is_folded(element):
            self._sheet.hidden_columns.append((self._column + 1, self._column + repeated))
        self._column += repeated

    def _read_row(self, element: etree._Element) -> None:
        sheet = self._sheet
        first = self._row + 1
        repeated = count(element.get(f"{TABLE}number-rows-repeated"), 1, 10_000_000)
        self._row += repeated
        if sheet.is_full:
            sheet.rows_left += repeated if next(element.iter(f"{TEXT}p"), None) is not None else 0
            return
        row, bold = self._cells(element, first)
        hidden, grouped = element.get(f"{TABLE}visibility") == "collapse", _is_folded(element)
        for number in range(first, first + repeated if row else first):
            if sheet.is_full:
                sheet.rows_left += first + repeated - number
                return
            sheet.add_row(number, dict(row), hidden, grouped, bold)

    def _cells(self, element: etree._Element, number: int) -> tuple[dict[int, str], bool]:
        """The filled cells of a row by column, and whether all of them are bold."""
        row: dict[int, str] = {}
        bold = True
        column = 1
        for cell in element:
            repeated = count(cell.get(f"{TABLE}number-columns-repeated"))
            text = self._cell_text(cell, number, column) if cell.tag == f"{TABLE}table-cell" else ""
            if text:
                self._note_span(cell, number, column)
                bold = bold and self._styles.is_bold("table-cell", cell.get(f"{TABLE}style-name"))
                shown = self._spread(column, repeated)
                for place in range(column, shown):
                    if any(first <= place <= last for first, last in self._sheet.hidden_columns):
                        self._sheet.hidden_columns_met.add(place)
                    else:
                        row[place] = text
                within = min(column + repeated, max(column, MOST_COLUMNS + 1))
                self._sheet.columns_left += column + repeated - within
                self._sheet.repeats_left += within - shown
            column += repeated
        return row, bold

    def _spread(self, column: int, repeated: int) -> int:
        """The column after the last one in which a cell that stands for several is shown."""
        shown = min(repeated, max(0, MOST_COLUMNS + 1 - column))
        self._repeated += shown - 1 if shown > 1 else 0
        return column + (shown if self._repeated <= _MOST_REPEATED else min(shown, 1))

    def _note_span(self, cell: etree._Element, number: int, column: int) -> None:
        wide, high = (count(cell.get(f"{TABLE}number-{what}-spanned")) for what in ("columns", "rows"))
        if wide > 1 or high > 1:
            self._sheet.merged.append(((number, column), (number + high - 1, column + wide - 1)))

    def _cell_text(self, cell: etree._Element, number: int, column: int) -> str:
        texts: list[str] = []
        for child in cell:
            if child.tag == f"{TEXT}p":
                texts.append(inline_text(child, self._styles, self._hanging))
            elif child.tag == f"{OFFICE}annotation":
                note = clean_line(" ".join(inline_text(line, self._styles, self._hanging) for line in child.iterfind(f"{TEXT}p")))
                if note:
                    self._notes.append(((number, column), note))
            elif child.tag.startswith(DRAW):
                self._drawn([child])
        text = "\n".join(texts).strip()
        kind = next((value for key, value in cell.attrib.items() if key.endswith("}value-type")), None)
        if text.startswith(_ERROR_SIGNS) and cell.get(f"{TABLE}formula"):
            self._sheet.errors.append(f"{reference_of(number, column)} {text}")
            return ""
        if not text and kind is None and cell.get(f"{TABLE}formula"):
            self._sheet.without_result.append(reference_of(number, column))
        return text or (_value(cell) if kind not in (None, "string") else "")

    def _drawn(self, shapes: etree._Element | list[etree._Element]) -> None:
        """The texts of boxes that are drawn on the sheet."""
        for shape in shapes:
            lines = [inline_text(line, self._styles, self._hanging) for line in shape.iter(f"{TEXT}p")]
            if any(map(str.strip, lines)):
                self._texts.append("\n".join(lines))


def _value(cell: etree._Element) -> str:
    """The value of a cell that does not say how it is shown."""
    found: Iterator[str | None] = (cell.get(f"{OFFICE}{name}") for name in _VALUES)
    value = next((value for value in found if value), "")
    if cell.get(f"{OFFICE}value-type") == "percentage":
        try:
            return f"{float(value) * 100:.10g}%"
        except ValueError:
            return value
    return value


def _is_folded(element: etree._Element) -> bool:
    groups = (f"{TABLE}table-row-group", f"{TABLE}table-column-group")
    return any(group.get(f"{TABLE}display") == "false" for group in element.iterancestors(*groups))


def _is_inside_shape(table: etree._Element) -> bool:
    return next(table.iterancestors(f"{DRAW}frame", f"{DRAW}object"), None) is not None

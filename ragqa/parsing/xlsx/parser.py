"""Excel workbooks: every sheet a heading, its tables as rows that name their cells, numbers as they are shown.

Read are the results of formulas, notes and the texts of boxes drawn on a sheet. Hidden sheets, and rows and columns hidden
by hand, are left out and said; rows that a filter hides and groups that are folded up are read.
"""

from __future__ import annotations

from lxml import etree

from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cells import Sheet, area_of, left_out, note_on, place_of, settle_hidden_rows
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.opc import OpcPackage
from ragqa.parsing.pptx.text import paragraph_text
from ragqa.parsing.safe_xml import local_name
from ragqa.parsing.sheets import SheetReader
from ragqa.parsing.xlsx.sheet import note_filter, read_sheet
from ragqa.parsing.xlsx.workbook import SheetEntry, Workbook, read_workbook, rich_text
from ragqa.types import Document

_STREAMED = ("xl/worksheets/",)
_THREAD_COPY = "[Threaded comment]"
_MOST_SHEETS = 1000


class XlsxParser:
    """Reads .xlsx files and their relatives."""

    name = "xlsx"
    version = 5
    suffixes = (".xlsx", ".xlsm", ".xltx", ".xltm")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        package = OpcPackage(SafeArchive(data, _STREAMED))
        workbook = read_workbook(package)
        builder = DocumentBuilder(path)
        reader = SheetReader(builder, level=2)
        for entry in workbook.sheets[:_MOST_SHEETS]:
            if entry.hidden:
                builder.warnings.append(f"the sheet {clean_line(entry.name)} is hidden and was not read")
            elif entry.kind != "worksheet":
                builder.warnings.append(f"the sheet {clean_line(entry.name)} is no table ({entry.kind}) and was not read")
            else:
                _read_entry(package, entry, workbook, builder, reader)
        if len(workbook.sheets) > _MOST_SHEETS:
            builder.warnings.append(f"{len(workbook.sheets) - _MOST_SHEETS} sheets beyond the first {_MOST_SHEETS} were left")
        return builder.build((package.title(), reader.first_title))


def _read_entry(
    package: OpcPackage, entry: SheetEntry, workbook: Workbook, builder: DocumentBuilder, reader: SheetReader
) -> None:
    sheet = read_sheet(package, entry.part, workbook)
    related = package.relations(entry.part).values()
    parts = {
        kind: [one.part for one in related if one.kind == kind] for kind in ("comments", "threadedComment", "drawing", "table")
    }
    for part in parts["table"]:
        _note_table(sheet, package.xml(part))
    settle_hidden_rows(sheet)
    grid = sheet.grid()
    notes = _notes(package, parts["comments"], parts["threadedComment"], sheet)
    texts, unread = _drawn(package, parts["drawing"])
    if grid.rows or notes or texts:
        builder.heading(entry.name, 1)
    reader.read(grid)
    for text in (*notes, *texts):
        builder.paragraph(text)
    builder.warnings.extend(f"sheet {clean_line(entry.name)}: {warning}" for warning in (*left_out(sheet), *unread))


def _note_table(sheet: Sheet, root: etree._Element | None) -> None:
    """An area that is declared as a table names the row of its head, and may be filtered by itself."""
    area = area_of(root.get("ref") or "") if root is not None else None
    if root is not None and area is not None and root.get("headerRowCount", "1") != "0":
        sheet.head_rows.add(area[0][0])
    for element in root.iterfind("{*}autoFilter") if root is not None else ():
        note_filter(sheet, element)


def _notes(package: OpcPackage, notes: list[str], threads: list[str], sheet: Sheet) -> list[str]:
    """The notes and comments, each with the cell it belongs to and what its row is about."""
    found: list[str] = []
    for part in (*notes, *threads):
        root = package.xml(part)
        for element in root.iter("{*}comment", "{*}threadedComment") if root is not None else ():
            text = clean_line(rich_text(element) or (element.findtext("{*}text") or ""))
            place = place_of(element.get("ref") or "")
            if not text or place is None or (threads and text.startswith(_THREAD_COPY)):
                continue
            found.append(note_on(sheet, place, text))
    return found


def _drawn(package: OpcPackage, parts: list[str]) -> tuple[list[str], list[str]]:
    """The texts of the boxes on a sheet, and what else is drawn there."""
    texts: list[str] = []
    charts = pictures = 0
    for part in parts:
        root = package.xml(part)
        for element in root.iter("{*}sp", "{*}graphicFrame", "{*}pic") if root is not None else ():
            if _is_unseen(element):
                continue
            if local_name(element) == "sp":
                lines = [paragraph_text(line) for line in element.iterfind("{*}txBody/{*}p")]
                texts.append("\n".join(lines))
            charts += local_name(element) == "graphicFrame"
            pictures += local_name(element) == "pic"
    counted = ((charts, "chart"), (pictures, "picture"))
    unread = [f"{count} {word}{'s' if count > 1 else ''} not read" for count, word in counted if count]
    return [text for text in texts if text.strip()], unread


def _is_unseen(drawing: etree._Element) -> bool:
    """Whether a drawing is hidden, or stands in for another in old programs: "This shape represents a slicer"."""
    if any(one.get("hidden") in ("1", "true") for one in drawing.iterfind("*/{*}cNvPr")):
        return True
    fallback = next(drawing.iterancestors("{*}Fallback"), None)
    choice = fallback.getparent().find("{*}Choice") if fallback is not None else None
    return choice is not None and len(choice) > 0


PARSER = XlsxParser()

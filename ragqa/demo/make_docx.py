"""Make the demo's DOCX manual, an invented laboratory centrifuge's: `python -m ragqa.demo.make_docx [OUTPUT.docx]`.

The text comes from `centrifuge_content` in a small markup:

    # Chapter, ## Section      headings
    + Step, - Item             numbered and bulleted lists
    ! Text                     a warning
    | cell | cell              a row of a table, the first one its header; `<` joins a cell to its left neighbour,
                               `^` to the cell above
    Anything else              a paragraph

A blank line ends a paragraph, and any other line goes on with the block above it. An x that stands alone is set as
a multiplication sign, a hyphen before a number as a minus sign. The same text always gives the same bytes.
"""

from __future__ import annotations

import datetime
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.table import Table

from ragqa.demo import centrifuge_content as content

OUTPUT = Path(__file__).parent / "manuals" / "quellmark-turbel24-centrifuge.docx"
DATE = datetime.datetime(2024, 3, 1, 9, 0, 0)
ZIP_DATE = (2024, 3, 1, 9, 0, 0)
MARKERS = ("##", "#", "+", "-", "!", "|")
PARAGRAPH = ""


def typeset(text: str) -> str:
    """The text with real multiplication and minus signs."""
    text = re.sub(r"(?<!\w)x(?!\w)", "\N{MULTIPLICATION SIGN}", text)
    return re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", text)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The text's blocks as (marker, text), with continuation lines joined; ("", "") stands for a blank line."""
    current: tuple[str, str] | None = None
    for line in text.splitlines():
        stripped = line.strip()
        marker = next((m for m in MARKERS if stripped.startswith(m + " ")), None)
        if current is not None and (not stripped or marker is not None):
            yield current
            current = None
        if not stripped:
            yield PARAGRAPH, ""
        elif current is not None:
            current = current[0], f"{current[1]} {stripped}"
        else:
            current = (PARAGRAPH, stripped) if marker is None else (marker, stripped[len(marker) :].strip())
    if current is not None:
        yield current


def restarted_list(document: Document) -> int:
    """A new numbering instance of the style List Number that begins at 1; returns its id."""
    numbering = document.part.numbering_part.element
    style_num = document.styles["List Number"].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(style_num).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def add_steps(document: Document, steps: list[str]) -> None:
    """Add a numbered list that counts from 1."""
    number = restarted_list(document)
    for step in steps:
        properties = document.add_paragraph(step, style="List Number")._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number


def merge_cells(table: Table, cells: list[list[str]]) -> None:
    """Join the cells marked `<` to the left and `^` upward, each run of marks as one merge."""
    for r, row in enumerate(cells):
        spans = [c for c, text in enumerate(row) if text == "<"]
        if spans:
            table.cell(r, spans[0] - 1).merge(table.cell(r, spans[-1]))
    for c in range(len(cells[0])):
        r = 1
        while r < len(cells):
            last = r
            while last + 1 < len(cells) and cells[last + 1][c] == "^":
                last += 1
            if last > r:
                table.cell(r, c).merge(table.cell(last, c))
            r = last + 1


def add_table(document: Document, rows: list[str]) -> None:
    """Add a table whose first row is its header, repeated on every page."""
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    table = document.add_table(rows=len(cells), cols=len(cells[0]), style="Table Grid")
    for r, row in enumerate(cells):
        if len(row) != len(cells[0]):
            raise ValueError(f"a table row has {len(row)} cells instead of {len(cells[0])}: {rows[r]}")
        for c, text in enumerate(row):
            if text in ("<", "^"):
                continue
            run = table.cell(r, c).paragraphs[0].add_run(text)
            run.bold = r == 0 or None
            run.font.size = Pt(9)
    merge_cells(table, cells)
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    document.add_paragraph()


def add_warning(document: Document, text: str) -> None:
    """Add a warning paragraph with its signal word."""
    paragraph = document.add_paragraph(style="Warning")
    paragraph.add_run("WARNING: ").bold = True
    paragraph.add_run(text)


def new_document() -> Document:
    """An empty document with the manual's styles, properties, title, header and footer."""
    document = docx.Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    warning = document.styles.add_style("Warning", WD_STYLE_TYPE.PARAGRAPH)
    warning.base_style = document.styles["Normal"]
    warning.font.color.rgb = RGBColor(0xB0, 0x1E, 0x1E)
    properties = document.core_properties
    properties.title = content.TITLE
    properties.subject = content.SUBJECT
    properties.author = "Quellmark"
    properties.last_modified_by = "Quellmark"
    properties.comments = ""
    properties.created = properties.modified = DATE
    document.sections[0].header.paragraphs[0].text = "Quellmark Turbel 24"
    document.sections[0].footer.paragraphs[0].text = content.SUBJECT
    document.add_paragraph(content.TITLE, style="Title")
    return document


def build() -> Document:
    """The whole manual."""
    document = new_document()
    for marker, group in groupby(blocks(typeset(content.TEXT)), key=lambda block: block[0]):
        texts = [text for _, text in group if text]
        if marker == "+":
            add_steps(document, texts)
        elif marker == "|":
            add_table(document, texts)
        else:
            for text in texts:
                if marker in ("#", "##"):
                    document.add_heading(text, level=len(marker))
                elif marker == "!":
                    add_warning(document, text)
                else:
                    document.add_paragraph(text, style="List Bullet" if marker == "-" else "Normal")
    return document


def save(document: Document, path: Path) -> None:
    """Save the document with fixed dates in its zip archive, so that the bytes depend on the text alone."""
    raw = io.BytesIO()
    document.save(raw)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            entry = zipfile.ZipInfo(item.filename, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(item))


def main(arguments: list[str]) -> None:
    """Write the manual to the path given, or to its place in the demo."""
    path = Path(arguments[0]) if arguments else OUTPUT
    save(build(), path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Small Office files, written as the XML they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def stored(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file with these parts in this order; a `mimetype` is not compressed, as OpenDocument has it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return buffer.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """A part of relations: kind and target, with the ids r1, r2..."""
    entries = (
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(entries)}</Relationships>'
    )


def row(*values: object, number: int | None = None, style: int = 0, attributes: str = "") -> str:
    """A row of a sheet: text, numbers, None for no cell, and (value, style) or cells as XML."""
    cells = []
    for column, value in enumerate(values):
        place = f'r="{chr(ord("A") + column)}{number}"' if number is not None else ""
        value, given = value if isinstance(value, tuple) else (value, style)
        if value is None:
            cells.append(f"<c {place}/>" if number is None else "")
        elif isinstance(value, str) and value.startswith("<c"):
            cells.append(value)
        elif isinstance(value, str):
            cells.append(f'<c {place} t="inlineStr" s="{given}"><is><t>{value}</t></is></c>')
        else:
            cells.append(f'<c {place} s="{given}"><v>{value}</v></c>')
    numbered = f'r="{number}"' if number is not None else ""
    return f"<row {numbered} {attributes}>{''.join(cells)}</row>"


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="0.0&quot; kg&quot;"/></numFmts>'
    "<fonts><font/><font><b/></font></fonts><cellXfs>"
    '<xf numFmtId="0" fontId="0"/><xf numFmtId="0" fontId="1"/><xf numFmtId="9"/><xf numFmtId="14"/><xf numFmtId="170"/>'
    "</cellXfs></styleSheet>"
)
BOLD, PERCENT, DAY, KILOS = 1, 2, 3, 4


def workbook(
    sheets: Mapping[str, str], more: Mapping[str, str] | None = None, states: Mapping[str, str] | None = None, shared: str = ""
) -> bytes:
    """A workbook of sheets by name, each the rows or everything inside its element."""
    entries, targets = "", [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    }
    for number, (name, content) in enumerate(sheets.items(), 1):
        state = f'state="{states[name]}"' if states and name in states else ""
        entries += f'<sheet name="{name}" sheetId="{number}" {state} r:id="r{number + 2}"/>'
        targets.append(("worksheet", f"worksheets/sheet{number}.xml"))
        inside = content if "<sheetData" in content else f"<sheetData>{content}</sheetData>"
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}">{inside}</worksheet>'
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = relations(*targets)
    parts["xl/styles.xml"] = STYLES
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{shared}</sst>'
    return stored(parts | dict(more or {}))


def manual_xlsx() -> bytes:
    """A workbook with a titled table."""
    rows = [
        row("Pumps of the year"),
        row("Model", "Weight", "What it is for", style=BOLD),
        row("X1", (12, KILOS), "The pump moves water from the cellar to the garden"),
        row("X2", (13.5, KILOS), "The pump is made for oil and must not be used with water"),
    ]
    return workbook({"Pumps": "".join(rows)})


NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style", "fo": "xsl-fo-compatible",
        "svg": "svg-compatible", "presentation": "presentation", "manifest": "manifest",
    }.items()
)  # fmt: skip


def open_document(kind: str, body: str, styles: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument file of a kind (text, spreadsheet, presentation) with automatic styles."""
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    parts = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content}
    return stored(parts | dict(more or {}))


def open_cells(*values: str | None) -> str:
    """A row of cells of text; None is a blank cell, and what begins with "<" is taken as it is."""
    cells = ("<table:table-cell/>" if value is None else value if value.startswith("<") else open_cell(value) for value in values)
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def open_cell(text: str, attributes: str = "") -> str:
    """A cell of text."""
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def manual_odt() -> bytes:
    """A text with two headings, a list and a warning."""
    return open_document(
        "text",
        '<text:h text:outline-level="1">Pump guide</text:h><text:p>The pump moves water from the cellar.</text:p>'
        '<text:h text:outline-level="2">Setup</text:h><text:list><text:list-item><text:p>Fill the tank</text:p></text:list-item>'
        "</text:list><text:p>WARNING: Do not open the lid while the pump is running.</text:p>",
    )


def manual_ods() -> bytes:
    """A spreadsheet with one table."""
    table = open_cells("Model", "Weight", "Use") + open_cells("X1", "12 kg", "for water in the cellar of a house")
    return open_document(
        "spreadsheet", f'<table:table table:name="Pumps">{table}{open_cells("X2", "13 kg", "for oil")}</table:table>'
    )


def manual_odp() -> bytes:
    """A presentation of one slide."""
    return open_document(
        "presentation",
        "<draw:page><draw:frame presentation:class='title'><draw:text-box><text:p>Pump school</text:p></draw:text-box>"
        "</draw:frame><draw:frame><draw:text-box><text:p>The pump is cleaned with water after it was used.</text:p>"
        "</draw:text-box></draw:frame></draw:page>",
    )

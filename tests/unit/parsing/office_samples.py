"""Small Office files, written as the XML they are."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

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
    "<fonts><font/><font><b/></font><font><vertAlign val='superscript'/></font></fonts><cellXfs>"
    '<xf numFmtId="0" fontId="0"/><xf numFmtId="0" fontId="1"/><xf numFmtId="9"/><xf numFmtId="14"/><xf numFmtId="170"/>'
    '<xf numFmtId="0" fontId="2"/>'
    "</cellXfs></styleSheet>"
)
BOLD, PERCENT, DAY, KILOS, RAISED = 1, 2, 3, 4, 5


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


SLIDE_NAMES = (
    f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE}" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)


def shape(*lines: str, at: tuple[int, int, int, int] | None = (1, 1, 4, 1), holder: str | None = None, style: str = "") -> str:
    """A shape with paragraphs, each text or XML; `holder` are the attributes of the placeholder it fills."""
    place = transform(*at) if at is not None else ""
    kind = f"<p:ph {holder}/>" if holder is not None else ""
    body = "".join(line if line.startswith("<") else slide_line(line) for line in lines)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="s"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr>'
        f"<p:txBody><a:bodyPr/><a:lstStyle>{style}</a:lstStyle>{body}</p:txBody></p:sp>"
    )


def slide_line(text: str, properties: str = "") -> str:
    """A paragraph of a shape."""
    return f"<a:p>{properties}<a:r><a:rPr/><a:t>{text}</a:t></a:r></a:p>"


def transform(left: int, top: int, width: int, height: int, inner: str = "") -> str:
    """Where something stands."""
    return f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/>{inner}</a:xfrm>'


def graphic(content: str) -> str:
    """A frame with a table, diagram or chart."""
    return f"<p:graphicFrame><p:xfrm/><a:graphic><a:graphicData>{content}</a:graphicData></a:graphic></p:graphicFrame>"


def presentation(
    *slides: str,
    more: Mapping[str, str] | None = None,
    related: tuple[tuple[str, str], ...] = (),
    attributes: Mapping[int, str] | None = None,
) -> bytes:
    """Slides, each the shapes on it; `related` are the relations of every slide, `attributes` those of a slide's element."""
    entries = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, len(slides) + 1))
    parts: dict[str, str] = {
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {SLIDE_NAMES}><p:sldIdLst>{entries}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(*(("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1))),
    }
    for number, shapes in enumerate(slides, 1):
        parts[f"ppt/slides/slide{number}.xml"] = slide(shapes, "sld", (attributes or {}).get(number, ""))
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(*related)
    return stored(parts | dict(more or {}))


def slide(shapes: str, kind: str = "sld", attributes: str = "") -> str:
    """The part of a slide, a layout, a master or a page of notes."""
    return f"<p:{kind} {SLIDE_NAMES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{kind}>"


def manual_pptx() -> bytes:
    """Two slides with titles."""
    return presentation(
        shape("Pump school", holder='type="ctrTitle"') + shape("How the pump is used and cleaned", at=(1, 5, 4, 1)),
        shape("Cleaning", holder='type="title"') + shape("Open the lid and wash the filter with water.", at=(1, 5, 4, 1)),
    )


def mail(*parts: EmailMessage, subject: str = "Pump school", text: str | None = None, html: str | None = None) -> bytes:
    """An e-mail with texts and attached messages or files."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Ada Müller <ada@example.org>", "bo@example.org"
    message["Date"] = "Tue, 05 Mar 2024 10:00:00 +0100"
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    for part in parts:
        message.make_mixed() if not message.is_multipart() or message.get_content_subtype() != "mixed" else None
        message.attach(part)
    return message.as_bytes()


def attached(content: bytes | EmailMessage, name: str | None = None, kind: str = "application/octet-stream") -> EmailMessage:
    """A part that hangs on an e-mail."""
    part = EmailMessage()
    main, _, sub = kind.partition("/")
    if isinstance(content, EmailMessage):
        part.set_content(content)
    else:
        part.set_content(content, main, sub, disposition="attachment", filename=name)
    return part


def web_archive(html: str, *frames: str, charset: str = "utf-8", declared: bool = True) -> bytes:
    """A page saved by a browser."""
    pages = [html, *frames]
    declaration = f'; charset="{charset}"' if declared else ""
    parts = "".join(
        f"--B\r\nContent-Type: text/html{declaration}\r\nContent-ID: <f{number}>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(page.encode(charset)).decode()}\r\n"
        for number, page in enumerate(pages)
    )
    head = 'From: <Saved by a browser>\r\nSubject: Saved page\r\nContent-Type: multipart/related; boundary="B"\r\n'
    return f"{head}\r\n{parts}--B--\r\n".encode()


def manual_eml() -> bytes:
    """An e-mail of plain text."""
    return mail(text="Open the lid of the pump first.\n\nWash the filter with water and put it back when it is dry.\n")


def manual_mht() -> bytes:
    """A saved page."""
    return web_archive(
        "<html><head><title>Pump</title></head><body><h1>Pump</h1><p>The pump is cleaned with water.</p></body></html>"
    )

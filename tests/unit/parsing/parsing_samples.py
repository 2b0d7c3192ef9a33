"""Small real files of every format, made when a test asks for them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import docx
from office_samples import manual_eml, manual_mht, manual_odp, manual_ods, manual_odt, manual_pptx, manual_xlsx
from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, ListItem, PageBreak, Paragraph, SimpleDocTemplate, Table

STYLES = getSampleStyleSheet()
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4


def drawn_pdf(draw: Callable[[Canvas], None], title: str | None = None, password: str | None = None) -> bytes:
    """A PDF whose pages `draw` paints."""
    buffer = io.BytesIO()
    encrypt = None if password is None else pdfencrypt.StandardEncryption(password, ownerPassword="owner")
    canvas = Canvas(buffer, pagesize=A4, encrypt=encrypt)
    if title is not None:
        canvas.setTitle(title)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def lines_pdf(lines: Sequence[str], **options: str) -> bytes:
    """A PDF of one page with these lines, one under the other."""

    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 760)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()

    return drawn_pdf(draw, **options)


def manual_pdf(pages: int = 5) -> bytes:
    """A manual with running header and footer, headings of two levels, a list, a ruled table and a warning."""
    buffer = io.BytesIO()
    story: list[Flowable] = []
    for number in range(1, pages + 1):
        story += [
            Paragraph(f"{number} Care of part {number}", STYLES["Heading1"]),
            Paragraph(f"The part with the number {number}00 needs care every week. " * 4, STYLES["BodyText"]),
            Paragraph(f"{number}.1 Descaling", STYLES["Heading2"]),
            ListFlowable(
                [ListItem(Paragraph(text, STYLES["BodyText"])) for text in ("Fill the tank.", "Press the start key.")],
                bulletType="1",
                bulletFormat="%s.",
            ),
            _ruled_table(),
            Paragraph("WARNING: Hot steam can burn the skin.", STYLES["BodyText"]),
            PageBreak(),
        ]

    def furniture(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.drawString(72, 815, "Brewmaster 300 manual")
        canvas.drawString(280, 25, f"Page {document.page}")

    SimpleDocTemplate(buffer, pagesize=A4, title="Brewmaster 300").build(story, onFirstPage=furniture, onLaterPages=furniture)
    return buffer.getvalue()


def _ruled_table() -> Table:
    cell = STYLES["BodyText"]
    rows = [
        ["Model", "Weight", "Remark"],
        ["X200", "12 kg", Paragraph("A remark so long that it runs over two lines of its cell for certain.", cell)],
        ["X300", "13.5 kg", "Short"],
    ]
    table = Table(rows, colWidths=[80, 80, 180])
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")])
    return table


def scan_page(canvas: Canvas) -> None:
    """A page that is only a picture."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "grey").save(picture, "PNG")
    picture.seek(0)
    canvas.drawImage(ImageReader(picture), 50, 50, 400, 600)
    canvas.showPage()


def manual_docx() -> bytes:
    """A Word document with a title, headings, lists, tables and a box."""
    document = docx.Document()
    document.add_heading("Pump guide", 0)
    document.add_paragraph("Read this first.")
    document.add_heading("Setup", 1)
    for text in ("Fill the tank", "Close the lid"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("Use soft water", style="List Bullet 2")
    document.add_paragraph("Press start", style="List Number")
    document.add_heading("Data", 2)
    table = document.add_table(rows=0, cols=3)
    for row in (("Model", "Weight", "Power"), ("X1", "12 kg", "5 W"), ("X2", "13 kg", "6 W")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    merged = document.add_table(rows=2, cols=2)
    merged.cell(0, 0).merge(merged.cell(0, 1)).text = "Both columns"
    merged.cell(1, 0).text, merged.cell(1, 1).text = "left", "right"
    box = document.add_table(rows=1, cols=1).cell(0, 0)
    box.text = "WARNING"
    box.add_paragraph("Hot surface.")
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    """The bytes of a Word document."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def zipped(parts: dict[str, bytes | str]) -> bytes:
    """A zip file with these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def manual_epub(**more: str) -> bytes:
    """A book of two chapters whose files are listed in another order than they are read in."""
    parts: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>Lamp book</dc:title></metadata><manifest>"
        '<item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '</manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>',
        "OEBPS/nav.xhtml": "<html><body><ol><li>Contents entry</li></ol></body></html>",
        "OEBPS/text/one a.xhtml": "<html><head><title/></head><body><h1>Light</h1><p>Turn the <a id='x'/>knob.</p></body></html>",
        "OEBPS/text/two.xhtml": "<html><head><title>t</title></head><body><h2>Colour</h2><p>Press twice.</p></body></html>",
    }
    return zipped(parts | more)


HTML = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Oven X user manual</title>
<style>p {color: red}</style></head><body>
<nav><a href="a">Home</a></nav><p>Before any heading.</p>
<h1>Oven X</h1><script>var hidden = 1;</script><p style="display:none">unseen</p>
<h2>Location</h2>
<p>
 Tap
 <img src="i.png"/>
 <b>
  Location
 </b>
 to turn on
 <a href="l">
  Location services
 </a>
 .
</p>
<ol><li>Open it<ul><li>gently</li></ul></li><li>Close it<li>Done</ol>
<table><tr><th>Model</th><th>Weight</th><th>Power</th></tr>
<tr><td rowspan=2>X</td><td>12 kg</td><td>3 W</td></tr><tr><td>13 kg</td><td>4 W</td></tr></table>
<table class="layout"><tr><td><img src="x.png"></td><td><h3>Grill</h3><p>Use the grill.</p></td></tr></table>
<table class="note"><tr><td><img src="n.png"></td><td><b>NOTE</b> Keep away from children.</td></tr></table>
<dl><dt>Watt</dt><dd>Unit of power</dd></dl>
<pre>  set 1
    go</pre>
</body></html>"""

MARKDOWN = """---
title: Router book
---
Words before.

# Router

Plug in the **blue** cable, `eth0` first.

> **Warning** Do not open.

> [!CAUTION]
> High voltage.

1. one
   - inner
2. two

| Port | Speed | Use |
|---|---|---|
| 1 | 2.5 Gbit/s | uplink |

```sh
ping -c 1 host
```
"""

TEXT = """ROUTER HANDBOOK

This book explains the router in a few words, and its lines are wrapped by hand at some
width.

1. Setup

Put the router on a table.

1.1 Cables

- Plug in the blue
  cable.
- Plug in the red cable.

Port    Speed      Use
1       2.5 Gbit   uplink
2       1 Gbit     downlink

WARNING: Do not open.
"""


CSV = """Part;Weight;What it is for
Brush;0,12;The brush sweeps the floor under the machine and must be changed every year.
Filter;0,05;The filter keeps the dust out of the motor; it is washed with water only.
"""


def every_format() -> dict[str, bytes]:
    """One real file of each format, by name."""
    return {
        "manual.pdf": manual_pdf(),
        "manual.html": HTML.encode(),
        "manual.md": MARKDOWN.encode(),
        "manual.txt": TEXT.encode(),
        "manual.docx": manual_docx(),
        "manual.epub": manual_epub(),
        "manual.csv": CSV.encode(),
        "manual.xlsx": manual_xlsx(),
        "manual.odt": manual_odt(),
        "manual.ods": manual_ods(),
        "manual.odp": manual_odp(),
        "manual.pptx": manual_pptx(),
        "manual.eml": manual_eml(),
        "manual.mht": manual_mht(),
    }

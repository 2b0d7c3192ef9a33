"""Small real files of every format, made when a test asks for them."""

from __future__ import annotations

import io
import json
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


DOCBOOK = """<?xml version="1.0"?>
<!DOCTYPE book [<!ENTITY prod "Kettle 3">]>
<book><info><title>The &prod; manual</title><author><personname>A. Writer</personname></author></info>
<chapter xml:id="use"><title>Use</title>
<para>Press <guibutton>On</guibutton>&nbsp;and see the chapter <xref linkend="care"/>.</para>
<procedure><title>To boil water</title>
<step><para>Fill the kettle.</para>
<substeps><step><para>Open the lid.</para></step></substeps></step>
<step performance="optional"><para>Wait for the light.</para><para>It is blue.</para></step></procedure>
<variablelist><varlistentry><term>lid</term><listitem><para>Closes the kettle.</para></listitem></varlistentry>
</variablelist>
<table><title>Data</title><tgroup cols="3"><colspec colname="a"/><colspec colname="b"/><colspec colname="c"/>
<thead><row><entry>Model</entry><entry namest="b" nameend="c">Values</entry></row>
<row><entry/><entry>V</entry><entry>W</entry></row></thead>
<tbody><row><entry morerows="1">K1</entry><entry>230</entry><entry>2000</entry></row>
<row><entry>120</entry><entry>1500</entry></row></tbody>
</tgroup></table>
<warning><para>Steam burns.</para></warning>
<programlisting>set 1
  go &lt;x&gt;</programlisting>
<para>Choose <menuchoice><guimenu>File</guimenu><guimenuitem>Open</guimenuitem></menuchoice>.</para></chapter>
<chapter xml:id="care"><title>Care</title><section><title>Weekly</title><para>Wipe the outside.</para></section></chapter></book>
"""

DITA = """<?xml version="1.0" encoding="UTF-8"?>
<task id="filter"><title>Replace the filter</title><shortdesc>Do it when the light is red.</shortdesc>
<taskbody><prereq>Unplug the machine.</prereq><steps>
<step><cmd>Open the <uicontrol>lid</uicontrol>.</cmd><info>It is stiff.</info>
<stepresult>The filter can be seen.</stepresult></step><step><cmd>Choose a filter:</cmd><choices><choice>small</choice>
<choice>large</choice>
</choices></step></steps><result>The light is off.</result></taskbody>
<topic id="data"><title>Data</title><body><note type="danger">Shock.</note><note type="tip">Keep one in stock.</note>
<dl><dlentry><dt>Cycle</dt><dd>One wash.</dd></dlentry></dl>
<simpletable><sthead><stentry>Filter</stentry><stentry>Size</stentry><stentry>Cycles</stentry></sthead>
<strow><stentry>F1</stentry><stentry>small</stentry><stentry>90</stentry></strow></simpletable>
<section><title>Order</title><p>Call us.</p><p conref="shared.dita#a/b"/></section></body></topic></task>
"""


RST = """
Kettle manual
=============

.. |prod| replace:: Kettle 3

Use
---

Press |prod| :guilabel:`&On` and see :ref:`care` or :doc:`the parts <parts>`. Choose :menuselection:`File --> Open`.

.. warning:: Steam burns.

   Keep away.

.. versionadded:: 2.0
   The blue light.

.. tabs::

   .. tab:: Desk

      Use the small base.

.. option:: --boil

   Boils water.

.. list-table:: Data
   :header-rows: 1

   * - Model
     - Volts
     - Watts
   * - K1
     - 230
     - 2000

lid
  Closes the kettle.

-v, --verbose  Say more

:Weight: 2 kg

1. Fill it.

   a. Open the lid.

2. Wait.

.. code-block:: sh

   boil --now
     fast

.. include:: other.rst

.. _care:

Care
----

Wipe the outside. ::

   literal words
"""


RTF = r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Serif;}{\f1\fswiss\fcharset204 Sans;}
{\f2\fcharset2 Symbol;}}
{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2 \'dcberschrift 2;}{\s3\outlinelevel2 Own;}{\s5 Source Code;}{\*\cs9 Character;}}
{\info{\title Kettle manual}{\author A. Writer}}{\header Page head}
\pard\s1 Use\par
\pard\plain Heat the water in it to 40 \'b0C, \u189?\~full, \f2\'b1\f0 2 \'80.{\v hidden words} It is \lquote hot\rquote .\par
{\f1 \'d3\'f5\'ee\'e4}\par
\pard\s2{\listtext 1.1\tab}Care\par
\pard\ls1\ilvl0{\listtext\f2 \'b7\tab}First item\par
{\listtext 2.\tab}\pard\ls1\ilvl1 Second item\par
\pard See {\field{\*\fldinst HYPERLINK "x"}{\fldrslt the site}}{\footnote \pard The note.} \u-10179?\u-8704?.\par
\trowd\trhdr\cellx2000\cellx4000\cellx6000\pard\intbl Model\cell Volts\cell Watts\cell\row
\trowd\clvmgf\cellx2000\cellx4000\cellx6000\pard\intbl K1\cell 230\cell 2000\par at most\cell\row
\trowd\clvmrg\cellx2000\cellx4000\cellx6000\pard\intbl \cell 120\cell 1500\cell\row
\trowd\cellx2000\cellx6000\pard\intbl K2\cell both the same\cell\row
\pard\s3 Deep\par
\pard After the table.{\pict\pngblip 89504e47}{\*\nobody knows}{\annotation a comment}\par
\pard\s5 a = 1\par   b = \{2\}\par
\pard WARNING: Steam burns.\par
}"""


ASCIIDOC = """= Kettle manual
A. Writer <a.writer@example.org>
:prod: Kettle 3

Switch *{prod}* on with `boil` and wait for _5 m^2^_ of steam +
to go.

== Use

[[boil]]
.How to boil
. Fill it.
+
NOTE: Cold water only.
+
----
set 1 <1>
  go <x>
----
. Wait.
.. Listen.

lid:: Closes it.
base::
  Heats it.

[CAUTION]
====
Do not open it.
====

.Data
[cols="1,2,1",options="header"]
|===
|Model |Volts |Watts

|K1
|230
|2000

.2+|K2 |1 a|
* x
* y
|3 |4
|===

include::other.adoc[]

ifdef::other[]
Not for this model.
endif::[]

// a comment
See <<care>>, xref:boil[the steps], https://example.org[the site] and menu:File[Open].

[#care]
== Care

....
literal *words*
....
"""


MAN = r""".\" A page for a kettle
.TH KETTLE 1 "2024-01-01" "1.0" "User Commands"
.SH NAME
kettle \- boils \fIwater\fR
.SH SYNOPSIS
.B kettle
[\fB\-v\fR] [\fB\-t\fR \fIdegrees\fR]
.SH DESCRIPTION
The kettle heats the water that is in it to 40\(deC.
It is \(lqhot\(rq then.
.SS Details
.if n Shown on terminals.
.if t Shown on paper.
.de XX
.B never
..
.SH OPTIONS
.TP
.BR \-v ", " \-\-verbose
Say more.
.TP
.B \-x
.TQ
.B \-\-xx
Boil twice.
.IP \(bu 2
A bullet.
.IP 1. 4
A step.
.SH EXAMPLES
.nf
kettle -v \e
  -t 40
.fi
.TS
tab(|) allbox;
lb lb lb
l l l.
Model|Volts|Watts
_
K1|230|T{
two thousand
T}
.TE
.so other.1
"""

MDOC = """.Dd January 1, 2024
.Dt KETTLE 1
.Os
.Sh NAME
.Nm kettle
.Nd boil water
.Sh SYNOPSIS
.Nm
.Op Fl v
.Op Fl t Ar degrees
.Ar
.Sh DESCRIPTION
The
.Nm
utility boils water, see
.Xr teapot 5 .
.Bl -tag -width indent
.It Fl t Ar degrees
How
.Dq hot .
.Bl -enum
.It
first
.It
second
.El
.El
.Bd -literal
kettle -v
.Ed
"""


def notebook() -> bytes:
    """A notebook with cells of every kind and outputs of most."""
    table = "<table><tr><th>Model</th><th>Weight</th></tr><tr><td>X1</td><td>12 kg</td></tr></table>"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["started\n", "1\n"]},
        {"output_type": "display_data", "data": {"text/html": [table], "text/plain": ["   Model  Weight"]}},
        {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": ["<Figure size 640x480>"]}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no water", "traceback": ["..."]},
    ]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Pump curves\n", "\n", "How the pump of the series behaves.\n"]},
        {"cell_type": "markdown", "metadata": {}, "source": "## Use\n\nStart the pump first."},
        {"cell_type": "code", "metadata": {}, "source": ["pump.start()\n", "print(1)"], "outputs": outputs},
        {"cell_type": "raw", "metadata": {}, "source": "plain cell"},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


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
        "manual.xml": DOCBOOK.encode(),
        "manual.dita": DITA.encode(),
        "manual.rst": RST.encode(),
        "manual.rtf": RTF.encode(),
        "manual.adoc": ASCIIDOC.encode(),
        "manual.ipynb": notebook(),
        "manual.1": MAN.encode(),
        "manual.csv": CSV.encode(),
        "manual.xlsx": manual_xlsx(),
        "manual.odt": manual_odt(),
        "manual.ods": manual_ods(),
        "manual.odp": manual_odp(),
        "manual.pptx": manual_pptx(),
        "manual.eml": manual_eml(),
        "manual.mht": manual_mht(),
    }

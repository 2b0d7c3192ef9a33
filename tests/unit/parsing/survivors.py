"""One tiny manual in each format of README's table of what survives: the same heading, list, table, code, note and figure."""

from __future__ import annotations

import io

from office_samples import graphic, open_cells, open_document, presentation, relations, row, shape, slide, workbook
from parsing_samples import STYLES, manual_epub
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.platypus import Image as Picture
from reportlab.platypus import ListFlowable, ListItem, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table
from word_samples import p, tbl, tr, word

PROSE = "Clean the hub once a month, because dust that stays in it makes the blade wobble and the motor hot."
PAGE = f"""<html><head><title>Saw</title></head><body><h1>Saw</h1><h2>Cleaning</h2><p>{PROSE}<sup>1</sup></p>
<ul><li>Fill the tank</li><li>Close the lid</li></ul>
<table><tr><th>Part</th><th>Torque</th></tr><tr><td>Hub</td><td>35 Nm</td></tr><tr><td>Rim</td><td>12 Nm</td></tr></table>
<pre><code>saw --speed 3</code></pre>
<figure><img src="hub.png" alt="hub"><figcaption>Figure 1: The hub from below</figcaption></figure>
<p id="n1">1 Sold apart.</p></body></html>"""
MARKDOWN = f"""# Saw

## Cleaning

{PROSE}[^1]

- Fill the tank
- Close the lid

| Part | Torque |
|------|--------|
| Hub  | 35 Nm  |

```sh
saw --speed 3
```

![Figure 1: The hub from below](hub.png)

[^1]: Sold apart.
"""
TEXT = f"""SAW

Cleaning
--------

{PROSE}

- Fill the tank
- Close the lid

Part    Torque    Use
Hub     35 Nm     always
Rim     12 Nm     seldom

    $ saw --speed 3

[1] Sold apart.

Figure 1: The hub from below
"""
RST = f"""Saw
===

Always keep it dry.

Cleaning
--------

{PROSE} [1]_

- Fill the tank
- Close the lid

====  ======
Part  Torque
====  ======
Hub   35 Nm
====  ======

.. code-block:: sh

   saw --speed 3

.. figure:: hub.png

   Figure 1: The hub from below

.. [1] Sold apart.
"""
ASCIIDOC = f"""= Saw

== Cleaning

{PROSE}footnote:[Sold apart.]

* Fill the tank
* Close the lid

|===
|Part |Torque

|Hub |35 Nm
|===

----
saw --speed 3
----

.Figure 1: The hub from below
image::hub.png[hub]
"""
DOCBOOK = f"""<book><title>Saw</title><chapter><title>Cleaning</title>
<para>{PROSE}<footnote><para>Sold apart.</para></footnote></para>
<itemizedlist><listitem><para>Fill the tank</para></listitem><listitem><para>Close the lid</para></listitem></itemizedlist>
<informaltable><tgroup cols="2"><thead><row><entry>Part</entry><entry>Torque</entry></row></thead>
<tbody><row><entry>Hub</entry><entry>35 Nm</entry></row></tbody></tgroup></informaltable>
<programlisting>saw --speed 3</programlisting>
<figure><title>Figure 1: The hub from below</title><mediaobject><imageobject><imagedata fileref="hub.png"/></imageobject>
</mediaobject></figure></chapter></book>"""
RTF = (
    r"{\rtf1\ansi{\stylesheet{\s1 heading 1;}{\s2 HTML Preformatted;}}"
    r"{\pard\s1\outlinelevel0 Cleaning\par}"
    rf"\pard {PROSE}{{\footnote\pard Sold apart.}}\par"
    r"{\pard{\listtext\'b7\tab}Fill the tank\par}{\pard{\listtext\'b7\tab}Close the lid\par}"
    r"\trowd\cellx2000\cellx4000\intbl Part\cell Torque\cell\row\trowd\cellx2000\cellx4000\intbl Hub\cell 35 Nm\cell\row"
    r"\pard\s2 saw --speed 3\par\pard Figure 1: The hub from below\par}"
)


def pdf() -> bytes:
    body, picture = STYLES["BodyText"], io.BytesIO()
    Image.new("RGB", (200, 120), "grey").save(picture, "PNG")
    picture.seek(0)
    table = Table([["Part", "Torque"], ["Hub", "35 Nm"], ["Rim", "12 Nm"]], colWidths=[100, 100])
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    items = [ListItem(Paragraph(text, body)) for text in ("Fill the tank", "Close the lid")]
    story = [
        Paragraph("Cleaning", STYLES["Heading1"]), Paragraph(f"{PROSE}<super>1</super>", body),
        ListFlowable(items, bulletType="bullet"), table, Preformatted("saw --speed 3\n    --oil yes", STYLES["Code"]),
        Spacer(1, 20),
        Picture(picture, 200, 120), Paragraph("Figure 1: The hub from below", body), Spacer(1, 60),
        Paragraph("<font size=7><super>1</super> Sold apart.</font>", body),
    ]  # fmt: skip
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4).build(story)
    return buffer.getvalue()


def word_file() -> bytes:
    numbering = '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    body = (
        p("Cleaning", style="Heading1")
        + p(PROSE, '<w:r><w:footnoteReference w:id="4"/></w:r>')
        + p("Fill the tank", number=(1, 0))
        + p("Close the lid", number=(1, 0))
        + tbl(tr("Part", "Torque"), tr("Hub", "35 Nm"))
        + p("saw --speed 3", style="HTMLPreformatted")
        + p("Figure 1: The hub from below", style="Caption")
    )
    return word(body, numbering=numbering, footnotes=f'<w:footnote w:id="4">{p("Sold apart.")}</w:footnote>')


def open_text() -> bytes:
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
    note += "<text:note-body><text:p>Sold apart.</text:p></text:note-body></text:note>"
    items = "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in ("Fill the tank", "Close the lid"))
    return open_document(
        "text",
        f'<text:h text:outline-level="1">Cleaning</text:h><text:p>{PROSE}{note}</text:p><text:list>{items}</text:list>'
        f"<table:table>{open_cells('Part', 'Torque')}{open_cells('Hub', '35 Nm')}</table:table>"
        '<text:p text:style-name="Preformatted_20_Text">saw --speed 3</text:p>'
        '<text:p text:style-name="Figure">Figure 1: The hub from below</text:p>',
    )


def slides() -> bytes:
    bullets = '<a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr>'
    cells = (("Part", "Torque"), ("Hub", "35 Nm"))
    rows = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in line)
        + "</a:tr>"
        for line in cells
    )
    shapes = (
        shape("Cleaning", holder='type="title"')
        + shape("Fill the tank", "Close the lid", at=(1, 5, 4, 1), style=bullets)
        + graphic(f"<a:tbl>{rows}</a:tbl>")
        + shape("saw --speed 3", at=(1, 9, 4, 1))
        + shape("Figure 1: The hub from below", at=(1, 12, 4, 1))
    )
    notes = slide(shape("Sold apart.", holder='type="body"'), "notes")
    return presentation(
        shapes, more={"ppt/notesSlides/notes.xml": notes}, related=(("notesSlide", "../notesSlides/notes.xml"),)
    )  # fmt: skip


def sheet() -> bytes:
    rows = row("Part", "Torque") + row("Hub", "35 Nm") + row("Rim", "12 Nm")
    comments = "<comments xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><commentList><comment ref='A2'>"
    return workbook(
        {"Cleaning": rows},
        more={
            "xl/comments.xml": f"{comments}<text><t>Sold apart.</t></text></comment></commentList></comments>",
            "xl/worksheets/_rels/sheet1.xml.rels": relations(("comments", "../comments.xml")),
        },
    )


FILES = {
    "PDF": ("saw.pdf", pdf()),
    "Word": ("saw.docx", word_file()),
    "HTML": ("saw.html", PAGE.encode()),
    "EPUB": ("saw.epub", manual_epub(**{"OEBPS/text/one a.xhtml": PAGE})),
    "Markdown": ("saw.md", MARKDOWN.encode()),
    "text": ("saw.txt", TEXT.encode()),
    "OpenDocument text": ("saw.odt", open_text()),
    "RTF": ("saw.rtf", RTF.encode()),
    "PowerPoint": ("saw.pptx", slides()),
    "Excel": ("saw.xlsx", sheet()),
    "reStructuredText": ("saw.rst", RST.encode()),
    "AsciiDoc": ("saw.adoc", ASCIIDOC.encode()),
    "DocBook": ("saw.xml", DOCBOOK.encode()),
}

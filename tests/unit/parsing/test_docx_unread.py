"""The yardstick of Word files: what they say and their documents do not hold."""

from __future__ import annotations

import re
from dataclasses import replace

from parsing_samples import manual_docx
from word_samples import NAMESPACES, box, field, instr, p, r, sdt, tbl, tc, tr, word

from ragqa.demo.make_docx import OUTPUT
from ragqa.parsing.docx.unread import unread
from ragqa.parsing.registry import parse
from ragqa.parsing.unread import Unread


def everything() -> bytes:
    """A Word file with all that a Word file can hold."""
    numbering = '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    half = "<m:f><m:num><m:r><m:t>alpha</m:t></m:r></m:num><m:den><m:r><m:t>beta</m:t></m:r></m:den></m:f>"
    note = '<w:r><w:footnoteReference w:id="4"/></w:r>'
    chart = '<w:r><w:drawing><c:chart r:id="r8"/></w:drawing></w:r>'
    control = sdt(p("In a control.") + tbl(sdt(tr(sdt(tc("Hub")), "35 Nm")), tr("Rim", "12 Nm")))
    contents = sdt(p("Contents line 3"), '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>')
    body = (
        contents
        + p("Title words", style="Title")
        + p("Chapter words", box(p("Box of a heading") + tbl(tr("box", "cells"))), style="Heading1")
        + control
        + p("Formula ", f"<m:oMath>{half}</m:oMath>", note, " goes on ", r("hidden words", "<w:vanish/>"), chart)
        + p("First step", box(p("Beside the step")), number=(1, 0))
        + p("<w:ins><w:r><w:t>Inserted</w:t></w:r></w:ins><w:del><w:r><w:t>Removed</w:t></w:r></w:del>")
        + p("10", r("3", '<w:vertAlign w:val="superscript"/>'))
        + p(field(instr(" IF ") + r("never seen"), r("Result of a field")))
        + tbl(tr("Outer", tc(tbl(tr("Inner", "cells"), tr("more", "cells")) + p())), tr("gone row", "x", properties="<w:del/>"))
        + p("Very last")
    )  # fmt: skip
    drawing = f"<c:chartSpace {NAMESPACES}><c:title><a:p><a:r><a:t>Chart title</a:t></a:r></a:p></c:title></c:chartSpace>"
    return word(
        body,
        {"r8": ("chart", "charts/one.xml")},
        numbering=numbering,
        footnotes=f'<w:footnote w:id="4">{p("Note words", box(p("Box of a note")))}</w:footnote>',
        **{"charts/one.xml": drawing},
    )


def test_nothing_of_a_document_with_everything_in_it_is_unread() -> None:
    data = everything()
    document = parse(data, "a.docx")
    assert unread(data, document) == []
    for gone in ("Contents line", "hidden words", "Removed", "never seen", "gone row"):
        assert gone not in document.text
    assert document.text.index("Note words") < document.text.index("Box of a note") < document.text.index("First step")


def test_nothing_of_the_samples_is_unread() -> None:
    for data in (OUTPUT.read_bytes(), manual_docx()):
        assert unread(data, parse(data, "a.docx")) == []


def test_what_a_document_lacks_is_named_with_its_place() -> None:
    data = everything()
    document = parse(data, "a.docx")
    lacking = replace(document, text=re.sub("35 Nm|Note words|beta", "", document.text), warnings=())
    assert unread(data, lacking) == [
        Unread("word/document.xml, paragraph 12", "35 Nm"),
        Unread("word/document.xml, paragraph 15", "betahidden words"),
        Unread("word/footnotes.xml, paragraph 1", "Note words"),
    ]

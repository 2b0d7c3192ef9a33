"""Word files whose parts are damaged, missing, strict, templates, or documents that are taken in; charts and diagrams."""

from __future__ import annotations

import io
import zipfile

import pytest
from parsing_reading import section_of, texts
from parsing_samples import manual_docx, zipped
from word_samples import MAIN, NAMESPACES, TYPES, p, rels, sdt, tbl, tr, word

from ragqa.errors import ParseError
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

PURL = "http://purl.oclc.org/ooxml"


def remade(data: bytes, change: dict[str, bytes | None]) -> bytes:
    """A zip file with parts changed, or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped({name: part for name, part in (parts | change).items() if part is not None})


def strict(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, part in parts.items():
        part = part.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", f"{PURL}/wordprocessingml/main".encode()
        )
        part = part.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            f"{PURL}/officeDocument/relationships".encode(),
        )
        parts[name] = part.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/math", f"{PURL}/officeDocument/math".encode()
        )
    return zipped(dict(parts))


def test_strict_documents_are_read_like_others() -> None:
    assert parse(strict(manual_docx()), "pump.docx") == parse(manual_docx(), "pump.docx")
    equation = p("Law ", "<m:oMath><m:r><m:t>P=UI</m:t></m:r></m:oMath>") + sdt(tbl(tr("a", "b")))
    assert texts(parse(strict(word(equation)), "a.docx")) == ["Law P=UI", "a | b"]


@pytest.mark.parametrize("suffix", ["docm", "dotx", "dotm", "DOCX"])
@pytest.mark.parametrize("kind", ["macroEnabled.main", "template.main", "macroEnabledTemplate.main"])
def test_templates_and_files_with_macros(suffix: str, kind: str) -> None:
    usual = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(io.BytesIO(manual_docx())) as archive:
        types = archive.read("[Content_Types].xml")
    data = remade(manual_docx(), {"[Content_Types].xml": types.replace(usual, f"application/vnd.ms-word.{kind}+xml".encode())})
    assert texts(parse(data, f"a.{suffix}")) == texts(parse(manual_docx(), "a.docx"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"word/numbering.xml": b"<w:numbering"}, "numbering.xml is damaged"),
        ({"word/numbering.xml": b"\x00\x01"}, "numbering.xml is damaged"),
        ({"word/numbering.xml": None}, ""),
        ({"word/styles.xml": b"no xml at all"}, "styles.xml is damaged"),
        ({"word/styles.xml": None}, ""),
        ({"word/styles.xml": None, "word/numbering.xml": None, "word/_rels/document.xml.rels": None}, ""),
        ({"word/_rels/document.xml.rels": b"<Relationships"}, "document.xml.rels is damaged"),
        ({"_rels/.rels": b"&&"}, ".rels is damaged"),
        ({"_rels/.rels": None}, ""),
        ({"[Content_Types].xml": b"<Types/>"}, ""),
        ({"docProps/core.xml": b"<"}, "core.xml is damaged"),
        ({"docProps/core.xml": None, "docProps/app.xml": None, "word/settings.xml": b"", "word/theme/theme1.xml": b"!"}, ""),
    ],
)
def test_a_damaged_or_missing_part_costs_only_itself(change: dict[str, bytes | None], said: str) -> None:
    document = parse(remade(manual_docx(), change), "pump.docx")
    assert "Press start" in document.text and "Model: X1 | Weight: 12 kg | Power: 5 W" in document.text
    assert section_of(document, "X1") == ("Setup", "Data")
    assert [warning for warning in document.warnings if said and said in warning] or not said


def test_relations_that_lead_nowhere() -> None:
    drawing = '<w:r><w:drawing><c:chart r:id="r8"/><c:chart r:id="none"/></w:drawing></w:r>'
    relations = {"r8": ("chart", "charts/none.xml"), "r9": ("image", "media/none.png"), "": ("styles", "../../../../none.xml")}
    document = parse(word(p("Words.", drawing) + '<w:altChunk r:id="r7"/>', relations), "a.docx")
    assert texts(document) == ["Words."]
    assert [warning.partition(":")[2].strip() for warning in document.warnings] == [
        "a document that is kept in another file", "a chart whose part is missing (2 times)",
    ]  # fmt: skip


def test_a_document_that_is_cut_in_the_middle_gives_what_is_left() -> None:
    body = f"<w:document {NAMESPACES}><w:body>{p('One.')}{p('Two.')}<w:p><w:r><w:t>Thr"
    data = remade(word(""), {"word/document.xml": body.encode()})
    document = parse(data, "a.docx")
    assert texts(document) == ["One.", "Two.", "Thr"]
    assert "document.xml is damaged at line 1" in document.warnings[0]


def test_a_part_with_wrong_bytes_costs_only_itself() -> None:
    data = bytearray(manual_docx())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        place = archive.getinfo("word/numbering.xml").header_offset
    data[place + 60 : place + 90] = bytes(30)
    document = parse(bytes(data), "a.docx")
    assert "Press start" in document.text
    assert any("numbering.xml is damaged" in warning for warning in document.warnings)


def test_a_main_part_of_another_name_and_names_with_backslashes() -> None:
    document = f'<w:document xmlns:w="{MAIN}"><w:body>{p("Words.")}</w:body></w:document>'
    other = zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": rels({"a": ("officeDocument", "/word/document2.xml")}),
            "word/document2.xml": document,
        }
    )
    assert texts(parse(other, "a.docx")) == ["Words."]
    assert texts(parse(zipped({"[Content_Types].xml": TYPES, "Word\\Document.xml": document}), "a.docx")) == ["Words."]
    with pytest.raises(ParseError, match="an Excel workbook, not a Word document"):
        parse(zipped({"_rels/.rels": rels({"a": ("officeDocument", "xl/workbook.xml")}), "xl/workbook.xml": "<x/>"}), "a.docx")


def test_entities_in_any_part_are_refused() -> None:
    evil = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><w:styles>&a;</w:styles>'
    data = remade(word(p("Words."), styles=""), {"word/styles.xml": evil.encode()})
    with pytest.raises(ParseError, match="entities"):
        parse(data, "a.docx")
    wide = remade(data, {"word/styles.xml": f'<?xml version="1.0" encoding="UTF-16"?>{evil}'.encode("utf-16")})
    with pytest.raises(ParseError, match="entities"):
        parse(wide, "a.docx")


OWN = (
    '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Chapter"><w:name w:val="ACME Chapter"/><w:basedOn w:val="H1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Deeper"><w:name w:val="ACME Sub"/><w:basedOn w:val="Chapter"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Body"><w:name w:val="Like a heading"/><w:basedOn w:val="Chapter"/>'
    '<w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Naglowek2"><w:name w:val="Nagłówek 2"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Alias"><w:name w:val="heading 3,h3,Third"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Pool"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Pool"><w:name w:val="Pool"/><w:basedOn w:val="Loop"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Lines"><w:name w:val="ACME Contents"/><w:basedOn w:val="TOC1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Danger"><w:name w:val="AcmeBox"/><w:basedOn w:val="Warn"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Warn"><w:name w:val="Warning"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Dots"><w:name w:val="AcmeDots"/><w:basedOn w:val="ListBullet2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Big"><w:name w:val="AcmeTitle"/><w:basedOn w:val="Title"/></w:style>'
)


@pytest.mark.parametrize(
    ("paragraph", "kind", "levels"),
    [
        (p("x", style="Chapter"), BlockKind.HEADING, (1,)),
        (p("x", style="Deeper"), BlockKind.HEADING, (2,)),
        (p("x", style="Body"), BlockKind.PARAGRAPH, ()),
        (p("x", style="Naglowek2"), BlockKind.HEADING, (2,)),
        (p("x", style="Alias"), BlockKind.HEADING, (3,)),
        (p("x", style="Loop"), BlockKind.PARAGRAPH, ()),
        (p("x", more='<w:outlineLvl w:val="3"/>'), BlockKind.HEADING, (4,)),
        (p("x", more='<w:outlineLvl w:val="9"/>'), BlockKind.PARAGRAPH, ()),
        (p("x", style="Chapter", more='<w:outlineLvl w:val="9"/>'), BlockKind.PARAGRAPH, ()),
        (p("x", style="Chapter", more='<w:outlineLvl w:val="2"/>'), BlockKind.HEADING, (3,)),
        (p("x", style="Heading4"), BlockKind.HEADING, (4,)),
        (p("x", style="Danger"), BlockKind.WARNING, ()),
        (p("x", style="Dots"), BlockKind.LIST_ITEM, ()),
        (p("x", style="Big"), BlockKind.HEADING, (1,)),
    ],
)
def test_what_a_paragraph_is_by_styles_of_ones_own(paragraph: str, kind: BlockKind, levels: tuple[int, ...]) -> None:
    document = parse(word(paragraph + p("y", style="Lines"), styles=OWN), "a.docx")
    (block,) = document.blocks
    assert (block.kind, block.levels) == (kind, levels)


def taking(name: str, content: bytes | str, target: str = "") -> Document:
    """A document that takes in another between two of its paragraphs."""
    relations = {"r9": ("aFChunk", target or f"/word/{name}")}
    return parse(word(p("Before.") + '<w:altChunk r:id="r9"/>' + p("After."), relations, **{name: content}), "a.docx")


MAIL = (
    "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=XX\n\n--XX\nContent-Type: text/html; charset=iso-8859-1\n"
    "Content-Transfer-Encoding: quoted-printable\n\n<p>Oil it every 30 hours at 20 =B0C.</p>\n--XX--\n"
)


@pytest.mark.parametrize(
    ("name", "content", "blocks"),
    [
        ("chunk.html", "<h2>Care</h2><p>Oil it.</p><ul><li>daily</li></ul>", ["Care", "Oil it.", "• daily"]),
        ("chunk.xhtml", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", ["a | b", "c | d"]),
        ("chunk.txt", "Oil it every 30 hours.\n\nTwice.", ["Oil it every 30 hours.", "Twice."]),
        ("chunk.docx", word(p("Oil it.") + tbl(tr("a", "b"))), ["Oil it.", "a | b"]),
        ("chunk.dat", word(p("Oil it.")), ["Oil it."]),
        ("chunk.dat", "<HTML><body><h1>Care</h1><p>Oil it.</p></body></HTML>", ["Care", "Oil it."]),
        ("chunk.mht", MAIL, ["Oil it every 30 hours at 20 °C."]),
        ("chunk.html", "<script>alert(1)</script>", []),
        ("chunk.bin", b"{\\rtf1 \\xyz", None),
        ("chunk.html", b"", []),
    ],
)  # fmt: skip
def test_documents_that_are_taken_in(name: str, content: bytes | str, blocks: list[str] | None) -> None:
    document = taking(name, content)
    found = texts(document)
    assert found[0] == "Before." and found[-1] == "After."
    if blocks is not None:
        assert found[1:-1] == blocks
    assert bool(document.warnings) == (blocks == [] or blocks is None)


def test_documents_elsewhere_are_not_followed() -> None:
    body = p("Words.") + '<w:altChunk r:id="r9"/><w:subDoc r:id="r9"/>'
    outside = rels({"r9": ("aFChunk", "http://example.com/a.html")}).replace(" Target=", ' TargetMode="External" Target=')
    document = parse(remade(word(body), {"word/_rels/document.xml.rels": outside.encode()}), "a.docx")
    assert texts(document) == ["Words."]
    assert document.warnings == ("not read: a document that is kept in another file (2 times): “http://example.com/a.html”",)


def test_documents_that_take_each_other_in_end_somewhere() -> None:
    inner = word(p("Deepest."))
    for level in range(6):
        inner = word(p(f"Level {level}.") + '<w:altChunk r:id="r9"/>' * 3, {"r9": ("aFChunk", "in.docx")}, **{"in.docx": inner})
    document = parse(inner, "a.docx")
    assert "Level 2." in document.text and "Level 1." not in document.text
    assert any("too deep" in warning for warning in document.warnings)
    wide = word(p("Words.") + '<w:altChunk r:id="r9"/>' * 300, {"r9": ("aFChunk", "in.html")}, **{"in.html": "<p>again</p>"})
    document = parse(wide, "a.docx")
    assert document.text.count("again") == 100
    assert "(200 times)" in document.warnings[0]


CHART = (
    f"<c:chartSpace {NAMESPACES}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Flow by </a:t></a:r><a:r><a:t>model</a:t></a:r>"
    "</a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>"
    "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>min</c:v></c:pt></c:strCache></c:strRef></c:tx>"
    "<c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>X1</c:v></c:pt><c:pt idx='1'><c:v>X2</c:v></c:pt></c:strCache></c:strRef>"
    "</c:cat><c:val><c:numRef><c:numCache><c:formatCode>General</c:formatCode><c:pt idx='0'><c:v>0.30000000000000004</c:v></c:pt>"
    "<c:pt idx='1'><c:v>4</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>"
    "<c:ser><c:tx><c:v>max</c:v></c:tx><c:val><c:numLit><c:pt idx='1'><c:v>9</c:v></c:pt></c:numLit></c:val></c:ser>"
    "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
)


def test_charts_are_read_as_tables() -> None:
    body = p('<w:r><w:drawing><a:graphic><a:graphicData><c:chart r:id="r9"/></a:graphicData></a:graphic></w:drawing></w:r>') + p(
        "After."
    )
    document = parse(word(body, {"r9": ("chart", "charts/chart1.xml")}, **{"charts/chart1.xml": CHART}), "a.docx")
    assert texts(document) == ["Flow by model", " | min | max".strip(" |"), "X1 | min: 0.3", "X2 | min: 4 | max: 9", "After."]


def test_diagrams_are_read_as_lists() -> None:
    def point(name: str, text: str, kind: str = "node") -> str:
        return f'<dgm:pt modelId="{name}" type="{kind}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'

    links = "".join(
        f'<dgm:cxn modelId="{source}{target}" srcId="{source}" destId="{target}" srcOrd="{place}"/>'
        for source, target, place in (("d", "b", 1), ("d", "a", 0), ("a", "c", 0), ("c", "a", 0))
    )
    points = (
        point("d", "", "doc")
        + point("b", "Then rinse")
        + point("c", "with soap")
        + point("a", "First wash")
        + point("z", "Loose")
    )
    data = f"<dgm:dataModel {NAMESPACES}><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst></dgm:dataModel>"
    body = p('<w:r><w:drawing><dgm:relIds r:dm="r9" r:lo="r8"/></w:drawing></w:r>')
    document = parse(word(body, {"r9": ("diagramData", "diagrams/data1.xml")}, **{"diagrams/data1.xml": data}), "a.docx")
    assert document.text == "• First wash\n  • with soap\n• Then rinse\n• Loose"

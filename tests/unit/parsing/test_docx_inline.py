"""What stands in the paragraphs of Word files: controls, changes, fields, signs, equations, boxes, notes."""

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from word_samples import NAMESPACES, box, field, instr, p, r, sdt, tbl, tr, word

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

RAISED = '<w:vertAlign w:val="superscript"/>'


def position(half_points: int) -> str:
    """Above the line, or below it."""
    return f'<w:position w:val="{half_points}"/>'


def read(body: str, **parts: str) -> Document:
    return parse(word(body, **parts), "a.docx")


def line(*content: str, **parts: str) -> str:
    """The only block of a document whose only paragraph holds this."""
    (text,) = texts(read(p(*content), **parts))
    return text


def tick(state: str) -> str:
    """The field of a box to tick."""
    return field(" FORMCHECKBOX ", None, f"<w:ffData><w:checkBox>{state}</w:checkBox></w:ffData>")


def t(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (sdt(t("12 kg")), "12 kg"),
        (sdt(sdt(t("12 ")) + t("kg")), "12 kg"),
        (f"<w:smartTag><w:smartTagPr/>{t('12 kg')}</w:smartTag>", "12 kg"),
        (f"<w:customXml><w:customXmlPr/>{t('12 kg')}</w:customXml>", "12 kg"),
        (f'<w:hyperlink r:id="r9">{t("12 kg")}</w:hyperlink>', "12 kg"),
        (f"<w:ins><w:r><w:t>12</w:t></w:r></w:ins><w:del><w:r><w:delText>13</w:delText></w:r></w:del>{t(' kg')}", "12 kg"),
        (f"<w:del><w:ins>{t('13')}</w:ins></w:del>{t('12 kg')}", "12 kg"),
        (f"<w:moveFrom>{t('12 kg')}</w:moveFrom><w:moveTo>{t('12 kg')}</w:moveTo>", "12 kg"),
        (r("<w:t>12</w:t><w:tab/><w:t>kg</w:t>"), "12 kg"),
        (r("<w:t>A</w:t><w:noBreakHyphen/><w:t>B</w:t><w:softHyphen/><w:t>C</w:t>"), "A\u2011BC"),
        (r("<w:t>12</w:t><w:br/><w:t>kg</w:t><w:cr/><w:t>net</w:t>"), "12\nkg\nnet"),
        (r('<w:t>5 k</w:t><w:sym w:font="Symbol" w:char="F057"/>'), "5 kΩ"),
        (r('<w:t>5 </w:t><w:sym w:font="Symbol" w:char="006D"/><w:t>m</w:t>'), "5 μm"),
        (r('<w:sym w:font="Wingdings" w:char="F0E0"/><w:t>on</w:t>'), "→on"),
        (r('<w:sym w:font="Arial" w:char="00B0"/><w:sym w:font="X" w:char="zz"/><w:sym w:font="X"/><w:t>C</w:t>'), "° C"),
        (t("90") + r("\uf0b0", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>') + t("C"), "90°C"),
        (t("10") + r("-3", RAISED) + t(" m") + r("2", RAISED), "10⁻³ m²"),
        (t("10") + r("-3", position(6)) + t(" m") + r("2", position(3)) + r("5", position(2)), "10⁻³ m²5"),
        (t("H") + r("2", position(-6)) + t("O"), "H2O"),
        (t("1") + r("st", RAISED) + t(" H") + r("2", '<w:vertAlign w:val="subscript"/>') + t("O"), "1st H2O"),
        (r(f"<w:ruby><w:rubyPr/><w:rt>{t('かん')}</w:rt><w:rubyBase>{t('漢')}</w:rubyBase></w:ruby>"), "漢(かん)"),
        (t("12") + "<w:unheardOf><w:r><w:t> kg</w:t></w:r></w:unheardOf><!-- x --><?x y?>", "12 kg"),
    ],
)  # fmt: skip
def test_the_text_of_a_paragraph(content: str, shown: str) -> None:
    assert line(content) == shown


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (t("See ") + field(" REF _a ", t("Figure 3")) + t("."), "See Figure 3."),
        (t("See ") + field(instr(" IF ") + field(" PAGE ", t("7")) + instr(" = 1 ") + t("hidden"), t("shown")), "See shown"),
        (field(" HYPERLINK x ", t("the ") + field(" REF y ", t("manual"))), "the manual"),
        (t("a") + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + t("b"), "ab"),
        (t("a") + '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>' + t("b"), "ab"),
        ('<w:fldSimple w:instr="SEQ Figure">' + t("Figure 4") + "</w:fldSimple>", "Figure 4"),
        (tick('<w:default w:val="0"/><w:checked/>') + t(" on"), "☒ on"),
        (tick('<w:default w:val="0"/>') + t(" on"), "☐ on"),
        (field(" FORMDROPDOWN ", None, '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="110 V"/>'
               '<w:listEntry w:val="230 V"/></w:ddList></w:ffData>'), "230 V"),
        (t("90 ") + field(' SYMBOL 176 \\f "Symbol" \\s 10 ', None) + t("C"), "90 °C"),
        (field(" SYMBOL 176 ", r('<w:sym w:font="Symbol" w:char="F0B0"/>')) + t("C"), "°C"),
    ],
)  # fmt: skip
def test_fields_show_their_results(content: str, shown: str) -> None:
    assert line(content) == shown


def test_a_field_over_several_paragraphs() -> None:
    start = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + instr(" QUOTE ") + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    body = p(start + t("One.")) + p("Two.") + p(t("Three.") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>') + p("Four.")
    assert texts(read(body)) == ["One.", "Two.", "Three.", "Four."]


def test_a_table_of_contents_of_any_style_stays_out() -> None:
    start = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        + instr(' TOC \\o "1-3" ')
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    body = p(start + t("Setup") + "<w:r><w:tab/></w:r>" + field(" PAGEREF x ", t("4"))) + p(
        t("Care\t") + t("12") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    control = sdt(p("Contents") + p("Setup 4"), '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>')
    assert texts(read(body + control + p("Words."))) == ["Words."]


def test_changes_to_the_end_of_a_paragraph() -> None:
    gone = '<w:rPr><w:del w:id="1"/></w:rPr>'
    body = p("The belt ", more=gone) + p("is long.") + p("Last ", more=gone) + tbl(tr("a", "b")) + p("End", more=gone)
    assert texts(read(body)) == ["The belt is long.", "Last", "a | b", "End"]


def test_a_large_initial_and_a_paragraph_whose_end_is_hidden_go_on() -> None:
    initial = p("T", more='<w:framePr w:dropCap="drop" w:lines="3"/>') + p("he belt is long.")
    hidden = p("Turn ", more="<w:rPr><w:vanish/></w:rPr>") + p("it off.")
    heading = p("Draining.", style="Heading2", more="<w:rPr><w:vanish/><w:specVanish/></w:rPr>") + p(" Open the tap.")
    assert texts(read(initial + hidden + heading)) == ["The belt is long.", "Turn it off.", "Draining.", "Open the tap."]


def test_an_index_stays_out() -> None:
    start = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + instr(' INDEX \\c "2" ')
    body = p(start + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + t("belt, 4")) + p(
        t("drain, 6, 12") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    styled = p("hose, 3", style="Index1")
    document = read(p("Words.") + body + styled, styles='<w:style w:styleId="Index1"><w:name w:val="index 1"/></w:style>')
    assert texts(document) == ["Words."]


def test_hidden_text_is_not_read_and_said() -> None:
    styles = (
        '<w:style w:type="character" w:styleId="Inner"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Draft"><w:name w:val="Draft"/><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    body = (
        p("Setup", style="Heading1")
        + p(
            "Seen ",
            r("secret one", "<w:vanish/>"),
            r("and this", '<w:vanish w:val="0"/>'),
            r("secret two", '<w:rStyle w:val="Inner"/>'),
        )
        + p("secret three", r(" but shown", '<w:vanish w:val="false"/>'), style="Draft")
        + p(r(box(p("secret four"))[5:-6], "<w:vanish/>"))
        + p(r("pages", "<w:webHidden/>"))
    )
    document = read(body, styles=styles)
    assert texts(document) == ["Setup", "Seen and this", "but shown", "pages"]
    (warning,) = document.warnings
    assert warning.startswith("not read: hidden text (3 times): “secret onesecret two” under “Setup”; “secret three”")
    assert "“secret four”" in warning


def m(*parts: str) -> str:
    return f"<m:oMath>{''.join(parts)}</m:oMath>"


def mr(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def me(name: str, *parts: tuple[str, str], properties: str = "") -> str:
    inside = "".join(f"<m:{part}>{content if content.startswith('<') else mr(content)}</m:{part}>" for part, content in parts)
    return f"<m:{name}><m:{name}Pr>{properties}<m:ctrlPr/></m:{name}Pr>{inside}</m:{name}>"


@pytest.mark.parametrize(
    ("equation", "shown"),
    [
        (mr("a+b=c"), "a+b=c"),
        (me("f", ("num", "a+b"), ("den", "2")), "(a+b)/2"),
        (me("f", ("num", "m"), ("den", "2a")), "m/(2a)"),
        (me("f", ("num", "s"), ("den", me("sSub", ("e", "t"), ("sub", "max")))), "s/t_max"),
        (me("f", ("num", "n"), ("den", "k"), properties='<m:type m:val="noBar"/>'), "n over k"),
        (me("sSup", ("e", "x"), ("sup", "2")), "x²"),
        (me("sSup", ("e", "a+b"), ("sup", "n+1")), "(a+b)^(n+1)"),
        (me("sSubSup", ("e", "x"), ("sub", "i"), ("sup", "-1")), "x_i⁻¹"),
        (me("sPre", ("sub", "1"), ("sup", "2"), ("e", "H")), "_1² H"),
        (me("rad", ("deg", "<m:r/>"), ("e", "2gh")), "√(2gh)"),
        (me("rad", ("deg", "3"), ("e", "x")), "∛x"),
        (me("rad", ("deg", "n"), ("e", "x+1")), "√[n](x+1)"),
        (me("nary", ("sub", "i=1"), ("sup", "n"), ("e", "i"), properties='<m:chr m:val="∑"/>'), "∑_(i=1)^n i"),
        (me("nary", ("sub", "0"), ("sup", "1"), ("e", "x dx")), "∫_0^1 x dx"),
        (me("d", ("e", "a"), ("e", "b"), properties='<m:begChr m:val="["/><m:sepChr m:val=";"/><m:endChr m:val=")"/>'), "[a;b)"),
        (me("d", ("e", "x+y")), "(x+y)"),
        (me("d", ("e", "x"), properties='<m:begChr m:val="|"/><m:endChr m:val="|"/>'), "|x|"),
        (me("d", ("e", "<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>0</m:t></m:r></m:e></m:mr><m:mr><m:e>"
            "<m:r><m:t>0</m:t></m:r></m:e><m:e><m:r><m:t>1</m:t></m:r></m:e></m:mr></m:m>")), "[1, 0; 0, 1]"),
        (me("d", ("e", me("eqArr", ("e", "a&amp;=1"), ("e", "b=2"))), properties='<m:begChr m:val="{"/><m:endChr m:val=""/>'),
         "{a=1; b=2"),
        (me("func", ("fName", "sin"), ("e", "x")), "sin x"),
        (me("func", ("fName", me("limLow", ("e", "lim"), ("lim", "x→0"))), ("e", me("d", ("e", "x")))), "lim_(x→0)(x)"),
        (me("acc", ("e", "x")), "x̂"),
        (me("bar", ("e", "x"), properties='<m:pos m:val="top"/>'), "x̅"),
        (me("box", ("e", "x")) + me("groupChr", ("e", "y+z")), "xy+z"),
        (mr("𝑥=𝟐"), "x=2"),
        ("<m:r><m:rPr/><w:rPr/><m:t>P</m:t></m:r><w:del>" + mr("gone") + "</w:del><w:ins>" + mr("=UI") + "</w:ins>", "P=UI"),
    ],
)  # fmt: skip
def test_equations_in_a_line(equation: str, shown: str) -> None:
    assert line("So ", m(equation), " holds.") == f"So {shown} holds."


def test_equations_by_themselves_in_cells_headings_and_beside_words() -> None:
    para = f"<m:oMathPara>{m(mr('a=1'))}{m(mr('b=2'))}</m:oMathPara>"
    body = (
        p("Law ", m(mr("P=UI")), style="Heading1")
        + p(para)
        + para
        + tbl(tr("Law", f"<w:tc>{p(m(mr('U=RI')))}</w:tc>"))
        + p("is", m(mr("x")))
    )
    assert texts(read(body)) == ["Law P=UI", "a=1\nb=2", "a=1\nb=2", "Law | U=RI", "is x"]


def test_text_boxes_are_read_once_after_what_they_hang_on() -> None:
    body = p("Setup", box(p("Box of the heading.")), style="Heading1") + p(
        "Words ", box(p("Inside.") + tbl(tr("a", "b"))), "go on."
    )
    document = read(body)
    assert texts(document) == ["Setup", "Box of the heading.", "Words go on.", "Inside.", "a | b"]
    assert section_of(document, "Inside.") == ("Setup",)


def test_boxes_in_boxes_old_boxes_and_boxes_of_an_empty_paragraph() -> None:
    old = "<w:r><w:pict><v:shape><v:textbox><w:txbxContent>" + p("Old.") + "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    art = '<w:r><w:pict><v:shape><v:textpath string="WORD ART"/></v:shape></w:pict></w:r>'
    words = "<a:p><a:r><a:t>Drawn </a:t></a:r><a:r><a:t>words</a:t></a:r></a:p>"
    shape = f"<w:r><w:drawing><a:sp><a:txBody>{words}</a:txBody></a:sp></w:drawing></w:r>"
    assert texts(read(p(box(p("Outer.", box(p("Inner."))))) + p(old) + p(art) + p(shape))) == [
        "Outer.",
        "Inner.",
        "Old.",
        "WORD ART",
        "Drawn words",
    ]


def test_a_fallback_is_read_where_the_choice_says_nothing() -> None:
    offered, twice = (
        f"<w:r><mc:AlternateContent>{forms}</mc:AlternateContent></w:r>"
        for forms in (
            "<mc:Choice><w:drawing/></mc:Choice><mc:Fallback><w:t>Words</w:t></mc:Fallback>",
            "<mc:Choice><w:t>one</w:t></mc:Choice><mc:Choice><w:t>two</w:t></mc:Choice>",
        )
    )
    assert line(offered, " ", twice) == "Words one"


def test_a_box_beside_an_item_does_not_break_the_list() -> None:
    numbering = '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    document = read(p("Fill.", box(p("Up to the mark.")), number=(1, 0)) + p("Close.", number=(1, 0)), numbering=numbering)
    assert texts(document, BlockKind.LIST_ITEM) == ["1. Fill.\nUp to the mark.", "2. Close."]
    assert len({block.group for block in document.blocks}) == 1


NOTES = '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:t>line</w:t></w:r></w:p></w:footnote>' + "".join(
    f'<w:footnote w:id="{number}">{p(text)}</w:footnote>'
    for number, text in enumerate(("At 20 °C.", "Dry weight.", "NOTE: Not in all countries.", "An orphan."))
)


def ref(number: int) -> str:
    return f'<w:r><w:footnoteReference w:id="{number}"/></w:r>'


def test_notes_stand_after_what_refers_to_them() -> None:
    body = (
        p("A", style="Heading1")
        + p("Output 3 kW", ref(0), ".")
        + tbl(tr("Weight", f"<w:tc>{p('9 kg', ref(1))}</w:tc>"), tr("x", "y"))
    )
    document = read(body + p("B", style="Heading1") + p("Radio.", ref(2), ref(0), ref(99)), footnotes=NOTES)
    assert texts(document) == [
        "A", "Output 3 kW.", "At 20 °C.", "Weight | 9 kg", "x | y", "Dry weight.", "B", "Radio.",
        "NOTE: Not in all countries.", "An orphan.",
    ]  # fmt: skip
    assert section_of(document, "Dry weight.") == ("A",)


def test_endnotes_and_notes_that_refer_to_themselves() -> None:
    notes = f'<w:endnotes {NAMESPACES}><w:endnote w:id="2">{p("Of 2024.", ref(2))}</w:endnote></w:endnotes>'
    own = f'<w:footnote w:id="2">{p("Again", ref(2))}</w:footnote>'
    document = read(p("Law", '<w:r><w:endnoteReference w:id="2"/></w:r>'), footnotes=own, **{"endnotes.xml": notes})
    assert texts(document) == ["Law", "Of 2024.", "Again"]


def test_comments_and_objects_are_said() -> None:
    comments = f'<w:comment w:id="0">{p("Is this right?")}</w:comment><w:comment w:id="1">{p("No.")}</w:comment>'
    document = read(p("Words.", '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12"/></w:object></w:r>'), comments=comments)
    assert texts(document) == ["Words."]
    assert document.warnings == (
        "not read: an embedded object: “Excel.Sheet.12”",
        "not read: a comment (2 times): “Is this right?”; “No.”",
    )


def test_numbers_raised_by_their_style_and_raised_letters_that_are_degrees() -> None:
    styles = (
        f'<w:style w:type="character" w:styleId="Up"><w:name w:val="Up"/><w:rPr>{RAISED}</w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="Up"/></w:style>'
    )
    more = {"styles": styles}
    assert line(t("5 m"), r("2", '<w:rStyle w:val="Mine"/>'), **more) == "5 m\u00b2"
    flat = '<w:rStyle w:val="Mine"/><w:vertAlign w:val="baseline"/>'
    assert line(t("5 m"), r("2", flat), **more) == "5 m2"
    assert line(t("80"), r("o", RAISED), t("C, n"), r("o", RAISED), t(" 3")) == "80\u00b0C, no 3"


def test_a_table_that_is_a_note() -> None:
    document = read(tbl(tr("Note", "Keep it dry.")))
    assert texts(document, BlockKind.WARNING) == ["Note Keep it dry."]


MONO = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>'


def test_paragraphs_in_the_letters_of_a_typewriter_are_code() -> None:
    empty = f"<w:p><w:pPr><w:rPr>{MONO}</w:rPr></w:pPr></w:p>"
    body = p("Type what follows in the window:") + p(r("if hot:", MONO)) + empty + p(r("    stop", MONO)) + p("Wait a little.")
    document = read(body)
    assert texts(document, BlockKind.CODE) == ["if hot:\n\n    stop"]
    assert texts(document, BlockKind.PARAGRAPH) == ["Type what follows in the window:", "Wait a little."]
    styled = (
        '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="T"/><w:rPr><w:rFonts w:ascii="Courier New"/></w:rPr></w:style>'
    )
    assert texts(read(p("Type what follows.") + p("stop", style="T"), styles=styled), BlockKind.CODE) == ["stop"]
    assert texts(read(p("Type ", r("stop", MONO), " now.")), BlockKind.CODE) == []


def test_a_text_that_is_all_in_such_letters_has_no_code_for_it() -> None:
    assert texts(read(p(r("Open the lid.", MONO)) + p(r("Close it.", MONO)) + p("End.")), BlockKind.CODE) == []


@pytest.mark.parametrize(("term", "definition"), [("Definition Term", "Definition"), ("List Heading", "List Contents")])
def test_terms_stand_by_what_they_are_defined_as(term: str, definition: str) -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/></w:style>' for name in (term, definition)
    )
    body = p("Lid", style=term) + p("Top part.", style=definition) + p("Of steel.", style=definition)
    document = read(
        body + p("Pot", style=term) + p("Pan", style=term) + p("Lower part.", style=definition) + p("End."), styles=styles
    )
    assert texts(document, BlockKind.LIST_ITEM) == ["Lid: Top part.", "Of steel.", "Pot, Pan: Lower part."]
    assert texts(read(p("Lid", style=term) + p("End."), styles=styles)) == ["Lid", "End."]

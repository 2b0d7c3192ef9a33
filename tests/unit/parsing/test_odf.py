from __future__ import annotations

import pytest
from office_samples import NAMES, manual_odp, manual_ods, manual_odt, open_cell, open_cells, open_document, stored, workbook
from parsing_reading import page_of, section_of, texts
from parsing_samples import lines_pdf

from ragqa.errors import ParseError, RagqaError
from ragqa.parsing import cells
from ragqa.parsing.odf import spreadsheet
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

NUMBERED = """<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
<text:list-level-style-number text:level="3" style:num-format="1" style:num-suffix="." text:display-levels="3"/>
<text:list-level-style-bullet text:level="4" text:bullet-char="-"/></text:list-style>"""


def odt(body: str, styles: str = "", **more: str) -> Document:
    return parse(open_document("text", body, styles, {name.replace("_", "."): part for name, part in more.items()}), "a.odt")


def ods(rows: str, styles: str = "", attributes: str = "") -> Document:
    return parse(
        open_document("spreadsheet", f'<table:table table:name="Data" {attributes}>{rows}</table:table>', styles), "a.ods"
    )


def item(text: str, inside: str = "", attributes: str = "") -> str:
    return f"<text:list-item {attributes}><text:p>{text}</text:p>{inside}</text:list-item>"


def numbered(*items: str, attributes: str = 'text:style-name="L1"') -> str:
    return f"<text:list {attributes}>{''.join(items)}</text:list>"


def test_headings_and_paragraphs() -> None:
    document = parse(manual_odt(), "a.odt")
    assert document.title == "Pump guide"
    assert section_of(document, "Fill") == ("Pump guide", "Setup")
    assert texts(document, BlockKind.WARNING) == ["WARNING: Do not open the lid while the pump is running."]
    assert texts(document, BlockKind.LIST_ITEM) == ["• Fill the tank"]


def test_words_spaces_tabs_and_breaks() -> None:
    body = (
        "<text:p>Read\n   <text:span>this</text:span><text:s text:c='3'/>now<text:tab/>or<text:line-break/>later"
        "<text:a>, please</text:a><office:annotation><text:p>unsaid</text:p></office:annotation>.</text:p>"
        "<text:p><text:ruby><text:ruby-base>base</text:ruby-base><text:ruby-text>above</text:ruby-text></text:ruby></text:p>"
    )
    document = odt(body)
    assert texts(document) == ["Read this now or\nlater, please.", "base(above)"]
    assert document.warnings == ("comments are not read: 1",)


@pytest.mark.parametrize(
    ("kind", "name", "body"),
    [
        ("text", "a.odt", "<text:p>one &foo;two</text:p>&foo;"),
        (
            "spreadsheet",
            "a.ods",
            f"<table:table>{open_cells('<table:table-cell>&foo;<text:p>one &foo;two</text:p></table:table-cell>')}</table:table>",
        ),
    ],
)
def test_what_is_defined_elsewhere_is_left_out_and_definitions_are_refused(kind: str, name: str, body: str) -> None:
    inner = f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    content = f"<office:document-content {NAMES}>{inner}</office:document-content>"
    elsewhere = {"content.xml": f"<!DOCTYPE x SYSTEM 'x.dtd'>{content}"}
    assert texts(parse(open_document(kind, "", "", elsewhere), name)) == ["one two"]
    here = {"content.xml": f"<!DOCTYPE x [<!ENTITY foo 'water'>]>{content}"}
    with pytest.raises(ParseError, match="defines entities"):
        parse(open_document(kind, "", "", here), name)


def test_lists_count_as_they_are_styled() -> None:
    deep = numbered(item("deep", numbered(item("deeper"), attributes="")), attributes="")
    body = (
        numbered(item("Fill"), item("Close", numbered(item("gently", deep), item("wholly"), attributes="")))
        + "<text:p>Between</text:p>"
        + numbered(item("Start"), item("Run", attributes='text:start-value="7"'), attributes='text:style-name="L1" '
                   'text:continue-numbering="true"')
        + numbered(item("Anew"))
    )  # fmt: skip
    assert texts(odt(body, NUMBERED), BlockKind.LIST_ITEM) == [
        "1. Fill", "2. Close", "a) gently", "2.a.1. deep", "• deeper", "b) wholly", "3. Start", "7. Run", "1. Anew",
    ]  # fmt: skip


def test_a_second_paragraph_of_an_item_has_no_marker_and_a_list_header_none() -> None:
    body = numbered(
        "<text:list-header><text:p>Steps</text:p></text:list-header>", item("One", "<text:p>more</text:p>"), item("Two")
    )
    assert texts(odt(body, NUMBERED), BlockKind.LIST_ITEM) == ["Steps", "1. One", "more", "2. Two"]


def test_headings_have_the_numbers_of_the_outline_or_of_their_list() -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    )
    styles = f"<office:document-styles {NAMES}><office:styles>{outline}</office:styles></office:document-styles>"
    body = "".join(f'<text:h text:outline-level="{level}">H{level}</text:h><text:p>x</text:p>' for level in (1, 2, 2, 1, 2))
    assert texts(odt(body, styles_xml=styles), BlockKind.HEADING) == ["1 H1", "1.1 H2", "1.2 H2", "2 H1", "2.1 H2"]
    listed = numbered('<text:list-item><text:h text:outline-level="1">Setup</text:h></text:list-item>')
    assert texts(odt(listed + "<text:p>x</text:p>", NUMBERED), BlockKind.HEADING) == ["1. Setup"]


def test_tables_have_heads_spans_and_repeated_cells() -> None:
    head = (
        f"<table:table-header-rows>{open_cells('Model', 'Size', '<table:covered-table-cell/>', 'Use')}</table:table-header-rows>"
    )
    head = head.replace("<table:table-cell ><text:p>Size", '<table:table-cell table:number-columns-spanned="2"><text:p>Size')
    rows = open_cells(
        open_cell("X1", 'table:number-rows-spanned="2"'), open_cell("5", 'table:number-columns-repeated="2"'), "lid"
    )
    rows += open_cells("<table:covered-table-cell/>", "7", "8", "base")
    table = f'<table:table><table:table-column table:number-columns-repeated="4"/>{head}{rows}</table:table>'
    assert texts(odt(table)) == [
        "Model | Size | Use",
        "Model: X1 | Size: 5 | Size: 5 | Use: lid",
        "Model: X1 | Size: 7 | Size: 8 | Use: base",
    ]


def test_a_table_of_one_cell_is_a_box() -> None:
    box = open_cells("<table:table-cell><text:p>WARNING</text:p><text:p>Hot surface.</text:p></table:table-cell>")
    assert texts(odt(f"<table:table>{box}</table:table>"), BlockKind.WARNING) == ["WARNING", "Hot surface."]
    plain = open_cells("<table:table-cell><text:p>Only</text:p><text:p>words.</text:p></table:table-cell>")
    assert texts(odt(f"<table:table>{plain}</table:table>"), BlockKind.PARAGRAPH) == ["Only", "words."]


def test_notes_and_boxes_follow_the_text() -> None:
    note = "<text:note><text:note-citation>1</text:note-citation>"
    note += "<text:note-body><text:p>A note.</text:p></text:note-body></text:note>"
    frame = "<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"
    shape = "<draw:g><draw:custom-shape><text:p>Shaped.</text:p></draw:custom-shape></draw:g>"
    document = odt(f"<text:p>See{note} there.{frame}{shape}</text:p><text:p>End.</text:p>")
    assert texts(document) == ["See there.", "Boxed.", "Shaped.", "End.", "A note."]


NOTE = "12 kg<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"
COMMENT = "<office:annotation><text:p>INTERNAL check this</text:p></office:annotation>"
BOX = "<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"


@pytest.mark.parametrize("box_in_cell", [f"<text:p>5 rpm{BOX}</text:p>", f"<text:p>5 rpm</text:p>{BOX}"])
def test_notes_comments_and_boxes_are_no_text_of_cells(box_in_cell: str) -> None:
    note = NOTE.format("<text:p>At 20 degrees." + COMMENT + "</text:p>" + BOX.replace("Boxed", "In the note"))
    nested = f"<table:table>{open_cells('inner', 'cells')}</table:table>"
    rows = [
        open_cells("Weight", note),
        open_cells(f"Speed{COMMENT}", f"<table:table-cell>{box_in_cell}</table:table-cell>"),
        open_cells("Parts", f"<table:table-cell>{nested}{numbered(item('one'), item('two'))}</table:table-cell>"),
    ]
    document = odt(f"<table:table>{''.join(rows)}</table:table><text:p>End.</text:p>")
    assert texts(document) == [
        "Weight | 12 kg", "Speed | 5 rpm", "Parts | inner cells \u2022 one \u2022 two", "Boxed.", "End.",
        "At 20 degrees.", "In the note.",
    ]  # fmt: skip
    assert document.warnings == ("comments are not read: 2",)


@pytest.mark.parametrize("first", ["Use:", "WARNING"])
def test_what_hangs_on_a_box_is_read_once(first: str) -> None:
    cell = f"<text:p>{first}</text:p><text:p>{NOTE.format('<text:p>At 20 degrees.</text:p>')}{BOX}</text:p>"
    document = odt(f"<table:table>{open_cells(f'<table:table-cell>{cell}</table:table-cell>')}</table:table>")
    assert texts(document) == [first, "12 kg", "Boxed.", "At 20 degrees."]


@pytest.mark.parametrize(
    ("position", "text"),
    [("super 58%", "10⁻³ mbar"), ("33% 58%", "10⁻³ mbar"), ("0% 100%", "10-3 mbar"), ("sub 58%", "10-3 mbar"),
     ("-33% 58%", "10-3 mbar"), ("", "10⁻³ mbar")],
)  # fmt: skip
def test_raised_numbers_do_not_run_into_their_base(position: str, text: str) -> None:
    given = f'<style:text-properties style:text-position="{position}"/>' if position else ""
    styles = (
        '<style:style style:name="Up" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
        f'<style:style style:name="T1" style:family="text" style:parent-style-name="Up">{given}</style:style>'
    )
    line = '10<text:span text:style-name="T1">-3 </text:span>mbar'
    assert texts(odt(f"<text:p>{line}</text:p>", styles)) == [text]
    assert texts(ods(open_cells(line), styles)) == ["Data", text]


def test_what_is_deleted_hidden_or_computed_is_not_read() -> None:
    styles = (
        '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P1" style:family="paragraph"><style:text-properties text:display="none"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes><text:table-of-content><text:index-body><text:p>Contents 1</text:p></text:index-body>"
        "</text:table-of-content><text:section text:display='none'><text:p>secret</text:p></text:section>"
        "<text:section><text:p>Shown<text:change/> words"
        "<text:span text:style-name='T1'>unseen</text:span>.</text:p></text:section>"
        "<text:p text:style-name='P1'>ghost</text:p><draw:frame><draw:object/></draw:frame>"
    )
    document = odt(body, styles)
    assert texts(document) == ["Shown words."]
    assert document.warnings == ("hidden passages are not read: 3", "embedded objects are not read: 1")


def test_the_title_and_code_are_told_by_their_styles() -> None:
    styles = '<style:style style:name="P9" style:family="paragraph" style:parent-style-name="Title"/>'
    code = "<text:p text:style-name='Preformatted_20_Text'>set<text:s text:c='2'/>1</text:p>" * 2
    document = odt(f"<text:p text:style-name='P9'>Saw book</text:p>{code}<text:p>End.</text:p>", styles)
    assert document.title == "Saw book"
    assert texts(document, BlockKind.CODE) == ["set  1\nset  1"]


def test_a_spreadsheet_has_sheets_of_tables() -> None:
    document = parse(manual_ods(), "a.ods")
    assert texts(document)[:3] == [
        "Pumps",
        "Model | Weight | Use",
        "Model: X1 | Weight: 12 kg | Use: for water in the cellar of a house",
    ]


def test_repeated_cells_and_rows_do_not_explode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_CHARACTERS", 2_000_000)
    blank = (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row>"
    )
    full = open_cells(open_cell("7", 'office:value-type="float" table:number-columns-repeated="16384"'))
    document = ods(open_cells("A", "B", "C") + open_cells("1", "2", "3") + blank + full)
    assert texts(document)[:3] == ["Data", "A | B | C", "A: 1 | B: 2 | C: 3"]
    assert document.warnings == ("sheet Data: 15,884 cells beyond column 500 were left",)
    many = full.replace("<table:table-row", '<table:table-row table:number-rows-repeated="1048576"')
    assert "rows were read" in ods(many.replace(">7<", f">{'long ' * 400}<")).warnings[0]


def test_repeats_that_were_left_are_told_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_MOST_REPEATED", 5)
    seven = open_cell("7", 'office:value-type="float" table:number-columns-repeated="10"')
    document = ods(open_cells(open_cell("Pressure"), seven))
    assert document.warnings == ("sheet Data: 9 cells that only repeat the one before them were left",)


def test_values_formulas_errors_and_notes_of_cells() -> None:
    cells = [
        '<table:table-cell office:value-type="percentage" office:value="0.5"/>',
        '<table:table-cell office:value-type="date" office:date-value="2024-03-05"/>',
        '<table:table-cell table:formula="of:=1+1"/>',
        open_cell("Err:502", 'table:formula="of:=X"'),
        "<table:table-cell><office:annotation><text:p>dry thread</text:p></office:annotation>"
        "<text:p>M8</text:p></table:table-cell>",
    ]
    document = ods(open_cells(*cells))
    assert texts(document) == ["Data", "50% | 2024-03-05 | M8", "Note on E1 (50%): dry thread"]
    assert document.warnings == (
        "sheet Data: formulas without a stored result: 1, the first is in C1; open the file in a spreadsheet program and save it",
        "sheet Data: cells with an error instead of a value: 1, the first is D1 Err:502",
    )


def test_merged_hidden_and_filtered_parts_of_sheets() -> None:
    rows = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        + open_cells("Model", "Weight", "Cost", "Use")
        + open_cells(open_cell("X1", 'table:number-rows-spanned="2"'), "5", "99", "lid")
        + open_cells("<table:covered-table-cell/>", "7", "98", "base")
        + open_cells("X2", "9", "97", "arm").replace("<table:table-row", '<table:table-row table:visibility="filter"')
        + open_cells("X3", "9", "96", "arm").replace("<table:table-row", '<table:table-row table:visibility="collapse"')
    )
    document = ods(rows)
    assert texts(document)[2:] == [f"Model: {model} | Weight: {kilos} | Use: {use}"
                                   for model, kilos, use in (("X1", 5, "lid"), ("X1", 7, "base"), ("X2", 9, "arm"))]  # fmt: skip
    assert document.warnings == (
        "sheet Data: hidden rows were not read: 1, the first is row 5",
        "sheet Data: hidden columns were not read: C",
    )


def test_a_hidden_sheet_is_said() -> None:
    hidden = '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
    body = f"<table:table table:name='Secret' table:style-name='ta1'>{open_cells('A')}</table:table>"
    body += f"<table:table table:name='Open'>{open_cells('B')}</table:table>"
    document = parse(open_document("spreadsheet", body, hidden), "a.ods")
    assert texts(document) == ["Open", "B"]
    assert document.warnings == ("the sheet Secret is hidden and was not read",)


def test_slides_are_pages_and_boxes_are_read_in_order() -> None:
    def frame(x: int, y: int, text: str, kind: str = "outline") -> str:
        place = f"svg:x='{x}cm' svg:y='{y}cm' svg:width='8cm' svg:height='3cm' presentation:class='{kind}'"
        return f"<draw:frame {place}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"

    hidden = "<style:style style:name='dp' style:family='drawing-page'>"
    hidden += "<style:drawing-page-properties presentation:visibility='hidden'/></style:style>"
    notes = frame(0, 0, "Say this.").join(("<presentation:notes>", "</presentation:notes>"))
    pages = [
        frame(10, 5, "right")
        + frame(1, 5, "left")
        + frame(1, 1, "The title", "title")
        + frame(1, 18, "7", "page-number")
        + notes,
        frame(1, 1, "No title here"),
    ]
    body = "".join(f"<draw:page>{page}</draw:page>" for page in pages)
    body += f"<draw:page draw:style-name='dp'>{frame(1, 1, 'secret')}</draw:page>"
    document = parse(open_document("presentation", body, hidden), "a.odp")
    assert document.pages == 3
    assert texts(document) == ["The title", "left", "right", "Notes", "Say this.", "Slide 2", "No title here"]
    assert page_of(document, "No title") == 2
    assert section_of(document, "Say") == ("The title", "Notes")
    assert document.warnings == ("slide 3 is hidden and was not read",)
    assert parse(manual_odp(), "a.odp").title == "Pump school"


@pytest.mark.parametrize("suffix", [".odt", ".ott"])
def test_templates_are_read_too(suffix: str) -> None:
    assert parse(manual_odt(), f"a{suffix}").blocks


ENCRYPTED = (
    f"<manifest:manifest {NAMES}><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lines_pdf(["x"]), "a.odt is a PDF, not an OpenDocument file"),
        (workbook({"A": ""}), "a.odt is an Excel workbook, not an OpenDocument file"),
        (stored({"a": "b"}), "there is no OpenDocument content inside"),
        (open_document("text", "", more={"META-INF/manifest.xml": ENCRYPTED}), "is protected by a password"),
        (open_document("drawing", ""), "neither a text nor a spreadsheet nor a presentation"),
        (stored({"content.xml": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'}), "defines entities: refused"),
        (stored({"content.xml": "<a><b></a>"}), "its part content.xml is damaged"),
        (stored({"content.xml": "<a>" * 5000}), "its part content.xml is damaged"),
    ],
    ids=range(8),
)
def test_what_cannot_be_read_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(data, "a.odt")


WIDE = open_cell("y" * 9999, 'table:number-rows-spanned="999999" table:number-columns-spanned="999"')
COVERED = open_cells("<table:covered-table-cell table:number-columns-repeated='99999'/>")


@pytest.mark.parametrize(
    "body",
    [
        "<text:list><text:list-item><text:p>x</text:p>" * 100 + "</text:list-item></text:list>" * 100,
        f"<table:table>{open_cells(WIDE, 'z')}{COVERED * 99}</table:table>",
    ],
    ids=["deep", "wide"],
)
def test_deep_lists_and_wide_spans_are_read_or_refused(body: str) -> None:
    try:
        assert len(odt(body).text) < 100_000
    except RagqaError as error:
        assert error.message


def test_lists_in_cells_keep_their_numbers() -> None:
    inner = numbered(item("Open", numbered(item("left"), attributes="")), item("Close"))
    cell = f"<table:table-cell>{inner}</table:table-cell>"
    document = odt(f"<table:table>{open_cells('Start', cell)}{open_cells('Stop', 'Wait')}</table:table>", NUMBERED)
    assert texts(document, BlockKind.TABLE_ROW) == ["Start | 1. Open a) left 2. Close", "Stop | Wait"]


def test_what_is_hidden_by_its_condition_or_shows_nothing_is_not_read() -> None:
    document = odt(
        "<text:section text:display='condition' text:is-hidden='true'><text:p>draft</text:p></text:section>"
        "<text:section text:display='condition'><text:p>Seen.</text:p></text:section>"
        "<text:p>A<text:variable-set text:display='none'>unseen</text:variable-set>B"
        "<draw:measure><text:p>12 cm</text:p></draw:measure></text:p>"
    )
    assert texts(document) == ["Seen.", "AB", "12 cm"]
    assert document.warnings == ("hidden passages are not read: 2",)


def test_damaged_properties_cost_only_themselves() -> None:
    document = odt("<text:p>Words.</text:p>", meta_xml="<office:doc")
    assert document.text == "Words."
    assert "meta.xml is damaged" in document.warnings[0]


def test_terms_stand_by_what_they_are_defined_as() -> None:
    def named(text: str, style: str) -> str:
        return f'<text:p text:style-name="{style}">{text}</text:p>'

    body = named("Lid", "List_20_Heading") + named("Top part.", "List_20_Contents") + named("Of steel.", "List_20_Contents")
    assert texts(odt(f"{body}<text:p>End.</text:p>")) == ["Lid: Top part.", "Of steel.", "End."]


@pytest.mark.parametrize(
    "cell",
    [
        '<text:p text:style-name="Table_20_Heading">{}</text:p>',
        '<text:p><text:span text:style-name="B">{}</text:span></text:p>',
    ],
)
def test_a_first_row_in_the_style_of_heads_or_bold_is_a_head(cell: str) -> None:
    bold = '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    head = open_cells(*(f"<table:table-cell>{cell.format(name)}</table:table-cell>" for name in ("Problem", "Cause", "Remedy")))
    body = f"<table:table>{head}{open_cells('No water', 'Tap shut', 'Open it')}</table:table>"
    assert texts(odt(body, bold))[1] == "Problem: No water | Cause: Tap shut | Remedy: Open it"
    assert texts(odt(body.replace(head, head * 2), bold))[2] == "No water | Tap shut | Open it"

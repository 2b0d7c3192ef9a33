from __future__ import annotations

import pytest
from office_samples import BOLD, DAY, KILOS, MAIN, PERCENT, RAISED, manual_xlsx, relations, row, stored, workbook
from parsing_reading import section_of, texts
from parsing_samples import HTML, lines_pdf, manual_docx

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing import cells
from ragqa.parsing.registry import parse
from ragqa.parsing.xlsx.number_formats import shown
from ragqa.types import BlockKind, Document

TABLE = row("Part", "Torque", "Use", style=BOLD) + row("M8", 25, "lid") + row("M10", 49, "base")


def read(sheets: dict[str, str] | str, **more: object) -> Document:
    return parse(workbook({"Data": sheets} if isinstance(sheets, str) else sheets, **more), "a.xlsx")  # type: ignore[arg-type]


def rows(sheets: dict[str, str] | str, **more: object) -> list[str]:
    return texts(read(sheets, **more), BlockKind.TABLE_ROW)


def test_a_sheet_is_a_heading_and_rows_name_their_cells() -> None:
    document = parse(manual_xlsx(), "a.xlsx")
    assert document.title == "Pumps of the year"
    assert texts(document, BlockKind.HEADING) == ["Pumps", "Pumps of the year"]
    assert (
        texts(document)[3] == "Model: X1 | Weight: 12.0 kg | What it is for: The pump moves water from the cellar to the garden"
    )
    assert section_of(document, "X2") == ("Pumps", "Pumps of the year")


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm", ".xltx", ".xltm"])
def test_relatives_are_read_too(suffix: str) -> None:
    assert parse(manual_xlsx(), f"a{suffix}").blocks


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.5, "0%", "50%"),
        (0.125, "0.0%", "12.5%"),
        (1234.5, "#,##0.00", "1,234.50"),
        (45000, "yyyy-mm-dd", "2023-03-15"),
        (45000.4375, "dd.mm.yyyy hh:mm", "15.03.2023 10:30"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (1.5, "[h]:mm", "36:00"),
        (0.5 / 24, "mm:ss", "30:00"),
        (45000, "[$-409]mmmm d, yyyy", "March 15, 2023"),
        (45000, "ddd dd/mm/yy", "Wed 15/03/23"),
        (-3.2, "0.0;(0.0)", "(3.2)"),
        (-3.2, "0.0", "-3.2"),
        (0, '0;-0;"none"', "none"),
        (12.5, '0.0" kg"', "12.5 kg"),
        (3.25, "# ?/?", "3 1/4"),
        (0.375, "# ?/8", "3/8"),
        (5, "000", "005"),
        (5551234, "000-0000", "555-1234"),
        (1_234_567, '0.0,,"M"', "1.2M"),
        (12345, "0.00E+00", "1.23E+04"),
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (-1234, "#,##0_);[Red](#,##0)", "(1,234)"),
        (5, '[<10]"low";"high"', "low"),
        (0.1 + 0.2, "General", "0.3"),
        (12, "@", "12"),
        (2.5, 'General" mm"', "2.5 mm"),
        (2.0, "0.##", "2"),
        (-1, "yyyy-mm-dd", "-1"),
    ],
)
def test_numbers_are_written_as_they_are_shown(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_the_formats_of_cells_are_followed() -> None:
    assert rows(row((0.5, PERCENT), (45000, DAY), (3, KILOS), 7) * 2)[0] == "50% | 2023-03-15 | 3.0 kg | 7"


def test_every_kind_of_cell() -> None:
    every = row(
        '<c t="s"><v>0</v></c>',
        '<c t="b"><v>1</v></c>',
        '<c t="str"><f>A1</f><v>made</v></c>',
        '<c t="d"><v>2024-01-02T00:00:00</v></c>',
        "<c><f>1+1</f><v>2</v></c>",
    )
    shared = "<si><r><t>rich </t></r><r><t>text_x000D_</t></r><rPh><t>unsaid</t></rPh></si>"
    assert rows(every * 2, shared=shared)[0] == "rich text | TRUE | made | 2024-01-02 | 2"


def test_formulas_without_results_and_errors_are_said() -> None:
    document = read(TABLE + row("x", '<c r="B4"><f>1+1</f></c>', '<c r="C4" t="e"><v>#DIV/0!</v></c>', number=4))
    assert document.warnings == (
        "sheet Data: formulas without a stored result: 1, the first is in B4; open the file in a spreadsheet program and save it",
        "sheet Data: cells with an error instead of a value: 1, the first is C4 #DIV/0!",
    )


def test_tables_are_parted_by_blank_rows_and_columns() -> None:
    beside = [row("Part", "Price", None, "Code", "Meaning"), row("M8", 2, None, "E-1", "Lid open")]
    below = [row(), row("Only words here")]
    document = read("".join([*beside, row("M9", 3, None, "E-2", "No water"), *below]))
    assert texts(document) == [
        "Data", "Part | Price", "Part: M8 | Price: 2", "Part: M9 | Price: 3",
        "Code | Meaning", "Code: E-1 | Meaning: Lid open", "Code: E-2 | Meaning: No water", "Only words here",
    ]  # fmt: skip


def test_merged_cells_fill_what_they_cover() -> None:
    table = (
        row("Pump data", number=1)
        + row("Model", "Size", None, "Use", number=2)
        + row(None, "Width", "Height", number=3)
        + row("X1", 12, 3, "lid", number=4)
        + row(None, 13, 4, "base", number=5)
    )
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in ("A1:D1", "A2:A3", "B2:C2", "D2:D3", "A4:A5"))
    document = read(f"<sheetData>{table}</sheetData><mergeCells>{merged}</mergeCells>")
    assert texts(document)[1] == "Pump data"
    assert texts(document)[-2:] == [
        "Model: X1 | Size Width: 12 | Size Height: 3 | Use: lid",
        "Model: X1 | Size Width: 13 | Size Height: 4 | Use: base",
    ]


def test_hidden_sheets_rows_and_columns_are_said_and_not_read() -> None:
    hidden = (
        '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
        + TABLE
        + row("M12", 86, "unseen", attributes='hidden="1"')
        + "</sheetData>"
    )
    document = read({"Data": hidden, "Secret": TABLE}, states={"Secret": "veryHidden"})
    assert texts(document) == ["Data", "Part | Use", "Part: M8 | Use: lid", "Part: M10 | Use: base"]
    assert document.warnings == (
        "sheet Data: hidden rows were not read: 1, the first is row 4",
        "sheet Data: hidden columns were not read: B",
        "the sheet Secret is hidden and was not read",
    )


@pytest.mark.parametrize(
    ("attributes", "after"),
    [
        ('hidden="1"', '<autoFilter ref="A1:C9"><filterColumn colId="0"/></autoFilter>'),
        ('hidden="1" outlineLevel="1"', ""),
    ],
)
def test_rows_that_a_filter_or_a_folded_group_hides_are_read(attributes: str, after: str) -> None:
    document = read(f"<sheetData>{TABLE}{row('M12', 86, 'arm', attributes=attributes)}</sheetData>{after}")
    assert "Part: M12 | Torque: 86 | Use: arm" in document.text
    assert document.warnings == ()


def test_every_filter_of_a_sheet_hides_rows_that_are_read_but_no_others() -> None:
    hidden = 'hidden="1"'
    part = row("Part", "Torque", number=1) + row("M8", 25, number=2) + row("M10", 49, number=3, attributes=hidden)
    code = row("Code", "Meaning", number=11) + row("E1", "Lid", number=12, attributes=hidden) + row("E2", "Oil", number=13)
    by_hand = row("X", "secret", number=7, attributes=hidden) + row("Y", "secret", number=21, attributes=hidden)
    sheet_filter = '<autoFilter ref="A11:B13"><filterColumn colId="0"/></autoFilter>'
    table = '<table ref="A1:B3"><autoFilter ref="A1:B3"><filterColumn colId="0"/></autoFilter></table>'
    unused = '<table ref="A20:B21"><autoFilter ref="A20:B21"/></table>'
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("table", "../tables/t.xml"), ("table", "../tables/u.xml")),
        "xl/tables/t.xml": table,
        "xl/tables/u.xml": unused,
    }
    document = read(f"<sheetData>{part}{code}{by_hand}</sheetData>{sheet_filter}", more=more)
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Part | Torque", "Part: M8 | Torque: 25", "Part: M10 | Torque: 49",
        "Code | Meaning", "Code: E1 | Meaning: Lid", "Code: E2 | Meaning: Oil",
    ]  # fmt: skip
    assert document.warnings == ("sheet Data: hidden rows were not read: 2, the first is row 7",)


def test_raised_numbers_do_not_run_into_their_base() -> None:
    raised = '<rPr><vertAlign val="superscript"/></rPr>'
    shared = f"<si><r><t>10</t></r><r>{raised}<t>-3</t></r><r><t> mbar</t></r></si>"
    inline = f'<c t="inlineStr"><is><r><t>5 m</t></r><r>{raised}<t>2</t></r></is></c>'
    lowered = inline.replace("superscript", "subscript")
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("drawing", "../drawings/d1.xml")),
        "xl/drawings/d1.xml": """<d:wsDr xmlns:d='u:d' xmlns:a='u:a'><d:sp><d:txBody><a:p><a:r><a:t>2</a:t></a:r>
            <a:r><a:rPr baseline='30000'/><a:t>10</a:t></a:r></a:p></d:txBody></d:sp></d:wsDr>""",
    }
    document = read(row('<c t="s"><v>0</v></c>', inline, lowered) * 2, shared=shared, more=more)
    assert texts(document)[1:] == ["10⁻³ mbar | 5 m² | 5 m2"] * 2 + ["2¹⁰"]


def test_numbers_in_cells_whose_font_is_raised_are_exponents() -> None:
    assert rows(row("m", (2, RAISED), ("-3", RAISED), ("nd", RAISED), 2) * 2) == ["m | ² | ⁻³ | nd | 2"] * 2


def test_notes_comments_and_boxes_are_text_and_drawings_are_said() -> None:
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            ("comments", "../comments1.xml"), ("threadedComment", "../threads/t1.xml"), ("drawing", "../drawings/d1.xml")
        ),
        "xl/comments1.xml": """<comments><commentList>
            <comment ref='A2'><text><r><t>dry </t></r><r><t>thread</t></r></text></comment>
            <comment ref='B2'><text><t>[Threaded comment] Your version...</t></text></comment></commentList></comments>""",
        "xl/threads/t1.xml": "<Threads><threadedComment ref='B2'><text>Is it 25?</text></threadedComment></Threads>",
        "xl/drawings/d1.xml": """<d:wsDr xmlns:d='u:d' xmlns:a='u:a'><d:sp><d:txBody><a:p>
            <a:r><a:t>Stop </a:t></a:r><a:r><a:t>first</a:t></a:r></a:p></d:txBody></d:sp>
            <d:graphicFrame/><d:pic/><d:pic/></d:wsDr>""",
    }
    document = read(TABLE, more=more)
    assert texts(document)[-3:] == ["Note on A2 (M8): dry thread", "Note on B2 (M8): Is it 25?", "Stop first"]
    assert document.warnings == ("sheet Data: 1 chart not read", "sheet Data: 2 pictures not read")


def test_what_stands_in_for_a_drawing_or_is_hidden_is_not_read() -> None:
    box = (
        "<d:sp><d:nvSpPr><d:cNvPr id='1' name='s' {}/></d:nvSpPr><d:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></d:txBody></d:sp>"
    )
    forms = f"<mc:Choice>{box.format('', 'Once')}</mc:Choice><mc:Fallback>{box.format('', 'A slicer.')}</mc:Fallback>"
    hidden = box.format("hidden='1'", "unseen")
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("drawing", "../drawings/d1.xml")),
        "xl/drawings/d1.xml": "<d:wsDr xmlns:d='u:d' xmlns:a='u:a' xmlns:mc='u:mc'>"
        f"<mc:AlternateContent>{forms}</mc:AlternateContent>{hidden}</d:wsDr>",
    }
    assert texts(read(TABLE, more=more))[-1] == "Once"
    assert "unseen" not in read(TABLE, more=more).text
    assert "slicer" not in read(TABLE, more=more).text


def test_signs_of_symbol_fonts_and_words_that_a_format_adds() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="&quot;Art. &quot;@"/>'
        '<numFmt numFmtId="171" formatCode="0;-0;0;@&quot; mm&quot;"/><numFmt numFmtId="172" formatCode=";;;"/></numFmts>'
        '<fonts><font/><font><name val="Wingdings"/></font><font><name val="Webdings"/></font></fonts><cellXfs><xf numFmtId="0"/>'
        '<xf fontId="1"/><xf fontId="2"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/></cellXfs></styleSheet>'
    )
    rich = '<c t="inlineStr"><is><r><rPr><rFont val="Wingdings"/></rPr><t>\u00fb</t></r><r><t> no</t></r></is></c>'
    cells_of_row = row("key", ("\u00fc", 1), ("a", 2), rich, ("X1", 3), ("M8", 4), ("unseen", 5))
    assert rows(cells_of_row, more={"xl/styles.xml": styles}) == ["key | \u2713 | \u2713 | \u2717 no | Art. X1 | M8 mm"]


def test_a_declared_table_has_a_head() -> None:
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("table", "../tables/t.xml")),
        "xl/tables/t.xml": '<table ref="A1:B3"/>',
    }
    pairs = row("Kind", "Maker") + row("oil", "Ada") + row("water", "Bo")
    assert rows(pairs)[1] == "oil | Ada"
    assert rows(pairs.replace("<row ", '<row r="1" ', 1), more=more)[1] == "Kind: oil | Maker: Ada"


def test_a_cell_far_away_costs_nothing() -> None:
    document = read(TABLE + '<row r="1048576"><c r="A1048576" t="str"><v>far</v></c><c r="XFD1048576"><v>1</v></c></row>')
    assert texts(document)[-1] == "far"
    assert document.warnings == ("sheet Data: 1 cells beyond column 500 were left",)


def test_rows_beyond_the_limit_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ROWS", 2)
    document = read(TABLE + row())
    assert "rows were read, 1 were left" in document.warnings[0]


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 5000,
        '<sheetData/><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>' + "<x/>" * 100,
        "<sheetData><row><c><v>1e999</v></c><c><v>x</v></c><c s='99'><v>1</v></c><c t='s'><v>-4</v></c></row></sheetData>",
        "<sheetData><row r='zz'><c r='??'><v>1</v></c></row></sheetData>",
    ],
)
def test_broken_sheets_are_read_or_refused(inside: str) -> None:
    try:
        assert parse(workbook({"A": inside if "<sheetData" in inside else "<sheetData/>" + inside}), "a.xlsx").blocks
    except (ParseError, SkippedFile) as error:
        assert error.message


def test_entities_are_never_followed() -> None:
    parts = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><workbook xmlns="{MAIN}">&e;</workbook>',
    }
    with pytest.raises(ParseError, match="defines entities: refused"):
        parse(stored(parts), "a.xlsx")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lines_pdf(["x"]), "a.xlsx is a PDF, not a spreadsheet"),
        (manual_docx(), "a.xlsx is a Word document, not a spreadsheet"),
        (HTML.encode(), "a.xlsx is an HTML page, not a spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "a.xlsx is protected by a password"),
        (
            b"\xd0\xcf\x11\xe0" + bytes(99) + "Workbook".encode("utf-16-le"),
            r"a.xlsx is an old Excel workbook \(.xls\), not a spreadsheet",
        ),
        (stored({"a": "b"}), "there is no workbook inside"),
        (stored({"xl/a": "b"}), "there is no workbook inside"),
    ],
    ids=range(7),
)
def test_misnamed_files_are_told(data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(data, "a.xlsx")

"""Tables of Word files: content controls in them, irregular ones, those that hold others."""

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from word_samples import box, p, r, sdt, tbl, tc, tr, word

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

HEAD = tr("Part", "Torque", "Tool", properties="<w:tblHeader/>")
SPAN = '<w:gridSpan w:val="2"/>'
START, ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
NUMBERS = (
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
)


def rows(*parts: str, columns: int = 3, **more: str) -> list[str]:
    """The lines of a table's rows, beside a paragraph that must not be lost."""
    document = parse(word(p("Before.") + tbl(*parts, columns=columns) + p("After."), **more), "a.docx")
    assert texts(document, BlockKind.PARAGRAPH)[:1] == ["Before."] and texts(document)[-1] == "After."
    return texts(document, BlockKind.TABLE_ROW)


FIXED = "Part: Hub | Torque: 35 Nm | Tool: Key 8"


@pytest.mark.parametrize(
    "row",
    [
        tr("Hub", sdt(tc("35 Nm")), "Key 8"),
        tr(sdt(tc("Hub")), sdt(sdt(tc("35 Nm"))), sdt(tc("Key 8"))),
        tr("Hub", tc(sdt(p("35 Nm"))), tc(p(sdt("<w:r><w:t>Key 8</w:t></w:r>")))),
        sdt(tr("Hub", "35 Nm", "Key 8")),
        sdt(
            sdt(tr("Hub", "35 Nm", "Key 8"), '<w15:repeatingSectionItem xmlns:w15="x"/>'), '<w15:repeatingSection xmlns:w15="x"/>'
        ),
        f'<w:customXml w:element="row">{tr("Hub", "35 Nm", "Key 8")}</w:customXml>',
        tr("Hub", f"<w:customXml>{tc('35 Nm')}</w:customXml>", "Key 8"),
        tr("Hub", tc(p("<w:smartTag><w:smartTagPr/><w:r><w:t>35 Nm</w:t></w:r></w:smartTag>")), "Key 8"),
        tr("Hub", tc(p("<w:ins><w:r><w:t>35 Nm</w:t></w:r></w:ins><w:del><w:r><w:delText>9</w:delText></w:r></w:del>")), "Key 8"),
        tr("Hub", tc("gone", "<w:cellDel/>"), "35 Nm", "Key 8"),
        tr("Hub", tc(p("35 ", box(p("Nm")))), "Key 8"),
    ],
)
def test_cells_and_rows_in_controls_stand_in_their_columns(row: str) -> None:
    assert rows(HEAD, row, tr("Rim", "12 Nm", "Key 5")) == [
        "Part | Torque | Tool",
        FIXED,
        "Part: Rim | Torque: 12 Nm | Tool: Key 5",
    ]


def test_heads_in_controls() -> None:
    head = sdt(tr(sdt(tc("Part")), "Torque", sdt(tc("Tool")), properties="<w:tblHeader/>"))
    assert rows(head, tr("Hub", "35 Nm", "Key 8"))[1] == FIXED


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (tr("35 Nm", "Key 8", properties='<w:gridBefore w:val="1"/>'), "Torque: 35 Nm | Tool: Key 8"),
        (tr("Hub", "35 Nm", properties='<w:gridAfter w:val="1"/>'), "Part: Hub | Torque: 35 Nm"),
        (tr("Hub", "35 Nm"), "Part: Hub | Torque: 35 Nm"),
        (tr("Hub", "35 Nm", "Key 8", "spare"), f"{FIXED} | spare"),
        (tr(tc("Hub", SPAN), "35 Nm", "Key 8"), FIXED),
        (tr(tc("Hub", '<w:gridSpan w:val="999999999"/>'), "35 Nm", "Key 8"), FIXED),
        (tr(tc("Hub", '<w:gridSpan w:val="0"/>'), tc("35 Nm", '<w:gridSpan w:val="x"/>'), "Key 8"), FIXED),
        (tr("Hub", "35 Nm", "Key 8", properties='<w:gridBefore w:val="900"/>'), FIXED),
        (tr(tc("Hub and rim", SPAN), "Key 8"), "Part: Hub and rim | Tool: Key 8"),
        (tr("Hub", tc("35 Nm", ON), "Key 8"), FIXED),
        (tr(tc("Hub", '<w:hMerge w:val="restart"/>'), tc("", "<w:hMerge/>"), "Key 8"), "Part: Hub | Tool: Key 8"),
    ],
)
def test_irregular_rows_are_read_as_well_as_it_goes(row: str, line: str) -> None:
    assert rows(HEAD, tr("Rim", "12 Nm", "Key 5"), row)[2] == line


def test_a_table_without_a_grid_and_one_with_a_wrong_grid() -> None:
    for columns in (0, 1, 7):
        assert (
            rows(HEAD, tr(tc("Hub", SPAN), "35 Nm", "Key 8"), tr("Rim", "1", "2"), tr("Nut", "3", "4"), columns=columns)[1]
            == FIXED
        )
    bare = f"<w:tbl>{HEAD}{tr('Hub', '35 Nm', 'Key 8')}</w:tbl>"
    assert texts(parse(word(bare), "a.docx"))[1] == FIXED


def test_cells_that_extend_down() -> None:
    lines = rows(HEAD, tr(tc("Hub", START), "35 Nm", "Key 8"), tr(tc("", ON), "40 Nm", "Key 9"), tr(tc("", ON), "1", "2"))
    assert lines[2:] == ["Part: Hub | Torque: 40 Nm | Tool: Key 9", "Part: Hub | Torque: 1 | Tool: 2"]


def test_a_head_of_two_rows_that_is_joined_both_ways() -> None:
    first = tr(tc("Model", START), tc("Mass", SPAN), properties="<w:tblHeader/>")
    lines = rows(first, tr(tc("", ON), "net", "gross"), tr("X1", "3 kg", "4 kg"))
    assert lines[-1] == "Model: X1 | Mass net: 3 kg | Mass gross: 4 kg"


def test_a_row_that_is_deleted_or_hidden_is_not_read() -> None:
    document = parse(
        word(
            tbl(
                HEAD,
                tr("Hub", "35 Nm", "Key 8"),
                tr("Old", "1", "2", properties="<w:del/>"),
                tr("Secret", "3", "4", properties="<w:hidden/>"),
            )
        ),
        "a.docx",
    )
    assert texts(document) == ["Part | Torque | Tool", FIXED]
    assert document.warnings == ("not read: a hidden row of a table: “Secret 3 4”",)


def test_lists_in_cells_keep_their_numbers_and_rows_that_are_numbered_show_them() -> None:
    item = p(number=(1, 0))
    steps = tc(p("Fill it.", number=(1, 0)) + p("Close it.", number=(1, 0)))
    assert rows(tr("Task", steps), tr("Check", "none"), columns=2, numbering=NUMBERS)[0] == "Task | 1. Fill it. 2. Close it."
    numbered = rows(tr("No", "Step", "Time"), tr(tc(item), "Fill", "1 min"), tr(tc(item), "Drain", "2 min"), numbering=NUMBERS)
    assert numbered[1:] == ["No: 1. | Step: Fill | Time: 1 min", "No: 2. | Step: Drain | Time: 2 min"]


def test_tables_in_cells_keep_their_rows_and_heads() -> None:
    inner = tbl(
        tr("Size", "Torque", "Key", properties="<w:tblHeader/>"), tr("M4", "3 Nm", "7"), tr("M6", "9 Nm", "10"), columns=3
    )
    lines = rows(tr("Bolts", tc(inner + p())), tr("Nuts", "none"), columns=2)
    assert lines[0] == "Bolts | Size, Torque, Key; Size: M4, Torque: 3 Nm, Key: 7; Size: M6, Torque: 9 Nm, Key: 10"


def test_a_table_that_only_places_blocks_is_read_as_blocks() -> None:
    data = tbl(HEAD, tr("Hub", "35 Nm", "Key 8"), columns=3)
    document = parse(word(tbl(tr(tc(p("Grill", style="Heading1") + p("Use it.")), tc(data + p())), columns=2)), "a.docx")
    assert section_of(document, "Use it.") == ("Grill",)
    assert texts(document, BlockKind.TABLE_ROW)[1] == FIXED


def test_a_warning_in_rows_of_one_cell() -> None:
    document = parse(word(tbl(tr("CAUTION"), tr("Hot steam."), columns=1)), "a.docx")
    assert texts(document, BlockKind.WARNING) == ["CAUTION", "Hot steam."]


def test_a_box_with_a_table_in_it_loses_nothing() -> None:
    inner = tbl(HEAD, tr("Hub", "35 Nm", "Key 8"), columns=3)
    document = parse(word(tbl(tr(tc(p("Data") + inner + p("End"))), columns=1)), "a.docx")
    assert texts(document) == ["Data", "Part | Torque | Tool", FIXED, "End"]


def test_tables_nested_very_deep_are_read_or_refused_in_a_moment() -> None:
    nested = "<w:p/>"
    for _ in range(2000):
        nested = f"<w:tbl><w:tr><w:tc>{nested}</w:tc></w:tr></w:tbl>"
    document = parse(word(p("Before.") + nested), "a.docx")
    assert texts(document)[0] == "Before."
    assert "damaged" in document.warnings[0]


def test_a_bold_first_row_is_a_head() -> None:
    def bold(text: str) -> str:
        return tc(p(r(text, "<w:b/>")))

    head = tr(bold("Problem"), bold("Cause"), bold("Remedy"))
    styled = tr(*(tc(p(name, style="Head")) for name in ("Part", "No", "Use")))
    body = tr("No water", "Tap shut", "Open it") + tr(bold("Noise"), "Air", "Bleed")
    style = '<w:style w:type="paragraph" w:styleId="Head"><w:name w:val="Head"/><w:rPr><w:b/></w:rPr></w:style>'
    for first, names in ((head, ("Problem", "Cause", "Remedy")), (styled, ("Part", "No", "Use"))):
        assert rows(first, body, styles=style)[1] == f"{names[0]}: No water | {names[1]}: Tap shut | {names[2]}: Open it"
    assert rows(head, head.replace("Problem", "Noise"), body)[1] == "Noise | Cause | Remedy"
    assert rows(body)[0] == "No water | Tap shut | Open it"


def _designed(conditional: str, base: str = "") -> str:
    return (
        f'<w:style w:type="table" w:styleId="Own"><w:name w:val="Own"/>{base}{conditional}</w:style>'
        '<w:style w:type="table" w:styleId="Under"><w:name w:val="Under"/>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:fill="1F4E79"/></w:tcPr></w:tblStylePr></w:style>'
    )


@pytest.mark.parametrize(
    ("style", "look", "is_head"),
    [
        (_designed('<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'), 'w:val="04A0"', True),
        (_designed("", '<w:basedOn w:val="Under"/>'), 'w:val="0400" w:firstRow="1"', True),
        (_designed('<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'), 'w:val="0480"', False),
        (_designed('<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'), 'w:val="x" w:firstRow="0"', False),
        (_designed('<w:tblStylePr w:type="firstCol"><w:rPr><w:b/></w:rPr></w:tblStylePr>'), 'w:val="04A0"', False),
    ],
)
def test_a_first_row_that_the_style_of_the_table_sets_off_is_a_head(style: str, look: str, is_head: bool) -> None:
    table = tbl(tr("Problem", "Cause", "Remedy"), tr("No water", "Tap shut", "Open it"), columns=3)
    table = table.replace("<w:tblPr/>", f'<w:tblPr><w:tblStyle w:val="Own"/><w:tblLook {look}/></w:tblPr>')
    last = texts(parse(word(table, styles=style), "a.docx"))[-1]
    assert last == ("Problem: No water | Cause: Tap shut | Remedy: Open it" if is_head else "No water | Tap shut | Open it")


def test_a_first_row_on_a_ground_of_its_own_is_a_head_and_one_of_two_that_take_turns_is_none() -> None:
    def shaded(*cells: str, fill: str = "1F4E79") -> str:
        return tr(*(tc(cell, f'<w:shd w:val="clear" w:fill="{fill}"/>') for cell in cells))

    head, rest = shaded("", "Cause", "Remedy"), shaded("No water", "Tap shut", "Open it", fill="auto")
    assert rows(head, rest)[1] == "No water | Cause: Tap shut | Remedy: Open it"
    assert rows(shaded("Dry", "Tap", "Open"), rest, shaded("Hot", "Load", "Stop"))[0:2] == [
        "Dry | Tap | Open",
        "No water | Tap shut | Open it",
    ]

from __future__ import annotations

import pytest
from office_samples import (
    SLIDE_NAMES,
    graphic,
    manual_pptx,
    presentation,
    relations,
    shape,
    slide,
    slide_line,
    stored,
    transform,
    workbook,
)
from parsing_reading import page_of, section_of, texts
from parsing_samples import lines_pdf

from ragqa.errors import ParseError
from ragqa.parsing.reading_order import Box, in_reading_order
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

LAYOUT = {
    "ppt/slideLayouts/l.xml": slide(
        shape("Click", at=(0, 0, 9, 1), holder='type="title"')
        + shape("Click", at=(0, 5, 4, 4), holder='idx="1"')
        + shape("Click", at=(5, 5, 4, 4), holder='idx="2"')
        + shape("Click", at=(0, 9, 9, 1), holder='type="body" idx="3"', style="<a:lvl1pPr><a:buNone/></a:lvl1pPr>"),
        "sldLayout",
    ),
    "ppt/slideLayouts/_rels/l.xml.rels": relations(("slideMaster", "../slideMasters/m.xml")),
    "ppt/slideMasters/m.xml": slide(
        shape("Click", holder='type="title"')
        + shape("Click", holder='type="body" idx="1"')
        + shape("", holder='type="dt" idx="2"'),
        "sldMaster",
    ),
}
WITH_LAYOUT = (("slideLayout", "../slideLayouts/l.xml"),)


def read(*slides: str, **more: object) -> Document:
    return parse(presentation(*slides, **more), "a.pptx")  # type: ignore[arg-type]


def test_a_slide_is_a_page_under_its_title() -> None:
    document = parse(manual_pptx(), "a.pptx")
    assert (document.title, document.pages) == ("Pump school", 2)
    assert texts(document, BlockKind.HEADING) == ["Pump school", "Cleaning"]
    assert (page_of(document, "wash"), section_of(document, "wash")) == (2, ("Cleaning",))


@pytest.mark.parametrize("suffix", [".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"])
def test_relatives_are_read_too(suffix: str) -> None:
    assert parse(manual_pptx(), f"a{suffix}").blocks


def test_slides_without_title_have_their_number() -> None:
    document = read(shape("One", holder='type="title"') + shape("x"), shape("words"), "<p:pic/>", "")
    assert texts(document, BlockKind.HEADING) == ["One", "Slide 2"]
    assert document.warnings == ("slide 3 has pictures and no text",)
    assert document.pages == 4


def test_lists_are_as_deep_and_counted_as_they_are_shown() -> None:
    def numbered(text: str, scheme: str = "arabicPeriod", depth: int = 0, more: str = "") -> str:
        return slide_line(text, f'<a:pPr lvl="{depth}"><a:buAutoNum type="{scheme}" {more}/></a:pPr>')

    body = shape(
        numbered("one"), numbered("inner", "alphaLcParenR", 1), numbered("inner", "alphaLcParenR", 1), numbered("two"),
        slide_line("dot", '<a:pPr><a:buChar char="-"/></a:pPr>'),
        numbered("five", more='startAt="5"'), numbered("six", more='startAt="5"'),
        slide_line("plain", "<a:pPr><a:buNone/></a:pPr>"), numbered("roman", "romanUcParenBoth"),
    )  # fmt: skip
    assert texts(read(body))[1:] == [
        "1. one",
        "a) inner",
        "b) inner",
        "2. two",
        "• dot",
        "5. five",
        "6. six",
        "plain",
        "(I) roman",
    ]


def test_settings_that_the_slide_leaves_to_its_layout() -> None:
    shapes = (
        shape("right", at=None, holder='idx="2"')
        + shape("below", at=None, holder='type="body" idx="3"')
        + shape("left", slide_line("deep", '<a:pPr lvl="1"/>'), at=None, holder='idx="1"')
        + shape("The title", at=None, holder='type="title"')
        + shape("7", at=None, holder='type="sldNum" idx="9"')
    )
    document = read(shapes, related=WITH_LAYOUT, more=LAYOUT)
    assert texts(document) == ["The title", "• left", "• deep", "• right", "below"]
    assert "  • deep" in document.text


def test_boxes_are_read_by_their_places() -> None:
    inner = '<a:chOff x="0" y="0"/><a:chExt cx="10" cy="10"/>'
    group = f"<p:grpSp><p:grpSpPr>{transform(0, 50, 100, 100, inner)}</p:grpSpPr>{shape('in group', at=(0, 5, 1, 1))}</p:grpSp>"
    document = read(group + shape("last", at=(0, 200, 9, 9)) + shape("first", at=(0, 10, 9, 9)))
    assert texts(document)[1:] == ["first", "in group", "last"]


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([(0, 0, 9, 1), (0, 2, 4, 3), (0, 6, 4, 3), (5, 2, 4, 3), (5, 6, 4, 3)], "abcde"),
        ([(5, 2, 4, 3), (0, 2, 4, 3)], "ba"),
        ([(0, y, 4, 1) for y in (0, 2, 4)] + [(5, y, 4, 1) for y in (0, 2, 4)], "adbecf"),
        ([(0, 0, 4, 4), (1, 1, 1, 1)], "ab"),
        ([(0, 0, 0, 0), (0, 0, 0, 0)], "ab"),
    ],
)
def test_reading_order(places: list[tuple[int, int, int, int]], order: str) -> None:
    boxes = [Box(*place, content=name) for place, name in zip(places, "abcdef", strict=False)]
    assert "".join(box.content for box in in_reading_order(boxes)) == order


def test_words_of_every_kind() -> None:
    line = (
        "<a:p><a:r><a:t>one</a:t></a:r><a:br/><a:fld type='datetime1'><a:t>two</a:t></a:fld>"
        "<a:fld type='slidenum'><a:t>9</a:t></a:fld><mc:AlternateContent><mc:Choice><a:r><a:t> x²</a:t></a:r></mc:Choice>"
        "<mc:Fallback><a:r><a:t>old</a:t></a:r></mc:Fallback></mc:AlternateContent></a:p>"
    )
    twice = f"<mc:Choice>{shape('new')}</mc:Choice><mc:Fallback>{shape('old')}</mc:Fallback>"
    twice = f"<mc:AlternateContent>{twice}</mc:AlternateContent>"
    assert texts(read(shape(line, at=(0, 0, 1, 1)) + twice))[1:] == ["one\ntwo x²", "new"]


@pytest.mark.parametrize(
    ("baseline", "text"), [("30000", "10⁻³ mbar"), ("30%", "10⁻³ mbar"), ("0", "10-3 mbar"), ("-25000", "10-3 mbar")]
)
def test_raised_numbers_do_not_run_into_their_base(baseline: str, text: str) -> None:
    pieces = [("10", ""), ("-3", f'<a:rPr baseline="{baseline}"/>'), (" mbar", "<a:rPr/>")]
    line = "".join(f"<a:r>{properties}<a:t>{words}</a:t></a:r>" for words, properties in pieces)
    assert texts(read(shape(f"<a:p>{line}</a:p>")))[1:] == [text]


def test_tables_have_heads_and_spans() -> None:
    def row(*cells: str) -> str:
        made = (
            cell if cell.startswith("<") else f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>"
            for cell in cells
        )
        return f"<a:tr>{''.join(made)}</a:tr>"

    rows = row("Model", "Weight", "Use") + row("X1", "5", "lid") + row('<a:tc vMerge="1"/>', "7", '<a:tc hMerge="1"/>')
    table = graphic(f'<a:tbl><a:tblPr firstRow="1"/>{rows}</a:tbl>')
    assert texts(read(table), BlockKind.TABLE_ROW) == [
        "Model | Weight | Use",
        "Model: X1 | Weight: 5 | Use: lid",
        "Model: X1 | Weight: 7",
    ]


def test_diagrams_charts_and_notes() -> None:
    def point(name: str, text: str, kind: str = "node") -> str:
        return f'<dgm:pt modelId="{name}" type="{kind}"><dgm:t>{slide_line(text)}</dgm:t></dgm:pt>'

    links = "".join(
        f'<dgm:cxn srcId="{a}" destId="{b}" srcOrd="{n}"/>'
        for a, b, n in (("d", "2", 1), ("d", "1", 0), ("1", "3", 0), ("3", "1", 0))
    )
    points = point("d", "", "doc") + point("1", "Plan") + point("2", "Build") + point("3", "Ask") + point("t", "no", "sibTrans")

    def cached(name: str, *values: str) -> str:
        inside = "".join(f'<c:pt idx="{index}"><c:v>{value}</c:v></c:pt>' for index, value in enumerate(values))
        return f"<c:{name}><c:numRef><c:numCache>{inside}</c:numCache></c:numRef></c:{name}>"

    series = f"<c:ser>{cached('tx', 'Sales')}{cached('cat', '2022', '2023')}{cached('val', '1.5', '2.30000000000000004')}</c:ser>"
    title = f"<c:title><c:tx><c:rich>{slide_line('Growth')}</c:rich></c:tx></c:title>"
    diagram = f"<dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst>"
    more = {
        "ppt/d/d.xml": f"<dgm:dataModel {SLIDE_NAMES}>{diagram}</dgm:dataModel>",
        "ppt/c/c.xml": f"<c:chartSpace {SLIDE_NAMES}><c:chart>{title}{series}</c:chart></c:chartSpace>",
        "ppt/n/n.xml": slide(shape("Say it slowly.", holder='type="body"') + shape("3", holder='type="sldNum"'), "notes"),
    }
    related = (("diagramData", "../d/d.xml"), ("chart", "../c/c.xml"), ("notesSlide", "../n/n.xml"))
    shapes = graphic('<dgm:relIds r:dm="r1"/>') + graphic('<c:chart r:id="r2"/>') + graphic('<p:oleObj progId="Excel.Sheet.12"/>')
    document = read(shapes, more=more, related=related)
    assert texts(document) == [
        "Slide 1", "• Plan", "• Ask", "• Build", "Growth", "Sales", "2022 | 1.5", "2023 | 2.3", "Notes", "Say it slowly.",
    ]  # fmt: skip
    assert section_of(document, "slowly") == ("Slide 1", "Notes")
    assert document.warnings == ("slide 1 has an embedded object that was not read (Excel.Sheet.12)",)


def test_what_is_hidden_or_missing_is_said() -> None:
    hidden = shape("unseen").replace('name="s"', 'name="s" hidden="1"')
    data = presentation("x", shape("seen") + hidden + graphic('<c:chart r:id="r7"/>'), attributes={1: 'show="0"'})
    document = parse(data, "a.pptx")
    assert texts(document) == ["Slide 2", "seen"]
    assert document.warnings == ("slide 1 is hidden and was not read", "slide 2 has a chart that is missing")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lines_pdf(["x"]), "a.pptx is a PDF, not a PowerPoint presentation"),
        (workbook({"A": ""}), "a.pptx is an Excel workbook, not a PowerPoint presentation"),
        (stored({"a": "b"}), "there is no presentation inside"),
        (presentation("", ""), "2 pages, none with text"),
        (presentation("<p:sp>" * 300), "its part ppt/slides/slide1.xml is damaged"),
        (presentation("&e;"), "its part ppt/slides/slide1.xml is damaged"),
    ],
    ids=range(6),
)
def test_what_cannot_be_read_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(data, "a.pptx")


def test_nested_groups_and_strange_numbers_are_no_crash() -> None:
    deep = "<p:grpSp>" * 100 + shape("deep") + "</p:grpSp>" * 100
    odd = shape(slide_line("odd", '<a:pPr lvl="x"><a:buAutoNum type="zz" startAt="-"/></a:pPr>')).replace('x="1"', 'x="1e9"')
    assert texts(read(deep + odd))[1:] == ["1 odd"]


def test_equations_and_signs_of_symbol_fonts() -> None:
    names = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:a14="x"'
    fraction = "<m:f><m:num><m:r><m:t>U</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    power = "<m:sSup><m:e><m:r><m:t>I</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    choice = f'<mc:Choice Requires="a14"><a14:m><m:oMath>{fraction}<m:r><m:t>+</m:t></m:r>{power}</m:oMath></a14:m></mc:Choice>'
    arrow = '<a:r><a:rPr><a:sym typeface="Wingdings"/></a:rPr><a:t>\u00e0</a:t></a:r>'
    word = '<a:r><a:rPr><a:sym typeface="Wingdings"/></a:rPr><a:t>Open</a:t></a:r>'
    shapes = shape(
        f"<a:p {names}><a:r><a:t>P=</a:t></a:r><mc:AlternateContent>{choice}</mc:AlternateContent></a:p>",
        f"<a:p>{word}<a:r><a:t> Menu </a:t></a:r>{arrow}<a:r><a:t> Save</a:t></a:r></a:p>",
    )
    document = parse(presentation(shapes), "a.pptx")
    assert texts(document, BlockKind.PARAGRAPH) == ["P=U/2+I\u00b2", "Open Menu \u2192 Save"]


def test_a_hidden_group_is_not_read() -> None:
    hidden = '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g" hidden="1"/></p:nvGrpSpPr><p:grpSpPr/>{}</p:grpSp>'
    document = parse(presentation(shape("Seen") + hidden.format(shape("Unseen"))), "a.pptx")
    assert texts(document, BlockKind.PARAGRAPH) == ["Seen"]


def cells(*texts: str, letters: str = "", ground: str = "") -> str:
    fill = f'<a:solidFill><a:srgbClr val="{ground}"/></a:solidFill>' if ground else ""
    return "".join(
        f"<a:tc><a:txBody><a:p><a:r><a:rPr {letters}/><a:t>{text}</a:t></a:r></a:p></a:txBody><a:tcPr>{fill}</a:tcPr></a:tc>"
        for text in texts
    )


def lines_of(*rows: str, look: str = "") -> list[str]:
    table = f"<a:tbl><a:tblPr {look}/>{''.join(f'<a:tr>{row}</a:tr>' for row in rows)}</a:tbl>"
    return texts(parse(presentation(graphic(table)), "a.pptx"), BlockKind.TABLE_ROW)


def test_a_first_row_that_is_bold_or_on_a_ground_of_its_own_is_a_head() -> None:
    body = cells("No water", "Tap shut", "Open it")
    names = ("Problem", "Cause", "Remedy")
    labelled = "Problem: No water | Cause: Tap shut | Remedy: Open it"
    for head in (cells(*names, letters='b="1"'), cells(*names, ground="1F4E79")):
        assert lines_of(head, body)[1] == labelled
        assert lines_of(head, body, head)[1] == "No water | Tap shut | Open it"


def test_a_head_of_two_rows_that_is_joined_both_ways() -> None:
    first = cells("Model").replace("<a:tc>", '<a:tc rowSpan="2">') + cells("Mass").replace("<a:tc>", '<a:tc gridSpan="2">')
    first += cells("").replace("<a:tc>", '<a:tc hMerge="1">')
    second = cells("").replace("<a:tc>", '<a:tc vMerge="1">') + cells("net", "gross")
    lines = lines_of(first, second, cells("X1", "3 kg", "4 kg"), look='firstRow="1"')
    assert lines[-1] == "Model: X1 | Mass net: 3 kg | Mass gross: 4 kg"

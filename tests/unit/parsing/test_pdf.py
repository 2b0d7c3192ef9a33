from __future__ import annotations

import pytest
from parsing_reading import groups, page_of, section_of, texts
from parsing_samples import drawn_pdf, lines_pdf, manual_pdf, scan_page
from reportlab.pdfgen.canvas import Canvas

from ragqa.errors import ParseError
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

MANUAL = parse(manual_pdf(), "brew.pdf")


def test_sections_pages_and_title() -> None:
    assert MANUAL.title == "Brewmaster 300"
    assert MANUAL.pages == 5
    assert section_of(MANUAL, "number 300 needs") == ("3 Care of part 3",)
    assert page_of(MANUAL, "number 300 needs") == 3
    items = [b for b in MANUAL.blocks if b.kind is BlockKind.LIST_ITEM]
    assert items[2].section == ("2 Care of part 2", "2.1 Descaling")


def test_running_headers_and_footers_go() -> None:
    assert "Brewmaster 300 manual" not in MANUAL.text
    assert "Page 3" not in MANUAL.text


def test_lists_tables_and_warnings() -> None:
    assert texts(MANUAL, BlockKind.LIST_ITEM)[:2] == ["1. Fill the tank.", "2. Press the start key."]
    assert len(set(groups(MANUAL, BlockKind.LIST_ITEM))) == 5
    assert texts(MANUAL, BlockKind.TABLE_ROW)[:3] == [
        "Model | Weight | Remark",
        "Model: X200 | Weight: 12 kg | Remark: A remark so long that it runs over two lines of its cell for certain.",
        "Model: X300 | Weight: 13.5 kg | Remark: Short",
    ]
    assert texts(MANUAL, BlockKind.WARNING)[0] == "WARNING: Hot steam can burn the skin."


def test_lines_are_joined_to_paragraphs() -> None:
    paragraph = next(text for text in texts(MANUAL) if text.startswith("The part with the number 100"))
    assert "\n" not in paragraph
    assert paragraph.count("needs care every week.") == 4


def two_columns(canvas: Canvas) -> None:
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(72, 780, "A heading across both columns of the page")
    for x, side in ((72, "left"), (320, "right")):
        text = canvas.beginText(x, 740)
        text.setFont("Helvetica", 10)
        for number in range(20):
            text.textLine(f"The {side} column says in line {number} what")
        canvas.drawText(text)
    canvas.showPage()


def test_two_columns_are_read_one_after_the_other() -> None:
    document = parse(drawn_pdf(two_columns), "a.pdf")
    text = document.text
    assert text.startswith("A heading across both columns")
    assert text.index("left column says in line 19") < text.index("right column says in line 0")
    assert section_of(document, "right column") == ("A heading across both columns of the page",)


def plain_table(canvas: Canvas) -> None:
    canvas.drawString(72, 760, "The data of the machine are as follows, measured at room temperature.")
    for row, cells in enumerate((("Weight", "12 kg"), ("Power", "1500 W"), ("Length of the cable", "1.2 m"))):
        canvas.drawString(72, 730 - 15 * row, cells[0])
        canvas.drawString(300, 730 - 15 * row, cells[1])
    canvas.showPage()


def test_aligned_columns_without_rules_are_a_table() -> None:
    document = parse(drawn_pdf(plain_table), "a.pdf")
    assert texts(document, BlockKind.TABLE_ROW) == ["Weight | 12 kg", "Power | 1500 W", "Length of the cable | 1.2 m"]


def test_hyphens_at_line_ends() -> None:
    lines = [
        "The machine needs careful clean-",
        "ing once a week, and cleaning is easy with a Wi-",
        "Fi helper or a heat-resistant cloth, a heat-",
        "resistant glove and a long hand-",
        "shake of the milk jug.",
    ]
    text = parse(lines_pdf(lines), "a.pdf").text
    assert "careful cleaning once" in text
    assert "Wi-Fi helper" in text
    assert "a heat-resistant glove" in text
    assert "long handshake" in text


def bookmarked(canvas: Canvas) -> None:
    text = canvas.beginText(72, 760)
    for line in ("Storage", "Keep it dry and cool.", "Frost", "Water that freezes bursts the pipe."):
        text.textLine(line)
    canvas.drawText(text)
    for level, title in enumerate(("Storage", "Frost")):
        canvas.bookmarkPage(title)
        canvas.addOutlineEntry(title, title, level=level)
    canvas.showPage()


def test_bookmarks_make_headings_of_plain_lines() -> None:
    document = parse(drawn_pdf(bookmarked), "a.pdf")
    assert section_of(document, "Keep it dry") == ("Storage",)
    assert section_of(document, "Water that") == ("Storage", "Frost")


def test_a_password_is_named_and_an_empty_one_opens() -> None:
    with pytest.raises(ParseError, match="protected by a password"):
        parse(lines_pdf(["secret"], password="pw"), "a.pdf")
    assert parse(lines_pdf(["open words"], password=""), "a.pdf").text == "open words"


def test_pages_without_text_are_told() -> None:
    def mixed(canvas: Canvas) -> None:
        for number in range(1, 7):
            if number in (2, 5, 6):
                scan_page(canvas)
            else:
                canvas.drawString(72, 700, f"Words of sheet {number}")
                canvas.showPage()

    document = parse(drawn_pdf(mixed), "a.pdf")
    assert document.warnings == ("3 pages without text (scanned?): 2, 5-6; pip install 'ragqa[ocr]' recognises them",)
    assert page_of(document, "sheet 4") == 4


def test_only_scans_are_refused_with_the_way_out() -> None:
    def scans(canvas: Canvas) -> None:
        scan_page(canvas)
        scan_page(canvas)

    with pytest.raises(ParseError, match="2 pages, none with text: a scan") as caught:
        parse(drawn_pdf(scans), "a.pdf")
    assert "ocrmypdf" in caught.value.hint


def test_a_truncated_file_is_said_to_be_cut_short() -> None:
    data = manual_pdf()
    try:
        document = parse(data[: len(data) // 2], "a.pdf")
    except ParseError as error:
        assert "cut short" in error.message
    else:
        assert "cut short" in document.warnings[0]


def test_generic_metadata_titles_are_not_used() -> None:
    assert parse(lines_pdf(["words here"], title="Microsoft Word - x.doc"), "d/Big_Saw.pdf").title == "Big Saw"
    assert parse(lines_pdf(["words here"], title="untitled"), "Saw.pdf").title == "Saw"


def rotated(canvas: Canvas) -> None:
    canvas.translate(500, 100)
    canvas.rotate(90)
    for row in range(6):
        canvas.drawString(0, -15 * row, f"Turned line number {row} of the page")
    canvas.showPage()


def test_turned_text_is_read_in_order() -> None:
    text = parse(drawn_pdf(rotated), "a.pdf").text
    assert [text.index(f"number {row}") for row in range(6)] == sorted(text.index(f"number {row}") for row in range(6))


def raised(canvas: Canvas) -> None:
    text = canvas.beginText(72, 700)
    text.textOut("An area of 5 m")
    text.setRise(5)
    text.setFont("Helvetica", 7)
    text.textOut("2")
    text.setRise(0)
    text.setFont("Helvetica", 12)
    text.textOut(" is enough for the machine.")
    canvas.drawText(text)
    canvas.showPage()


def test_raised_numbers_do_not_run_into_their_base() -> None:
    assert parse(drawn_pdf(raised), "a.pdf").text == "An area of 5 m\u00b2 is enough for the machine."


def test_raised_and_lowered_signs_half_an_em_away_stay_in_their_line() -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for part, rise in (
            ("5 m", 0),
            ("3", 6),
            (" of H", 0),
            ("2", -6),
            ("O at 10", 0),
            ("-3", 6),
            (" mbar, see notes", 0),
            ("1, 2", 6),
        ):
            text.setRise(rise)
            text.setFont("Helvetica", 9.6 if rise else 12)
            text.textOut(part)
        canvas.drawText(text)
        canvas.showPage()

    assert parse(drawn_pdf(draw), "a.pdf").text == "5 m\u00b3 of H2O at 10\u207b\u00b3 mbar, see notes\u00b9, \u00b2"


def test_text_at_the_margin_below_a_list_is_not_its_last_item() -> None:
    lines = ("These parts are in the box that you have before you, and nothing else:", "\u2022 a cup", "\u2022 a spoon")
    after = ("Now the text goes on at the left margin and tells of the work to be done", "with these parts.")

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate((*lines, *after)):
            canvas.drawString(86 if line.startswith("\u2022") else 72, 760 - 14 * number, line)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.LIST_ITEM) == ["\u2022 a cup", "\u2022 a spoon"]
    assert texts(document)[-1] == " ".join(after)


WRAPPED = (
    "When the sledge has stood in the yard over night, rub the runners with wax before",
    "the first descent of the day and leave them alone until they are as cold as the",
    "snow. Dry runners wear.",
)


@pytest.mark.parametrize("bold", [(), (0,), (1,), (0, 1)])
@pytest.mark.parametrize("leading", [14, 24])
@pytest.mark.parametrize("mark", ["", "\u2022 "])
def test_a_sentence_runs_on_through_bold_lines_and_wide_leading(bold: tuple[int, ...], leading: int, mark: str) -> None:
    def draw(canvas: Canvas) -> None:
        for number, line in enumerate((f"{mark}{WRAPPED[0]}", *WRAPPED[1:])):
            canvas.setFont("Helvetica-Bold" if number in bold else "Helvetica", 12)
            canvas.drawString(72 if number == 0 or not mark else 79, 700 - leading * number, line)
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf")) == [f"{mark}{' '.join(WRAPPED)}"]


def test_names_in_small_letters_one_below_the_other_stay_apart() -> None:
    names = ("brake lever", "rope", "runner", "seat with a back that folds down")

    def draw(canvas: Canvas) -> None:
        for number, name in enumerate(names):
            canvas.drawString(72, 700 - 24 * number, name)
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf")) == list(names)


def test_a_number_of_a_figure_takes_no_line_of_the_text_below() -> None:
    lines = ("Fig.6.8", "side down on the snow and push it slowly until it begins to slide", "by itself.")

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 10)
            canvas.drawString(72 if number else 330, 700 - 12 * number, line)
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf")) == [lines[0], " ".join(lines[1:])]


def test_control_characters_never_come_through() -> None:
    document: Document = parse(lines_pdf(["red \x1b[31m alert"]), "a.pdf")
    assert "\x1b" not in document.text


def test_lines_of_scripts_without_spaces_are_joined_without_one() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    lines = ["電源ボタンを五秒間押し続けると本体が再起", "動します。その間はケーブルを抜かないでくだ", "さい。"]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("HeiseiMin-W3", 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 14 * number, line)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert document.text == "".join(lines)
    assert document.language == "ja"

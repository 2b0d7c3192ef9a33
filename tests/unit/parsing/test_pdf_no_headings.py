"""What a PDF sets like its headings and is none: steps, names in a drawing, what a chapter lists; what heads too much."""

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

BODY = "The text of the body goes on for a while like this, page by page, in ten points."
STEPS = ("1. Open the lid of the tank.", "2. Fill the tank with water.", "3. Close the lid again.")


def sheet(*lines: tuple[str, float, bool], bookmarks: tuple[str, ...] = ()) -> Document:
    """A PDF of lines in these sizes, in bold or not; those that `bookmarks` have are in its outline."""

    def draw(canvas: Canvas) -> None:
        for number, (line, size, bold) in enumerate(lines):
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
            canvas.drawString(50, 800 - 24 * (number % 30), line)
            if line in bookmarks:
                canvas.bookmarkPage(f"mark{number}")
                canvas.addOutlineEntry(line, f"mark{number}")
            if number % 30 == 29:
                canvas.showPage()
        canvas.showPage()

    return parse(drawn_pdf(draw), "a.pdf")


@pytest.mark.parametrize(("size", "bold"), [(14, False), (10, True)])
def test_sentences_that_are_numbered_one_after_the_other_are_steps(size: float, bold: bool) -> None:
    document = sheet(("Filling", 18, True), (BODY, 10, False), *((step, size, bold) for step in STEPS), (BODY, 10, False))
    assert texts(document, BlockKind.HEADING) == ["Filling"]
    assert texts(document, BlockKind.LIST_ITEM) == list(STEPS)


def test_a_step_cut_at_a_hyphen_is_one_of_a_list_of_sentences() -> None:
    steps = ("1. Use the arrows to choose the place where to pre-", "2. Press the key.", "3. Press the key once again.")
    document = sheet(("Saving", 18, True), *((step, 14, False) for step in steps), *[(BODY, 10, False)] * 4)
    assert texts(document, BlockKind.HEADING) == ["Saving"]


def test_numbered_titles_stay_headings_also_with_full_stops() -> None:
    titles = ("1. Safety.", "2. FILL THE TANK.", "3. Daily use", "4. Care and cleaning")
    document = sheet(*(line for title in titles for line in ((title, 14, True), (BODY, 10, False))))
    assert texts(document, BlockKind.HEADING) == list(titles)


def test_bookmarked_steps_in_the_type_of_the_text_are_no_headings() -> None:
    steps = ("1 Select Setup from the menu of the machine.", "2 Select Apply.", "3 Select Yes to confirm it.")
    lines = (("Storing", 16, True), (BODY, 10, False), *((step, 10, False) for step in steps), (BODY, 10, False))
    document = sheet(*lines, bookmarks=("Storing", *steps))
    assert texts(document, BlockKind.HEADING) == ["Storing"]
    assert "2 Select Apply." in document.text


def test_a_warning_after_its_label_is_no_heading_and_a_title_with_that_word_is() -> None:
    lines = ("CAUTION - Only on packed snow", "Note: Ice is slower than snow", "Warning lamps", "IMPORTANT SAFETY RULES")
    document = sheet(*(line for title in lines for line in ((title, 12, True), (BODY, 10, False))))
    assert texts(document, BlockKind.HEADING) == ["Warning lamps", "IMPORTANT SAFETY RULES"]


def test_what_a_chapter_lists_at_its_beginning_is_no_heading_where_the_title_follows() -> None:
    titles = ("Waxing", "Storing the sledge")
    listed = tuple((f"\u2022 {title}", 10.0, False) for title in titles)
    sections = tuple(line for title in titles for line in ((title, 14.0, True), (BODY, 10.0, False)))
    document = sheet(("Care", 18, True), ("This chapter has these parts:", 10, False), *listed, *sections, bookmarks=titles)
    assert texts(document, BlockKind.HEADING) == ["Care", *titles]
    assert texts(document, BlockKind.LIST_ITEM) == [f"\u2022 {title}" for title in titles]


def test_a_bookmarked_title_behind_a_bullet_is_a_heading_where_no_other_is() -> None:
    document = sheet(("Care", 18, True), (BODY, 10, False), ("\u2022 Waxing", 10, False), (BODY, 10, False), bookmarks=("Care",))
    assert texts(document, BlockKind.HEADING) == ["Care"]


def test_numbers_that_begin_anew_under_each_larger_heading_are_no_chapters() -> None:
    parts = ("Input", "Level", "Volume", "Output")
    lines: list[tuple[str, float, bool]] = [("Sledge amplifiers", 24, True)]
    for panel in ("FRONT PANEL", "REAR PANEL", "SIDE PANEL"):
        lines.append((panel, 13, True))
        for number, part in enumerate(parts, 1):
            lines.extend([(f"{number}. {part}", 10, True), (f"{part} of the {panel}. {BODY}", 10, False)])
    document = sheet(*lines)
    assert section_of(document, "Level of the REAR")[-2:] == ("REAR PANEL", "2. Level")


def test_one_of_few_larger_sections_does_not_head_most_of_the_book() -> None:
    sections = [line for letter in "ABCDEFGHIJ" for line in ((f"Part {letter}", 12, True), (f"Text {letter}. {BODY}", 10, False))]
    document = sheet(
        ("Sledge S3", 24, True),
        ("FOR EUROPE ONLY", 16, True),
        (BODY, 10, False),
        *sections,
        ("SCALE", 16, True),
        ("Text of scale. " + BODY, 10, False),
        ("Part X", 12, True),
        (BODY, 10, False),
    )
    assert section_of(document, "Text D.") == ("Sledge S3", "Part D")
    assert section_of(document, "Text of scale") == ("Sledge S3", "SCALE")


def test_a_section_of_much_text_set_like_the_title_does_not_head_the_book() -> None:
    sections = [line for letter in "ABCDEFGHIJ" for line in ((f"Part {letter}", 12, True), (f"Text {letter}. {BODY}", 10, False))]
    document = sheet(("BASIC SAFETY", 24, True), *[(BODY, 10, False)] * 6, *sections)
    assert section_of(document, "Text D.") == ("Part D",)


def drawing(canvas: Canvas, x: float, y: float) -> None:
    """Strokes as those of a drawing, 160 points wide and 100 high."""
    canvas.rect(x, y, 160, 100)
    for number in range(14):
        canvas.bezier(x + 5 * number, y, x + 40, y + 100, x + 80, y, x + 150 - 5 * number, y + 95)


def with_drawing(*names: tuple[str, float, float]) -> Document:
    """Two headings over text, with a drawing between them in which names stand."""

    def draw(canvas: Canvas) -> None:
        for title, y in (("Battery", 780), ("Lid", 500)):
            canvas.setFont("Helvetica-Bold", 11)
            canvas.drawString(50, y, title)
            canvas.setFont("Helvetica", 10)
            for line in range(3):
                canvas.drawString(50, y - 14 - 12 * line, f"{title} {line}. {BODY}")
        drawing(canvas, 120, 560)
        canvas.setFont("Helvetica-Bold", 11)
        for name, x, y in names:
            canvas.drawString(x, y, name)
        canvas.showPage()

    return parse(drawn_pdf(draw), "a.pdf")


def test_names_in_a_drawing_are_no_headings() -> None:
    document = with_drawing(("Positive terminal", 140, 630), ("Bolts", 126, 566), ("SAVE:YES", 220, 600))
    assert texts(document, BlockKind.HEADING) == ["Battery", "Lid"]
    assert all(name in document.text for name in ("Positive terminal", "Bolts", "SAVE:YES"))


def test_headings_at_the_edge_of_the_text_or_over_text_stay_beside_a_drawing() -> None:
    def draw(canvas: Canvas) -> None:
        drawing(canvas, 50, 690)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(50, 684, "Battery")
        canvas.drawString(130, 500, "Lid")
        drawing(canvas, 60, 505)
        canvas.setFont("Helvetica", 10)
        for line in range(3):
            canvas.drawString(50, 560 - 12 * line - 400 * (line == 2), f"Line {line}. {BODY}")
        canvas.drawString(130, 486, "The lid opens to the left and closes to the right, slowly.")
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.HEADING) == ["Battery", "Lid"]

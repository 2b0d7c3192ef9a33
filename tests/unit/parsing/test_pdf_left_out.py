"""What a page shows and a document must not hold, and what looks like it and must be kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from parsing_reading import section_of, texts
from parsing_samples import drawn_pdf, scan_page
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

Draw = Callable[[Canvas, int], None]
SENTENCES = (
    "Wax the runners before the first frost.",
    "A dry runner wears the ice and the sledge alike.",
    "Warm wax goes deeper.",
)


def pages(draw: Draw, count: int = 3) -> Document:
    def all_pages(canvas: Canvas) -> None:
        for number in range(1, count + 1):
            canvas.setFont("Helvetica", 11)
            draw(canvas, number)
            canvas.showPage()

    return parse(drawn_pdf(all_pages), "sledge.pdf")


def written(canvas: Canvas, number: int) -> None:
    for row in range(12):
        canvas.drawString(72, 740 - 14 * row, f"{SENTENCES[(row + number) % 3]}")


def slanted(canvas: Canvas) -> None:
    canvas.translate(150, 300)
    canvas.rotate(52)
    canvas.setFillGray(0.8)
    canvas.setFont("Helvetica", 70)
    canvas.drawString(0, 0, "PRELIMINARY")


def by_letters(canvas: Canvas) -> None:
    for index, letter in enumerate("PRELIMINARY"):
        canvas.saveState()
        canvas.translate(100 + 40 * index, 200 + 40 * index)
        canvas.rotate(45)
        canvas.setFont("Helvetica", 50)
        canvas.drawString(0, 0, letter)
        canvas.restoreState()


def tiled(canvas: Canvas) -> None:
    for y in range(100, 700, 150):
        canvas.saveState()
        canvas.translate(150, y)
        canvas.rotate(30)
        canvas.setFont("Helvetica", 12)
        canvas.drawString(0, 0, "PRELIMINARY")
        canvas.restoreState()


def pale(canvas: Canvas) -> None:
    canvas.setFillGray(0.85)
    canvas.setFont("Helvetica-Bold", 60)
    canvas.drawString(100, 650, "PRELIMINARY")


def see_through(canvas: Canvas) -> None:
    canvas.setFillAlpha(0.3)
    canvas.setFont("Helvetica-Bold", 60)
    canvas.drawString(100, 650, "PRELIMINARY")


def outlined(canvas: Canvas) -> None:
    text = canvas.beginText(100, 650)
    text.setFont("Helvetica-Bold", 60)
    text.setTextRenderMode(1)
    text.textOut("PRELIMINARY")
    canvas.drawText(text)


@pytest.mark.parametrize("mark", [slanted, by_letters, tiled, pale, see_through, outlined])
@pytest.mark.parametrize("in_form", [False, True])
def test_watermarks_are_left_out_and_said_once(mark: Callable[[Canvas], None], in_form: bool) -> None:
    def marked(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.saveState()
        if in_form and number == 1:
            canvas.beginForm("mark")
            mark(canvas)
            canvas.endForm()
        if in_form:
            canvas.doForm("mark")
        else:
            mark(canvas)
        canvas.restoreState()

    document = pages(marked)
    assert not texts(document, BlockKind.HEADING)
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith('the watermark "P')
    assert document.warnings[0].endswith("is not read: pages 1-3")
    assert "PREL" not in document.text and document.text.count("Warm wax goes deeper.") == 12


def test_small_slanted_words_and_pale_titles_are_kept() -> None:
    def kept(canvas: Canvas, number: int) -> None:
        if number == 1:
            pale(canvas)
            return
        written(canvas, number)
        canvas.translate(300, 200)
        canvas.rotate(45)
        canvas.setFont("Helvetica", 9)
        canvas.drawString(0, 0, f"Width in spring {number}")

    document = pages(kept)
    assert document.warnings == ()
    assert "PRELIMINARY" in document.text and "Width in spring 2" in document.text


def test_text_beyond_the_edges_is_left_out_and_said() -> None:
    def beyond(canvas: Canvas, number: int) -> None:
        canvas.setCropBox((50, 50, 500, 800))
        written(canvas, number)
        canvas.drawString(72, 20, "sledge_final_v3.indd")
        canvas.drawString(-300, 400, "Old paragraph")
        canvas.drawString(72, 900, "Above the sheet")
        canvas.drawString(505, 400, "Cut away")

    document = pages(beyond, 1)
    assert document.warnings == ("text outside the visible page is not read: page 1",)
    for words in ("indd", "Old paragraph", "Above", "Cut away"):
        assert words not in document.text


@pytest.mark.parametrize(("right", "up"), [(0, 0), (0.4, 0), (0.5, -0.5), (1.5, -1.5)])
def test_text_drawn_twice_is_read_once(right: float, up: float) -> None:
    def twice(canvas: Canvas, number: int) -> None:
        for dx, dy in ((right, up), (0, 0)):
            for row, sentence in enumerate(SENTENCES):
                canvas.drawString(72 + dx, 700 - 14 * row + dy, sentence)

    assert pages(twice, 1).text.split() == " ".join(SENTENCES).split()


def test_double_letters_drawn_one_by_one_stay() -> None:
    def letters(canvas: Canvas, number: int) -> None:
        x = 72.0
        for letter in "The mill will still fill 11 111 mm":
            canvas.drawString(x, 700, letter)
            x += canvas.stringWidth(letter, "Helvetica", 11)

    assert pages(letters, 1).text == "The mill will still fill 11 111 mm"


@pytest.mark.parametrize("heading", ["Runner", "Runner {number}", "Step {number}"])
@pytest.mark.parametrize(("font", "size"), [("Helvetica", 16), ("Helvetica-Bold", 11)])
def test_a_heading_that_begins_every_page_is_no_running_header(heading: str, font: str, size: int) -> None:
    def headed(canvas: Canvas, number: int) -> None:
        canvas.setFont(font, size)
        canvas.drawString(72, 760, heading.format(number=number))
        canvas.setFont("Helvetica", 11)
        written(canvas, number)
        canvas.drawString(280, 30, f"Page {number}")

    document = pages(headed, 5)
    assert texts(document, BlockKind.HEADING) == [heading.format(number=number) for number in range(1, 6)]
    assert "Page 3" not in document.text


@pytest.mark.parametrize("size", [8, 11, 14])
def test_running_headers_still_go(size: int) -> None:
    def headed(canvas: Canvas, number: int) -> None:
        canvas.setFont("Helvetica-Bold", size)
        canvas.drawString(72, 800, "Sledge handbook")
        canvas.drawRightString(520, 800, str(number))
        canvas.setFont("Helvetica", 11)
        written(canvas, number)

    assert "handbook" not in pages(headed, 5).text


def test_a_running_header_in_large_type_goes_where_it_stands_over_no_column() -> None:
    def headed(canvas: Canvas, number: int) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawRightString(540, 775, "Sledge")
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 756, f"{number}.{number} Waxing in winter {number}")
        canvas.setFont("Helvetica", 11)
        written(canvas, number)

    document = pages(headed, 5)
    assert "Sledge" not in document.text
    assert len(texts(document, BlockKind.HEADING)) == 5


def test_the_second_line_of_a_running_header_goes_though_it_names_the_chapter() -> None:
    def headed(canvas: Canvas, number: int) -> None:
        canvas.drawRightString(520, 800, "Sledge handbook")
        canvas.drawRightString(520, 786, ("Wax", "Rope", "Seat", "Brake", "Runner")[number - 1])
        written(canvas, number)

    text = pages(headed, 5).text
    assert not any(name in text for name in ("handbook", "Rope", "Seat", "Brake"))


def test_the_typesetters_file_goes_though_its_line_is_large() -> None:
    def sheet(canvas: Canvas, number: int) -> None:
        canvas.setFont("Helvetica", 14)
        canvas.drawString(72, 800, f"4711-22 sledge.fm5 Page {number + 11} Friday, May 2, 2031 9:0{number} AM")
        canvas.drawString(72, 40, f"4711-22 A 3 book Rev 00.indd {number} 2-May-31 9:00:0{number} AM")
        canvas.setFont("Helvetica", 11)
        written(canvas, number)

    text = pages(sheet, 4).text
    assert "4711" not in text
    assert SENTENCES[0] in text


def test_a_page_number_with_the_name_of_the_language_goes_though_it_is_large_and_close_to_the_text() -> None:
    def numbered(canvas: Canvas, number: int) -> None:
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 760, f"{number} ENGLISH" if number % 2 == 0 else f"ENGLISH {number}")
        canvas.setFont("Helvetica", 11)
        written(canvas, number)

    assert "ENGLISH" not in pages(numbered, 7).text


@pytest.mark.parametrize("name", ["EN", "Sledges"])
def test_the_tab_at_the_side_of_pages_goes(name: str) -> None:
    def tabbed(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(12 if number % 2 else 540, 655, name)

    document = pages(tabbed, 6)
    assert name not in document.text and not texts(document, BlockKind.HEADING)


def test_a_word_at_the_side_of_one_page_stays() -> None:
    def labelled(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        if number < 3:
            canvas.drawString(12, 655, "Cold")

    assert pages(labelled, 6).text.count("Cold") == 2


def test_page_numbers_larger_than_the_text_go_though_the_first_ones_are_roman() -> None:
    def numbered(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.setFont("Helvetica", 13)
        canvas.drawRightString(520, 24, ("i", "ii")[number - 1] if number < 3 else str(number - 2))

    document = pages(numbered, 8)
    assert document.text == pages(written, 8).text


def test_page_numbers_go_that_begin_anew_with_each_language() -> None:
    def numbered(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.drawRightString(520, 24, str((number - 1) % 6 + 1))

    assert pages(numbered, 12).text == pages(written, 12).text


def test_page_numbers_go_where_a_page_shows_two_of_the_book() -> None:
    def numbered(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.drawString(72, 24, f"{2 * number} SLEDGE")
        canvas.drawRightString(520, 24, f"SLEDGE {2 * number + 1}")

    assert pages(numbered, 6).text == pages(written, 6).text


def test_section_numbers_at_the_top_of_pages_stay_though_some_count_along() -> None:
    def headed(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 800, f"{8 + number // 4}.{number % 4 + 1}.{number % 3 + 1}.")
        written(canvas, number)

    assert "8.3.3." in pages(headed, 12).text


def test_a_footer_with_the_book_the_chapter_and_the_page_goes_though_large() -> None:
    chapters = ("Wax", "Wax", "Rope and knots", "Rope and knots", "Seat", "Brake of steel", "Runner", "Runner")

    def footed(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.setFont("Helvetica", 14)
        chapter = chapters[number - 1]
        canvas.drawString(72, 24, f"{number} {chapter} Winter Sledge" if number % 2 == 0 else f"Winter Sledge {chapter} {number}")

    assert pages(footed, 8).text == pages(written, 8).text


def test_a_running_header_goes_whose_words_are_the_other_way_round_on_left_pages() -> None:
    def headed(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.setFont("Helvetica-Bold", 16)
        section, name = ("Section 1", "Waxing") if number < 4 else ("Section 2", "Steering")
        canvas.drawString(72, 790, f"{section} {name}" if number % 2 == 0 else f"{name} {section}")

    assert "Section" not in pages(headed, 7).text


def test_a_page_number_apart_from_the_name_beside_it_goes_as_on_the_pages_where_it_is_not() -> None:
    def headed(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(300, 790, "SLEDGES" if number in (3, 5) else f"SLEDGES {number}" if number % 2 else f"{number} SLEDGES")
        if number in (3, 5):
            canvas.drawString(420, 790, str(number))

    assert "SLEDGES" not in pages(headed, 11).text


def test_the_third_line_of_a_footer_goes_where_most_pages_have_it() -> None:
    def footed(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        for line, y in (("SLEDGE WORKS", 58), ("S-1 manual", 44), (str(number), 30)):
            canvas.drawString(280, y, line)
        if number < 4:
            canvas.drawString(72, 72, "Press")

    text = pages(footed, 9).text
    assert "WORKS" not in text and text.count("Press") == 3


def test_the_stamp_of_a_site_goes_however_recognition_reads_it() -> None:
    stamps = (
        "www.Manualslib.com manuals search engine",
        "www.Manualstib.com manuals search engine",
        "www.Manualslibcom manuals angine",
    )

    def stamped(canvas: Canvas, number: int) -> None:
        canvas.drawString(200, 20 + number % 3, f"Downloaded from {stamps[number % 3]}")
        written(canvas, number)

    assert "ownloaded" not in pages(stamped, 5).text


def test_addresses_at_the_foot_of_pages_stay() -> None:
    parts = ("skis", "poles", "wax", "boots", "sledges")

    def footnoted(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 30, f"{number} https://example.org/parts/{parts[number - 1]}")
        written(canvas, number)

    assert all(f"parts/{part}" in pages(footnoted, 5).text for part in parts)


def test_sentences_that_count_along_with_the_pages_stay() -> None:
    def counting(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 800, f"Day {number} of the test began with fresh snow and ended")
        canvas.drawString(
            72, 786, f"with {('rain', 'sleet', 'hail', 'fog', 'sun')[number - 1]}, so that the wax was gone by the evening."
        )
        canvas.drawString(72, 772, f"{SENTENCES[number % 3]} {SENTENCES[(number + 1) % 3]}")

    assert all(f"Day {number} of the test" in pages(counting, 5).text for number in range(1, 6))


def test_the_head_of_a_table_on_every_page_stays() -> None:
    def table(canvas: Canvas, number: int) -> None:
        for x, head in zip((72, 200, 330), ("Model", "Weight kg", "Load kg"), strict=True):
            canvas.drawString(x, 790, head)
        for row in range(8):
            for x, cell in zip((72, 200, 330), (f"S{number}{row}", str(4 + row), str(90 + row)), strict=True):
                canvas.drawString(x, 770 - 20 * row, cell)

    assert pages(table, 4).text.count("Weight kg") >= 4


def test_lone_numbers_are_content() -> None:
    def numbers(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 700, "Number of spokes of the wheel:")
        canvas.drawString(72, 670, "36")
        for row, values in enumerate(((120, 35), (450, 7), (9, 800))):
            for column, value in enumerate(values):
                canvas.drawString(72 + 120 * column, 600 - 20 * row, str(value))

    text = pages(numbers, 1).text
    for value in ("36", "120 | 35", "450 | 7", "9 | 800"):
        assert value in text


def test_numbers_around_a_picture_are_left_out_and_said() -> None:
    def drawing(canvas: Canvas) -> None:
        canvas.drawString(72, 780, "The parts of the sledge are numbered in the picture.")
        for number in range(1, 8):
            angle = number * 0.9
            canvas.drawString(300 + 220 * math.cos(angle), 400 + 320 * math.sin(angle), str(number))
        scan_page(canvas)

    document = parse(drawn_pdf(drawing), "sledge.pdf")
    assert document.text == "The parts of the sledge are numbered in the picture."
    assert document.warnings == ("numbers that point at parts of a drawing are not read: page 1",)


LEADERS = "." * 40


def test_lists_of_data_with_leaders_are_kept() -> None:
    def data(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 740, "Technical data")
        for row, (name, value) in enumerate(
            (("Length (cm)", "120"), ("Runners", "2"), ("Load (kg)", "95"), ("Weight (kg)", "4.8"))
        ):
            canvas.drawString(72, 710 - 16 * row, f"{name} {LEADERS} {value}")

    text = pages(data, 1).text
    for name, value in (("Length (cm)", "120"), ("Runners", "2"), ("Load (kg)", "95"), ("Weight (kg)", "4.8")):
        assert f"{name} | {value}" in text
    assert "...." not in text


def test_values_and_names_of_two_lines_stay_in_the_row_of_their_leader() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 712, "Load on the slope and on any")
        canvas.drawString(72, 700, f"level road {LEADERS} 95 kg")
        canvas.drawString(72, 684, f"Wax {LEADERS}Red: below -5 degrees")
        canvas.drawString(207, 672, "Blue: to -15 degrees")
        canvas.drawString(207, 660, "Green: colder")
        canvas.drawString(72, 644, f"Brake {LEADERS} Steel")
        canvas.drawString(72, 632, "Keep the sledge away from children when it is not used.")
        canvas.drawString(400, 672, "Nothing of this.")

    text = parse(drawn_pdf(draw), "sledge.pdf").text
    assert "Load on the slope and on any level road | 95 kg" in text
    assert "Wax | Red: below -5 degrees Blue: to -15 degrees Green: colder\n" in text
    assert "Brake | Steel\n" in text


def test_a_table_of_contents_goes_only_where_its_titles_stand_in_the_book() -> None:
    titles = ("Wax", "Runners", "Storage", "Repair")

    def book(canvas: Canvas, number: int) -> None:
        if number == 1:
            for row, title in enumerate(titles):
                canvas.drawString(72, 700 - 16 * row, f"{row + 1} {title} {LEADERS} {row + 2}")
            return
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"{number - 1} {titles[number - 2]}")
        canvas.setFont("Helvetica", 11)
        written(canvas, number)

    document = pages(book, 5)
    assert document.text.startswith("1 Wax\n\n")
    assert section_of(document, "Warm wax") == ("1 Wax",)
    lone = pages(lambda canvas, number: book(canvas, 1), 1)
    assert all(title in lone.text for title in titles)


def chapters(canvas: Canvas, titles: Sequence[str]) -> None:
    """After the contents, a page for each title."""
    canvas.showPage()
    for title in titles:
        canvas.drawString(72, 700, title)
        canvas.drawString(72, 670, "This takes an hour.")
        canvas.showPage()


def test_titles_of_two_lines_go_with_the_contents_and_those_that_leave_few_dots() -> None:
    titles = ("Waxing the runners", "Oiling the rope", "Mending the seat", "Storing the sledge", "Riding")

    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 720, "Ask the maker for another copy.")
        for number, title in enumerate(titles):
            canvas.drawString(72, 700 - 48 * number, title)
            canvas.drawRightString(400, 700 - 48 * number, f"{LEADERS} {number + 2}")
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(72, 684, "Which wax for which snow, and what to do")
        canvas.drawString(72, 668, "about ice that covers the runners ... 2")
        chapters(canvas, titles)

    text = parse(drawn_pdf(draw), "a.pdf").text
    assert "Which wax" not in text and "about ice" not in text
    assert "another copy" in text and text.count("Riding") == 1


def test_contents_go_whose_leaders_are_dots_of_two_kinds() -> None:
    titles = ("Waxing the runners", "Oiling the rope", "Mending the seat", "Storing the sledge")

    def draw(canvas: Canvas) -> None:
        for number, title in enumerate(titles):
            canvas.drawString(72, 700 - 16 * number, f"{title} {'.' * 20}\u2026\u2026...\u2026 {number + 2}")
        chapters(canvas, titles)

    text = parse(drawn_pdf(draw), "a.pdf").text
    assert text.count("Waxing the runners") == 1 and "\u2026" not in text


def test_dotted_lines_to_write_on_go() -> None:
    def notes(canvas: Canvas, number: int) -> None:
        written(canvas, number)
        canvas.drawString(72, 500, "Wait for it ......")
        for row in range(20):
            canvas.drawString(72, 450 - 20 * row, "." * 120)
            canvas.drawString(400, 450 - 20 * row, "." * 20)

    document = pages(notes, 2)
    assert "........" not in document.text
    assert "Wait for it" in document.text

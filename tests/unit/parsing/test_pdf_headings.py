"""What a PDF sets apart: titles, and sentences that may be answers."""

from __future__ import annotations

from parsing_reading import section_of, texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

BODY = "The text of the body goes on for a while like this, page by page, in ten points."
TITLES = (
    "Cleaning the filter of the machine",
    "Adjusting the refrigerator temperature on models with two doors side by side",
    "2. Press the button of the pump, then wait!",
    "How much laundry can be washed in one load?",
    "IF WATER DOES NOT RUN OUT OF THE MACHINE!",
    "What to do if it does not start ...",
    "Before placing the laundry in the machine:",
    "Powder detergents.",
)
SENTENCES = (
    "Input voltages outside the safe range can lead to permanent damage!",
    "Your safety and the safety of others are very important.",
    'Close the lid before you press "START."',
    "The front panel has seven lights that tell what the controller does. They are these:",
)


def laid_out(lines: tuple[str, ...], size: float, bold: bool = False, bookmarks: bool = False) -> Document:
    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
            canvas.drawString(50, 800 - 60 * number, line)
            canvas.setFont("Helvetica", 10)
            canvas.drawString(50, 770 - 60 * number, BODY)
            canvas.drawString(50, 758 - 60 * number, BODY)
            if bookmarks:
                canvas.bookmarkPage(line)
                canvas.addOutlineEntry(line, line)
        canvas.showPage()

    return parse(drawn_pdf(draw), "a.pdf")


def test_titles_are_headings_in_larger_type() -> None:
    assert texts(laid_out(TITLES, 14), BlockKind.HEADING) == list(TITLES)


def test_sentences_are_no_headings_in_larger_or_bold_type() -> None:
    for size, bold in ((14, False), (10, True)):
        document = laid_out(("Safety", *SENTENCES), size, bold)
        assert texts(document, BlockKind.HEADING) == ["Safety"]
        assert set(SENTENCES) <= set(texts(document))


def test_bookmarks_of_sentences_of_the_text_make_no_headings() -> None:
    lines = ("Storage", "Will it freeze in winter?", *SENTENCES)
    document = laid_out(lines, 10, bookmarks=True)
    assert texts(document, BlockKind.HEADING) == ["Storage", "Will it freeze in winter?"]


def test_a_bookmarked_sentence_in_larger_type_is_a_heading() -> None:
    assert texts(laid_out(SENTENCES, 14, bookmarks=True), BlockKind.HEADING) == list(SENTENCES)


def set_in(*lines: tuple[str, float], names: tuple[tuple[str, int], ...] = ()) -> Document:
    """A PDF whose lines stand each over a text, in bold of these sizes; `names` are its bookmarks and their levels."""

    def draw(canvas: Canvas) -> None:
        for number, (line, size) in enumerate(lines):
            y = 800 - 60 * (number % 12)
            canvas.setFont("Helvetica-Bold", size)
            canvas.drawString(50, y, line)
            canvas.setFont("Helvetica", 10)
            canvas.drawString(50, y - 20, f"Text {number} stands here. {BODY}")
            canvas.drawString(50, y - 32, BODY)
            for name, level in names:
                if name == line:
                    canvas.bookmarkPage(name)
                    canvas.addOutlineEntry(name, name, level - 1)
            if number % 12 == 11:
                canvas.showPage()
        canvas.showPage()

    return parse(drawn_pdf(draw), "a.pdf")


def test_letters_addresses_and_signal_words_are_no_headings_in_large_type() -> None:
    lines = ("o", "A B", "Watch it on https://videos.example/sledge", "A DANGER", "3WARNING", "Waxing", "Q & A")
    assert texts(laid_out(lines, 16), BlockKind.HEADING) == ["Waxing", "Q & A"]


def test_numbered_steps_and_programs_stay_under_the_larger_heading_that_they_stand_under() -> None:
    document = set_in(
        ("Description", 20),
        ("First use", 20),
        ("Filling the tank", 14),
        ("Daily use", 20),
        ("1. OPEN THE LID", 10),
        ("2. FILL THE TANK", 10),
        ("3. CLOSE THE LID", 10),
        ("Resting", 14),
        ("Care", 20),
        ("Cleaning the lid", 14),
    )
    assert section_of(document, "Text 5 ")[-2:] == ("Daily use", "2. FILL THE TANK")
    assert section_of(document, "Text 7 ") == ("Daily use", "Resting")
    assert section_of(document, "Text 9 ") == ("Care", "Cleaning the lid")


def test_one_numbered_or_bookmarked_line_does_not_lift_all_that_is_set_alike() -> None:
    names = (("Shifting", 1), ("Seat", 1), ("Chain", 1))
    lines = (("Shifting", 20), ("Toe and heel", 10), ("5 mm wrench", 10), ("Seat", 20), ("Ignition key", 10), ("Chain", 10))
    document = set_in(*lines, ("Freeplay", 10), ("Brakes", 20), ("Left grip", 10), names=names)
    assert section_of(document, "Text 1 ") == ("Shifting", "Toe and heel")
    assert section_of(document, "Text 4 ") == ("Seat", "Ignition key")
    assert section_of(document, "Text 8 ") == ("Brakes", "Left grip")


def test_sections_are_told_from_chapters_though_set_alike_and_numbered_without_a_blank() -> None:
    lines = ("1. Parts", "2. Setup", "2.1.Sledge", "2.2.Rope", "3. Use", "3.1.Start", "3.2.Brake", "3.3.Stop")
    document = set_in(*((line, 16) for line in lines))
    assert section_of(document, "Text 3 ") == ("2. Setup", "2.2.Rope")
    assert section_of(document, "Text 4 ") == ("3. Use",)
    assert section_of(document, "Text 7 ") == ("3. Use", "3.3.Stop")


def test_lines_of_the_cover_and_safety_at_the_front_do_not_head_the_rest_of_the_book() -> None:
    front = (("Sledge S3", 24), ("Owner's book", 20), ("SAFETY FIRST", 16), ("KEEP THIS BOOK", 16))
    document = set_in(*front, *((f"Part {letter} of the sledge", 14) for letter in "ABCDEFGHIJ"))
    assert section_of(document, "Text 3 ") == ("Sledge S3", "KEEP THIS BOOK")
    assert section_of(document, "Text 9 ") == ("Sledge S3", "Part F of the sledge")

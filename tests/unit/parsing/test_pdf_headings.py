"""What a PDF sets apart: titles, and sentences that may be answers."""

from __future__ import annotations

from parsing_reading import texts
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

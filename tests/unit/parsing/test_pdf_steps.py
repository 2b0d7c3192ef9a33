"""Steps whose numbers have no dot."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from parsing_reading import texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

STEPS = ("Push the lever down.", "Turn the sledge to the slope and sit on it.", "Pull the lever up.", "Hold the rope.")


def draw_steps(canvas: Canvas, steps: Sequence[str], apart: float = 10, font: str = "Helvetica") -> None:
    for number, step in enumerate(steps, 1):
        canvas.setFont(font, 10)
        canvas.drawString(72, 700 - 13 * number, str(number))
        canvas.drawString(72 + apart, 700 - 13 * number, step)


@pytest.mark.parametrize("apart", [10, 30])
@pytest.mark.parametrize("ruled", [False, True])
def test_each_step_is_an_item(apart: float, ruled: bool) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        if ruled:
            canvas.line(72, 720, 300, 720)
            canvas.line(72, 640, 300, 640)
        draw_steps(canvas, STEPS, apart)
        canvas.drawString(72, 600, "The sledge now runs by itself.")
        canvas.showPage()

    items = texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.LIST_ITEM)
    assert items == [f"{number} {step}" for number, step in enumerate(STEPS, 1)]


@pytest.mark.parametrize("words", [("Runner", "Front rope", "Seat", "Brake lever"), STEPS])
def test_numbered_names_and_steps_in_bold_are_no_headings(words: Sequence[str]) -> None:
    def draw(canvas: Canvas) -> None:
        draw_steps(canvas, words, font="Helvetica-Bold")
        canvas.setFont("Helvetica", 10)
        for number in range(12):
            canvas.drawString(72, 600 - 13 * number, "The sledge is to be waxed before each winter, the rope to be oiled.")
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert not texts(document, BlockKind.HEADING)
    assert texts(document, BlockKind.LIST_ITEM) == [f"{number} {word}" for number, word in enumerate(words, 1)]


def test_numbers_and_the_names_of_parts_stay_a_table() -> None:
    def draw(canvas: Canvas) -> None:
        draw_steps(canvas, ("Runner", "Front rope", "Seat", "Brake lever"), apart=40)
        canvas.showPage()

    assert "2 | Front rope" in texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.TABLE_ROW)


def test_a_number_that_happens_to_begin_a_line_is_no_step() -> None:
    lines = (
        "The sledge is made by hand from ash and steel in a town that has",
        "2 Workshops and a museum of winter sports.",
    )

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 12 * number, line)
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf")) == [" ".join(lines)]

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from parsing_reading import texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

LINES = (
    "The kiln must cool for six hours before the door is opened, also",
    "where only the upper shelf was used. Open the vent by half a turn",
    "after three hours and fully after five. Cold air on hot glaze makes",
    "fine cracks that can be seen only when the light falls from the side.",
)
TOLD = " ".join(LINES)


def page(draw: Callable[[Canvas], None], pages: int = 1) -> Document:
    def all_pages(canvas: Canvas) -> None:
        for _ in range(pages):
            canvas.setFont("Helvetica", 10)
            draw(canvas)
            canvas.showPage()

    return parse(drawn_pdf(all_pages), "kiln.pdf")


@pytest.mark.parametrize("mode", [0, 3])
@pytest.mark.parametrize("angle", [0.3, 1, -1, 2.5, -4, 9, 181.2])
def test_tilted_lines_stay_whole(angle: float, mode: int) -> None:
    def tilted(canvas: Canvas) -> None:
        canvas.translate(300, 420)
        canvas.rotate(angle)
        for row, line in enumerate(LINES):
            text = canvas.beginText(-200, 200 - 14 * row)
            text.setFont("Helvetica", 10)
            text.setTextRenderMode(mode)
            text.textOut(line)
            canvas.drawText(text)

    assert page(tilted).text == TOLD


@pytest.mark.parametrize("turned", [True, False])
def test_words_set_one_by_one_along_a_crooked_line(turned: bool) -> None:
    def crooked(canvas: Canvas) -> None:
        slope = math.tan(math.radians(1.3))
        for row, line in enumerate(LINES):
            x = 60.0
            for word in line.split():
                canvas.saveState()
                canvas.translate(x, 700 - 14 * row + slope * x)
                canvas.rotate(1.3 + 0.1 * (row % 3) if turned else 0)
                canvas.setFont("Helvetica", 10)
                canvas.drawString(0, 0, word)
                canvas.restoreState()
                x += canvas.stringWidth(f"{word} ", "Helvetica", 10)

    assert page(crooked).text == TOLD


def test_crooked_columns_are_read_one_after_the_other() -> None:
    def crooked(canvas: Canvas) -> None:
        canvas.translate(50, 700)
        canvas.rotate(-1.5)
        for column in range(2):
            for row, line in enumerate(LINES * 2):
                canvas.setFont("Helvetica", 7)
                canvas.drawString(260 * column, -12 * row, line)

    assert page(crooked).text.replace("\n\n", " ") == " ".join([TOLD] * 4)


def test_a_note_set_askew_stays_in_its_place() -> None:
    def noted(canvas: Canvas) -> None:
        for row, line in enumerate(LINES):
            canvas.drawString(60, 700 - 14 * row, line)
        canvas.translate(100, 500)
        canvas.rotate(10)
        canvas.drawString(0, 0, "Tried and tested")
        canvas.drawString(0, -14, "since last spring")

    assert page(noted).text == f"{TOLD}\n\nTried and tested since last spring"


def test_a_sideways_table_is_read_under_its_upright_heading() -> None:
    def sideways(canvas: Canvas) -> None:
        canvas.drawString(60, 800, "Glazes of the workshop")
        canvas.translate(500, 100)
        canvas.rotate(90)
        for row, cells in enumerate((("Glaze", "Cone", "Hold"), ("Celadon", "10", "20 min"), ("Shino", "9", "35 min"))):
            for column, cell in enumerate(cells):
                canvas.drawString(150 * column, -20 * row, cell)

    document = page(sideways)
    assert document.text.startswith("Glazes of the workshop")
    assert texts(document, BlockKind.TABLE_ROW)[1:] == [
        "Glaze: Celadon | Cone: 10 | Hold: 20 min",
        "Glaze: Shino | Cone: 9 | Hold: 35 min",
    ]


@pytest.mark.parametrize("angle", [90, 270])
def test_heads_on_end_are_laid_down_into_their_table(angle: int) -> None:
    def heads(canvas: Canvas) -> None:
        for column, head in enumerate(("Sweep", "Inspect", "Renew")):
            canvas.saveState()
            width = canvas.stringWidth(head, "Helvetica", 10)
            canvas.translate(208 + 80 * column, 600 + (width if angle == 270 else 0))
            canvas.rotate(angle)
            canvas.drawString(0, 0, head)
            canvas.restoreState()
        for row, cells in enumerate((("Flue", "x", "-", "x"), ("Grate", "x", "x", "x"), ("Seal", "-", "x", "x"))):
            for x, cell in zip((60, 204, 284, 364), cells, strict=True):
                canvas.drawString(x, 580 - 18 * row, cell)

    rows = texts(page(heads), BlockKind.TABLE_ROW)
    assert len(rows) == 4
    assert [word for word in ("Sweep", "Inspect", "Renew") if word in rows[0]] == ["Sweep", "Inspect", "Renew"]


def test_tabs_at_the_side_of_every_page_are_running_headers() -> None:
    def tabbed(canvas: Canvas) -> None:
        for row, line in enumerate(LINES):
            canvas.drawString(60, 700 - 14 * row, line)
        canvas.translate(585, 400)
        canvas.rotate(270)
        canvas.drawString(0, 0, "ENGLISH")

    assert "ENGLISH" not in page(tabbed, pages=4).text


def test_a_turned_page_is_read_upright() -> None:
    def turned(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(60, 60)
        canvas.rotate(90)
        for row, line in enumerate(LINES):
            canvas.drawString(0, -14 * row - 40, line)

    assert page(turned).text == TOLD

"""Which of the lines drawn on a page are seen, and which of them are one."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2 as pdfium
import pytest
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.pdf.picture_rules import drifting
from ragqa.parsing.pdf.rules import Rules, read_rules


def crossed(canvas: Canvas) -> None:
    """Lines across and upright around the lower left of the page, and over its edge."""
    for place in (-30, 60, 120, 180):
        canvas.line(-50, place, 200, place)
        canvas.line(place, -50, place, 200)


def clipped(canvas: Canvas) -> None:
    window = canvas.beginPath()
    window.rect(100, 100, 50, 50)
    canvas.clipPath(window, stroke=0, fill=0)
    crossed(canvas)


def clipped_form(canvas: Canvas) -> None:
    """What a form holds is drawn outside of the window that the form is seen through."""
    canvas.beginForm("drawing", lowerx=100, lowery=100, upperx=150, uppery=150)
    crossed(canvas)
    canvas.endForm()
    canvas.doForm("drawing")


def rules_of(draw: Callable[[Canvas], None]) -> Rules:
    def page(canvas: Canvas) -> None:
        draw(canvas)
        canvas.showPage()

    pdf = pdfium.PdfDocument(drawn_pdf(page))
    try:
        return read_rules(pdf[0])
    finally:
        pdf.close()


def lines_of(draw: Callable[[Canvas], None]) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    rules = rules_of(draw)
    return [tuple(map(round, line)) for line in rules.across], [tuple(map(round, line)) for line in rules.upright]


@pytest.mark.parametrize("draw", [clipped, clipped_form], ids=lambda draw: draw.__name__)
def test_what_a_clip_hides_is_no_line(draw: Callable[[Canvas], None]) -> None:
    across, upright = lines_of(draw)
    assert len(across) == len(upright) == 1
    assert across[0][0] == upright[0][0] == 120
    assert 97 <= across[0][1] < across[0][2] <= 153


def test_lines_end_at_the_edge_of_the_page() -> None:
    across, upright = lines_of(crossed)
    assert [line[0] for line in across] == [180, 120, 60]
    assert all(-3 <= line[1] <= 0 and line[2] == 200 for line in (*across, *upright))


def test_a_shade_is_no_larger_than_what_is_seen_of_it() -> None:
    def draw(canvas: Canvas) -> None:
        window = canvas.beginPath()
        window.rect(100, 100, 50, 50)
        canvas.clipPath(window, stroke=0, fill=0)
        canvas.setFillGray(0.8)
        canvas.rect(0, 0, 500, 500, stroke=0, fill=1)

    rules = rules_of(draw)
    assert rules.ground(125, 125) is not None
    assert rules.ground(300, 300) is None
    assert len(rules.across) == len(rules.upright) == 2


def test_a_crooked_line_of_a_scan_is_one() -> None:
    pieces = [(500.0 - 0.5 * number, 20.0 * number, 20.0 * number + 21.0) for number in range(12)]
    [line] = drifting(pieces, 10.0)
    assert line[1:] == (0.0, 241.0)


def test_lines_that_drift_by_too_much_at_a_time_are_several() -> None:
    assert len(list(drifting([(4.0 * number, 20.0 * number, 20.0 * number + 21.0) for number in range(4)], 10.0))) == 4

"""Every block of a PDF knows its box on the page as it is displayed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2 as pdfium
import pytest
from parsing_samples import drawn_pdf, manual_pdf
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

from ragqa.parsing.pdf.places import Frame
from ragqa.parsing.registry import parse
from ragqa.types import Block, Box, Document, box_around

WIDTH, HEIGHT = 595.27, 841.89
"""A4 in points, as the samples have it."""


def block_of(document: Document, words: str) -> Block:
    return next(block for block in document.blocks if words in document.text[block.start : block.end])


def box_of(document: Document, words: str) -> Box:
    box = block_of(document, words).box
    assert box is not None
    return box


def with_page(data: bytes, change: Callable[[pdfium.PdfPage], None]) -> bytes:
    """The PDF with its first page changed."""
    pdf = pdfium.PdfDocument(data)
    change(pdf[0])
    buffer = io.BytesIO()
    pdf.save(buffer)
    pdf.close()
    return buffer.getvalue()


def one_line(canvas: Canvas) -> None:
    """A line whose baseline begins at a quarter of the width and a quarter of the height from the top."""
    canvas.setFont("Helvetica", 12)
    canvas.drawString(WIDTH / 4, HEIGHT * 3 / 4, "The shutter button is on the right.")
    canvas.showPage()


def test_every_block_has_a_box_that_is_on_the_page() -> None:
    document = parse(manual_pdf(2), "brew.pdf")
    for block in document.blocks:
        assert block.box is not None
        left, top, right, bottom = block.box
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    boxes = [block.box for block in document.blocks if block.page == 1 and block.box is not None]
    assert boxes == sorted(boxes, key=lambda box: box[1]), "a page of one column is read from top to bottom"


def test_a_line_stands_where_it_is_drawn() -> None:
    left, top, right, bottom = box_of(parse(drawn_pdf(one_line), "a.pdf"), "shutter")
    assert left == pytest.approx(0.25, abs=0.005)
    assert top < 0.25 < bottom < 0.26
    assert 0.5 < right < 0.7


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(90, lambda x, y: (1 - y, x)), (180, lambda x, y: (1 - x, 1 - y)), (270, lambda x, y: (y, 1 - x))],
)
def test_a_turned_page_is_taken_as_it_is_displayed(
    rotation: int, expected: Callable[[float, float], tuple[float, float]]
) -> None:
    plain = box_of(parse(drawn_pdf(one_line), "a.pdf"), "shutter")
    data = with_page(drawn_pdf(one_line), lambda page: page.set_rotation(rotation))
    turned = box_of(parse(data, "a.pdf"), "shutter")
    corners = [expected(x, y) for x, y in ((plain[0], plain[1]), (plain[2], plain[3]))]
    assert turned == pytest.approx(
        (min(x for x, _ in corners), min(y for _, y in corners), max(x for x, _ in corners), max(y for _, y in corners)),
        abs=0.002,
    )


def test_the_crop_box_is_the_page() -> None:
    data = with_page(drawn_pdf(one_line), lambda page: page.set_cropbox(WIDTH / 4, HEIGHT / 2, WIDTH, HEIGHT))
    left, top, _, bottom = box_of(parse(data, "a.pdf"), "shutter")
    assert left == pytest.approx(0.0, abs=0.005)
    assert top < 0.5 < bottom < 0.52


def upright(canvas: Canvas) -> None:
    canvas.translate(WIDTH / 2, HEIGHT / 4)
    canvas.rotate(90)
    canvas.drawString(0, 0, "This line runs up the page.")
    canvas.showPage()


def test_text_that_runs_up_the_page_stands_upright_on_it() -> None:
    left, top, right, bottom = box_of(parse(drawn_pdf(upright), "a.pdf"), "runs up")
    assert right - left < 0.03 and bottom - top > 0.1
    assert bottom == pytest.approx(0.75, abs=0.01) and left < 0.5 < right


def two_columns(canvas: Canvas) -> None:
    for x, words in ((72, "left"), (320, "right")):
        text = canvas.beginText(x, 740)
        text.setFont("Helvetica", 10)
        for number in range(20):
            text.textLine(f"the {words} column goes on in line {number} with")
        canvas.drawText(text)
    canvas.showPage()


def test_a_block_over_two_columns_has_the_box_of_its_first_part() -> None:
    document = parse(drawn_pdf(two_columns), "a.pdf")
    block = block_of(document, "left column goes on in line 0")
    assert "right column goes on in line 19" in document.text[block.start : block.end]
    assert block.box is not None and block.box[2] < 0.5


def test_a_table_row_has_its_own_box() -> None:
    document = parse(manual_pdf(1), "brew.pdf")
    long, short = box_of(document, "Model: X200"), box_of(document, "Model: X300")
    assert long[3] <= short[1]
    assert long[3] - long[1] > 1.5 * (short[3] - short[1]), "its cell runs over two lines"


def same_rows(canvas: Canvas) -> None:
    table = Table([["Part", "State"], ["Lamp", "on"], ["Pump", "off"], ["Lamp", "on"], ["Pump", "off"]], colWidths=90)
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    table.wrapOn(canvas, 400, 400)
    table.drawOn(canvas, 72, 600)
    canvas.showPage()


def test_rows_that_say_the_same_have_boxes_one_under_the_other() -> None:
    document = parse(drawn_pdf(same_rows), "a.pdf")
    tops = [block.box[1] for block in document.blocks if " | " in document.text[block.start : block.end] and block.box]
    assert len(tops) == 5 and tops == sorted(set(tops))


@pytest.mark.parametrize("place", [(-500.0, -500.0, -400.0, -400.0), (10.0, 10.0, 10.0, 10.0), (float("nan"),) * 4])
def test_what_is_not_displayed_has_no_box(place: tuple[float, float, float, float]) -> None:
    pdf = pdfium.PdfDocument(drawn_pdf(one_line))
    assert Frame.of(pdf[0]).box(*place) is None
    pdf.close()


def test_formats_without_places_have_no_boxes() -> None:
    assert {block.box for block in parse(b"# Lamp\n\nThe lamp draws 8 watts.\n", "a.md").blocks} == {None}


def test_the_smallest_box_around_others() -> None:
    assert box_around([(0.1, 0.2, 0.3, 0.4), None, (0.0, 0.3, 0.2, 0.6)]) == (0.0, 0.2, 0.3, 0.6)
    assert box_around([None]) is None and box_around([]) is None

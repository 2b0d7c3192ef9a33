"""Words found on a page, whatever typesetting made of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pypdfium2 as pdfium
import pytest
from parsing_samples import drawn_pdf, lines_pdf, scan_page
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from ragqa.errors import ParseError, UsageError
from ragqa.parsing.pdf.find_words import PageWords
from ragqa.parsing.pdf.picture import LONGEST_SIDE, draw_page
from ragqa.parsing.pdf.places import Frame
from ragqa.parsing.registry import parse
from ragqa.types import Box, Spot


def found(data: bytes, words: str, within: Box | None = None) -> list[Box]:
    pdf = pdfium.PdfDocument(data)
    page = pdf[0]
    textpage = page.get_textpage()
    boxes = PageWords(textpage, Frame.of(page)).find(words, within)
    textpage.close()
    pdf.close()
    return boxes


def first_letters(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    return [(round(box[0], 2), round(box[1], 2)) for box in boxes]


LINES = lines_pdf(
    ["The fuse has 12 A in 2012 machines.", "Press the start but-", "ton for three seconds.", "Set the switch to 12 A."]
)


def test_words_have_one_box_a_line() -> None:
    (box,) = found(LINES, "2012 machines")
    assert 0.2 < box[0] < box[2] < 0.6 and box[3] - box[1] < 0.02
    assert len(found(LINES, "Press the start button for three seconds")) == 2


@pytest.mark.parametrize("words", ["start button for", "START BUTTON FOR", "start  button\nfor", "start but-ton for"])
def test_spaces_hyphens_and_case_do_not_count(words: str) -> None:
    assert len(found(LINES, words)) == 2


def test_whole_words_come_first() -> None:
    assert len(found(LINES, "12 A")) == 2
    assert len(found(LINES, "12")) == 2, "and not that of 2012"
    assert len(found(LINES, "201")) == 1, "but a part, where there is nothing else"


def test_the_box_tells_which_place_is_meant() -> None:
    last = next(block.box for block in parse(LINES, "a.pdf").blocks if block.box)
    above, below = found(LINES, "12 A")
    assert found(LINES, "12 A", (0.0, below[1] - 0.005, 1.0, below[3])) == [below]
    assert found(LINES, "12 A", last) == [above]
    assert found(LINES, "12 A", (0.0, 0.9, 1.0, 1.0)) == [], "so short that it may stand anywhere"


def test_a_cell_over_several_rows_is_found_beside_them() -> None:
    assert found(LINES, "Set the switch", (0.0, 0.05, 1.0, 0.06)) == found(LINES, "Set the switch")
    twice = lines_pdf(["Press the lever.", "Then wait.", "Press the lever.", "Then wait.", "Done."])
    first, second = found(twice, "Press the lever")
    assert found(twice, "Press the lever", (0.0, 0.9, 1.0, 1.0)) == [second]
    assert found(twice, "Press the lever", (0.0, 0.0, 1.0, 0.01)) == [first]


@pytest.mark.parametrize("words", ["", "   ", "—", "Where is it?", "\x00\ud800"])
def test_what_is_not_there_is_not_found(words: str) -> None:
    assert found(LINES, words) == []


def test_a_page_without_text_has_no_words() -> None:
    assert found(drawn_pdf(scan_page), "fuse") == []


def wrapped_cells(canvas: Canvas) -> None:
    """Two cells of two lines each, drawn line by line over both."""
    for row, cells in enumerate((("Close the lid of the", "Call the customer"), ("water tank firmly", "service at once"))):
        canvas.drawString(72, 700 - 14 * row, cells[0])
        canvas.drawString(300, 700 - 14 * row, cells[1])
    canvas.showPage()


def test_the_words_of_a_cell_are_found_in_parts() -> None:
    data = drawn_pdf(wrapped_cells)
    row = (0.1, 0.1, 0.9, 0.2)
    boxes = found(data, "Close the lid of the water tank firmly", row)
    assert first_letters(boxes) == [(0.12, 0.16), (0.12, 0.17)]
    assert len(found(data, "Close the lid of the water tank firmly | Call the customer service at once", row)) == 4


def test_letters_are_compared_as_people_see_them() -> None:
    data = lines_pdf(["Der Kühlschrank fasst 3 m³."])
    assert len(found(data, "Kuhlschrank fasst 3 m3")) == 1
    assert len(found(data, "Ku\u0308hlschrank")) == 1


def test_a_very_long_text_takes_no_time() -> None:
    assert found(LINES, "water " * 100_000) == []


def picture_of(data: bytes, spot: Spot) -> Image.Image:
    drawn = draw_page(data, spot)
    image = Image.open(io.BytesIO(drawn.png))
    assert image.format == "PNG" and image.size == (drawn.width, drawn.height)
    return image


def colours(image: Image.Image, box: Box) -> set[tuple[int, ...]]:
    """The colours in and just around a box."""
    left, top, right, bottom = (int(share * size) for share, size in zip(box, (*image.size, *image.size), strict=True))
    part = image.crop((max(0, left - 15), max(0, top - 15), right + 15, bottom + 15))
    return {colour for _, colour in part.getcolors(1_000_000)}  # type: ignore[union-attr]


def test_words_are_boxed_and_their_place_is_framed() -> None:
    block = parse(LINES, "a.pdf").blocks[0]
    drawn = draw_page(LINES, Spot("a.pdf", 1, "start button", block.box))
    assert len(drawn.words) == 2 and drawn.box == block.box
    image = Image.open(io.BytesIO(drawn.png))
    assert (208, 48, 0) in colours(image, drawn.words[0])
    assert block.box is not None and (0, 104, 208) in colours(image, block.box)
    plain = picture_of(LINES, Spot("a.pdf", 1))
    assert colours(plain, (0.0, 0.0, 1.0, 1.0)) <= {(grey, grey, grey) for grey in range(256)}


@pytest.mark.parametrize("page", [0, -1, 2, 10**12])
def test_a_page_that_is_not_there(page: int) -> None:
    with pytest.raises(UsageError, match=f"has no page {page}"):
        draw_page(LINES, Spot("a.pdf", page))


def poster(canvas: Canvas) -> None:
    canvas.setPageSize((14_000, 200))
    canvas.drawString(72, 100, "A very wide page")
    canvas.showPage()


def test_a_huge_page_is_drawn_small() -> None:
    image = picture_of(drawn_pdf(poster), Spot("a.pdf", 1, "wide"))
    assert max(image.size) <= LONGEST_SIDE + 1


def test_a_turned_page_is_drawn_as_it_is_displayed() -> None:
    pdf = pdfium.PdfDocument(LINES)
    pdf[0].set_rotation(90)
    turned = io.BytesIO()
    pdf.save(turned)
    pdf.close()
    drawn = draw_page(turned.getvalue(), Spot("a.pdf", 1, "2012 machines"))
    assert drawn.width > drawn.height
    left, top, right, bottom = drawn.words[0]
    assert right - left < bottom - top


@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[:300], lambda data: b"%PDF-1.4 nothing"])
def test_what_is_no_pdf(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ParseError):
        draw_page(spoil(LINES), Spot("a.pdf", 1))

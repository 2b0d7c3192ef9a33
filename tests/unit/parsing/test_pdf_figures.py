"""Pictures of a PDF with their captions and the lists of their parts."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from parsing_reading import texts
from parsing_samples import drawn_pdf
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.pdf.figures import is_caption, part_of_figure
from ragqa.parsing.registry import parse
from ragqa.types import Block, BlockKind, Box, Document

WIDTH, HEIGHT = 595.27, 841.89


def picture(canvas: Canvas, x: float = 100, y: float = 500, width: float = 300, height: float = 200) -> None:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "grey").save(made, "PNG")
    made.seek(0)
    canvas.drawImage(ImageReader(made), x, y, width, height)


def lines(canvas: Canvas, y: float, *said: str, x: float = 100, leading: float = 14) -> None:
    for number, line in enumerate(said):
        canvas.drawString(x, y - leading * number, line)


def prose(canvas: Canvas, y: float = 780) -> None:
    lines(canvas, y, "The camera has a body of metal and a lens that can be changed by hand.", "Keep both dry and clean.")


def holds(box: Box | None, x: float, y: float, width: float, height: float) -> bool:
    """Whether a box holds a rectangle in points."""
    assert box is not None
    left, top, right, bottom = x / WIDTH, 1 - (y + height) / HEIGHT, (x + width) / WIDTH, 1 - y / HEIGHT
    slack = 0.002
    return box[0] <= left + slack and box[1] <= top + slack and right <= box[2] + slack and bottom <= box[3] + slack


def block_of(document: Document, words: str) -> Block:
    return next(block for block in document.blocks if words in document.text[block.start : block.end])


@pytest.mark.parametrize(
    "caption", ["Figure 3: The front of the camera", "Fig. 2 Front view", "Abb. 4", "FIGURE 1-2. Front", "図1 前面"]
)
@pytest.mark.parametrize("y", [480, 710], ids=["below", "above"])
def test_a_caption_leads_to_its_picture(caption: str, y: float) -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        picture(canvas)
        if not caption.isascii():
            from reportlab.pdfbase import pdfmetrics
            from reportlab.pdfbase.cidfonts import UnicodeCIDFont

            pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
            canvas.setFont("HeiseiMin-W3", 12)
        lines(canvas, y, caption)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.FIGURE) == [caption]
    assert holds(block_of(document, caption).box, 100, 500, 300, 200)
    assert not holds(block_of(document, "a body of metal").box, 100, 500, 300, 200)


def with_parts(canvas: Canvas, parts: Sequence[str], caption: str = "Figure 1: Controls") -> None:
    prose(canvas)
    picture(canvas)
    if caption:
        lines(canvas, 482, caption)
    lines(canvas, 460 if caption else 485, *parts)
    lines(canvas, 300, "The battery is charged with the cable that comes with the camera, in two hours.")
    canvas.showPage()


MARKERS = (("1", "2", "3"), ("1.", "2.", "3."), ("A", "B", "C"), ("(1)", "(2)", "(3)"))
PARTS = ("Shutter button", "Lens release", "Mode dial")


@pytest.mark.parametrize("caption", ["Figure 1: Controls", ""])
@pytest.mark.parametrize("markers", MARKERS)
def test_the_list_of_parts_leads_to_the_picture(markers: tuple[str, ...], caption: str) -> None:
    parts = [f"{marker} {part}" for marker, part in zip(markers, PARTS, strict=True)]
    document = parse(drawn_pdf(lambda canvas: with_parts(canvas, parts, caption)), "a.pdf")
    found = block_of(document, "Shutter button")
    assert found.kind is BlockKind.LIST_ITEM and holds(found.box, 100, 500, 300, 200)
    group = [document.text[block.start : block.end] for block in document.blocks if block.group == found.group]
    assert group == [*([caption] if caption else []), *parts]
    assert block_of(document, "The battery").group == 0


@pytest.mark.parametrize(
    "steps",
    [
        ["1. Press the shutter button.", "2. Turn the mode dial to the left.", "3. Wait."],
        ["1. Open the cover:", "2. Take the battery out!", "3. Is it warm?"],
        ["4 Shutter button", "5 Lens release", "6 Mode dial"],
    ],
)
def test_steps_below_a_picture_are_no_parts(steps: list[str]) -> None:
    document = parse(drawn_pdf(lambda canvas: with_parts(canvas, steps)), "a.pdf")
    assert not holds(block_of(document, steps[0][2:]).box, 100, 500, 300, 200)
    assert texts(document, BlockKind.FIGURE) == ["Figure 1: Controls"]


def test_text_without_a_picture_is_no_caption() -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        lines(canvas, 700, "Figure 3 shows the front of the camera, and the parts that it has.")
        picture(canvas, y=60, height=150)
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.FIGURE) == []


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [(0, 0, WIDTH, HEIGHT), (100, 500, 12, 12), (0, 500, WIDTH, 2)],
    ids=["ground", "icon", "line"],
)
def test_grounds_and_icons_are_no_pictures(x: float, y: float, width: float, height: float) -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas, x, y, width, height)
        prose(canvas)
        lines(canvas, 484, "Figure 3: The front of the camera")
        canvas.showPage()

    assert texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.FIGURE) == []


def test_a_picture_in_strips_is_one() -> None:
    def draw(canvas: Canvas) -> None:
        for strip in range(20):
            picture(canvas, 100, 500 + 10 * strip, 300, 10)
        lines(canvas, 482, "Figure 3: The front of the camera")
        canvas.showPage()

    assert holds(block_of(parse(drawn_pdf(draw), "a.pdf"), "Figure 3").box, 100, 500, 300, 200)


def test_a_picture_in_a_form_is_found_where_it_is_shown() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("camera")
        picture(canvas, 0, 0, 30, 20)
        canvas.endForm()
        canvas.translate(100, 500)
        canvas.scale(10, 10)
        canvas.doForm("camera")
        canvas.scale(0.1, 0.1)
        canvas.translate(-100, -500)
        lines(canvas, 482, "Figure 3: The front of the camera")
        canvas.showPage()

    box = block_of(parse(drawn_pdf(draw), "a.pdf"), "Figure 3").box
    assert holds(box, 100, 500, 300, 200) and box is not None and box[2] < 420 / WIDTH


def test_a_drawing_of_strokes_is_a_picture() -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        for number in range(12):
            canvas.circle(120 + 20 * number, 560 + 8 * number, 15)
        lines(canvas, 520, "Figure 3: The front of the camera")
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.FIGURE) == ["Figure 3: The front of the camera"]
    assert holds(block_of(document, "Figure 3").box, 110, 550, 240, 100)


def test_each_caption_has_its_own_picture() -> None:
    def draw(canvas: Canvas) -> None:
        for number, y in enumerate((600, 350, 100), start=1):
            picture(canvas, 100, y, 300, 150)
            lines(canvas, y - 16, f"Figure {number}: View {number}")
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert len({block.group for block in document.blocks}) == 3
    for number, y in enumerate((600, 350, 100), start=1):
        box = block_of(document, f"View {number}").box
        assert holds(box, 100, y, 300, 150) and box is not None and box[3] - box[1] < 0.25


def test_thousands_of_pictures_take_no_time() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(4000):
            picture(canvas, number % 80 * 6, number // 80 * 12, 3, 3)
        lines(canvas, 800, "Figure 3: The front of the camera")
        canvas.showPage()

    assert parse(drawn_pdf(draw), "a.pdf").blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Figure 3: Front", True), ("Fig. 2", True), ("Abbildung 4 – Front", True), ("Afb. 1: Voorkant", True), ("图 3", True),
        ("Figure A3 Front", True), ("Table 3: Data", False), ("Tab. 3", False), ("Tabelle 1", False), ("表1", False),
        ("Figures are in euro.", False), ("See Figure 3", False), ("Figure 3 " + "and so on " * 50, False), ("", False),
    ],
)  # fmt: skip
def test_what_reads_as_a_caption(text: str, expected: bool) -> None:
    assert is_caption(text) is expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 Lens", ("1", "Lens")), ("(12) Lens cap", ("(12)", "Lens cap")), ("B. Lens", ("B.", "Lens")),
        ("③ Lens", ("③", "Lens")), ("Lens 1", None), ("2023 was dry", None), ("1", None), ("", None),
    ],
)  # fmt: skip
def test_what_reads_as_a_part(text: str, part: tuple[str, str] | None) -> None:
    assert part_of_figure(text) == part

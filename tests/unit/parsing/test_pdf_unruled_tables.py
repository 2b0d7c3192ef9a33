"""Tables of two columns that no line parts: one row for each key, however close the lines stand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from parsing_reading import texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

CODES = ("E01 | Door open", "E02 | Water level too low", "E03 | Pump blocked", "E04 | Heater", "E05 | Sensor fault")
SPECIFICATION = ("Display | yes", "Screen | 6.1 inch OLED, 2532 x 1170", "Battery | 3240 mAh", "Weight | 174 g")


def rows_of(lines: Sequence[str], leading: float = 12, width: float = 100) -> list[str]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(lines):
            for column, cell in enumerate(line.split(" | ")):
                canvas.drawString(50 + column * width, 780 - number * leading, cell)
        canvas.showPage()

    return texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.TABLE_ROW)


@pytest.mark.parametrize("leading", [12, 15, 17])
@pytest.mark.parametrize("lines", [CODES, SPECIFICATION])
def test_what_stands_below_the_widest_value_is_a_row_of_its_own(lines: Sequence[str], leading: float) -> None:
    assert rows_of(lines, leading) == list(lines)


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(("Protection against | IP 44, while the cover", "water | is shut"), id="its second line did not fit"),
        pytest.param(
            ("Kind of protection | IP 44, if it stands upright and", "against water | is shut"), id="small letters go on"
        ),
        pytest.param(
            ("Childproof | You can lock it so that nobody is able to change", "Lock | what it does"), id="a line of text"
        ),
        pytest.param(("Protection | IP 44, while the cover is", " | shut, and it stands upright"), id="the value alone goes on"),
    ],
)
def test_a_key_and_its_value_stay_one_row_over_several_lines(wrapped: tuple[str, str]) -> None:
    key, value = (
        " ".join(part for part in parts if part.strip()) for parts in zip(*(line.split(" | ") for line in wrapped), strict=True)
    )
    assert rows_of(("Voltage | 230 V", *wrapped, "Weight | 12 kg")) == ["Voltage | 230 V", f"{key} | {value}", "Weight | 12 kg"]

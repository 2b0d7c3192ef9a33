"""In which order the columns of a page are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pypdfium2 as pdfium
import pytest
from parsing_reading import texts
from parsing_samples import drawn_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.pdf.spans import read_page
from ragqa.parsing.pdf.spreads import part_spreads
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

LEFT, RIGHT = 72, 330


def column(canvas: Canvas, x: float, top: float, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        canvas.drawString(x, top - 13 * number, line)


def read(*parts: tuple[float, float, Iterable[str]]) -> list[str]:
    """The blocks of a page on which columns of lines are drawn one after the other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for x, top, lines in parts:
            column(canvas, x, top, lines)
        canvas.showPage()

    return texts(parse(drawn_pdf(draw), "a.pdf"))


def hints(name: str, first: int, last: int) -> list[str]:
    return [f"\u2022 The {name} has hint {number}." for number in range(first, last)]


def remarks(name: str, count: int) -> list[str]:
    """Sentences of one line, some long and some short."""
    ends = ("snow.", "ice.", "snow, ice and wet grass.")
    return [f"The {name} {number} is made for {ends[number % 3]}" for number in range(count)]


def test_columns_that_are_drawn_in_a_few_pieces_are_columns() -> None:
    left, right = remarks("sledge", 15), remarks("rope", 15)
    text = " ".join(
        read(
            (LEFT, 700, left[:5]),
            (RIGHT, 700, right[:5]),
            (LEFT, 635, left[5:10]),
            (RIGHT, 635, right[5:15]),
            (LEFT, 570, left[10:]),
        )
    )
    assert text == " ".join([*left, *right])


def test_a_wider_gap_beside_the_words_of_a_drawing_hides_no_columns() -> None:
    left, right = [[f"The {name} has no {part}." for part in ("rope", "seat", "runner") * 3] for name in ("sledge", "toboggan")]
    text = " ".join(read((40, 700, left), (175, 700, right), (440, 640, ["F1"]), (440, 600, ["F2"])))
    assert text.startswith(" ".join(left))


def test_what_goes_with_each_of_several_texts_stays_with_it() -> None:
    def recipe(name: str, top: float) -> list[tuple[float, float, list[str]]]:
        return [(LEFT, top, hints(name, 0, 6)), (RIGHT, top, [f"{name} wax", f"{name} oil", f"{name} cloth", f"{name} salt"])]

    text = " ".join(read(*recipe("runner", 700), *recipe("seat", 580), *recipe("brake", 460)))
    assert text.index("runner salt") < text.index("seat has hint 0") < text.index("seat salt") < text.index("brake has hint 0")


def test_two_headings_that_are_drawn_first_do_not_leave_their_columns() -> None:
    left, right = hints("sledge", 0, 8), hints("rope", 0, 8)
    blocks = read((LEFT, 700, ["Sledges"]), (RIGHT, 700, ["Ropes"]), (LEFT, 670, left), (RIGHT, 670, right))
    assert blocks == ["Sledges", *left, "Ropes", *right]


def test_names_and_values_stay_together_though_they_are_drawn_by_halves() -> None:
    names = [f"Part {letter}" for letter in "ABCDEFGHIJKLMNOP"]
    values = [f"{number} mm" for number in range(16)]

    def draw(canvas: Canvas) -> None:
        for first in (0, 8):
            column(canvas, LEFT, 700 - 13 * first, names[first : first + 8])
            column(canvas, RIGHT, 700 - 13 * first, values[first : first + 8])
        canvas.showPage()

    rows = texts(parse(drawn_pdf(draw), "a.pdf"), BlockKind.TABLE_ROW)
    assert rows == [f"{name} | {value}" for name, value in zip(names, values, strict=True)]


def test_numbers_stay_with_the_lines_that_they_number() -> None:
    meanings = ["Not moved at all", "Moved a little", "Moved all the way", "Stuck in the snow"]

    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "This is what the numbers on the dial at the rear of the sledge mean to you:")
        for number in range(4):
            canvas.drawString(130, 700 - 40 * number, str(number))
        for number, meaning in enumerate(meanings):
            canvas.drawString(300, 700 - 40 * number, meaning)
        canvas.showPage()

    text = parse(drawn_pdf(draw), "a.pdf").text
    assert all(text.index(str(number)) < text.index(meaning) for number, meaning in enumerate(meanings))
    assert text.index(meanings[0]) < text.index("1")


def divided(canvas: Canvas, foot: float, head: float) -> None:
    canvas.line(300, foot, 300, head)


def test_a_line_between_two_columns_parts_them_whatever_was_drawn_last() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        column(canvas, LEFT, 700, ["Waxing the runners", "Rub the wax on while the", "runners are still warm."])
        column(canvas, RIGHT, 700, ["Storing the sledge", "Hang it up by its rope and", "keep it dry all summer."])
        column(canvas, LEFT, 620, ["The runner from below"])
        column(canvas, RIGHT, 620, ["The hook at the wall"])
        divided(canvas, 600, 712)
        canvas.showPage()

    blocks = texts(parse(drawn_pdf(draw), "a.pdf"))
    assert " ".join(blocks) == (
        "Waxing the runners Rub the wax on while the runners are still warm. The runner from below "
        "Storing the sledge Hang it up by its rope and keep it dry all summer. The hook at the wall"
    )


def test_tables_on_both_sides_of_a_line_are_two() -> None:
    left = [("Whole length", "120 cm"), ("Whole width", "48 cm"), ("Seat height", "25 cm"), ("Empty weight", "5 kg")]
    right = [("Runner steel", "4 mm"), ("Rope length", "90 cm"), ("Rope strength", "60 kg"), ("Bolt thread", "M6 x 40")]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for x, rows in ((LEFT, left), (312, right)):
            canvas.line(x - 4, 714, x + 220, 714)
            for number, (name, value) in enumerate(rows):
                canvas.drawString(x, 700 - 20 * number, name)
                canvas.drawString(x + 110, 700 - 20 * number, value)
                canvas.line(x - 4, 694 - 20 * number, x + 220, 694 - 20 * number)
        divided(canvas, 620, 720)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.TABLE_ROW) == [" | ".join(row) for row in (*left, *right)]


def test_a_wall_between_names_and_values_that_are_drawn_row_by_row_parts_no_columns() -> None:
    rows = [("Whole length", "120 cm and no more"), ("Whole width", "48 cm at the back"), ("Seat height", "25 cm above ground")]
    rows += [("Empty weight", "5 kg without rope"), ("Rope strength", "60 kg when it is dry")]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for number, (name, value) in enumerate(rows):
            canvas.drawString(180, 700 - 20 * number, name)
            canvas.drawString(RIGHT, 700 - 20 * number, value)
        divided(canvas, 600, 712)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.TABLE_ROW) == [" | ".join(row) for row in rows]


HABITS = ("whenever you come home", "before the first snow falls", "after the children went to bed")


def spreads(number_of: Callable[[int], int]) -> bytes:
    """Sheets on which two pages of a book stand beside each other, with a number at the outer end of the foot of each."""

    def draw(canvas: Canvas) -> None:
        for sheet, habit in enumerate(HABITS):
            canvas.setPageSize((842, 595))
            canvas.setFont("Helvetica", 10)
            for half, name in enumerate(("sledge", "rope")):
                lines = [f"Dry the {name} {habit}, and hang it", f"up where no {['cat', 'mouse', 'bird'][sheet]} can reach it."]
                column(canvas, LEFT + 421 * half, 540 - 60 * sheet, lines)
                canvas.drawString(20 if half == 0 else 810, 20, str(number_of(2 * sheet + half)))
            canvas.showPage()

    return drawn_pdf(draw)


def test_two_pages_of_a_book_on_one_sheet_are_read_one_after_the_other_without_their_numbers() -> None:
    document = parse(spreads(lambda page: page + 4), "a.pdf")
    assert texts(document) == [
        f"Dry the {name} {habit}, and hang it up where no {animal} can reach it."
        for habit, animal in zip(HABITS, ("cat", "mouse", "bird"), strict=True)
        for name in ("sledge", "rope")
    ]
    assert [block.page for block in document.blocks] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(("number_of", "count"), [(lambda page: page + 4, 6), (lambda page: 7 * page + 4, 3)])
def test_only_numbers_that_count_along_make_two_pages_of_a_sheet(number_of: Callable[[int], int], count: int) -> None:
    pdf = pdfium.PdfDocument(spreads(number_of))
    try:
        pages = part_spreads([view for number in range(3) for view in read_page(pdf[number], number + 1)])
    finally:
        pdf.close()
    assert len(pages) == count

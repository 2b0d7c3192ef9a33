"""Tables as manuals draw them: with all their lines, with some, with shades, with none, side by side, over the page."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from parsing_reading import groups, texts
from parsing_samples import drawn_pdf
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.pdf.tables import runs
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

LEFT, TOP, PITCH = 72.0, 700.0, 18.0
PARTS = (
    ("Part", "Torque", "Change after"),
    ("Cover", "12 Nm", "1 year"),
    ("Wheel", "80 Nm", "2 years"),
    ("Seal", "3 Nm", "never"),
)
PART_ROWS = [
    "Part | Torque | Change after",
    "Part: Cover | Torque: 12 Nm | Change after: 1 year",
    "Part: Wheel | Torque: 80 Nm | Change after: 2 years",
    "Part: Seal | Torque: 3 Nm | Change after: never",
]


def read(draw: Callable[[Canvas], None]) -> Document:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()

    return parse(drawn_pdf(page), "a.pdf")


def rows_of(draw: Callable[[Canvas], None]) -> list[str]:
    return texts(read(draw), BlockKind.TABLE_ROW)


def cells(canvas: Canvas, rows: Sequence[Sequence[str]], width: float = 110, top: float = TOP, by_column: bool = False) -> None:
    """Write the cells, row by row or column by column; a line break in a cell begins a line below."""
    places = [(r, c) for r in range(len(rows)) for c in range(len(rows[0]))]
    for r, c in sorted(places, key=lambda place: place[::-1] if by_column else place):
        for number, line in enumerate(rows[r][c].split("\n")):
            canvas.drawString(LEFT + 4 + c * width, top - r * PITCH - 12 - 11 * number, line)


def across(canvas: Canvas, *rows: int, columns: int = 3, width: float = 110, top: float = TOP) -> None:
    for row in rows:
        canvas.line(LEFT, top - row * PITCH, LEFT + columns * width, top - row * PITCH)


def upright(canvas: Canvas, *columns: int, rows: int = 4, width: float = 110, top: float = TOP) -> None:
    for column in columns:
        canvas.line(LEFT + column * width, top, LEFT + column * width, top - rows * PITCH)


def whole_grid(canvas: Canvas) -> None:
    across(canvas, 0, 1, 2, 3, 4)
    upright(canvas, 0, 1, 2, 3)


def without_sides(canvas: Canvas) -> None:
    across(canvas, 0, 1, 2, 3, 4)
    upright(canvas, 1, 2)


def thin_boxes(canvas: Canvas) -> None:
    for row in range(5):
        canvas.rect(LEFT, TOP - row * PITCH, 330, 0.6, stroke=0, fill=1)
    for column in range(4):
        canvas.rect(LEFT + column * 110, TOP - 4 * PITCH, 0.6, 4 * PITCH, stroke=0, fill=1)


def shades_by_turns(canvas: Canvas) -> None:
    for row in range(0, 4, 2):
        canvas.setFillGray(0.8)
        canvas.rect(LEFT, TOP - (row + 1) * PITCH, 330, PITCH, stroke=0, fill=1)
    canvas.setFillGray(0)


def rule_under_the_head(canvas: Canvas) -> None:
    across(canvas, 1)


def book_rules(canvas: Canvas) -> None:
    across(canvas, 0, 1, 4)


def dotted_rules(canvas: Canvas) -> None:
    canvas.setDash(1, 2)
    across(canvas, 0, 1, 2, 3, 4)


def nothing(canvas: Canvas) -> None:
    pass


LINES = [whole_grid, without_sides, thin_boxes, shades_by_turns, rule_under_the_head, book_rules, dotted_rules, nothing]


@pytest.mark.parametrize("by_column", [False, True], ids=["by_row", "by_column"])
@pytest.mark.parametrize("lines", LINES, ids=lambda lines: lines.__name__)
def test_rows_and_heads_however_lines_are_drawn(lines: Callable[[Canvas], None], by_column: bool) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas)
        cells(canvas, PARTS, by_column=by_column)

    assert rows_of(draw) == PART_ROWS


def test_a_shaded_head_has_no_walls() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(0.7)
        canvas.rect(LEFT, TOP - PITCH, 330, PITCH, stroke=0, fill=1)
        canvas.setFillGray(0)
        across(canvas, 1, 2, 3, 4)
        for column in range(4):
            canvas.line(LEFT + column * 110, TOP - PITCH, LEFT + column * 110, TOP - 4 * PITCH)
        cells(canvas, PARTS)

    assert rows_of(draw) == PART_ROWS


def test_shades_behind_single_lines_part_no_cells() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.7, 0.8, 1)
        canvas.rect(LEFT, TOP - 2 * PITCH, 330, PITCH, stroke=0, fill=1)
        for column in range(3):
            canvas.rect(LEFT + 4 + column * 110, TOP - 2 * PITCH + 3, 100, 12, stroke=0, fill=1)
        canvas.setFillGray(0)
        whole_grid(canvas)
        cells(canvas, PARTS)

    assert rows_of(draw) == PART_ROWS


def test_a_merged_cell_names_each_of_its_rows_and_a_spanning_head_each_column() -> None:
    def draw(canvas: Canvas) -> None:
        across(canvas, 0, 4)
        canvas.line(LEFT + 110, TOP - PITCH, LEFT + 330, TOP - PITCH)
        across(canvas, 2)
        canvas.line(LEFT + 110, TOP - 3 * PITCH, LEFT + 330, TOP - 3 * PITCH)
        upright(canvas, 0, 1, 3)
        canvas.line(LEFT + 220, TOP - PITCH, LEFT + 220, TOP - 4 * PITCH)
        cells(canvas, [("Mode", "Time", ""), ("", "Summer", "Winter"), ("Quick", "12 min", "15 min"), ("", "14 min", "18 min")])

    assert rows_of(draw)[-2:] == [
        "Mode: Quick | Time Summer: 12 min | Time Winter: 15 min",
        "Mode: Quick | Time Summer: 14 min | Time Winter: 18 min",
    ]


def test_rules_between_groups_do_not_merge_their_rows() -> None:
    def draw(canvas: Canvas) -> None:
        across(canvas, 0, 1, 3, 5)
        upright(canvas, 0, 1, 2, 3, rows=5)
        cells(canvas, [*PARTS, ("Lid", "9 Nm", "3 years")])

    assert rows_of(draw) == [*PART_ROWS, "Part: Lid | Torque: 9 Nm | Change after: 3 years"]


def test_lines_of_a_cell_are_one_row_where_a_rule_parts_rows() -> None:
    def draw(canvas: Canvas) -> None:
        for row in (0, 2, 4):
            across(canvas, row)
        upright(canvas, 0, 1, 2, 3)
        for row, line in enumerate(
            (("E1", "The pump runs without\nwater in the tank", "Fill it"), ("E2", "Lid open", "Close the\nlid"))
        ):
            cells(canvas, [line], top=TOP - 2 * row * PITCH)

    assert rows_of(draw) == ["E1 | The pump runs without water in the tank | Fill it", "E2 | Lid open | Close the lid"]


def test_entries_that_stand_apart_are_rows_without_rules() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(LEFT, TOP - 170, 330, 170)
        canvas.line(LEFT + 110, TOP, LEFT + 110, TOP - 170)
        for number, (problem, remedy) in enumerate(
            (("No steam", "Fill the tank and\nopen the valve."), ("Too loud", "Level the feet and\nempty the tray."))
        ):
            cells(canvas, [(problem, remedy)], top=TOP - 70 * number)

    assert rows_of(draw) == ["No steam | Fill the tank and open the valve.", "Too loud | Level the feet and empty the tray."]


@pytest.mark.parametrize("key_at", [0, 1])
def test_rows_of_which_a_name_says_something_all_together_are_parted_without_rules(key_at: int) -> None:
    lamps = ("On", "Blinks fast", "Off"), ("The sledge is ready.", "The battery is low.", "There is no power.")
    values = ("20 kg", "95 kg"), ("12 km/h", "9 km/h")

    def draw(canvas: Canvas) -> None:
        for row in (0, 3, 5):
            across(canvas, row)
        upright(canvas, 0, 1, 2, 3, rows=5)
        cells(canvas, [("", *line) for columns in (lamps, values) for line in zip(*columns, strict=True)])
        cells(canvas, [("Lamp",)], top=TOP - key_at * PITCH)
        cells(canvas, [("Speed",)], top=TOP - 3 * PITCH)

    assert rows_of(draw) == [
        *(f"Lamp | {sign} | {meaning}" for sign, meaning in zip(*lamps, strict=True)),
        "Speed | 20 kg | 12 km/h",
        "Speed | 95 kg | 9 km/h",
    ]


@pytest.mark.parametrize("second", ["the gate", "(closed)"])
def test_lines_that_go_on_with_those_above_are_no_rows_of_a_group(second: str) -> None:
    def draw(canvas: Canvas) -> None:
        for row in (0, 3, 6):
            across(canvas, row)
        upright(canvas, 0, 1, 2, 3, rows=6)
        for top in (TOP, TOP - 3 * PITCH):
            cells(canvas, [("", "Open", "Wait"), ("Gate", second, "ten"), ("", "by hand", "seconds")], top=top)

    assert rows_of(draw) == [f"Gate | Open {second} by hand | Wait ten seconds"] * 2


def test_titles_above_and_notes_below_are_text() -> None:
    def draw(canvas: Canvas) -> None:
        across(canvas, 0, 1, 2, 3, 4)
        canvas.drawString(LEFT + 4, TOP + 30, "These are the values of the parts of this machine as of today.")
        cells(canvas, PARTS)
        canvas.drawString(LEFT + 4, TOP - 5 * PITCH, "All values are measured at twenty degrees and without a load.")

    document = read(draw)
    assert texts(document, BlockKind.TABLE_ROW) == PART_ROWS
    assert len(texts(document, BlockKind.PARAGRAPH)) == 2


def test_parts_side_by_side_stand_under_each_other() -> None:
    def draw(canvas: Canvas) -> None:
        cells(
            canvas,
            [("A1 / B1", "4164", "A2 / B1", "4416"), ("A1 / B2", "41256", "A2 / B2", "4464"), ("A1 / B3", "41257", "", "")],
        )

    assert rows_of(draw) == ["A1 / B1 | 4164", "A1 / B2 | 41256", "A1 / B3 | 41257", "A2 / B1 | 4416", "A2 / B2 | 4464"]


@pytest.mark.parametrize("repeated", [True, False])
def test_a_table_that_goes_on_over_the_page_keeps_its_heads(repeated: bool) -> None:
    def two_pages(canvas: Canvas) -> None:
        for page in range(2):
            canvas.setFont("Helvetica", 10)
            rows = [PARTS[0], *[(f"Part {page}{n}", f"{n + 10} Nm", f"{n} years") for n in range(3)]]
            rows = rows if repeated or page == 0 else rows[1:]
            across(canvas, *range(len(rows) + 1))
            upright(canvas, 0, 1, 2, 3, rows=len(rows))
            cells(canvas, rows)
            canvas.showPage()

    document = parse(drawn_pdf(two_pages), "a.pdf")
    assert texts(document, BlockKind.TABLE_ROW)[-1] == "Part: Part 12 | Torque: 12 Nm | Change after: 2 years"
    assert len(set(groups(document, BlockKind.TABLE_ROW))) == 1
    assert len(texts(document, BlockKind.TABLE_ROW)) == (8 if repeated else 7)


def test_the_rules_of_a_scan_are_seen_in_its_picture() -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (1190, 1684), 255)
    drawing = ImageDraw.Draw(picture)
    for row in range(4):
        y = 1684 - 2 * (TOP - row * 3 * PITCH)
        drawing.line((2 * LEFT, y, 2 * (LEFT + 330), y + 1), fill=0, width=3)
    held = io.BytesIO()
    picture.save(held, "PNG")

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(held), 0, 0, 595, 842)
        text = (("Cotton\nwith prewash", "150", "83"), ("Wool\nby hand", "40", "60"), ("Silk\ncold", "30", "55"))
        for row, line in enumerate(text):
            cells(canvas, [line], top=TOP - row * 3 * PITCH - 10)

    assert rows_of(draw) == ["Cotton with prewash | 150 | 83", "Wool by hand | 40 | 60", "Silk cold | 30 | 55"]


def prose_in_columns(canvas: Canvas) -> None:
    words = ["The", "appliance", "takes", "in", "air", "at", "its", "back", "and", "lets", "it", "out", "again", "at"]
    for column in range(2):
        for number in range(12):
            line = " ".join(words[(number * 3 + column + k) % len(words)] for k in range(9))
            canvas.drawString(LEFT + column * 250, TOP - 13 * number, line)


def contents(canvas: Canvas) -> None:
    for number, title in enumerate(
        ("Safety instructions", "Cleaning the appliance", "Technical information", "Customer service")
    ):
        canvas.drawString(LEFT, TOP - 15 * number, title)
        canvas.drawString(LEFT + 300, TOP - 15 * number, str(3 + 4 * number))


def framed_steps(canvas: Canvas) -> None:
    canvas.rect(LEFT, TOP - 60, 330, 60)
    canvas.line(LEFT + 30, TOP, LEFT + 30, TOP - 60)
    for number, step in enumerate(("Open the lid of the machine.", "Take out the old filter.", "Put in the new filter.")):
        canvas.drawString(LEFT + 8, TOP - 15 - 15 * number, f"{number + 1}.")
        canvas.drawString(LEFT + 36, TOP - 15 - 15 * number, step)


def drawing_with_letters(canvas: Canvas) -> None:
    canvas.rect(LEFT, TOP - 120, 160, 120)
    for offset in (40, 80):
        canvas.line(LEFT, TOP - offset, LEFT + 160, TOP - offset)
        canvas.line(LEFT + 2 * offset - 20, TOP, LEFT + 2 * offset - 20, TOP - 120)
    for number, letter in enumerate("ABCDEF"):
        canvas.drawString(LEFT + 25 + 55 * (number % 3), TOP - 25 - 40 * (number // 3), letter)


def steps_under_headings(canvas: Canvas) -> None:
    """Headings with a line under each, and below it a note with a bullet and steps that are numbered."""
    for part, heading in enumerate(("Waxing the runners", "Greasing the bolts", "Drying the rope")):
        top = TOP - 110 * part
        canvas.drawString(LEFT, top, heading)
        canvas.line(LEFT, top - 5, LEFT + 300, top - 5)
        for number, mark in enumerate("\u202212"):
            canvas.drawString(LEFT, top - 20 - 13 * number, mark)
            canvas.drawString(LEFT + 24, top - 20 - 13 * number, f"This is what you do {number + 2} times.")


def page_of_grounds(canvas: Canvas) -> None:
    """Grounds of a page that run off the paper, lines under its steps, and displays beside them."""
    canvas.setFillGray(0.5)
    canvas.rect(-20, 800, 640, 80, stroke=0, fill=1)
    canvas.rect(-20, -20, 640, 60, stroke=0, fill=1)
    canvas.setFillGray(0.8)
    canvas.rect(400, 40, 240, 760, stroke=0, fill=1)
    canvas.setFillGray(0)
    for number in range(6):
        top = 760 - 110 * number
        canvas.drawString(LEFT, top - 60, f"Turn the dial {number} times to the left of where it was.")
        canvas.line(LEFT, top - 66, 420, top - 66)
        canvas.rect(430, top - 80, 100, 70)
        canvas.line(430, top - 25, 530, top - 25)
        canvas.drawString(440, top - 21, "Clock")
        canvas.drawString(440, top - 40, "Set hour")


NO_TABLES = (prose_in_columns, contents, framed_steps, drawing_with_letters, steps_under_headings, page_of_grounds)


@pytest.mark.parametrize("draw", NO_TABLES, ids=lambda draw: draw.__name__)
def test_what_is_no_table(draw: Callable[[Canvas], None]) -> None:
    assert rows_of(draw) == []


def test_lists_beside_each_other_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        heads = ("Small models", "Large models")
        items = (("A. 65 cm wide at the", "A. 72 cm wide at the"), ("back", "back"), ("B. 107 cm high", "B. 110 cm high"))
        for number, line in enumerate((heads, *items)):
            for column, text in enumerate(line):
                canvas.drawString(LEFT + 4 + column * 140 + 10 * (text == "back"), TOP - 12 * number, text)

    document = read(draw)
    assert texts(document, BlockKind.TABLE_ROW) == []
    assert texts(document, BlockKind.LIST_ITEM) == [
        "A. 65 cm wide at the back",
        "B. 107 cm high",
        "A. 72 cm wide at the back",
        "B. 110 cm high",
    ]


def strewn(canvas: Canvas) -> None:
    """Three thousand words, each at a place and a height of its own."""
    some = random.Random(1)
    canvas.setFont("Helvetica", 8)
    for number in range(3000):
        canvas.drawString(some.uniform(20, 560), some.uniform(20, 820), f"w{number}")
    canvas.showPage()


def test_words_strewn_over_a_page_are_not_looked_through_from_each_of_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    aligned = runs.aligned_table

    def counted(rows: Sequence[Any], *rest: Any) -> Any:
        looked_at.append(sum(map(len, rows)))
        return aligned(rows, *rest)

    monkeypatch.setattr(runs, "aligned_table", counted)
    document = parse(drawn_pdf(strewn), "a.pdf")
    assert sum(looked_at) <= 2 * runs.MOST_LOOKED_AT  # across the page, and within its columns
    assert sum(document.text.count(f"w{number}") > 0 for number in range(3000)) > 2900


def test_boxes_of_text_each_as_high_as_its_text_are_no_table() -> None:
    left = [
        ["The first lamp tells that the", "sledge is on the snow."],
        ["The second lamp tells that the", "rope is tight. Let go of it as", "soon as you can, and wait for us."],
    ]
    right = [
        [
            "Lamps that are off tell you",
            "nothing at all. Look at them",
            "again when you come back home,",
            "or when it gets dark outside.",
        ],
        ["All lamps are off in summer", "and when it rains."],
    ]

    def draw(canvas: Canvas) -> None:
        for x, tops, boxes in ((LEFT, (TOP, TOP - 60), left), (LEFT + 200, (TOP, TOP - 100), right)):
            for top, lines in zip(tops, boxes, strict=True):
                for number, line in enumerate(lines):
                    canvas.drawString(x + 4, top - 14 - 14 * number, line)
                canvas.line(x, top, x + 200, top)
        canvas.line(LEFT, TOP - 160, LEFT + 400, TOP - 160)
        for x in (LEFT, LEFT + 200, LEFT + 400):
            canvas.line(x, TOP - 160, x, TOP)

    document = read(draw)
    assert not texts(document, BlockKind.TABLE_ROW)
    assert "sledge is on the snow. The second lamp" in " ".join(texts(document))


def test_lines_that_a_clip_hides_make_no_table_of_the_columns_over_them() -> None:
    def draw(canvas: Canvas) -> None:
        prose_in_columns(canvas)
        window = canvas.beginPath()
        window.rect(LEFT, 60, 40, 40)
        canvas.clipPath(window, stroke=0, fill=0)
        for row in range(0, 9, 2):
            canvas.line(LEFT - 5, TOP + 10 - 20 * row, LEFT + 480, TOP + 10 - 20 * row)
        for x in (LEFT - 5, LEFT + 240, LEFT + 480):
            canvas.line(x, TOP + 10, x, TOP - 150)

    assert rows_of(draw) == []


def test_a_wall_that_is_left_out_stands_where_no_row_has_words() -> None:
    rows = [
        ("Problem", "Cause", "Solution"),
        ("The lamp is dark.", "There is no current in\nthe wire behind it.", "Switch the current on at\nthe box in the cellar."),
        ("The lamp flickers.", "The screw at its foot is\nnot quite tight.", "Turn it to the right as\nfar as it goes."),
    ]

    def draw(canvas: Canvas) -> None:
        for row, texts_of_row in enumerate(rows):
            top = TOP - 40 * row
            canvas.line(LEFT, top, LEFT + 430, top)
            for x, text in zip((LEFT + 4, LEFT + 130, LEFT + 280), texts_of_row, strict=True):
                for number, line in enumerate(text.split("\n")):
                    canvas.drawString(x, top - 14 - 12 * number, line)
        canvas.line(LEFT + 126, TOP, LEFT + 126, TOP - 120)

    assert rows_of(draw) == [
        "Problem | Cause | Solution",
        "The lamp is dark. | There is no current in the wire behind it. | Switch the current on at the box in the cellar.",
        "The lamp flickers. | The screw at its foot is not quite tight. | Turn it to the right as far as it goes.",
    ]


def test_tables_in_two_columns_whose_lines_meet_at_some_heights_are_two() -> None:
    left = [(f"Length of part {number}", "mm", f"{20 + number}") for number in range(12)]
    right = [("Noise at the ear", "dB", "83"), ("Noise at the back", "dB", "90"), ("Shaking", "m/s", "2")]

    def draw(canvas: Canvas) -> None:
        canvas.line(LEFT, TOP + 60, 536, TOP + 60)
        for x, pitch, rows in ((LEFT, 14, left), (310, 23, right)):
            canvas.drawString(x, TOP + 40, "Values of the machine that")
            canvas.drawString(x, TOP + 27, "you have bought from us.")
            canvas.line(x, TOP, x + 226, TOP)
            for number, row in enumerate(rows):
                for offset, cell in zip((0, 140, 180), row, strict=True):
                    canvas.drawString(x + offset, TOP - pitch * (number + 1) + 4, cell)
                canvas.line(x, TOP - pitch * (number + 1), x + 226, TOP - pitch * (number + 1))

    assert sorted(rows_of(draw)) == sorted(" | ".join(row) for row in (*left, *right))


def test_bullets_in_a_column_that_no_line_crosses_stand_with_their_rows() -> None:
    rows = [("Water leaks out.", "Tighten the hose."), ("No water at all.", "Open the tap.\nClean the filter.")]
    rows += [("It shakes.", "Level its feet."), ("It is dark.", "Look at the fuse."), ("It smells.", "Wash it empty.")]

    def draw(canvas: Canvas) -> None:
        top = TOP
        canvas.line(LEFT, top, LEFT + 330, top)
        for number, (problem, remedy) in enumerate(rows):
            lines = remedy.split("\n")
            canvas.drawString(LEFT + 6, top - 14, "ABCDE"[number])
            if number == 1:
                canvas.drawString(LEFT + 6, top - 26, "also")
            canvas.drawString(LEFT + 36, top - 14, problem)
            for row, line in enumerate(lines):
                canvas.drawString(LEFT + 186, top - 14 - 12 * row, line)
            top -= 22 + 12 * len(lines)
            canvas.line(LEFT + 30, top, LEFT + 330, top)
        canvas.line(LEFT, top, LEFT + 30, top)
        for x in (LEFT, LEFT + 30, LEFT + 180, LEFT + 330):
            canvas.line(x, TOP, x, top)

    assert [row.split(" | ")[0] for row in rows_of(draw)] == ["A", "B also", "C", "D", "E"]

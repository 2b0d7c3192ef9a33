from __future__ import annotations

import pytest
from parsing_pdfs import mapped_pdf, shown
from parsing_reading import texts
from parsing_samples import drawn_pdf
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.pdf.unread import unread
from ragqa.parsing.registry import parse
from ragqa.parsing.unread import Unread
from ragqa.types import BlockKind


def one_page(*lines: tuple[str, float], **letters: str) -> str:
    return parse(mapped_pdf("".join(shown(text, y, 72) for text, y in lines), letters), "a.pdf").text


@pytest.mark.parametrize("code", ["FFFE", "FFFF", "D800", "DC00", "0000", "FFFFFFFF", "DC00D800", "110000"])
def test_a_bad_character_spoils_nothing_else(code: str) -> None:
    text = one_page(("The fuse Q holds ten ampere.", 700), ("Fit a new one.", 684), Q=code)
    assert text.startswith("The fuse ") and text.endswith(" holds ten ampere. Fit a new one.")


def test_characters_beyond_the_first_plane() -> None:
    assert one_page(("A Q sign.", 700), Q="D83DDD0C") == "A \U0001f50c sign."


def test_ligatures_are_spelled_out() -> None:
    assert one_page(("The Qow of the Znal oXce", 700), Q="FB02", Z="FB01", X="FB03") == "The flow of the final office"


def test_ligatures_without_a_name_are_spelled_as_in_other_words_of_the_book() -> None:
    whole = ("The configuration of the filter.", 700)
    text = one_page(whole, ("ReconQguration. Set the conQguration and the Qlter, then dry the Qn.", 684), Q="001F")
    assert text.endswith("Set the configuration and the filter, then dry the fin.")
    assert "conflict and find" in one_page(("A conflict to find.", 700), ("The conXict and Znd", 684), X="FFFD", Z="FFFD")
    assert "fi" not in one_page(("SouthQnorth of the fuse", 700), Q="001F")


def test_ligatures_with_a_wrong_name_are_spelled_out_where_no_other_sign_can_stand() -> None:
    text = one_page(("A conXguration may conQict. Xrst, the first; Xque es?", 700), X="00BF", Q="00C0")
    assert text == "A configuration may conflict. first, the first; \u00bfque es?"


def drawn(*parts: tuple[str, float], size: float = 12) -> str:
    """The text of a page on which each of these begins at its place on one line."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for part, x in parts:
            canvas.drawString(x, 700, part)
        canvas.showPage()

    return parse(drawn_pdf(draw), "a.pdf").text


def placed(*words: str) -> list[float]:
    """Where each part begins if they are written one after the other from 72 on."""
    return [72 + stringWidth("".join(words[:index]), "Helvetica", 12) for index in range(len(words))]


def test_a_word_that_is_drawn_in_parts_out_of_their_order_is_one() -> None:
    start, end = placed("It has ra", "ck rails and a lid.")

    def draw(canvas: Canvas) -> None:
        for text, x, y in (("ck rails and a lid.", end, 700), ("The rope is of hemp.", 72, 685), ("It has ra", start, 700)):
            canvas.setFont("Helvetica", 12)
            canvas.drawString(x, y, text)
        canvas.showPage()

    assert parse(drawn_pdf(draw), "a.pdf").text.split("\n")[0] == "It has rack rails and a lid. The rope is of hemp."
    first, second, third, fourth = placed("Fe", "at", "u", "res")
    assert drawn(("Fe", first), ("u", third), ("at", second), ("res", fourth)) == "Features"


def test_columns_that_stand_apart_are_no_word() -> None:
    assert drawn(("right", 300), ("left", 72)).split() == ["left", "right"]


def test_a_gap_without_a_blank_is_one_where_it_is_as_wide_as_the_blanks_of_its_line() -> None:
    narrow = "BT /F1 12 Tf 72 700 Td [(to) 119.7 ( ) 0 (your)] TJ ET\n"
    router = 72 + stringWidth("toyour", "Helvetica", 12) + 2 * 1.9
    assert parse(mapped_pdf(narrow + shown("router", 700, router), {"\u007f": "007F"}), "a.pdf").text == "to your router"


def test_a_step_number_that_stands_apart_in_one_piece_of_text_is_no_part_of_the_word() -> None:
    operations = "BT /F1 10 Tf 9 Tc 72 700 Td (3P) Tj 0 Tc 21.23 0 Td (ress the key until it is lit.) Tj ET\n"
    text = parse(mapped_pdf(operations + shown("The 3D view is on.", 684, 72, 10), {"\u007f": "007F"}), "a.pdf").text
    assert "3 Press the key" in text and "3D view" in text


def test_a_blank_without_a_width_after_a_ligature_is_none() -> None:
    operations = "BT /F1 12 Tf 72 700 Td [(A water fi) 0 ( ) 278 (lter.)] TJ ET\n"
    assert parse(mapped_pdf(operations, {"\u007f": "007F"}), "a.pdf").text == "A water filter."


def test_words_set_wide_are_closed_where_the_book_has_them() -> None:
    assert (
        drawn(("L U B R I C A T I O N of a sledge. Lubrication is easy.", 72)) == "LUBRICATION of a sledge. Lubrication is easy."
    )
    wide = [
        (letter, x + 5 * index + 4 * (index > 4))
        for index, (letter, x) in enumerate(zip("SNOWYDAYS", placed(*"SNOWYDAYS"), strict=True))
    ]
    assert drawn(*wide, ("Snowy days", 300)).startswith("SNOWY DAYS")


def test_letters_that_are_no_word_stay_apart() -> None:
    assert drawn(("A B C D E are keys.", 72)) == "A B C D E are keys."


@pytest.mark.parametrize(
    ("head", "tail", "whole"),
    [
        ("thorough cleaQ", "ning of the drum", "thorough cleaning of the drum"),
        ("thorough cleaZ", "ning of the drum", "thorough cleaning of the drum"),
        ("from 20X", "30 degrees", "from 20\u201330 degrees"),
        ("the line OsloX", "Bergen is", "the line Oslo\u2013Bergen is"),
        ("the pump X", "it hums", "the pump \u2013 it hums"),
    ],
)
def test_hyphens_and_dashes_at_the_end_of_a_line(head: str, tail: str, whole: str) -> None:
    opening = "Every week one of the crew takes care of what is called the "
    text = one_page((opening, 714), (f"{opening}{head}", 700), (f"{tail} that nobody sees", 686), Q="00AD", Z="2010", X="2013")
    assert whole in text


def test_a_drop_capital_begins_its_word() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 36)
        canvas.drawString(72, 676, "T")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(96, 700, "his ferry takes forty cars and crosses the")
        canvas.drawString(96, 686, "sound in an hour when the sea is calm, and")
        for row in range(8):
            canvas.drawString(72, 672 - 14 * row, "in a little more than two hours when it is not so.")
        canvas.showPage()

    document = parse(drawn_pdf(draw), "ferry.pdf")
    assert document.text.startswith("This ferry takes forty cars and crosses the sound in an hour")
    assert document.title == "ferry"


CODE = ["pumps:", "  - name: north", "    limits:", "      low:  2", "      high: 9", "  - name: south"]


def test_listings_keep_their_indentation() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "The file has these lines and no more of them:")
        canvas.setFont("Courier", 10)
        for row, line in enumerate(CODE):
            bare = line.lstrip()
            canvas.drawString(90 + 6 * (len(line) - len(bare)), 740 - 12 * row, bare)
        canvas.showPage()

    document = parse(drawn_pdf(draw), "a.pdf")
    assert texts(document, BlockKind.CODE)[0].replace("low:  2", "low: 2") == "\n".join(CODE).replace("low:  2", "low: 2")


def test_the_stretched_words_under_a_scan_are_no_listing() -> None:
    line = "Rinse the churn with hot water and then with cold water before the cream is poured in"
    words = line.split()

    def draw(canvas: Canvas) -> None:
        for row in range(20):
            x = 72.0
            for word in words[row % 5 :]:
                text = canvas.beginText(x, 760 - 14 * row)
                text.setFont("Courier", 9)
                text.setTextRenderMode(3)
                width = canvas.stringWidth(word, "Times-Roman", 9)
                text.setHorizScale(100 * width / canvas.stringWidth(word, "Courier", 9))
                text.textOut(word)
                canvas.drawText(text)
                x += width + 2.5
        canvas.showPage()

    document = parse(drawn_pdf(draw), "churn.pdf")
    assert not texts(document, BlockKind.CODE)
    assert document.text.startswith(" ".join(words))


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_columns_drawn_line_by_line_are_read_down(columns: int) -> None:
    def draw(canvas: Canvas) -> None:
        width = 480 / columns
        for row in range(12):
            for column in range(columns):
                canvas.setFont("Helvetica", 8)
                canvas.drawString(
                    60 + width * column,
                    740 - 11 * row,
                    f"line {'abcdefghijkl'[row]} of {'wxyz'[column]} and more"[: int(width / 4.2)],
                )
        canvas.showPage()

    text = parse(drawn_pdf(draw), "a.pdf").text
    for column in "wxyz"[:columns]:
        assert all(
            text.index(f"line {above} of {column}") < text.index(f"line {below} of {column}") for above, below in ("ab", "kl")
        )
    assert text.index("line l of w") < text.index("line a of x")


def test_what_is_not_read_can_be_measured() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "Oil the hinge of the sluice.")
        canvas.drawString(72, 700, "Count the planks.")
        canvas.showPage()

    data = drawn_pdf(draw)
    document = parse(data, "a.pdf")
    assert unread(data, document) == []
    other = parse(drawn_pdf(lambda canvas: canvas.drawString(72, 760, "Oil the hinge of the sluice.")), "a.pdf")
    assert unread(data, other) == [Unread("page 1", "Count planks.")]

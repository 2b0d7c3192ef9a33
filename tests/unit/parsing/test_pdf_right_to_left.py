from __future__ import annotations

import pytest
from parsing_pdfs import HEBREW, as_seen, in_hebrew, mapped_pdf, shown
from parsing_reading import texts
from reportlab.pdfbase.pdfmetrics import stringWidth

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind


def read(operations: str) -> str:
    return parse(mapped_pdf(operations, HEBREW), "a.pdf").text


@pytest.mark.parametrize(
    "words",
    [
        ("ABC", "DEFG", "HIJ", "KLM"),
        ("ABC", "2.7", "DEF", "GHI"),
        ("ABC", "start", "DEF"),
        ("ABC", "12-15", "DEF"),
        ("ABC", "45%", "DEF"),
    ],
)
def test_words_come_in_the_order_they_are_read(words: tuple[str, ...]) -> None:
    assert read(shown(as_seen(words), 700)) == in_hebrew(" ".join(words))


def test_latin_words_keep_their_order_among_hebrew() -> None:
    hebrew = ("ABCDEF", "GHIJKL", "MNOPQR.")
    text = read(shown("FED press start now CBA", 700) + shown(as_seen(hebrew), 660) + shown(as_seen(hebrew), 620))
    assert text.startswith(in_hebrew("ABC press start now DEF"))


@pytest.mark.parametrize("shape", [")led(", "(led)"])
def test_brackets_open_and_close(shape: str) -> None:
    assert read(shown(f"FED {shape} CBA", 700)) == in_hebrew("ABC (led) DEF")


def test_letters_drawn_one_by_one_from_the_right() -> None:
    operations, x = "", 520.0
    for letter in "ABC DEFG HIJ":
        x -= stringWidth(letter, "Helvetica", 12)
        operations += shown(letter, 700, x) if letter != " " else ""
    assert read(operations) == in_hebrew("ABC DEFG HIJ")


def test_cells_and_columns_are_read_from_the_right() -> None:
    rows = (("ABCD", "10", "3.5"), ("EFGH", "20", "4.5"), ("IJKL", "30", "5.5"))
    cells = "".join(
        shown(name[::-1], 700 - 16 * row) + shown(one, 700 - 16 * row, 300) + shown(other, 700 - 16 * row, 100)
        for row, (name, one, other) in enumerate(rows)
    )
    document = parse(mapped_pdf(cells, HEBREW), "a.pdf")
    assert texts(document, BlockKind.TABLE_ROW) == [in_hebrew(" | ".join(row)) for row in rows]
    columns = [as_seen((f"{side}B{letter}", "DEFG", "HIJK", "LMNO")) for side in "AY" for letter in "CDEFGHIJ"]
    text = read("".join(shown(line, 700 - 14 * (row % 8), right=560 - 290 * (row // 8)) for row, line in enumerate(columns)))
    assert text.index(in_hebrew("ABJ")) < text.index(in_hebrew("YBC"))


def test_numbers_of_steps_stand_at_the_right() -> None:
    document = parse(mapped_pdf(shown("FED CBA .1", 700) + shown("IHG CBA .2", 684), HEBREW), "a.pdf")
    assert texts(document, BlockKind.LIST_ITEM) == [in_hebrew("1. ABC DEF"), in_hebrew("2. ABC GHI")]


def test_presentation_forms_become_letters() -> None:
    forms = {"A": "FE8D", "B": "FEDF", "C": "FEE4", "D": "FEC0", "E": "FEA8", "F": "FE94", "G": "FEFB"}
    text = parse(mapped_pdf(shown("FEDCBA GA", 700), forms), "a.pdf").text
    assert "\u0627\u0644\u0645\u0636\u062e\u0629" in text and not any("\ufb50" <= sign <= "\ufefc" for sign in text)


def test_a_hebrew_name_in_a_latin_line() -> None:
    assert read(shown("the CBA pump runs", 700, 72)) == in_hebrew("the ABC pump runs")

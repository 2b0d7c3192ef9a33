from __future__ import annotations

import time

import pytest

from ragqa.parsing.cleaning import clean_code, clean_line, clean_lines, repair_mojibake


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a friend\u00e2\u0080\u0099s phone", "a friend\u2019s phone"),
        ("NOTE\u00c2\u00a0\u00c2\u00a0Use only", "NOTE Use only"),
        ("My\u00c2\u00a0icons.\u00c2", "My icons."),
        ("\u00ef\u00bb\u00bfStart", "Start"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07text\x00", "red text"),
        ("soft\u00adware \u200bjoin\ufeff", "software join"),
        ("12\u00a0kg \t 3\u2009mm", "12 kg 3 mm"),
        ("\ufb01rst o\ufb00er", "first offer"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u202eevil\u202c", "evil"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("\uf0b7 item", "\u2022 item"),
    ],
)
def test_dirt_goes(dirty: str, clean: str) -> None:
    assert clean_line(dirty) == clean


@pytest.mark.parametrize(
    "text",
    [
        "5 \u2126 \u00b1 3 \u00b5F at 20 \u00b0C \u2013 \u201cWi\u2011Fi\u00ae\u201d \u00bd \u00b2 \u2122 \u2026",
        "\u212b",
        "Stra\u00dfe, CR\u00c8ME BR\u00dbL\u00c9E, P\u00c2TE, \u041f\u0440\u0438\u0432\u0435\u0442, \u65e5\u672c\u8a9e",
        'it\'s "plain" -- and 2 \u00d7 3',
    ],
)
def test_what_the_author_wrote_stays(text: str) -> None:
    assert clean_line(text) == text


def test_lines_and_code_keep_their_breaks() -> None:
    assert clean_lines(" a  b \r\n\r\n c ") == "a b\nc"
    assert clean_code("\n  if x:\n\ty\n\n") == "if x:\n    y"


@pytest.mark.parametrize("unit", ["friend\u00e2\u0080\u0099s caf\u00e9 ", "\u00e2", "\x1b]", " ", "\u00c2\u00a0"])
def test_a_huge_line_is_cleaned_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    clean_line(unit * (250_000 // len(unit)))
    repair_mojibake(unit * (250_000 // len(unit)))
    assert time.perf_counter() - start < 8

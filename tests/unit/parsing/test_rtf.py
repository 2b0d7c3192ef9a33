"""Rich Text Format."""

from __future__ import annotations

import time

import pytest
from parsing_reading import section_of, texts
from parsing_samples import RTF

from ragqa.errors import RagqaError
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(body: str, head: str = r"\ansi\ansicpg1252") -> Document:
    return parse(rf"{{\rtf1{head} {body}}}".encode("latin-1"), "a.rtf")


def test_a_manual() -> None:
    document = parse(RTF.encode(), "a.rtf")
    assert document.title == "Kettle manual"
    assert section_of(document, "After the table.") == ("Use", "1.1 Care", "Deep")
    assert texts(document, BlockKind.PARAGRAPH) == [
        "Heat the water in it to 40 \u00b0C, \u00bd full, \u00b12 \u20ac. It is \u2018hot\u2019.",
        "\u0423\u0445\u043e\u0434",
        "See the site \U0001f600.",
        "After the table.",
        "The note.",
    ]
    assert texts(document, BlockKind.LIST_ITEM) == ["\u2022 First item", "2. Second item"]
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Model | Volts | Watts",
        "Model: K1 | Volts: 230 | Watts: 2000 at most",
        "Model: K1 | Volts: 120 | Watts: 1500",
        "Model: K2 | Volts: both the same",
    ]
    assert texts(document, BlockKind.CODE) == ["a = 1\n  b = {2}"]
    assert texts(document, BlockKind.WARNING) == ["WARNING: Steam burns."]
    assert document.warnings == ("hidden or deleted text is left out", "comments are left out")


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (r"\ansi\ansicpg1251", r"\'d3\'f5\'ee\'e4", "\u0423\u0445\u043e\u0434"),
        (r"\ansi\ansicpg1250", r"\'9elut\'fd", "\u017elut\u00fd"),
        (r"\mac", r"40 \'a1C", "40 \u00b0C"),
        (r"\pc", r"40 \'f8C", "40 \u00b0C"),
        (r"\ansi\ansicpg932", r"\'8e\'e6\'88\'b5", "\u53d6\u6271"),
        (r"\ansi\ansicpg936", r"\'c7\'e5\'bd\'e0", "\u6e05\u6d01"),
        (r"\ansi\ansicpg65001", r"Gr\'c3\'b6\'c3\'9fe", "Gr\u00f6\u00dfe"),
        (r"\ansi\ansicpg1252\uc2", r"\u28165 ??\u27905\'bd\'e0 \uc0\u176 C", "\u6e05\u6d01\u00b0C"),
        (r"\ansi\ansicpg99999", "words", "words"),
    ],
)
def test_code_pages(head: str, body: str, text: str) -> None:
    assert read(body + r"\par", head).text.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("level", [-1, 9, 6553665536])
def test_an_outline_level_that_there_is_not_makes_no_heading(level: int) -> None:
    document = read(
        rf"{{\stylesheet{{\s3\outlinelevel{level} Own;}}}}\pard\s3 By style\par\pard\outlinelevel{level} Here\par\pard Text.\par"
    )
    assert texts(document, BlockKind.HEADING) == []
    assert texts(document) == ["By style", "Here", "Text."]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"at 10{\super -3} mbar, 2{\super 10} steps", "at 10⁻³ mbar, 2¹⁰ steps"),
        (r"5 m\super 2\nosupersub  and 3", "5 m² and 3"),
        (r"5 m\super 2\plain  4", "5 m² 4"),
        (r"the 2{\super nd} time, H{\sub 2}O, 5{\super\sub 3}", "the 2nd time, H2O, 53"),
        (r"10{\super\u8722?3}", "10⁻³"),
        (r"at 10{\up6 -3} mbar, 2{\up 10} steps", "at 10⁻³ mbar, 2¹⁰ steps"),
        (r"5 m\up8 2\up0  and 3, m\up8 2\plain  4, m\up8 3\dn0  5", "5 m² and 3, m² 4, m³ 5"),
        (r"H{\dn6 2}O, H{\dn 2}O, 7{\up2 5}, 10{\dn-6 3}, the 2{\up6 nd}", "H2O, H2O, 75, 10³, the 2nd"),
        (r"5 m{\super\up0 2}", "5 m²"),
        (r"heavy{\up6 1{\footnote 230}}", "heavy¹\n\n230"),
        (r"heavy{\super 1{\footnote 230}}", "heavy¹\n\n230"),
    ],
)
def test_raised_numbers_do_not_run_into_their_base(body: str, text: str) -> None:
    assert read(body + r"\par").text == text


def test_nested_tables_and_cells_joined_sideways() -> None:
    document = read(
        r"\trowd\clmgf\cellx1000\clmrg\cellx2000\cellx3000\pard\intbl Both\cell\cell C\cell\row"
        r"\trowd\cellx1000\cellx2000\cellx3000\pard\intbl a\cell b\cell"
        r"{\itap2 in\nestcell ner\nestcell{\*\nesttableprops\nestrow}}\cell\row\pard"
    )
    assert texts(document, BlockKind.TABLE_ROW) == ["Both | C", "a | b | in | ner"]


def test_endless_braces_cut_numbers_and_nonsense_do_no_harm() -> None:
    start = time.perf_counter()
    for body in (
        "{" * 100_000,
        "}" * 100_000 + "x",
        r"\bin999999999 x",
        r"\u99999999999 x",
        r"\'zz\'",
        "\\",
        r"\cellx1" * 10_000 + "x",
    ):
        try:
            read(body)
        except RagqaError as error:
            assert error.message
    read(r"\trowd" + r"\cellx1\pard\intbl a\cell" * 20_000 + r"\row")
    assert time.perf_counter() - start < 20


def test_a_large_initial_begins_the_next_paragraph_and_an_index_stays_out() -> None:
    styles = r"{\stylesheet{\s22 index 1;}}"
    body = r"\pard\dropcapli3\dropcapt1 T\par\pard he pump.\par\pard Next.\par\pard\s22 drain, 12\par"
    assert texts(read(styles + body), BlockKind.PARAGRAPH) == ["The pump.", "Next."]


def test_signs_of_symbol_fonts_by_the_name_of_the_font() -> None:
    fonts = r"{\fonttbl{\f0 Arial;}{\f3\fnil\fcharset2 Wingdings;}{\f4\fcharset2 Symbol;}{\f5\fcharset2 Odd;}}"
    body = r"{\f3\'fc} {\f3\u-3844 ?} {\f3\'e0} {\f4\'b0}{\f4 m}{\f4\u-3913 ?} {\f5 a\'b1}\par"
    assert read(fonts + body).text == "\u2713 \u2713 \u2192 \u00b0\u03bc\u2022 a\u00b1"


def test_a_shape_is_read_once() -> None:
    shape = r"{\shp{\*\shpinst{\shptxt Box text\par}}{\shprslt\par\pard{Box text\par}}}"
    assert texts(read(shape + r"Words.\par"), BlockKind.PARAGRAPH) == ["Box text", "Words."]


def test_a_bold_first_row_is_a_head() -> None:
    def row(*cells: str) -> str:
        edges = "".join(rf"\cellx{2000 * number}" for number in range(1, 4))
        return rf"\trowd{edges}\pard\intbl " + "".join(rf"{cell}\cell " for cell in cells) + r"\row "

    head, body = row(r"{\b Problem}", r"\b Cause\b0 ", r"{\b Remedy}"), row("No water", "Tap shut", "Open it")
    labelled = "Problem: No water | Cause: Tap shut | Remedy: Open it"
    assert texts(read(rf"Before\par {head}{body}"), BlockKind.TABLE_ROW)[1] == labelled
    assert texts(read(rf"Before\par {head}{body}{head}"), BlockKind.TABLE_ROW)[1] == "No water | Tap shut | Open it"

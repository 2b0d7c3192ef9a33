"""Tables that plain text draws, rules or only sets in columns; boxes, print effects, running heads and logs."""

from __future__ import annotations

import time

import pytest
from parsing_reading import groups, page_of, section_of, texts

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str, path: str = "a.txt") -> Document:
    return parse(text.encode(), path)


ROWS = [
    "Model | Capacity | Remark",
    "Model: K100 | Capacity: 1.2 l | Remark: for two people",
    "Model: K200 | Capacity: 1.7 l | Remark: for six",
]
GRID = """
+-------+----------+---------+
| Model | Capacity | Remark  |
+=======+==========+=========+
| K100  | 1.2 l    | for two |
|       |          | people  |
+-------+----------+---------+
| K200  | 1.7 l    | for six |
+-------+----------+---------+
"""
ONE_BAND = """
+-------+----------+---------+
| Model | Capacity | Remark  |
+-------+----------+---------+
| K100  | 1.2 l    | for two |
|       |          | people  |
| K200  | 1.7 l    | for six |
+-------+----------+---------+
"""
OPEN = """
 Model | Capacity | Remark
-------+----------+---------
 K100  | 1.2 l    | for two
       |          | people
 K200  | 1.7 l    | for six
"""
RULED_OVER = """
=====  ========  =======
Model  Capacity  Remark
=====  ========  =======
K100   1.2 l     for two
                 people
K200   1.7 l     for six
=====  ========  =======
"""
ONE_RULE = """
Model    Capacity   Remark
------------------------------
K100     1.2 l      for two people
K200     1.7 l      for six
"""
GUTTERS = """
Model  Capacity  Remark
K100   1.2 l     for two
                 people
K200   1.7 l     for six
"""
LIGHT = str.maketrans({"-": "\u2500", "=": "\u2500", "|": "\u2502", "+": "\u253c"})
DOUBLE = str.maketrans({"-": "\u2550", "=": "\u2550", "|": "\u2551", "+": "\u256c"})


@pytest.mark.parametrize(
    "table",
    [
        GRID,
        ONE_BAND,
        ONE_BAND.translate(LIGHT).replace("\u253c", "\u250c"),
        ONE_BAND.translate(DOUBLE),
        GRID.translate(LIGHT).replace("\u253c", "\u250c"),
        OPEN,
        RULED_OVER,
        ONE_RULE,
        GUTTERS,
    ],
)
def test_rows_of_a_table_however_it_is_set(table: str) -> None:
    document = read(f"Before.\n{table}\nAfter it.\n")
    assert texts(document, BlockKind.TABLE_ROW) == ROWS
    assert texts(document, BlockKind.PARAGRAPH) == ["Before.", "After it."]


def test_cells_that_span_rows_and_columns() -> None:
    table = (
        "+-------+---------------+\n|       | Speed         |\n| Model +-------+-------+\n|       | low   | high  |\n"
        "+=======+=======+=======+\n| K1    | 5     | 10    |\n|       +-------+-------+\n|       | 6     | 12    |\n"
        "+-------+-------+-------+\n| K2    | both the same |\n+-------+---------------+\n"
    )
    assert texts(read(table), BlockKind.TABLE_ROW) == [
        "Model | Speed",
        "Model | low | high",
        "Model: K1 | Speed low: 5 | Speed high: 10",
        "Model: K1 | Speed low: 6 | Speed high: 12",
        "Model: K2 | Speed low: both the same",
    ]


def test_values_after_dots_are_rows_and_a_table_of_contents_is_left_out() -> None:
    document = read("Model ....... K100\nPower . . . . 2200 W\nWeight \u2026\u2026 1.1 kg\n")
    assert texts(document, BlockKind.TABLE_ROW) == ["Model | K100", "Power | 2200 W", "Weight | 1.1 kg"]
    contents = "Contents\n\n" + "".join(f"{n} Part ....... {n * 3}\n" for n in range(1, 8)) + "\nWords.\n"
    document = read(contents)
    assert texts(document) == ["Contents", "Words."]
    assert document.warnings == ("the table of contents is left out",)


@pytest.mark.parametrize(
    "box",
    [
        "+------------------+\n| CAUTION          |\n| Do not open it.  |\n+------------------+",
        "********************\n* CAUTION          *\n* Do not open it.  *\n********************",
        "####################\n# CAUTION          #\n# Do not open it.  #\n####################",
        "+------------------+\n| CAUTION          |\n| Do not open it.  |\n+------------------+".translate(LIGHT).replace(
            "\u253c", "\u250c"
        ),
    ],
)
def test_a_box_is_read_without_its_frame(box: str) -> None:
    assert texts(read(f"Words.\n\n{box}\n\nMore.\n"), BlockKind.WARNING) == ["CAUTION", "Do not open it."]


def test_letters_struck_twice_or_underlined_are_letters() -> None:
    document = read(
        "N\bNA\bAM\bME\bE\n       kettle - boils _\bw_\ba_\bt_\be_\br\n\n       +\bo Item \x1b[1mbold\x1b[0m B\bB\bB\bBx\n"
    )
    assert texts(document) == ["NAME", "kettle - boils water", "\u2022 Item bold Bx"]


@pytest.mark.parametrize("rule", ["=====", "-----", "~~~~~", "'''''", '"""""', "`````", "+++++", "^^^^^", "\u2550" * 5])
def test_ornaments_under_headings(rule: str) -> None:
    document = read(f"Intro words here.\n\nUsing\n{rule}\n\nPress it.\n")
    assert section_of(document, "Press it.") == ("Using",)
    assert rule not in document.text


@pytest.mark.parametrize(
    ("heading", "depth"),
    [
        ("Chapter 3: Cleaning", 1),
        ("APPENDIX B", 1),
        ("A.1 Torque table", 2),
        ("IV. Storage", 1),
        ("3.2.1  Filter care", 3),
        ("Kapitel 2", 1),
    ],
)
def test_numbers_of_sections(heading: str, depth: int) -> None:
    document = read(f"1 First\n\nWords here.\n\n1.1 Second\n\nWords there.\n\n{heading}\n\nClean it.\n")
    place = section_of(document, "Clean it.")
    assert place[-1] == " ".join(heading.split())
    block = next(b for b in document.blocks if "Clean it." in document.text[b.start : b.end])
    assert block.levels[-1] == depth


def test_heads_of_every_page_go_and_are_said() -> None:
    sheets = [f"Kettle manual        Page {n}\n\n{n}. Part {n}\n\nWords of part {n}.\n\nAcme 2020\n" for n in range(1, 5)]
    document = read("\f".join(sheets))
    assert "Kettle manual" not in document.text and "Acme 2020" not in document.text
    assert page_of(document, "Words of part 3.") == 3
    assert len(document.warnings) == 2
    document = read("".join(f"Kettle manual      Page {n}\n\nText {n} here.\n\nMore.\n\nAnd more.\n\n" for n in range(1, 5)))
    assert (document.pages, page_of(document, "Text 3 here.")) == (4, 3)


def test_records_of_a_log_stay_apart() -> None:
    log = (
        "2024-03-01 10:00:00 INFO Pump started\n2024-03-01 10:00:05 ERROR E42: no water\n  at the inlet\n"
        "2024-03-01 10:00:09 INFO Stop\n"
    )
    assert texts(read(log, "pump.log")) == [
        "2024-03-01 10:00:00 INFO Pump started",
        "2024-03-01 10:00:05 ERROR E42: no water\nat the inlet",
        "2024-03-01 10:00:09 INFO Stop",
    ]


@pytest.mark.parametrize("line", ["+--" * 60, "|" * 150, "a  b " * 30, "....." * 30, "_\b" * 70, "* *" * 50, "\u2500\u253c" * 70])
def test_many_lines_that_look_like_tables_are_quick(line: str) -> None:
    start = time.perf_counter()
    read(f"{line}\n" * 4_000 + "end\n")
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("before", ["Intro sentence.\n\n", "Intro sentence.\n", ""])
@pytest.mark.parametrize("name", ["Technical data", "Data"])
def test_a_short_name_right_above_a_table_is_its_heading(before: str, name: str) -> None:
    document = read(f"{before}{name}\nWeight         12 kg\nHeight         30 cm\nPower          400 W\n")
    assert texts(document, BlockKind.HEADING) == [name]
    assert texts(document, BlockKind.TABLE_ROW) == ["Weight | 12 kg", "Height | 30 cm", "Power | 400 W"]
    assert section_of(document, "12 kg") == (name,)


def test_a_table_right_below_a_sentence_is_one() -> None:
    document = read(
        "The saw comes with all that is said below, in its\nusual state\nWeight         12 kg\nHeight         30 cm\n\n"
        "The parts are\n  blade   Cuts it\n  guard   Keeps you safe\n"
    )
    assert texts(document) == [
        "The saw comes with all that is said below, in its usual state",
        "Weight | 12 kg",
        "Height | 30 cm",
        "The parts are",
        "blade | Cuts it",
        "guard | Keeps you safe",
    ]


def test_lines_set_flush_on_both_sides_are_no_table() -> None:
    text = (
        "The saw is shipped with a blade and a guard for wood.\n"
        "It  cuts  boards   of up to forty millimetres and  no\n"
        "more   than that,  whatever they are made of,  and it\n"
        "keeps   to  the line  that  is  drawn  on  the  board\n"
        "well.\n"
    )
    assert [" ".join(one.split()) for one in texts(read(text))] == [" ".join(text.split())]


def test_two_lines_alike_in_the_midst_of_a_paragraph_are_no_table() -> None:
    assert len(texts(read("Choose one of\nFile | Open | Saw\nFile | Open | Lamp\nand wait for it.\n"))) == 1


def test_a_header_is_no_heading_of_its_rows() -> None:
    assert texts(read("Model | Volts | Watts\n------+-------+------\nK1    | 230   | 2000\nK2    | 110   | 900\n")) == [
        "Model | Volts | Watts",
        "Model: K1 | Volts: 230 | Watts: 2000",
        "Model: K2 | Volts: 110 | Watts: 900",
    ]


def test_a_long_option_stands_above_what_it_does() -> None:
    document = read(
        "  -h           Show help\n  --very-long-option-name\n               Does a long\n               thing\n"
        "  -q           Quiet\n"
    )
    assert texts(document) == ["-h | Show help", "--very-long-option-name | Does a long thing", "-q | Quiet"]


@pytest.mark.parametrize("before", range(2, 12))
def test_a_long_option_may_stand_anywhere(before: int) -> None:
    options = [f"  -{chr(97 + n)}           Does {n}\n" for n in range(12)]
    options[before] = "  --very-long-option-name\n               Does long\n"
    rows = texts(read("".join(options)), BlockKind.TABLE_ROW)
    assert len(rows) == 12 and rows[before] == "--very-long-option-name | Does long"


def test_a_table_may_have_empty_lines_between_its_rows() -> None:
    document = read(
        "Model      X100     X200\n\nWeight     12 kg    14 kg\n\nPower      2 kW     3 kW\nNoise      60 dB    64 dB\n\n"
        "Words below it.\n"
    )
    assert texts(document) == [
        "Model | X100 | X200",
        "Weight | 12 kg | 14 kg",
        "Power | 2 kW | 3 kW",
        "Noise | 60 dB | 64 dB",
        "Words below it.",
    ]
    assert len(set(groups(document, BlockKind.TABLE_ROW))) == 1


@pytest.mark.parametrize("gap", ["\n\n", "\n\f", "\nName       Care     Age\n----------------------\n"])
def test_a_table_ends_with_its_page_and_before_two_empty_lines_and_another_header(gap: str) -> None:
    document = read(
        f"Model      X100     X200\nWeight     12 kg    14 kg\n{gap}Power      2 kW     3 kW\nNoise      60 dB    64 dB\n"
    )
    assert len(set(groups(document, BlockKind.TABLE_ROW))) == 2


def test_a_table_with_names_of_columns_of_its_own_is_another_one() -> None:
    table = "Model      Volts    Watts\nK{0}         230      2000\nK{1}         110      900\n"
    document = read(table.format(1, 2) + "\n" + table.format(3, 4))
    assert texts(document)[4:] == ["Model: K3 | Volts: 230 | Watts: 2000", "Model: K4 | Volts: 110 | Watts: 900"]


def test_two_lines_apart_are_no_table() -> None:
    assert texts(read("Acme Saws            Berlin\n\nPhone                1234\n\nWords below.\n"), BlockKind.TABLE_ROW) == []

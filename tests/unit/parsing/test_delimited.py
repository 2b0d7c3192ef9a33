from __future__ import annotations

import pytest
from parsing_reading import texts

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing import delimited
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

PARTS = "Part,Price,Material\nM8 screw,1.20,Steel\nLid,3.40,ABS\n"


def rows(text: str | bytes, name: str = "parts.csv") -> list[str]:
    return texts(read(text, name), BlockKind.TABLE_ROW)


def read(text: str | bytes, name: str = "parts.csv") -> Document:
    return parse(text.encode() if isinstance(text, str) else text, name)


def test_every_row_names_its_cells_by_the_head() -> None:
    assert rows(PARTS) == [
        "Part | Price | Material",
        "Part: M8 screw | Price: 1.20 | Material: Steel",
        "Part: Lid | Price: 3.40 | Material: ABS",
    ]


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_separator_and_line_end(separator: str, ends: str) -> None:
    text = PARTS.replace(",", separator).replace("\n", ends)
    assert rows(text) == rows(PARTS)
    assert rows(text, "parts.tsv") == rows(PARTS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_any_encoding(encoding: str) -> None:
    text = "Säge;Preis\nHobel für Ecken;1,20\nZwinge groß;3,40\nBügelsäge;5,60\n"
    assert rows(text.encode(encoding))[1] == "Säge: Hobel für Ecken | Preis: 1,20"


def test_a_decimal_comma_is_no_separator() -> None:
    assert rows("Name;Preis\nA;1,20\nB;3,40\n")[1] == "Name: A | Preis: 1,20"


def test_a_declared_separator() -> None:
    assert rows("sep=^\nname^age\nBob^3\nAnn^4\n")[1] == "name: Bob | age: 3"


def test_cells_in_quotes_hold_separators_quotes_and_line_breaks() -> None:
    text = 'Code,Text,Use\n1,"open, then ""go""\nslowly",x\n2,short,y\n'
    assert rows(text)[1] == 'Code: 1 | Text: open, then "go" slowly | Use: x'
    assert rows('Code,Text\n1,"say \\"go\\", then"\n2,x\n')[1] == 'Code: 1 | Text: say "go", then'
    assert rows("'Code','Text'\n'1','a, b'\n'2','c'\n")[1] == "Code: 1 | Text: a, b"


@pytest.mark.parametrize("where", [1, 2])
def test_a_quotation_mark_that_never_closes_costs_its_line_only(where: int) -> None:
    lines = ["a,b,c", "1,2,3", "4,5,6", "7,8,9"]
    lines[where] = lines[where].replace(",", ',"', 1)
    document = read("\n".join(lines))
    assert len(texts(document)) == 4
    assert document.warnings == (f"line {where + 1}: a quotation mark is not closed; it was read as it stands",)


def test_lines_above_the_head_are_the_title() -> None:
    document = read("# exported by hand\nSpare parts 2024,,\n,,\n" + PARTS)
    assert document.title == "Spare parts 2024"
    assert texts(document)[:2] == ["exported by hand", "Spare parts 2024"]
    assert document.blocks[-1].section == ("Spare parts 2024",)


def test_a_table_goes_on_after_a_blank_row() -> None:
    assert rows("Part,Price,Use\nA,1,x\nB,2,y\n\nC,3,z\nD,4,w\n")[-1] == "Part: D | Price: 4 | Use: w"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Model,Battery life\nX200,12 h\nX300,14 h\n", "Model: X200 | Battery life: 12 h"),
        ("Code,Meaning\nE-1,The lid is open\nE-2,No water\n", "Code: E-1 | Meaning: The lid is open"),
        ("Colour,red\nWeight,12 kg\nHeight,30 cm\n", "Weight | 12 kg"),
        ("X200,red,Steel\nX300,blue,ABS\n", "X300 | blue | ABS"),
        ("1,2,3\n4,5,6\n", "4 | 5 | 6"),
        ("Region,2022,2023\nNorth,10,20\n", "Region: North | 2022: 10 | 2023: 20"),
    ],
)
def test_heads_are_told_from_rows(text: str, first: str) -> None:
    assert rows(text)[1] == first


def test_a_row_too_long_for_a_line_repeats_what_it_is_about() -> None:
    heads = [f"Measured property {number}" for number in range(60)]
    text = ",".join(["Model", *heads]) + "\n" + ",".join(["X200", *map(str, range(60))]) + "\nX300" + ",7" * 60
    lines = [line for line in rows(text) if "X200" in line]
    assert len(lines) > 1
    assert all(line.startswith("Model: X200 | Measured property") and len(line) <= 700 for line in lines)
    assert sum(line.count("Measured") for line in lines) == 60


def test_ragged_rows_and_a_single_column() -> None:
    assert rows("A,B,C\n1,2,3\n4,5\n6,7,8,9\n")[2:] == ["A: 4 | B: 5", "A: 6 | B: 7 | C: 8 | 9"]
    assert texts(read("Use soft water only.\n\nPress start.\n")) == ["Use soft water only.", "Press start."]


def test_nothing_but_separators_is_no_text() -> None:
    with pytest.raises(SkippedFile, match="no text in it"):
        read(",,,\n,,\n")


def test_rows_and_columns_beyond_the_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_ROWS", 3)
    monkeypatch.setattr(delimited, "MOST_COLUMNS", 2)
    document = read(PARTS + "\n\n\nNut,1,Steel\n")
    assert len(texts(document)) == 3
    assert document.warnings == (
        "the first 3 rows were read, 1 were left: split the file to have them all",
        "3 rows have more than 2 columns: those beyond were left",
    )


@pytest.mark.parametrize(
    "data", [b'a,"b\n' * 20_000, b'"' * 200_000, b"," * 200_000, b'"a\n' * 30_000, b"\x1f,\x1e\n" * 99], ids=range(5)
)
def test_hostile_tables_end_soon(data: bytes) -> None:
    try:
        assert read(data).blocks
    except (ParseError, SkippedFile) as error:
        assert error.message


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (",Electrical,,Mechanical,\nModel,Volt,Amp,Mass,Make", "Model: A | Electrical Volt: 230"),
        ("Model,Electrical,,Mechanical,\n,Volt,Amp,Mass,Make", "Model: A | Electrical Volt: 230"),
    ],
)
def test_a_band_of_groups_above_the_head(head: str, row: str) -> None:
    found = rows(f"{head}\nA,230,2,12 kg,steel\nB,110,4,9 kg,brass\n")
    assert found[2] == f"{row} | Electrical Amp: 2 | Mechanical Mass: 12 kg | Mechanical Make: steel"
    assert len(found) == 4


def test_a_head_with_gaps_is_no_band() -> None:
    assert rows("Part,,Use,\nLid,red,cover,x\nNut,blue,fix,y\n")[1] == "Part: Lid | red | Use: cover | x"

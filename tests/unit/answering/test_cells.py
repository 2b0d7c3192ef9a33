from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.answering.cells import row_of, table_row
from ragqa.indexing.index import Index
from ragqa.parsing.tables import render_rows
from ragqa.types import Document, TableRow

Make = Callable[..., Index]


def cut(lines: list[str]) -> list[list[str]]:
    return [line.split(" | ") for line in lines]


def row(words: str, *table: str, make_index: Make, write: Callable[..., Document]) -> TableRow | None:
    document = write("a.md", [("paragraph", "Before."), ("table", *table), ("paragraph", "After.")])
    start = document.text.index(words)
    return table_row(make_index(document), 1, start, start + len(words))


def test_a_cell_comes_with_its_row_and_heads(make_index: Make, kettle: Document) -> None:
    start = kettle.text.index("The lid is open")
    found = table_row(make_index(kettle), 1, start, start + len("The lid is open"))
    assert found == TableRow(("Code", "Cause", "Remedy"), ("E-24", "The lid is open", "Close it"), 1)


@pytest.mark.parametrize("words", ["1.7 litres", "Boil it twice", "The steam scalds"])
def test_outside_tables_there_is_none(words: str, make_index: Make, kettle: Document) -> None:
    start = kettle.text.index(words)
    assert table_row(make_index(kettle), 1, start, start + len(words)) is None


GRIDS = [
    ([["Model", "Weight", "Power"], ["X1", "12 kg", "5 W"], ["X2", "13 kg", "6 W"]], 1),
    ([["", "Weight", "Power"], ["X1", "12 kg", "5 W"], ["X2", "13 kg", "6 W"]], 1),
    ([["", "Size", None], ["Model", "Height", "Width"], ["X1", "1 m", "2 m"], ["X2", "3 m", "4 m"]], 2),
    ([["Model", "Weight:", "Power"], ["X1", "12 kg", ""], ["X2", "", "6 W"]], 1),
]


@pytest.mark.parametrize(
    ("grid", "header_rows", "at", "expected"),
    [
        (*GRIDS[0], 1, TableRow(("Model", "Weight", "Power"), ("X1", "12 kg", "5 W"), 1)),
        (*GRIDS[1], 2, TableRow(("", "Weight", "Power"), ("X2", "13 kg", "6 W"), 1)),
        (*GRIDS[2], 3, TableRow(("Model", "Size Height", "Size Width"), ("X2", "3 m", "4 m"), 1)),
        (*GRIDS[3], 1, TableRow(("Model", "Weight", "Power"), ("X1", "12 kg", ""), 1)),
        (*GRIDS[3], 2, TableRow(("Model", "Weight", "Power"), ("X2", "", "6 W"), 2)),
        (*GRIDS[0], 0, TableRow((), ("Model", "Weight", "Power"), 1)),
    ],
)
def test_rows_as_parsing_renders_them(grid: list[list[str | None]], header_rows: int, at: int, expected: TableRow) -> None:
    assert row_of(cut(render_rows(grid, header_rows)), at, 1) == expected


def test_two_columns_have_heads_where_the_first_row_reads_so(make_index: Make, script_document: Callable[..., Document]) -> None:
    found = row(
        "The door is open",
        "Code | Meaning",
        "E-1 | The door is open",
        "E-2 | No water",
        make_index=make_index,
        write=script_document,
    )
    assert found == TableRow(("Code", "Meaning"), ("E-1", "The door is open"), 1)


def test_two_columns_of_names_and_values_have_none(make_index: Make, script_document: Callable[..., Document]) -> None:
    found = row("12 kg", "Weight | 12 kg", "Power | 5 W", "Cable | 2 m", make_index=make_index, write=script_document)
    assert found == TableRow((), ("Weight", "12 kg"), 1)


def test_a_colon_in_a_cell_is_no_head(make_index: Make, script_document: Callable[..., Document]) -> None:
    found = row(
        "press it", "Lamp | Note: press it", "Pump | Turn it", "Fan | Pull it", make_index=make_index, write=script_document
    )
    assert found == TableRow((), ("Lamp", "Note: press it"), 1)


def test_a_bar_in_a_cell_is_text() -> None:
    rows = cut(["Key | Use | Sign", "Key: A | Use: on | off | Sign: o", "Key: B | Use: up | Sign: u"])
    assert row_of(rows, 1, 2) == TableRow(("Key", "Use", "Sign"), ("A", "on | off", "o"), 1)


def test_an_answer_over_two_cells_is_in_no_column(make_index: Make, script_document: Callable[..., Document]) -> None:
    table = ("Weight | 12 kg", "Power | 5 W", "Cable | 2 m")
    found = row("Power | 5 W", *table, make_index=make_index, write=script_document)
    assert found == TableRow((), ("Power", "5 W"), None)
    assert row("12 kg\nPower", *table, make_index=make_index, write=script_document) is None

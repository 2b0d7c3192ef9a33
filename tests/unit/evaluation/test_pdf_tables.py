"""The benchmark of tables in PDFs: marks, cells, neighbours, rows, false tables, lost words and reading order."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from pdf_gold import Cell, Character, GoldTable, cells, find_files, outside, page_characters, read_marks, text_of, turned
from pdf_tables import SAMPLES, Measured, figures, measure
from table_scores import Count, ReadTable, folded, grid_cells, in_order, lost, relations, rows, score_page

PROGRAMMES = [["Programme", "Load"], ["Cotton", "7 kg"], ["Wool", "2 kg"]]


def written(text: str, x: float, y: float) -> list[Character]:
    """A text set in a type six points wide and ten high, standing on the line at `y`."""
    places = [(x + 6 * at, one, at) for at, one in enumerate(text) if one != " "]
    return [Character(one, left, y - 8, left + 6, y + 2, y, 10, at == 0 or text[at - 1] == " ") for left, one, at in places]


def page_of(*texts: tuple[str, float, float]) -> list[Character]:
    return [one for text in texts for one in written(*text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7 kg", "7kg"),
        ("deter- gent", "detergent"),
        ("• Check the door", "Check the door"),
        ("1 m²", "1 m2"),
        ("“Ready”", '"Ready"'),
        ("−5 °C", "-5°C"),
    ],
)
def test_what_parsers_rightly_differ_in_is_not_compared(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("E-03", "E03"), ("-", ""), ("7 kg", "7 k9"), ("+", "-")])
def test_what_has_a_meaning_is_compared(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_neighbours_are_the_next_cells_that_are_not_empty() -> None:
    found = relations(grid_cells([["A", "", "C"], ["", "E", "F"]]))
    assert set(found) == {("A", "C", "right"), ("E", "F", "right"), ("C", "F", "below")}


def test_a_merged_cell_is_the_neighbour_of_each_row_it_covers() -> None:
    merged = [Cell("Door", 0, 0, 1, 0), Cell("open", 0, 1, 0, 1), Cell("shut", 1, 1, 1, 1)]
    assert ("Door", "shut", "right") in relations(merged)
    assert relations(merged) == relations(grid_cells([["Door", "open"], ["Door", "shut"]]))
    assert set(rows(merged)) == {("Door", "open"), ("Door", "shut")}
    assert ("Door", "shut", "right") not in relations(grid_cells([["Door", "open"], ["", "shut"]]))


def test_none_in_a_grid_goes_on_with_the_cell_to_its_left() -> None:
    assert grid_cells([["Use", None, "Note"]]) == (Cell("Use", 0, 0, 0, 1), Cell("Note", 0, 2, 0, 2))
    assert grid_cells([[None, "x"]]) == (Cell("", 0, 0, 0, 0), Cell("x", 0, 1, 0, 1))


def test_a_table_read_as_it_was_marked_is_whole() -> None:
    gold = grid_cells(PROGRAMMES)
    score = score_page([(gold, 1)], [ReadTable(gold, 1)])
    assert score.relations == Count(7, 7, 7) and score.rows == Count(3, 3, 3) and score.false == 0
    assert score.tables[0].whole and score.tables[0].heads


def test_two_rows_run_together_cost_both_rows_and_their_neighbours() -> None:
    read = ReadTable(grid_cells([["Programme", "Load"], ["Cotton Wool", "7 kg 2 kg"]]), 0)
    score = score_page([(grid_cells(PROGRAMMES), 1)], [read])
    assert score.rows == Count(1, 2, 3) and score.relations == Count(1, 4, 7)
    assert score.tables[0].found and not score.tables[0].whole and score.tables[0].heads is False


def test_a_table_of_other_text_is_false_and_costs_precision() -> None:
    prose = ReadTable(grid_cells([["Keep the", "door shut"], ["while it", "is running"]]))
    score = score_page([(grid_cells(PROGRAMMES), 1)], [prose])
    assert score.false == 1 and not score.tables[0].found
    assert score.relations == Count(0, 4, 7)
    alone = score_page([], [prose])
    assert alone.false == 1 and alone.relations.f1 == 0


def test_what_may_be_a_table_or_not_counts_neither_way() -> None:
    legend = ReadTable(grid_cells([["1", "Door"], ["2", "Hose"]]))
    score = score_page([], [legend], either="1 Door 2 Hose")
    assert score.false == 0 and score.relations == Count() and score.relations.f1 == 1


def test_a_frame_around_one_text_is_no_table() -> None:
    assert score_page([], [ReadTable(grid_cells([["Warning: hot!"]]))]).false == 0


def test_two_tables_read_as_one_are_both_found_and_neither_is_whole() -> None:
    codes = [["E1", "Door"], ["E2", "Hose"]]
    score = score_page([(grid_cells(PROGRAMMES), 1), (grid_cells(codes), 0)], [ReadTable(grid_cells(PROGRAMMES + codes), 1)])
    assert [table.found for table in score.tables] == [True, True] and not any(table.whole for table in score.tables)
    assert score.rows == Count(5, 5, 5) and score.relations.right < score.relations.given


def test_lost_words_are_those_that_occur_nowhere() -> None:
    assert lost("Press the red key", "PressThe red\nkey") == (1, 4)


def test_columns_read_across_are_half_in_order() -> None:
    left, right = "alpha bravo", "golf hotel"
    assert in_order([left, right], "alpha bravo golf hotel") == (4, 4)
    assert in_order([left, right], "alpha golf bravo hotel") == (3, 4)
    assert in_order([left, right], "golf hotel alpha bravo") == (0, 4)


def test_words_are_in_the_cell_that_holds_the_centres_of_their_letters() -> None:
    table = GoldTable((0, 0, 200, 60), (60,), (20, 40), 1, 1, ((1, 0, 2, 0),))
    texts = [("Fault", 5, 12), ("Remedy", 65, 12), ("No water", 5, 32), ("Open tap", 65, 32), ("Clean filter", 65, 52)]
    found = cells(table, page_of(*texts, ("outside", 5, 80)))
    assert [one.text for one in found] == ["Fault", "Remedy", "No water", "Open tap", "Clean filter"]
    assert found[2] == Cell("No water", 1, 0, 2, 0)


def test_a_sideways_table_is_marked_on_the_page_turned_upright() -> None:
    upright = page_of(("Load", 30, 20))
    sideways = [Character(one.text, one.top, 300 - one.right, one.bottom, 300 - one.left, 0, 10) for one in upright]
    assert text_of(turned(sideways, 90, 200, 300)) == "Load"
    assert text_of(turned(turned(upright, 180, 200, 300), 180, 200, 300)) == "Load"
    assert [one.left for one in turned(turned(upright, 90, 200, 300), 270, 300, 200)] == [one.left for one in upright]


def test_what_stands_in_a_box_can_be_left_out() -> None:
    assert text_of(outside(page_of(("Load", 5, 12), ("11", 100, 12)), [(90, 0, 120, 20)])) == "Load"


def test_the_marks_are_sound_and_hold_no_text() -> None:
    pages = read_marks()
    assert len({(page.file, page.page) for page in pages}) == len(pages) >= 60
    assert sum(not page.tables for page in pages) >= len(pages) / 3
    for page in pages:
        for table in page.tables:
            left, top, right, bottom = table.box
            assert all(one < other for one, other in pairwise((left, *table.columns, right))), page
            assert all(one < other for one, other in pairwise((top, *table.rows, bottom))), page
            assert table.heads <= len(table.rows) and table.row_heads <= len(table.columns), page
            assert all(0 <= a <= c <= len(table.rows) and 0 <= b <= d <= len(table.columns) for a, b, c, d in table.spans), page


def test_the_marks_fit_the_sample_manual() -> None:
    """If it fails because the sample manual was made anew: look at its marked pages, and mark them again with the new sha256."""
    pages = [page for page in read_marks() if page.file.startswith("aurora")]
    (path,) = find_files(SAMPLES, pages).values()
    with pdfium.PdfDocument(path) as pdf:
        for page in pages:
            shown = pdf[page.page - 1]
            for table in page.tables:
                filled = [cell.text for cell in cells(table, page_characters(shown))]
                assert all(filled), page


def test_a_page_is_measured_from_file_to_figures() -> None:
    pages = [page for page in read_marks() if page.file.startswith("aurora") and page.page in (6, 12)]
    (path,) = find_files(SAMPLES, pages).values()
    told = figures([measure(page, path, "ragqa") for page in pages])
    assert (told["pages"], told["tables"], told["pages without tables"], told["failed"]) == (2, 2, 1, 0)
    assert told["found"] == 1 and told["cell F1"] > 0.9 and told["text lost"] < 0.1 and told["order right"] > 0.9


def test_a_parser_that_fails_has_read_nothing() -> None:
    page = next(page for page in read_marks() if page.file.startswith("aurora") and page.tables)
    (path,) = find_files(SAMPLES, [page]).values()

    def broken(path: Path, number: int) -> object:
        raise ValueError("no such font")

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules["pdf_tables"].PARSERS, "broken", broken)
        one: Measured = measure(page, path, "broken")
    assert one.failed == "ValueError: no such font" and one.score.relations.recall == 0 and one.lost[0] == one.lost[1]

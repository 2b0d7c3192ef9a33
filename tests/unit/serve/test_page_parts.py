"""What pages are made of: addresses, text as it is shown, tables, stretches of a manual."""

from __future__ import annotations

import pytest

from ragqa.serve.page.asked import Asked, Wanted
from ragqa.serve.page.cards import cards_of, reply
from ragqa.serve.page.manual_text import Piece, parts_of
from ragqa.serve.page.routes import _next, glob_of
from ragqa.serve.page.shown import Segment, lines, near_mark, segments, visible
from ragqa.serve.page.table_rows import grid_of
from ragqa.types import Abstention, Block, BlockKind, Extract, Response


def fields_of(address: str) -> dict[str, str]:
    from urllib.parse import parse_qs, urlsplit

    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_an_address_asks_for_what_it_was_made_of() -> None:
    asked = Asked("What is “E-24” & <why>?", "demo", "*espresso*", "10 Error codes")
    assert Asked.of(fields_of(asked.address())) == asked
    assert Asked.of(fields_of(asked.address(answer=2))).answer == 2
    assert Asked.of(fields_of(asked.address(passage=3))).passage == 3


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(3, "demo", (0, 12), 4, "page"),
        Wanted(3, "demo", None, None, "text", 0),
        Wanted(3, None, (5, 7), None, "", 9, "reset button", True),
        Wanted(3, "demo", (5, 7), 2, "", passage=True),
    ],
)
def test_a_place_in_a_manual_has_an_address(wanted: Wanted) -> None:
    assert Wanted.of(fields_of(wanted.address())) == wanted


@pytest.mark.parametrize("number", ["-1", "x", "1e3", "٣", "99999999999999999999", "", "2 "])
def test_what_is_no_number_is_not_given(number: str) -> None:
    assert Asked.of({"q": "?", "answer": number}).answer == 0
    assert Wanted.of({"id": "1", "start": number, "end": number, "page": number, "at": number}) == Wanted(1)


@pytest.mark.parametrize(("given", "glob"), [("", ""), ("espresso", "*espresso*"), ("a*.pdf", "a*.pdf"), ("a[1]", "*a[[]1]*")])
def test_a_part_of_a_name_is_a_glob(given: str, glob: str) -> None:
    assert glob_of(given) == glob


@pytest.mark.parametrize(
    ("given", "goes"),
    [
        ("/library?index=demo", "/library?index=demo"),
        ("/?q=a%20b", "/?q=a%20b"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("/v1/indexes", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("http://[", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_logging_in_leads_to_a_page_of_this_server(given: str, goes: str) -> None:
    assert _next(given) == goes


def test_each_character_stays_one() -> None:
    text = "a\x00\u202eb\ud800\u2066\x1b[31m\U0001f600\t\n"
    assert visible(text) == "a␀·b\ufffd·␛[31m\U0001f600\t\n"
    assert len(visible(text)) == len(text)


def test_marks_cut_a_text() -> None:
    found = segments("The kettle boils.", 100, [((104, 110), "answer"), ((0, 50), "found")])
    assert found == (Segment("The "), Segment("kettle", "answer"), Segment(" boils."))
    assert segments("all", 5, [((0, 99), "answer")]) == (Segment("all", "answer"),)


def test_of_a_long_list_only_what_is_near_shows() -> None:
    listed = lines([Segment("1\n2\n3\n4\n"), Segment("5", "answer"), Segment("\n6\n7\n8")])
    shown = list(near_mark(listed, 1))
    assert [("".join(one.text for one in line), skipped) for line, skipped in shown] == [
        ("4", True), ("5", False), ("6", False), ("", True),
    ]  # fmt: skip
    assert not any(skipped for _, skipped in near_mark(listed, 9))


def cells(rows: list[str]) -> list[list[tuple[int, str]]]:
    grid = grid_of(rows)
    return [[(cell.column, row[cell.value : cell.end]) for cell in found] for row, found in zip(rows, grid.rows, strict=True)]


def test_cells_stand_in_their_columns() -> None:
    rows = ["Code | Cause | Remedy", "Code: E-1 | Cause: Dry | Remedy: Fill", "Code: E-2 | Remedy: Wait | or stop"]
    assert cells(rows) == [
        [(0, "Code"), (1, "Cause"), (2, "Remedy")],
        [(0, "E-1"), (1, "Dry"), (2, "Fill")],
        [(0, "E-2"), (2, "Wait | or stop")],
    ]
    assert grid_of(rows).headed and grid_of(rows).columns == 3


def test_a_stretch_that_begins_within_a_table_has_no_head() -> None:
    rows = ["Code: E-1 | Cause: Dry | Remedy: Fill", "Code: E-2 | Cause: Hot | Remedy: Wait"]
    assert not grid_of(rows).headed
    assert cells(rows)[0] == [(0, "E-1"), (1, "Dry"), (2, "Fill")]


def test_rows_that_name_nothing_are_cells_in_turn() -> None:
    assert cells(["Weight | 12 kg", "Height | 30 cm"]) == [[(0, "Weight"), (1, "12 kg")], [(0, "Height"), (1, "30 cm")]]
    assert cells(["alone"]) == [[(0, "alone")]]


def extract_of(*blocks: tuple[BlockKind, str, int, int | None]) -> Extract:
    made, text = [], ""
    for kind, words, group, page in blocks:
        start = 50 + len(text)
        levels, section = ((2,), (words,)) if kind is BlockKind.HEADING else ((), ())
        made.append(Block(kind, start, start + len(words), section, levels, page, group))
        text += words + "\n"
    return Extract(1, 50, text, tuple(made), 1000)


def test_every_piece_of_a_manual_says_where_it_stands() -> None:
    extract = extract_of(
        (BlockKind.HEADING, "Errors", 0, 1),
        (BlockKind.TABLE_ROW, "Code | Cause | Remedy", 1, 1),
        (BlockKind.TABLE_ROW, "Code: E-1 | Cause: \u202eDry | Remedy: Fill", 1, 2),
        (BlockKind.LIST_ITEM, "1. Fill.", 2, 2),
        (BlockKind.LIST_ITEM, "2. Boil.", 2, 3),
        (BlockKind.LIST_ITEM, "• Other list.", 3, 3),
        (BlockKind.PARAGRAPH, "Done.", 0, 4),
    )
    start = 50 + extract.text.index("Dry")
    parts = list(parts_of(extract, [((start, start + 3), "answer")]))
    assert [(part.kind, len(part.rows), part.page) for part in parts] == [
        ("heading", 1, 1), ("table_row", 2, None), ("list_item", 2, None), ("list_item", 1, None), ("paragraph", 1, 4),
    ]  # fmt: skip
    assert parts[0].level == 2 and parts[1].headed
    pieces = [piece for part in parts for row in part.rows for piece in row if piece is not None]
    for piece in pieces:
        shown = "".join(one.text for one in (*piece.label, *piece.segments))
        at = piece.start - extract.start
        assert shown == visible(extract.text[at : at + len(shown)])
    marked = [one for piece in pieces for one in piece.segments if one.mark]
    assert marked == [Segment("Dry", "answer")]
    assert isinstance(pieces[0], Piece)


def test_a_reply_quotes_and_cites() -> None:
    assert (
        reply("24 months", "lamp.pdf", (3, 4), ("Warranty", "Terms")) == "“24 months”\n— lamp.pdf › pages 3–4 › Warranty › Terms"
    )


def test_a_question_without_words_has_no_cards() -> None:
    cards = cards_of(Response("?!", False, Abstention.NO_QUESTION, (), (), 0.3), Asked("?!"))
    assert cards.empty and not cards.answers and not cards.passages and cards.refusal == "The manuals do not say"

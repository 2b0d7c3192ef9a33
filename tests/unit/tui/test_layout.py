from __future__ import annotations

import pytest
from rich.cells import cell_len

from ragqa.types import Block, BlockKind, Extract
from tui.widgets.layout import Layout, lay_out
from tui.widgets.stand_ins import visible, visible_line

TEXTS = [
    "Plain words, some of them, and a rather-long-hyphenated-word in between.",
    "x" * 300,
    "照明器具の手入れをしてください。" * 10,
    "e\u0301" * 100 + " tail",
    "two\nlines   and   spaces",
    "\x1b[2J\u202e\u200b\t\x00 end",
    "👩‍👩‍👧‍👦 family",
    "",
    " ",
]


def extract_of(text: str, start: int = 100, kind: BlockKind = BlockKind.PARAGRAPH) -> Extract:
    return Extract(1, start, text, (Block(kind, start, start + len(text)),), start + len(text))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [8, 20, 79])
@pytest.mark.parametrize("kind", [BlockKind.PARAGRAPH, BlockKind.LIST_ITEM])
def test_lines_hold_every_character_at_its_offset(text: str, width: int, kind: BlockKind) -> None:
    shown = visible(text)
    covered = []
    for line in lay_out(extract_of(text, kind=kind), width).lines:
        (piece,) = line.pieces
        assert piece.text == shown[piece.start - 100 : piece.end - 100]
        assert piece.column + cell_len(piece.text.rstrip()) <= width
        covered.extend(range(piece.start, piece.end))
    assert covered == [100 + number for number, character in enumerate(text) if character != "\n"]


def test_words_are_not_cut_where_they_fit() -> None:
    lines = [line.pieces[0].text.strip() for line in lay_out(extract_of("alpha beta gamma delta"), 11).lines]
    assert lines == ["alpha beta", "gamma delta"]


def test_stand_ins_are_one_character_each_and_harmless() -> None:
    text = "".join(map(chr, range(0x0, 0x3000))) + "\ufeff\U000e0001\ud800"
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any((ord(one) < 0x20 and one != "\n") or 0x7F <= ord(one) < 0xA0 for one in shown)
    assert not set("\u200b\u200e\u202e\u2066\u2028\ufeff") & set(shown)
    assert visible("plain ascii, ü, 漢") == "plain ascii, ü, 漢"


def test_a_line_has_no_line_breaks() -> None:
    assert visible_line("a\n b\t\x1bc") == "a b ␛c"


# Tables.


def table_of(*rows: str, start: int = 50, group: int = 7) -> Extract:
    blocks, text = [], ""
    for row in rows:
        blocks.append(Block(BlockKind.TABLE_ROW, start + len(text), start + len(text) + len(row), group=group))
        text += f"{row}\n"
    return Extract(1, start, text, tuple(blocks), start + len(text))


def drawn(page: Layout) -> list[str]:
    """The lines as a terminal shows them, bars between the cells."""
    shown = []
    for line in page.lines:
        cells: dict[int, str] = dict.fromkeys(line.rules, "│")
        for piece in line.pieces:
            cells.update({piece.column_of(offset): piece.text[offset - piece.start] for offset in range(piece.start, piece.end)})
        shown.append("".join(cells.get(column, " ") for column in range(max(cells, default=-1) + 1)).rstrip())
    return shown


LABELLED = table_of(
    "Model | Weight | Price",
    "Model: X200 | Weight: 12 kg | Price: 400",
    "Model: X1 | Price: 90",
    "Discontinued",
    "Model: Y | Weight: 3 kg | Price: a | b",
)


def test_rows_stand_under_their_heads() -> None:
    assert drawn(lay_out(LABELLED, 40)) == [
        " Model │ Weight │ Price",
        " X200  │ 12 kg  │ 400",
        " X1    │        │ 90",
        " Discontinued",
        " Y     │ 3 kg   │ a | b",
    ]


def test_a_line_leads_to_the_head_of_its_table() -> None:
    page = Extract(1, 0, "Text.\nA | 1\nB | 2", tuple(
        Block(kind, start, start + 5, group=group)
        for kind, start, group in (
            (BlockKind.PARAGRAPH, 0, 0), (BlockKind.TABLE_ROW, 6, 1), (BlockKind.TABLE_ROW, 12, 1),
        )
    ), 17)  # fmt: skip
    layout = lay_out(page, 40)
    assert drawn(layout) == ["Text.", "", " A │ 1", " B │ 2"]
    assert [layout.head_of(line) for line in range(4)] == [0, 1, 2, 2]


def test_the_head_is_one_and_no_other_row() -> None:
    kinds = [line.kind for line in lay_out(LABELLED, 40).lines]
    assert kinds == [BlockKind.HEADING, *[BlockKind.TABLE_ROW] * 4]


def test_two_columns_and_a_column_without_a_name() -> None:
    assert drawn(lay_out(table_of("Weight | 12 kg", "Width | 3 cm"), 40)) == [" Weight │ 12 kg", " Width  │ 3 cm"]
    rows = "Width | Height", "X200 | Width: 3 | Height: 4", "X1 | Width: 30 | Height: 5"
    assert drawn(lay_out(table_of(*rows), 40)) == ["      │ Width │ Height", " X200 │ 3     │ 4", " X1   │ 30    │ 5"]


def test_a_stretch_that_begins_within_a_table_has_a_head() -> None:
    page = table_of("Code: E1 | Help: close it", "Code: E2 | Cause: base | Help: dry it", "Code: E3 | Cause: lid | Help: -")
    layout = lay_out(page, 40)
    assert drawn(layout) == [" Code │ Cause │ Help", " E1   │       │ close it", " E2   │ base  │ dry it", " E3   │ lid   │ -"]
    cause = 50 + page.text.index("Cause")
    assert layout.line_of(cause) == 0 and layout.seen(cause) == cause  # it stands in the head, where it is first named
    again = 50 + page.text.rindex("Cause")
    assert layout.line_of(again) == 3 and page.text[layout.seen(again) - 50 :].startswith("lid")


def test_cells_wrap_within_their_column() -> None:
    rows = "Code | Meaning", "E-24 | The lid is open and has to be closed"
    assert drawn(lay_out(table_of(*rows), 24)) == [
        " Code │ Meaning",
        " E-24 │ The lid is open",
        "      │ and has to be",
        "      │ closed",
    ]


@pytest.mark.parametrize(
    ("page", "width"),
    [(table_of(" | ".join(f"column{number}" for number in range(12))), 40), (LABELLED, 14), (table_of("one", "another"), 40)],
)
def test_what_does_not_fit_or_is_no_table_stays_rows_of_text(page: Extract, width: int) -> None:
    layout = lay_out(page, width)
    assert not any(line.rules for line in layout.lines)
    assert "".join(piece.text for line in layout.lines for piece in line.pieces) == page.text.replace("\n", "")


@pytest.mark.parametrize("width", [16, 22, 40, 100])
def test_a_place_on_the_screen_is_an_offset_of_the_document(width: int) -> None:
    layout = lay_out(LABELLED, width)
    seen = set()
    for number, line in enumerate(layout.lines):
        for piece in line.pieces:
            assert piece.text == LABELLED.text[piece.start - 50 : piece.end - 50]
            for offset in range(piece.start, piece.end):
                assert layout.line_of(offset) == number and layout.seen(offset) == offset
                assert line.offset_at(layout.column_of(offset)) == offset
                seen.add(offset)
    for offset in range(50, LABELLED.end):
        if LABELLED.text[offset - 50] != "\n":
            assert layout.seen(offset) in seen and layout.seen(offset, backwards=True) <= max(seen)


def test_hidden_names_lead_to_their_cell() -> None:
    layout = lay_out(LABELLED, 40)
    name = 50 + LABELLED.text.index("Weight: 12")
    assert LABELLED.text[layout.seen(name) - 50 :].startswith("12 kg")
    assert LABELLED.text[layout.seen(name, backwards=True) - 50] == "0"  # the end of X200
    marked = layout.drawn((name, name + len("Weight")))
    assert LABELLED.text[marked[0] - 50 : marked[1] - 50] == "12 kg"
    whole = name, name + len("Weight: 12 kg")
    assert layout.drawn(whole) == whole


def test_wide_characters_keep_the_columns() -> None:
    layout = lay_out(table_of("型番 | 重さ", "照明 | 12 kg"), 40)
    assert [line.rules for line in layout.lines] == [(6,), (6,)]
    assert [[piece.column for piece in line.pieces] for line in layout.lines] == [[1, 8], [1, 8]]

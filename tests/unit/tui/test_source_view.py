from __future__ import annotations

import pytest
from rich.cells import cell_len

from ragqa.types import Block, BlockKind, Extract
from tui.widgets.source_view import _wrapped, visible, visible_line

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
    lines = list(_wrapped(extract_of(text, kind=kind), width))
    shown = visible(text)
    covered = []
    for line in lines:
        assert line.text == shown[line.start - 100 : line.end - 100]
        assert line.indent + cell_len(line.text.rstrip()) <= width
        covered.extend(range(line.start, line.end))
    assert covered == [100 + number for number, character in enumerate(text) if character != "\n"]


def test_words_are_not_cut_where_they_fit() -> None:
    lines = [line.text.strip() for line in _wrapped(extract_of("alpha beta gamma delta"), 11)]
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

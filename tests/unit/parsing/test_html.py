from __future__ import annotations

import pytest
from parsing_reading import groups, section_of, texts
from parsing_samples import HTML

from ragqa.errors import SkippedFile
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

DOCUMENT = parse(HTML.encode(), "oven.html")


def body(markup: str) -> Document:
    return parse(f"<html><body>{markup}</body></html>".encode(), "a.html")


def test_title_and_text_before_the_first_heading() -> None:
    assert DOCUMENT.title == "Oven X user manual"
    assert section_of(DOCUMENT, "Before any heading.") == ()


def test_markup_broken_over_lines_reads_as_a_sentence() -> None:
    assert "Tap Location to turn on Location services." in texts(DOCUMENT, BlockKind.PARAGRAPH)
    assert section_of(DOCUMENT, "Tap Location") == ("Oven X", "Location")


@pytest.mark.parametrize("hidden", ["var hidden", "unseen", "Home", "color"])
def test_what_no_reader_sees_is_left_out(hidden: str) -> None:
    assert hidden not in DOCUMENT.text


def test_lists_keep_numbers_nesting_and_group() -> None:
    document = body("<ol><li>Open it<ul><li>gently</li></ul></li><li>Close it<li>Done</ol>")
    assert document.text == "1. Open it\n  \u2022 gently\n2. Close it\n3. Done"
    assert len(set(groups(document, BlockKind.LIST_ITEM))) == 1


def test_lists_that_are_apart_have_groups_apart() -> None:
    document = body("<ul><li>a</li></ul><li>stray</li><p>x</p><ul><li>b</li></ul>")
    assert len(set(groups(document, BlockKind.LIST_ITEM))) == 3


def test_data_tables_become_rows_and_spans_are_filled() -> None:
    rows = list(texts(DOCUMENT, BlockKind.TABLE_ROW))
    assert rows == [
        "Model | Weight | Power",
        "Model: X | Weight: 12 kg | Power: 3 W",
        "Model: X | Weight: 13 kg | Power: 4 W",
    ]


def test_two_columns_and_column_spans() -> None:
    document = body("<table><tr><td colspan=2>Electrical</td></tr><tr><td>Power</td><td>5 W</td></tr></table>")
    assert texts(document, BlockKind.TABLE_ROW) == ["Electrical", "Power | 5 W"]


def test_layout_tables_are_unwrapped() -> None:
    assert section_of(DOCUMENT, "Use the grill.") == ("Oven X", "Location", "Grill")


def test_boxes_are_warnings() -> None:
    assert texts(DOCUMENT, BlockKind.WARNING) == ["NOTE Keep away from children."]
    box = body("<div class='admonition warning'><p>Warning</p><p>Hot.</p><ul><li>Really</li></ul></div><p>After</p>")
    assert texts(box, BlockKind.WARNING) == ["Warning", "Hot.", "\u2022 Really"]
    assert len(set(groups(box, BlockKind.WARNING))) == 1
    assert texts(box, BlockKind.PARAGRAPH) == ["After"]


def test_definitions_code_and_breaks() -> None:
    assert "Watt: Unit of power" in texts(DOCUMENT, BlockKind.LIST_ITEM)
    assert texts(DOCUMENT, BlockKind.CODE) == ["set 1\n    go"]
    document = body("<p>one<br>two<br><br>three</p>")
    assert texts(document) == ["one\ntwo", "three"]


def test_raised_numbers_icons_and_empty_brackets() -> None:
    document = body("<p>5 m<sup>2</sup> on <img alt='Gear' src=g.png> or\n<img alt='Camera'><b>Camera</b> (\n<img src=i>\n)</p>")
    assert document.text == "5 m\u00b2 on [Gear] or Camera"


def test_feedback_widgets_and_link_lists_go() -> None:
    document = body(
        "<div>Helpful?<div><button>Yes</button><button>No</button></div></div>"
        "<div class='minitoc'><p><a href=a>Part one</a></p><p><a href=b>Part two</a></p></div><p>Text</p>"
    )
    assert document.text == "Text"


def test_mojibake_that_lost_half_of_its_space() -> None:
    document = body("<p>a friend\u00e2\u0080\u0099s\u00c2\u00a0phone\n<img src=x>\n\u00c2\n<b>Camera</b></p>")
    assert document.text == "a friend\u2019s phone Camera"


def test_a_declared_encoding_is_used() -> None:
    word = "\u041a\u043d\u043e\u043f\u043a\u0430"
    page = f"<html><head><meta charset='windows-1251'></head><body><p>{word}</p></body></html>"
    assert parse(page.encode("cp1251"), "a.html").text == word


def test_a_page_with_a_title_only_is_skipped() -> None:
    with pytest.raises(SkippedFile, match="no text in it"):
        parse(b"<!DOCTYPE html><html><head><title>Tab E</title></head>\n<body>\n\n</body></html>", "a.html")


def test_malformed_markup_keeps_the_words() -> None:
    document = body("<p>one <b>two <p>three</b> <table><td>x four</div></table>")
    assert [word for word in ("one", "two", "three", "four") if word not in document.text] == []

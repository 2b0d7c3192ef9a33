from __future__ import annotations

from parsing_reading import groups, section_of, texts
from parsing_samples import MARKDOWN

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

DOCUMENT = parse(MARKDOWN.encode(), "router.md")


def test_words_without_markup() -> None:
    assert DOCUMENT.title == "Router book"
    assert "Plug in the blue cable, eth0 first." in texts(DOCUMENT, BlockKind.PARAGRAPH)
    assert section_of(DOCUMENT, "Words before.") == ()
    assert section_of(DOCUMENT, "blue cable") == ("Router",)


def test_warnings_in_quotes() -> None:
    assert texts(DOCUMENT, BlockKind.WARNING) == ["Warning Do not open.", "CAUTION\nHigh voltage."]
    assert len(set(groups(DOCUMENT, BlockKind.WARNING))) == 2


def test_lists_tables_and_code() -> None:
    assert "1. one\n  \u2022 inner\n2. two" in DOCUMENT.text
    assert texts(DOCUMENT, BlockKind.TABLE_ROW) == ["Port | Speed | Use", "Port: 1 | Speed: 2.5 Gbit/s | Use: uplink"]
    assert texts(DOCUMENT, BlockKind.CODE) == ["ping -c 1 host"]


def test_title_from_the_first_heading_or_the_file() -> None:
    assert parse(b"## Part\n\n# Whole\n", "a.md").title == "Whole"
    assert parse(b"only words", "d/My_lamp.md").title == "My lamp"


def test_html_in_markdown_and_plain_quotes() -> None:
    document = parse(b"a<br>b <b>c</b>\n\n<div>raw &lt; words</div>\n\n> quoted words\n", "a.md")
    assert texts(document) == ["a\nb c", "raw < words", "quoted words"]

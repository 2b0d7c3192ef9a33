from __future__ import annotations

import codecs
import time

import pytest
from parsing_reading import groups, page_of, section_of, texts
from parsing_samples import TEXT

from ragqa.errors import ParseError
from ragqa.parsing.registry import parse
from ragqa.parsing.text.phrases import is_phrase
from ragqa.types import BlockKind, Document


def read(text: str, path: str = "a/Super_Lamp_2.txt") -> Document:
    return parse(text.encode(), path)


def test_sections_lists_tables_and_warnings() -> None:
    document = read(TEXT)
    assert document.title == "ROUTER HANDBOOK"
    assert section_of(document, "on a table") == ("ROUTER HANDBOOK", "1. Setup")
    assert section_of(document, "red cable") == ("ROUTER HANDBOOK", "1. Setup", "1.1 Cables")
    assert texts(document, BlockKind.LIST_ITEM) == ["\u2022 Plug in the blue cable.", "\u2022 Plug in the red cable."]
    assert len(set(groups(document, BlockKind.LIST_ITEM))) == 1
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Port | Speed | Use",
        "Port: 1 | Speed: 2.5 Gbit | Use: uplink",
        "Port: 2 | Speed: 1 Gbit | Use: downlink",
    ]
    assert texts(document, BlockKind.WARNING) == ["WARNING: Do not open."]
    assert "wrapped by hand at some width." in document.text


PAGED = """Quick Guides

You can learn quickly how to use it.
- 7 -

Using the Hub

Enjoy the functions provided by
Smart Hub
, on a single screen.
- 8 -
more of page nine
- 9 -
"""


def test_page_footers_end_their_page_and_go() -> None:
    document = read(PAGED)
    assert page_of(document, "learn quickly") == 7
    assert page_of(document, "Using the Hub") == 8
    assert page_of(document, "more of page") == 9
    assert document.pages == 9
    assert "- 8 -" not in document.text
    assert "provided by Smart Hub, on a single" in document.text
    assert section_of(document, "more of page") == ("Using the Hub",)


def test_one_heading_among_many_is_not_the_title() -> None:
    assert read(PAGED).title == "Super Lamp 2"


def test_form_feeds_are_pages() -> None:
    document = read("first page here.\n\fsecond page here.\n\f\fthe fourth.\n")
    assert [page_of(document, word) for word in ("first", "second", "fourth")] == [1, 2, 4]
    assert document.pages == 4


def test_page_n_of_m_and_numbers_that_do_not_climb() -> None:
    document = read("one.\nPage 1 of 3\ntext\nmore\ntwo.\nPage 2 of 3\ntext\nmore\nthree.\nPage 3 of 3\n")
    assert page_of(document, "two.") == 2
    assert "Page 2" not in document.text
    assert read("- 5 -\nwords here.\n\n- 2 -\nmore words.\n\n- 9 -\n").pages is None


def test_rare_capitals_do_not_become_the_outermost_level() -> None:
    parts = "".join(f"Part number {n}\n\nWords of part {n} are here.\n\n" for n in range(12))
    document = read(f"{parts}HDMI ARC\n\nMore words.\n\nLast part\n\nThe end.\n")
    assert section_of(document, "The end.") == ("Last part",)


def test_topics_on_their_own_line_are_headings_and_pieces_of_sentences_are_not() -> None:
    document = read(
        "Updates\n\nThe television updates its software once a month, and it does so at night.\n"
        "Updating through the Internet\nSettings\nUpdate now\nThe update takes ten minutes and needs a connection.\n"
        "To enter the long\nAmbient Mode\n, press the key on the remote control for five seconds.\n"
    )
    assert texts(document, BlockKind.HEADING) == ["Updates", "Updating through the Internet"]
    assert "To enter the long Ambient Mode, press the key" in document.text


def test_signs_after_a_dash_are_no_list() -> None:
    assert texts(read("Polarity is\n- / +\nin this mode.\n")) == ["Polarity is - / + in this mode."]


def test_underlined_headings_and_title() -> None:
    document = read("Lamp\n====\n\nIntro text.\n\nCare\n----\n\nWipe it.\n")
    assert document.title == "Lamp"
    assert section_of(document, "Wipe it.") == ("Lamp", "Care")


def test_numbered_steps_are_no_headings() -> None:
    document = read("Do this:\n\n1. Open the lid\n\n2. Fill the tank\n\n3. Close the lid\n\nThen wait.\n")
    assert texts(document, BlockKind.LIST_ITEM) == ["1. Open the lid", "2. Fill the tank", "3. Close the lid"]
    assert not texts(document, BlockKind.HEADING)


def test_dashes_under_the_header_give_the_columns() -> None:
    document = read(
        "  Material   Side    Glue\n             of bed\n  ---------  ------  ------------\n"
        "  PLA, wood  either  none\n  PETG       top     stick, as a\n"
        "                     release layer\n\nMore text.\n"
    )
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Material | Side of bed | Glue",
        "Material: PLA, wood | Side of bed: either | Glue: none",
        "Material: PETG | Side of bed: top | Glue: stick, as a release layer",
    ]


def test_a_bare_label_takes_the_next_paragraph_into_its_box() -> None:
    document = read("Some text here.\n\nWARNING\n\nHot steam.\n\nMore text.\n")
    assert texts(document, BlockKind.WARNING) == ["WARNING", "Hot steam."]
    assert len(set(groups(document, BlockKind.WARNING))) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "Das Ger\u00e4t hei\u00dft \u00abL\u00f6we\u00bb und l\u00e4uft mit 5 \u00b5F bei 20 \u00b0C. " * 20
    assert parse(text.encode(encoding), "a.txt").text == text.strip()


def test_utf16_big_endian_with_mark() -> None:
    assert parse(codecs.BOM_UTF16_BE + "Gr\u00fc\u00dfe".encode("utf-16-be"), "a.txt").text == "Gr\u00fc\u00dfe"


def test_a_few_damaged_bytes_do_not_lose_utf8() -> None:
    document = parse("Gr\u00f6\u00dfe \u00fcber alles. ".encode() * 30 + b"\xff", "a.txt")
    assert "Gr\u00f6\u00dfe" in document.text
    assert "1 characters" in document.warnings[0]


def test_cyrillic_in_a_legacy_encoding() -> None:
    text = "\u041d\u0430\u0436\u043c\u0438\u0442\u0435 \u043a\u043d\u043e\u043f\u043a\u0443. " * 40
    assert parse(text.encode("cp1251"), "a.txt").text == text.strip()


@pytest.mark.parametrize("line", ["word " * 400_000, "x" * 2_000_000, "\u00e9 " * 1_000_000], ids=["words", "word", "letters"])
def test_a_huge_single_line_is_quick(line: str) -> None:
    start = time.perf_counter()
    document = read(line)
    assert time.perf_counter() - start < 10
    assert len(document.text) == len(line.strip())


def test_binary_is_refused() -> None:
    with pytest.raises(ParseError, match="binary"):
        parse(b"MZ" + bytes(3000), "setup.txt")


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ("Seite 1 von 3", "Seite 2 von 3", "Seite 3 von 3"),
        ("Página 1 de 3", "Página 2 de 3", "PÁGINA 3 DE 3"),
        ("Pagina 1/3", "Pagina 2/3", "Pagina 3/3"),
        ("blz. 1 van 3", "blz. 2 van 3", "blz. 3 van 3"),
        ("第1页", "第2页", "第3页"),
        ("第 1 页 共 3 页", "第 2 页 共 3 页", "第 3 页 共 3 页"),
        ("1ページ", "2ページ", "3ページ"),
        ("1쪽", "2쪽", "3쪽"),
    ],
)
def test_page_numbers_of_any_language(first: str, second: str, last: str) -> None:
    document = read(f"one here.\n\n{first}\n\ntwo here.\n\n{second}\n\nthree here.\n\n{last}\n")
    assert [page_of(document, word) for word in ("one", "two", "three")] == [1, 2, 3]
    assert document.pages == 3
    assert first not in document.text


CHINESE = """清洁

请用湿布擦拭机身，不要使用任何含有酒精的清
洁剂。擦拭之前请先拔下电源插头，
并等待十分钟。

电源已接通。

更换滤网

每两个月更换一次。
"""


def test_lines_of_scripts_without_spaces_are_joined_without_one_and_named_by_lone_lines() -> None:
    document = read(CHINESE)
    assert "请用湿布擦拭机身，不要使用任何含有酒精的清洁剂。擦拭之前请先拔下电源插头，并等待十分钟。" in document.text
    assert texts(document, BlockKind.HEADING) == ["清洁", "更换滤网"]
    assert section_of(document, "每两个月") == ("更换滤网",)
    assert document.language == "zh"


@pytest.mark.parametrize(
    ("line", "code", "is_topic"),
    [
        ("Updating through the Internet", "en", True),
        ("When the lamp blinks", "en", False),
        ("Die cutting without tools", "en", True),
        ("Die Lampe ohne Werkzeug", "de", False),
        ("Wasser über den Tank einfüllen", "de", True),
        ("Wasser über den Tank und", "de", False),
        ("Nettoyage sans outils", "fr", True),
        ("Pour nettoyer sans outils", "fr", False),
    ],
)
def test_what_opens_a_sentence_is_the_documents_languages_affair(line: str, code: str, is_topic: bool) -> None:
    assert is_phrase(line, code) is is_topic


def test_numbered_headings_of_scripts_without_capitals() -> None:
    document = read("1 安全\n\n请阅读本手册。\n\n1.1 清洁\n请用湿布擦拭。\n\n1、打开盖子。\n2、取出滤网。\n")
    assert section_of(document, "湿布") == ("1 安全", "1.1 清洁")
    assert texts(document, BlockKind.LIST_ITEM) == ["1、 打开盖子。", "2、 取出滤网。"]


def test_chapters_after_lists_are_headings() -> None:
    document = read(
        "1. Safety\n\nText.\n\n - Keep away\n - Keep dry\n\n2. Technical data\n\nThe unit runs at 230 V.\n\n"
        "3. Care\n\n1. Wipe\n2. Dry\n\n4. Warranty\n\nTwo years.\n"
    )
    assert texts(document, BlockKind.HEADING) == ["1. Safety", "2. Technical data", "3. Care", "4. Warranty"]
    assert section_of(document, "230 V") == ("2. Technical data",)
    assert texts(document, BlockKind.LIST_ITEM) == ["\u2022 Keep away", "\u2022 Keep dry", "1. Wipe", "2. Dry"]


@pytest.mark.parametrize("between", ["", "- left\n- right\n\n"])
def test_a_step_after_a_step_is_no_chapter_whatever_chapter_it_stands_in(between: str) -> None:
    document = read(f"1. Safety\n\nText.\n\nDo this:\n1. Open the lid\n\n{between}2. Fill the tank\n\nThen wait.\n")
    assert texts(document, BlockKind.HEADING) == ["1. Safety"]
    assert "2. Fill the tank" in texts(document, BlockKind.LIST_ITEM)


@pytest.mark.parametrize("gap", ["   ", "\t\t", "          "])
@pytest.mark.parametrize("number", ["2.1", "2.2.", "7", "A.3"])
def test_a_numbered_heading_may_stand_apart_from_its_number(number: str, gap: str) -> None:
    document = read(f"Words here.\n\n{number}{gap}Scope\n\nThis manual is about the saw.\n")
    assert section_of(document, "the saw") == (f"{number} Scope",)


def test_numbers_in_the_first_column_of_a_table_are_no_sections() -> None:
    document = read("1.5    Metric\n2.0    Metric\n\nWords here.\n\n1     Pump blocked\n\n2     Fuse blown\n\n3     Door open\n")
    assert texts(document) == [
        "1.5 | Metric",
        "2.0 | Metric",
        "Words here.",
        "1 | Pump blocked",
        "2 | Fuse blown",
        "3 | Door open",
    ]

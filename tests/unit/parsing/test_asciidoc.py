"""AsciiDoc."""

from __future__ import annotations

import time

import pytest
from parsing_reading import section_of, texts
from parsing_samples import ASCIIDOC

from ragqa.errors import RagqaError, SkippedFile
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str) -> Document:
    return parse(text.encode(), "a.adoc")


def test_a_manual() -> None:
    document = read(ASCIIDOC)
    assert document.title == "Kettle manual"
    assert "Writer" not in document.text
    assert texts(document, BlockKind.PARAGRAPH) == [
        "Switch Kettle 3 on with boil and wait for 5 m\u00b2 of steam\nto go.",
        "How to boil",
        "Data",
        "See Care, the steps, the site and File > Open.",
    ]
    assert texts(document, BlockKind.LIST_ITEM) == ["1. Fill it.", "2. Wait.", "1. Listen.", "lid: Closes it.", "base: Heats it."]
    assert texts(document, BlockKind.WARNING) == ["NOTE", "Cold water only.", "CAUTION", "Do not open it."]
    assert texts(document, BlockKind.CODE) == ["set 1 (1)\n  go <x>", "literal *words*"]
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Model | Volts | Watts",
        "Model: K1 | Volts: 230 | Watts: 2000",
        "Model: K2 | Volts: 1 | Watts: x \u2022 y",
        "Model: K2 | Volts: 3 | Watts: 4",
    ]
    assert section_of(document, "literal *words*") == ("Kettle manual", "Care")
    assert [warning.split(": ")[1][:12] for warning in document.warnings] == ["other.adoc i", "left out, as"]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("**b**old and __i__t", "bold and it"),
        ("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c"),
        ("H~2~O at {nbsp}5{deg}", "H2O at 5\u00b0"),
        ("`+{name}+` and pass:[*raw*]", "{name} and *raw*"),
        ("kbd:[Ctrl+C] btn:[OK]", "Ctrl+C OK"),
        ("A.footnote:[A note.]", "A. (A note.)"),
        ("image:a.png[The lid] here", "[The lid] here"),
        ("\\*not bold* {nobody}", "*not bold* {nobody}"),
        ("link:a.html[the page], mailto:a@b.c[write]", "the page, write"),
        ("((index)) word(((gone)))", "index word"),
        ("a < b & c -> d (C)", "a < b & c \u2192 d \u00a9"),
    ],
)
def test_marks_within_a_line(markup: str, words: str) -> None:
    assert read(f"{markup}\n").text == words


@pytest.mark.parametrize(
    "table",
    [
        '[%header,format=csv]\n|===\na,b,c\n1,"2, x",3\n|===',
        ",===\na,b,c\n\n1,\"2, x\",3\n,===",
        "|===\n|a |b |c\n\n|1 |2, x |3\n|===",
        '[cols="3*",options="header"]\n|===\n|a\n|b\n|c\n|1\n|2, x\n|3\n|===',
    ],
)  # fmt: skip
def test_tables(table: str) -> None:
    assert "a: 1 | b: 2, x | c: 3" in read(f"Words.\n\n{table}\n").text


def test_conditions_with_values() -> None:
    text = ':edition: pro\nifdef::edition[Shown.]\n\nifndef::edition[]\nHidden.\nendif::[]\nifeval::["{edition}" == "pro"]\nAlso shown.\nendif::[]\n'  # noqa: E501
    assert read(text).text == "Shown.\n\nAlso shown."


def test_a_key_is_no_manual_and_endless_input_does_no_harm() -> None:
    with pytest.raises(SkippedFile, match="PGP"):
        parse(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n", "a.asc")
    start = time.perf_counter()
    grown = ":a: x{a}{a}\n" * 5000 + "{a}" * 5000
    for text in (
        "xref:a[" * 20_000,
        "[" * 50_000,
        "====\n" * 3000,
        "* a\n** b\n" * 5000,
        grown,
        "|===\n" + "|" * 10_000,
        "`*_#" * 20_000,
    ):
        try:
            read(text)
        except RagqaError as error:
            assert error.message
    assert time.perf_counter() - start < 60


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (
            ". One\n+\nPara text\n. Two\n+\nwrapped\ntwice\n. Three\n",
            ["1. One", "Para text", "2. Two", "wrapped twice", "3. Three"],
        ),
        ("* One\n+\nPara text\n** Two\n* Three\n", ["\u2022 One", "Para text", "\u2022 Two", "\u2022 Three"]),
        ("Term::\n Def\n+\nPara text\nOther:: More\n", ["Term: Def\nPara text", "Other: More"]),
        ("* One\n+\nimage::a.png[Lid]\nText\n* Two\n", ["\u2022 One", "[Lid]", "Text", "\u2022 Two"]),
    ],
)
def test_an_attached_paragraph_ends_where_the_next_item_begins(text: str, items: list[str]) -> None:
    assert texts(read(text)) == items


def test_an_attached_box_or_listing_takes_in_no_item() -> None:
    document = read(". One\n+\nNOTE: careful\n. Two\n\n  $ ls\n  - a\n. Three\n")
    assert texts(document) == ["1. One", "NOTE", "careful", "2. Two", "$ ls\n  - a", "3. Three"]


def test_marks_of_items_within_a_paragraph_outside_lists_are_words() -> None:
    assert read("Set the value to\n- 5 or\n. 6\n").text == "Set the value to - 5 or. 6"


def test_a_heading_right_below_an_attached_block_is_no_part_of_the_item() -> None:
    document = read("* One\n+\n----\ncode\n----\n== Next\n\nText.\n")
    assert section_of(document, "Text.") == ("Next",)


@pytest.mark.parametrize("fence", ["----", "....", "```", "++++"])
def test_what_looks_like_a_comment_in_a_listing_is_part_of_it(fence: str) -> None:
    document = read(
        f"// Gone.\n{fence}\n// use 5\n:a: 6\n////////\ny = 2;\n{fence}\n\nAfter {{a}}.\n// Gone.\n\n== Next\n\nMore.\n"
    )
    assert "".join(texts(document)[0].split()) == "//use5:a:6////////y=2;"
    assert texts(document)[1:] == ["After {a}.", "Next", "More."]
    assert not document.warnings


def test_a_rule_under_a_title_begins_no_listing() -> None:
    assert texts(read("Care\n----\n\n// Gone.\nWipe it.\n")) == ["Care", "Wipe it."]


def test_a_comment_that_never_ends_is_said() -> None:
    document = read("Text.\n\n////\nnever closed\n\n== Next\n\nMore.\n")
    assert document.text == "Text."
    (warning,) = document.warnings
    assert warning.startswith("line 3: the comment that begins with //// never ends")

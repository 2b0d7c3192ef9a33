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

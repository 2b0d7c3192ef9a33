"""DocBook, DITA and other XML."""

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from parsing_samples import DITA, DOCBOOK

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str, path: str = "a.xml") -> Document:
    return parse(text.encode(), path)


def test_docbook() -> None:
    document = read(DOCBOOK)
    assert document.title == "The Kettle 3 manual"
    assert section_of(document, "Wipe the outside.") == ("The Kettle 3 manual", "Care", "Weekly")
    assert "Press On and see the chapter Care." in document.text
    assert texts(document, BlockKind.LIST_ITEM) == [
        "1. Fill the kettle.",
        "a. Open the lid.",
        "2. Optional: Wait for the light.",
        "It is blue.",
        "lid: Closes the kettle.",
    ]
    assert texts(document, BlockKind.TABLE_ROW) == [
        "Model | Values",
        "V | W",
        "Model: K1 | Values V: 230 | Values W: 2000",
        "Model: K1 | Values V: 120 | Values W: 1500",
    ]
    assert texts(document, BlockKind.WARNING) == ["WARNING", "Steam burns."]
    assert texts(document, BlockKind.CODE) == ["set 1\n  go <x>"]
    assert "Choose File > Open." in document.text
    assert "A. Writer" not in document.text
    assert document.warnings == ()


def test_dita() -> None:
    document = read(DITA, "filter.dita")
    assert document.title == "Replace the filter"
    assert section_of(document, "Call us.") == ("Replace the filter", "Data", "Order")
    assert texts(document, BlockKind.LIST_ITEM) == [
        "1. Open the lid.",
        "It is stiff.",
        "The filter can be seen.",
        "2. Choose a filter:",
        "\u2022 small",
        "\u2022 large",
        "Cycle: One wash.",
    ]
    assert texts(document, BlockKind.WARNING) == ["DANGER", "Shock."]
    assert "Filter: F1 | Size: small | Cycles: 90" in document.text
    assert len(document.warnings) == 1 and "line 12" in document.warnings[0] and "conref" in document.warnings[0]


def test_cells_with_lists_and_spans_by_name() -> None:
    document = read(
        "<article><title>T</title><informaltable><tgroup cols='2'><spanspec spanname='s' namest='a' nameend='b'/><tbody>"
        "<row><entry>x</entry><entry><itemizedlist><listitem><para>one</para></listitem><listitem><para>two</para></listitem>"
        "</itemizedlist></entry></row><row><entry>y</entry><entry>z</entry></row></tbody></tgroup></informaltable></article>"
    )
    assert texts(document, BlockKind.TABLE_ROW) == ["x | one \u2022 two", "y | z"]


@pytest.mark.parametrize("root", ["config", "svg", "rss", "map", "project"])
def test_other_xml_is_skipped_with_its_root_named(root: str) -> None:
    with pytest.raises(SkippedFile, match=root):
        read(f"<{root}><title>words</title></{root}>")


def test_xhtml_is_read_as_html() -> None:
    assert texts(read("<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>Words.</p></body></html>")) == [
        "Words."
    ]


def test_nothing_outside_the_file_is_read_and_nothing_grows_without_measure() -> None:
    document = read(
        '<!DOCTYPE book SYSTEM "x.dtd" [<!ENTITY % p SYSTEM "p.ent"> %p; <!ENTITY other SYSTEM "file:///etc/hostname">]>'
        "<book><title>B</title><para>a &other; b &lt;c&gt; &unknown; &eacute;</para>"
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='more.xml'/></book>"
    )
    assert texts(document, BlockKind.PARAGRAPH) == ["a b <c> &unknown; \u00e9"]
    assert any("other" in warning for warning in document.warnings)
    assert any("more.xml" in warning for warning in document.warnings)
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    with pytest.raises(ParseError, match="refused"):
        read(f"<!DOCTYPE book [{names}]><book><para>&e8;&e8;</para></book>")


def test_damage_is_said_and_depth_does_no_harm() -> None:
    document = read("<book><title>T</title><para>Cut short <emphasis>here")
    assert "Cut short here" in document.text and "damaged" in document.warnings[0]
    with pytest.raises((ParseError, SkippedFile)):
        read("<book>" + "<section>" * 5000 + "x")
    with pytest.raises(ParseError, match="not readable XML"):
        read("just words")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251", "koi8-r"])
def test_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><book><title>\u0423\u0445\u043e\u0434</title><para>Words.</para></book>'
    assert parse(text.encode(encoding), "a.dbk").title == "\u0423\u0445\u043e\u0434"

"""Manual pages in roff."""

from __future__ import annotations

import time

import pytest
from parsing_reading import section_of, texts
from parsing_samples import MAN, MDOC

from ragqa.errors import RagqaError, SkippedFile
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str) -> Document:
    return parse(f".TH A 1\n.SH B\n{text}\n".encode(), "a.1")


def test_a_page() -> None:
    document = parse(MAN.encode(), "kettle.1")
    assert document.title == "KETTLE(1)"
    assert texts(document, BlockKind.PARAGRAPH) == [
        "kettle - boils water",
        "kettle [-v] [-t degrees]",
        "The kettle heats the water that is in it to 40\u00b0C. It is \u201chot\u201d then.",
        "Shown on terminals.",
    ]
    assert section_of(document, "Shown on") == ("DESCRIPTION", "Details")
    assert texts(document, BlockKind.LIST_ITEM) == [
        "-v, --verbose: Say more.",
        "-x, --xx: Boil twice.",
        "\u2022 A bullet.",
        "1. A step.",
    ]
    assert texts(document, BlockKind.CODE) == ["kettle -v \\\n  -t 40"]
    assert texts(document, BlockKind.TABLE_ROW) == ["Model | Volts | Watts", "Model: K1 | Volts: 230 | Watts: two thousand"]
    assert len(document.warnings) == 1 and "other.1" in document.warnings[0]


def test_a_page_of_bsd() -> None:
    document = parse(MDOC.encode(), "kettle.mdoc")
    assert document.title == "KETTLE(1)"
    assert texts(document, BlockKind.PARAGRAPH) == [
        "kettle \u2014 boil water",
        "kettle [-v] [-t degrees] file ...",
        "The kettle utility boils water, see teapot(5).",
    ]
    assert texts(document, BlockKind.LIST_ITEM) == ["-t degrees: How \u201chot\u201d.", "1. first", "2. second"]
    assert texts(document, BlockKind.CODE) == ["kettle -v"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"a\-b \(em c \[u00E9] \[:a] \e", "a-b \u2014 c \u00e9 \u00e4 \\"),
        (r"\s+1big\s0 \fBbold\fP \f(CWcode\fR \m[red]x\m[]", "big bold code x"),
        (".ds Pr kettle\n\\*(Pr boils", "kettle boils"),
        (".ie t \\{\\\npaper\n.\\}\n.el \\{\\\nscreen\n.\\}", "screen"),
        ("See\n.UR https://x.org\nthe site\n.UE .\nBye.", "See the site (https://x.org). Bye."),
        ("Ask\n.MT a@b.org\n.B us\n.ME ,\nplease.", "Ask us (a@b.org), please."),
        (".UR https://x.org\n.UE .", "https://x.org."),
        (".UR https://x.org\nnever ended", "never ended (https://x.org)"),
        (".UR https://x.org\n.UR https://y.org\nboth\n.UE", "https://x.org both (https://y.org)"),
        (".RI ( a , b )", "(a,b)"),
        ("a \\\" comment", "a"),
        (".ig\ngone\n..\nleft", "left"),
    ],
)  # fmt: skip
def test_escapes_and_requests(source: str, words: str) -> None:
    assert texts(read(source))[1] == words


@pytest.mark.parametrize(
    "data", [b"2024-01-01 a line of a log\n" * 9, b"\x7fELF\x02\x01" * 99, b"PK\x03\x04" + bytes(99), b".so man1/b.1\n"]
)
def test_what_only_has_the_name_is_skipped(data: bytes) -> None:
    with pytest.raises(SkippedFile):
        parse(data, "a.1")


def test_endless_input_does_no_harm() -> None:
    start = time.perf_counter()
    endless = [".if n " * 20_000, ".RS\n" * 20_000 + "x", ".Bl -tag\n" * 20_000 + "x", "\\f" * 50_000]
    for body in (*endless, ".ds a \\*a\\*a\n" * 5000, '.B "' * 20_000):
        try:
            read(body)
        except RagqaError as error:
            assert error.message
    assert time.perf_counter() - start < 30

from __future__ import annotations

import pytest
from office_samples import manual_mht, web_archive
from parsing_reading import section_of, texts
from parsing_samples import lines_pdf

from ragqa.errors import ParseError
from ragqa.parsing.registry import parse

PAGE = "<html><head><title>Säge</title></head><body><h1>Säge</h1><p>Die Säge schneidet.</p></body></html>"


@pytest.mark.parametrize("suffix", [".mht", ".mhtml"])
def test_the_page_is_read(suffix: str) -> None:
    document = parse(manual_mht(), f"a{suffix}")
    assert document.title == "Pump"
    assert section_of(document, "cleaned") == ("Pump",)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16"])
def test_the_encoding_is_that_of_the_part(charset: str) -> None:
    assert texts(parse(web_archive(PAGE, charset=charset), "a.mht")) == ["Säge", "Die Säge schneidet."]


def test_the_encoding_may_be_named_in_the_page_alone() -> None:
    page = '<html><head><meta charset="koi8-r"></head><body><p>Насос чист.</p></body></html>'
    assert texts(parse(web_archive(page, charset="koi8-r", declared=False), "a.mht")) == ["Насос чист."]


def test_pages_inside_are_said_but_those_of_a_frameset_are_read() -> None:
    beside = "<html><body><p>An advertisement.</p></body></html>"
    document = parse(web_archive(PAGE, beside), "a.mht")
    assert texts(document) == ["Säge", "Die Säge schneidet."]
    assert document.warnings == ("pages inside the page were not read: 1",)
    framed = parse(web_archive("<html><frameset><frame src='cid:f1'></frameset></html>", PAGE), "a.mht")
    assert texts(framed) == ["Säge", "Die Säge schneidet."]


def test_the_named_start_is_the_page() -> None:
    data = web_archive("<html><body><p>Other.</p></body></html>", PAGE).replace(
        b"multipart/related;", b'multipart/related; start="<f1>";'
    )
    assert texts(parse(data, "a.mht")) == ["Säge", "Die Säge schneidet."]


def test_a_page_alone_without_parts() -> None:
    data = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    assert texts(parse(data + b"<p>S=C3=A4ge =\r\nda</p>", "a.mht")) == ["Säge da"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lines_pdf(["x"]), "a.mht is a PDF, not a saved web page"),
        (b"<html><body>x</body></html>", "a.mht is an HTML page, not a saved web page"),
        (b"words only", "it is not a saved web page"),
        (b"Subject: x\r\n\r\nplain words", "there is no web page inside"),
    ],
)
def test_what_is_no_saved_page_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(data, "a.mht")

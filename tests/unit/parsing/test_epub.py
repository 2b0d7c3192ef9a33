from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from parsing_samples import manual_epub, zipped

from ragqa.errors import ParseError
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind


def test_chapters_in_the_order_of_the_spine() -> None:
    document = parse(manual_epub(), "lamp.epub")
    assert document.title == "Lamp book"
    assert texts(document, BlockKind.PARAGRAPH) == ["Turn the knob.", "Press twice."]
    assert section_of(document, "Press twice.") == ("Light", "Colour")
    assert "Contents entry" not in document.text


def test_drm_is_refused_but_hidden_fonts_are_not() -> None:
    method = '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
    with pytest.raises(ParseError, match="DRM"):
        parse(
            manual_epub(**{"META-INF/encryption.xml": method.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}),
            "a.epub",
        )
    fonts = manual_epub(**{"META-INF/encryption.xml": method.format("http://www.idpf.org/2008/embedding")})
    assert parse(fonts, "a.epub").blocks


def test_a_bomb_and_an_incomplete_book_are_refused() -> None:
    with pytest.raises(ParseError, match="refused"):
        parse(manual_epub(**{"OEBPS/text/two.xhtml": " " * 60_000_000}), "a.epub")
    with pytest.raises(ParseError, match="missing"):
        parse(zipped({"mimetype": "application/epub+zip"}), "a.epub")


def test_entities_in_the_package_are_not_expanded() -> None:
    package = '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/hostname">]><package><metadata><title>&a;</title></metadata><manifest/><spine/></package>'
    with pytest.raises(Exception, match="no text in it"):
        parse(manual_epub(**{"OEBPS/book.opf": package}), "a.epub")

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from parsing_samples import manual_epub, zipped

from ragqa.errors import ParseError
from ragqa.parsing.epub.unread import unread
from ragqa.parsing.registry import parse
from ragqa.parsing.unread import Unread
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


def book(
    pages: dict[str, bytes | str], manifest: str = "", spine: str = "", folder: str = "OEBPS/", **more: bytes | str
) -> bytes:
    """A book of these pages, which its manifest lists in order unless it is given."""
    names = [name for name in pages if not name.startswith("META-INF")]
    listed = "".join(f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names))
    order = "".join(f'<itemref idref="i{n}"/>' for n in range(len(names)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Kettle</dc:title></metadata><manifest>{manifest or listed}</manifest>"
        f"<spine>{spine or order}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        f'<rootfile full-path="{folder}c.opf"/></rootfiles></container>'
    )
    parts = {"META-INF/container.xml": container, f"{folder}c.opf": package}
    return zipped(parts | {f"{folder}{name}": content for name, content in pages.items()} | more)


def page(words: str, head: str = "") -> str:
    return f"<html><head>{head}<title>t</title></head><body><p>{words}</p></body></html>"


@pytest.mark.parametrize(
    ("address", "member"),
    [
        ("ch%201.xhtml", "ch%201.xhtml"),
        ("ch%201.xhtml", "ch 1.xhtml"),
        ("ch 1.xhtml", "ch%201.xhtml"),
        ("100%.xhtml", "100%.xhtml"),
        ("a+b.xhtml", "a b.xhtml"),
        ("a+b.xhtml", "a+b.xhtml"),
        ("Ch1.XHTML", "ch1.xhtml"),
        ("u\u0308ber.xhtml", "\u00fcber.xhtml"),
        ("%C3%BCber.xhtml", "u\u0308ber.xhtml"),
        ("text\\one.xhtml", "text/one.xhtml"),
        ("./text/../one.xhtml", "one.xhtml"),
        ("/OEBPS/one.xhtml", "one.xhtml"),
        ("../../OEBPS/one.xhtml", "one.xhtml"),
        ("OEBPS/one.xhtml", "one.xhtml"),
        ("one.xhtml#start", "one.xhtml"),
        ("one#2.xhtml", "one#2.xhtml"),
        ("text/one.xhtml", "pages/one.xhtml"),
        (" one.xhtml ", "one.xhtml"),
    ],
)
def test_a_chapter_is_found_however_its_name_is_written(address: str, member: str) -> None:
    manifest = f'<item id="i0" href="{address}" media-type="application/xhtml+xml"/>'
    document = parse(book({member: page("Boil water.")}, manifest), "a.epub")
    assert document.text == "Boil water."
    assert document.warnings == ()


@pytest.mark.parametrize("code_page", ["utf-8", "cp1251", "cp866"])
def test_member_names_without_their_mark_are_read_in_the_code_page_that_fits(code_page: str) -> None:
    name = "\u0433\u043b\u0430\u0432\u0430.xhtml"
    raw = name.encode(code_page)
    data = book({"x" * len(raw): page("Boil water.")}, f'<item id="i0" href="{name}" media-type="application/xhtml+xml"/>')
    assert parse(data.replace(b"x" * len(raw), raw), "a.epub").text == "Boil water."


@pytest.mark.parametrize(
    "media_type", ["text/x-oeb1-document", "text/html", "application/xhtml+xml; charset=utf-8", "", "text/xml", "x/y"]
)
def test_pages_of_old_and_missing_types_are_read(media_type: str) -> None:
    manifest = f'<item id="i0" href="a.htm" media-type="{media_type}"/>'
    assert parse(book({"a.htm": page("Boil water.")}, manifest), "a.epub").text == "Boil water."


def test_what_is_no_text_is_said_or_stood_in_for() -> None:
    manifest = (
        '<item id="i0" href="a.xhtml" media-type="application/xhtml+xml"/><item id="i1" href="b.jpg" media-type="image/jpeg"/>'
        '<item id="i2" href="c.pdf" media-type="application/pdf" fallback="f"/>'
        '<item id="f" href="d.xhtml" media-type="text/html"/>'
        '<item id="i3" href="e.bin" media-type="application/x-thing"/>'
    )
    parts: dict[str, bytes | str] = {"a.xhtml": page("One."), "b.jpg": b"\xff\xd8", "c.pdf": b"%PDF-1.4", "d.xhtml": page("Two.")}
    spine = "".join(f'<itemref idref="i{n}"/>' for n in (0, 1, 2, 3))
    document = parse(book(parts | {"e.bin": "just words"}, manifest, spine), "a.epub")
    assert texts(document) == ["One.", "Two."]
    assert [word for word in ("b.jpg", "e.bin") if any(word in warning for warning in document.warnings)] == ["b.jpg", "e.bin"]


def test_missing_and_damaged_chapters_are_said_and_the_rest_is_read() -> None:
    data = book({"a.xhtml": page("One."), "b.xhtml": page("Two."), "c.xhtml": page("Three." * 50)})
    manifest = "".join(f'<item id="i{n}" href="{name}.xhtml" media-type="text/html"/>' for n, name in enumerate("abz"))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in (0, 1, 2, 7))
    document = parse(book({"a.xhtml": page("One."), "b.xhtml": page("Two.")}, manifest, spine), "a.epub")
    assert texts(document) == ["One.", "Two."]
    assert any("z.xhtml is missing" in warning for warning in document.warnings)
    assert any("'i7'" in warning for warning in document.warnings)
    at = data.index(b"OEBPS/c.xhtml") + len(b"OEBPS/c.xhtml") + 4
    document = parse(data[:at] + b"\xff\xff\xff" + data[at + 3 :], "a.epub")
    assert texts(document) == ["One.", "Two."]
    assert any("c.xhtml is damaged" in warning for warning in document.warnings)


def test_pages_outside_the_order_are_read_last_and_lists_of_contents_are_not() -> None:
    manifest = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="text/html"{more}/>'
        for name, more in (("toc", ""), ("notes", ""), ("one", ""), ("nav", ' properties="nav"'))
    )
    links = "<html><body><h1>Contents</h1>" + "<p><a href='one.xhtml'>The first chapter</a></p>" * 9 + "</body></html>"
    parts: dict[str, bytes | str] = {
        "toc.xhtml": links,
        "nav.xhtml": links,
        "one.xhtml": page("One."),
        "notes.xhtml": page("A note."),
    }
    document = parse(book(parts, manifest, '<itemref idref="toc"/><itemref idref="one" linear="no"/>'), "a.epub")
    assert texts(document) == ["One.", "A note."]


@pytest.mark.parametrize("spine", [" ", "<itemref idref='nobody'/>"])
def test_without_an_order_the_parts_are_read_as_they_are_listed(spine: str) -> None:
    document = parse(book({"b.xhtml": page("One."), "a.xhtml": page("Two.")}, spine=spine), "a.epub")
    assert texts(document) == ["One.", "Two."]
    assert any("order of reading" in warning for warning in document.warnings)


def test_a_container_that_is_missing_or_wrong_and_several_versions() -> None:
    def with_container(content: str) -> bytes:
        return book({"a.xhtml": page("One.")}, **{"META-INF/container.xml": content})

    for content in ("", "<container/>", '<container><rootfiles><rootfile full-path="no.opf"/></rootfiles></container>'):
        document = parse(with_container(content), "a.epub")
        assert (document.text, document.title) == ("One.", "Kettle")
        assert "container.xml" in document.warnings[0]
    two = '<container><rootfiles><rootfile full-path="no.opf"/><rootfile full-path="OEBPS/c.opf"/></rootfiles></container>'
    assert parse(with_container(two), "a.epub").text == "One."
    assert parse(zipped({"c10.html": page("Ten."), "c9.html": page("Nine.")}), "a.epub").text == "Nine.\n\nTen."


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
        ("<?xml version='1.0' encoding='koi8-r'?>", "koi8-r"),
        ('<?xml version="1.0"?>', "utf-16-le"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-5"/>', "iso8859-5"),
        ('<?xml version="1.0" encoding="rot13"?>', "utf-8"),
    ],
)
def test_the_encoding_that_a_chapter_declares(head: str, encoding: str) -> None:
    words = "\u0423\u0445\u043e\u0434"
    markup = head + page(words) if head.startswith("<?") else page(words, head)
    assert parse(book({"a.xhtml": markup.encode(encoding)}), "a.epub").text == words


def encryption(*entries: tuple[str, str]) -> dict[str, str]:
    data = "".join(
        f'<EncryptedData>{method}<CipherData><CipherReference URI="{address}"/></CipherData></EncryptedData>'
        for method, address in entries
    )
    return {"META-INF/encryption.xml": f"<encryption>{data}</encryption>"}


def test_only_encrypted_chapters_are_drm() -> None:
    real = '<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    pages: dict[str, bytes | str] = {"a.xhtml": page("One."), "b.xhtml": page("Two."), "c.xhtml": page("Three.")}
    for listed in (encryption(), encryption(("", "OEBPS/a.xhtml")), encryption((real, "OEBPS/font.otf"))):
        assert texts(parse(book(pages, **listed), "a.epub")) == ["One.", "Two.", "Three."]
    document = parse(book(pages, **encryption((real, "OEBPS/b.xhtml"))), "a.epub")
    assert texts(document) == ["One.", "Three."]
    assert any("b.xhtml is encrypted" in warning for warning in document.warnings)
    with pytest.raises(ParseError, match="DRM"):
        parse(book(pages, **encryption(*((real, f"OEBPS/{name}.xhtml") for name in "abc"))), "a.epub")


def test_what_xml_may_write_and_html_would_lose() -> None:
    markup = (
        '<!DOCTYPE html [<!ENTITY maker "Acme"><!ENTITY evil SYSTEM "file:///etc/hostname">]><html><body><h2/><section/>'
        "<p>By &maker;&evil;.</p><pre><![CDATA[a < b]]></pre><p>End.</p></body></html>"
    )
    document = parse(book({"a.xhtml": markup}), "a.epub")
    assert texts(document) == ["By Acme&evil;.", "a < b", "End."]


def test_what_no_block_holds_is_told() -> None:
    markup = "<html><body><p>Seen <b>words</b>.</p><button>Unseen words</button></body></html>"
    data = book({"a.xhtml": markup})
    assert unread(data, parse(data, "a.epub")) == [Unread("OEBPS/a.xhtml", "Unseen words")]


def test_what_a_printed_edition_left_in_the_pages() -> None:
    words = (
        '<p>The wa<span epub:type="pagebreak" id="p12">12</span>ter tank <span role="doc-pagebreak">xiv</span>holds '
        '<a class="pagenum">[Pg 6]</a>5 l. Use oil<a epub:type="noteref" href="#n">1</a> daily, '
        'grease<sup><a epub:type="noteref" href="#n">2</a></sup> never.</p>'
        '<p><span role="doc-pagebreak">Step 14 follows.</span></p>'
    )
    document = parse(book({"one.xhtml": f"<html><body>{words}</body></html>"}), "a.epub")
    assert texts(document, BlockKind.PARAGRAPH) == [
        "The water tank holds 5 l. Use oil\u00b9 daily, grease\u00b2 never.",
        "Step 14 follows.",
    ]


def test_what_is_there_in_several_forms_is_read_once() -> None:
    switch = (
        "<epub:switch><epub:case required-namespace='http://www.w3.org/1998/Math/MathML'>{}</epub:case>"
        "<epub:default>five</epub:default></epub:switch>"
    )
    formula = "<math><mi>m</mi><mo>=</mo><mn>5</mn></math>"
    body = f"<p>Mass {switch.format(formula)} kg.</p><p>Or {switch.format('')} kg.</p>"
    document = parse(book({"one.xhtml": f"<html><body>{body}</body></html>"}), "a.epub")
    assert document.text == "Mass m = 5 kg.\n\nOr five kg."


NCX = (
    '<ncx><navMap><navPoint><navLabel><text>Chapter 1 Filling</text></navLabel><content src="a.xhtml"/>'
    '<navPoint><navLabel><text>Cold water</text></navLabel><content src="a.xhtml#c"/></navPoint>'
    '<navPoint><navLabel><text>Elsewhere</text></navLabel><content src="a.xhtml#e"/></navPoint></navPoint></navMap></ncx>'
)
NAV = (
    '<html><body><nav type="toc"><ol><li><a href="a.xhtml">1. Filling</a><ol><li><a href="a.xhtml#c">Cold water</a></li>'
    '<li><a href="a.xhtml#e">Elsewhere</a></li></ol></li></ol></nav>'
    '<nav type="page-list"><ol><li><a href="a.xhtml#e">Not here.</a></li></ol></nav></body></html>'
)


@pytest.mark.parametrize(
    ("name", "kind", "contents"),
    [("toc.ncx", 'media-type="application/x-dtbncx+xml"', NCX), ("nav.xhtml", 'media-type="text/html" properties="nav"', NAV)],
)
@pytest.mark.parametrize("title", ['<p class="t1">Filling</p>', "<h2>Filling</h2>", '<div class="h4">Filling</div>'])
def test_paragraphs_that_only_the_contents_name_are_headings(name: str, kind: str, contents: str, title: str) -> None:
    text = f'<html><body>{title}<p>Pour.</p><p><a id="c"></a>Cold <i>water</i></p><p>Only it.</p><p id="e">Not here.</p>'
    manifest = f'<item id="i0" href="a.xhtml" media-type="application/xhtml+xml"/><item id="n" href="{name}" {kind}/>'
    document = parse(book({"a.xhtml": text, name: contents}, manifest, '<itemref idref="i0"/>'), "a.epub")
    assert section_of(document, "Pour.") == ("Filling",)
    assert section_of(document, "Only it.") == ("Filling", "Cold water")
    assert texts(document, BlockKind.HEADING) == ["Filling", "Cold water"]


def test_a_title_of_two_lines_is_one_heading() -> None:
    text = "<html><body><p>Chapter 1</p><p>Filling</p><p>Pour.</p></body></html>"
    manifest = '<item id="i0" href="a.xhtml" media-type="application/xhtml+xml"/>'
    manifest += '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    document = parse(book({"a.xhtml": text, "toc.ncx": NCX}, manifest, '<itemref idref="i0"/>'), "a.epub")
    assert texts(document, BlockKind.HEADING) == ["Chapter 1 Filling"]

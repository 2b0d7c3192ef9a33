from __future__ import annotations

import pytest

from ragqa.errors import SourceGone
from ragqa.watching.links import Link, links_of

AT = "https://manuals.example/docs/list"


def addresses(data: bytes, kind: str = "text/plain") -> list[str]:
    return [link.address for link in links_of(data, kind, AT)]


def test_a_text_file_names_an_address_a_line() -> None:
    data = b"\xef\xbb\xbf# manuals\nkettle.pdf\n\n  https://manuals.example/docs/a b.md#page=2 \nmailto:me@x\nhttp://[\n"
    assert addresses(data) == ["https://manuals.example/docs/kettle.pdf", "https://manuals.example/docs/a%20b.md"]


def test_what_is_asked_may_hold_blanks_and_letters_of_any_language() -> None:
    data = "get.pdf?name=my file&a=%20b\nget.pdf?name=ü\n".encode()
    assert [address.rpartition("?")[2] for address in addresses(data)] == ["name=my%20file&a=%20b", "name=%C3%BC"]


def test_a_page_names_documents_and_the_folders_that_servers_list() -> None:
    data = (
        b"<!DOCTYPE html><a href='?C=N'>sort</a><a href='a.pdf'>a</a><a href='sub/'>sub</a><a href='javascript:x()'>x</a><a>n</a>"
    )
    assert links_of(data, "text/html", AT) == [
        Link("https://manuals.example/docs/a.pdf"),
        Link("https://manuals.example/docs/sub/", is_list=True),
    ]


SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://manuals.example/docs/a.html</loc><lastmod>2026-01-02</lastmod></url><url><loc> b.html </loc></url></urlset>"""


def test_a_sitemap_tells_when_documents_changed() -> None:
    assert links_of(SITEMAP.encode(), "application/xml", AT) == [
        Link("https://manuals.example/docs/a.html", changed="2026-01-02"),
        Link("https://manuals.example/docs/b.html"),
    ]


def test_a_sitemap_may_name_others() -> None:
    data = (
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>more.xml</loc></sitemap></sitemapindex>'
    )
    assert links_of(data, "text/xml", AT) == [Link("https://manuals.example/docs/more.xml", is_list=True)]


@pytest.mark.parametrize("data", [SITEMAP[:-9].encode(), b'<!DOCTYPE x [<!ENTITY a "b">]><urlset>&a;</urlset>'])
def test_a_sitemap_that_cannot_be_read_is_not_an_empty_one(data: bytes) -> None:
    with pytest.raises(SourceGone, match="cannot be read"):
        links_of(data, "application/xml", AT)

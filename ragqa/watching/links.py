"""What a list of documents names: the addresses in a text file, a page or a sitemap."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from ragqa.errors import ParseError, SourceGone
from ragqa.parsing.safe_xml import parse_xml

_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_PLAIN = "/%:@!$&'()*+,;=~"
_COMPRESSED = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a list names. `is_list`: it is a list itself; `changed` is when it changed, as the list tells."""

    address: str
    is_list: bool = False
    changed: str = ""


def unpacked(data: bytes, most: int, address: str) -> bytes:
    """The list at an address as it was before it was compressed with gzip, as sitemaps may be; any other as it is.

    Raises SourceGone for one that is more than `most` bytes, or cannot be unpacked: it would else seem empty.
    """
    if not data.startswith(_COMPRESSED):
        return data
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(data)).read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceGone(f"the list {address} cannot be unpacked: {error}", hint="Its documents are kept.") from error
    if len(plain) > most:
        raise too_large(address, most)
    return plain


def too_large(address: str, most: int) -> SourceGone:
    """The error that says that a list is of more than `most` bytes."""
    return SourceGone(f"the list {address} is larger than {most / 1e6:.0f} MB", hint="Divide it.")


def links_of(data: bytes, kind: str, address: str) -> list[Link]:
    """What the list at an address names. `kind` is its media type, as the server calls it; what it looks like counts more.

    Raises SourceGone for a sitemap that cannot be read: it would else seem empty.
    """
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<urlset" in start or b"<sitemapindex" in start:
        found = _of_sitemap(data, address)
    elif kind in ("text/html", "application/xhtml+xml") or start.startswith((b"<!doctype html", b"<html")):
        found = list(_of_page(data, address))
    else:
        found = list(_of_text(data, address))
    return [link for link in found if urlsplit(link.address).scheme in ("http", "https")]


def _of_sitemap(data: bytes, address: str) -> list[Link]:

    try:
        root = parse_xml(data, "itself")
    except ParseError as error:
        raise SourceGone(f"the sitemap {address} cannot be read: {error.message}", hint="Its documents are kept.") from error
    is_list = root.tag == f"{_SITEMAP}sitemapindex"
    found = []
    for item in root:
        place, changed = item.findtext(f"{_SITEMAP}loc"), item.findtext(f"{_SITEMAP}lastmod")
        if place:
            found.append(Link(_resolved(address, place), is_list, "" if is_list else (changed or "").strip()))
    return found


def _of_page(data: bytes, address: str) -> Iterator[Link]:
    """The links of a page; one to a folder is a list of what is in it, as servers make them of folders."""
    from selectolax.lexbor import LexborHTMLParser

    for node in LexborHTMLParser(data).css("a[href]"):
        target = _resolved(address, node.attributes.get("href") or "")
        if not urlsplit(target).query:  # of such lists the links that sort them
            yield Link(target, is_list=urlsplit(target).path.endswith("/"))


def _of_text(data: bytes, address: str) -> Iterator[Link]:
    """An address a line, whole or from the list's own on; "#" begins a remark."""
    for line in data.decode("utf-8-sig", "replace").splitlines():
        target = line.strip()
        if target and not target.startswith("#"):
            yield Link(_resolved(address, target))


def _resolved(address: str, target: str) -> str:
    try:
        return quoted(urldefrag(urljoin(address, target.strip())).url)
    except ValueError:  # no address at all, such as http://[
        return ""


def quoted(address: str) -> str:
    """An address as a server is asked for it, where people write blanks and their own letters. Raises ValueError."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=quote(parts.path, safe=_PLAIN), query=quote(parts.query, safe=f"{_PLAIN}?")))

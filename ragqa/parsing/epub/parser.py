"""EPUB books: the chapters of the spine, in order, read by the HTML reader. The table of contents is left out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from selectolax.lexbor import LexborHTMLParser

from ragqa.errors import ParseError
from ragqa.parsing.archive import DamagedPart, SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.encoding import declared_encoding, decode
from ragqa.parsing.epub.contents import Entry, entries, name_headings
from ragqa.parsing.epub.markup import as_html, is_page
from ragqa.parsing.epub.names import Members
from ragqa.parsing.epub.package import Item, drm, encrypted_parts, read_package, read_xml
from ragqa.parsing.html.depth import limit_markup
from ragqa.parsing.html.parser import read_html
from ragqa.types import Document

_PAGE_TYPES = frozenset(
    {
        "application/xhtml+xml",
        "text/html",
        "application/html",
        "application/xhtml",
        "text/xhtml",
        "text/x-oeb1-document",
        "application/x-dtbook+xml",
    }
)
_CONTENTS_TYPE = "application/x-dtbncx+xml"
_SERVES_OTHERS = frozenset({_CONTENTS_TYPE, "text/css", "text/javascript", "application/javascript"})
_BESIDE_TEXT = re.compile(r"(?:image|audio|video|font|application/(?:font|x-font|vnd\.ms-opentype))\b")
_CONTENTS_NAME = re.compile(r"(?:^|[^a-z])(?:toc|nav|contents)(?:[^a-z]|$)", re.IGNORECASE)
_LARGEST_LINK_SHARE = 0.6


@dataclass(frozen=True)
class Chapter:
    """A page of the book: the member that holds it and its markup."""

    member: str
    markup: str


class EpubParser:
    """Reads .epub files."""

    name = "epub"
    version = 5
    suffixes = (".epub",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        book = Book(data)
        builder = DocumentBuilder(path)
        for chapter in book.chapters():
            of_page = book.entries(chapter.member)
            read_html(chapter.markup, builder, partial(name_headings, of_page=of_page))
        builder.warnings.extend(book.warnings)
        return builder.build((book.title, builder.first_heading))


class Book:
    """An opened book. Its `chapters` can be read once; what of it cannot be read stands in `warnings` then."""

    def __init__(self, data: bytes) -> None:
        self._archive = SafeArchive(data)
        self._members = Members(self._archive.names())
        self._package = read_package(self._archive, self._members)
        self._encrypted = encrypted_parts(self._archive, self._members)
        self._seen: set[str] = set()
        self._entries = self._contents()
        self.warnings = list(self._package.warnings)
        self.title = self._package.title

    def chapters(self) -> Iterator[Chapter]:
        """The pages in the order of reading, and after them those that are in no order."""
        self._refuse_encrypted()
        items = self._package.items
        for key in self._package.order:
            yield from self._pages(items[key])
        ordered = set(self._package.order)
        for key in [key for key in items if key not in ordered]:
            item = items[key]
            if item.media_type not in _PAGE_TYPES or self._member(item) is None:
                continue
            for chapter in self._pages(item):
                self.warnings.append(f"{clean_line(chapter.member)} is in no order of reading: it is read last")
                yield chapter

    def entries(self, member: str) -> list[Entry]:
        """What the book's table of contents says of one of its pages."""
        return self._entries.get(member, [])

    def _contents(self) -> dict[str, list[Entry]]:
        """The entries of the table of contents by page; of a newer book the one for readers, else the one for devices."""
        by_page: dict[str, list[Entry]] = {}
        for item in sorted(self._package.items.values(), key=lambda item: item.media_type == _CONTENTS_TYPE):
            member = self._member(item)
            if not (item.is_contents or item.media_type == _CONTENTS_TYPE) or member is None or member in self._encrypted:
                continue
            try:
                root = read_xml(self._archive, member)
            except DamagedPart:
                continue
            for entry in [] if root is None else entries(root, posixpath.dirname(member), self._members):
                by_page.setdefault(entry.member, []).append(entry)
            if by_page:
                break
        return by_page

    def _member(self, item: Item) -> str | None:
        return self._members.find(self._package.folder, item.address)

    def _refuse_encrypted(self) -> None:
        pages = [self._package.items[key] for key in self._package.order]
        locked = sum(self._member(item) in self._encrypted for item in pages)
        if 2 * locked > len(pages):
            raise drm()

    def _pages(self, item: Item) -> Iterator[Chapter]:
        """The page that an item stands for, or that of its fallback; none where it is no page of text."""
        for candidate in self._package.fallbacks(item):
            member = self._member(candidate)
            if member is None:
                self.warnings.append(f"the chapter {clean_line(candidate.address)} is missing")
            elif member in self._encrypted:
                self.warnings.append(f"the chapter {clean_line(member)} is encrypted")
            elif member in self._seen:
                return
            else:
                markup = self._markup(member, candidate)
                if markup is None:
                    continue
                self._seen.add(member)
                if not _is_contents(markup, member, candidate):
                    yield Chapter(member, markup)
                return

    def _markup(self, member: str, item: Item) -> str | None:
        """The markup of a page; None where the part is none, which is said unless it only serves others."""
        if item.media_type in _SERVES_OTHERS:
            return None
        name = clean_line(member)
        if _BESIDE_TEXT.match(item.media_type):
            if not item.fallback:
                self.warnings.append(f"{name} is not text ({clean_line(item.media_type)}) and is not read")
            return None
        text = self._text(member)
        if text is None:
            return None
        if item.media_type not in _PAGE_TYPES and not is_page(text):
            self.warnings.append(f"{name} is of the type {clean_line(item.media_type) or 'unknown'} and is not read")
            return None
        return as_html(text)

    def _text(self, member: str) -> str | None:
        """A page's characters; None where they cannot be read, which is said."""
        name = clean_line(member)
        try:
            content = self._archive.read(member)
        except DamagedPart as error:
            self.warnings.append(f"the chapter {name} is damaged: {error.message}")
            return None
        try:
            text, damage = decode(content, declared_encoding(content))
        except ParseError as error:
            self.warnings.append(f"the chapter {name} cannot be read: {error.message}")
            return None
        if damage:
            self.warnings.append(f"{name}: {damage}")
        return text


def _is_contents(markup: str, member: str, item: Item) -> bool:
    """Whether a page only lists the others: it is said to, or is named so, and has little but links."""
    if not item.is_contents and not _CONTENTS_NAME.search(posixpath.basename(member)):
        return False
    tree = LexborHTMLParser(limit_markup(markup))
    if tree.body is None:
        return True
    tree.strip_tags(["nav", "script", "style"])
    text = len("".join(tree.body.text().split()))
    links = sum(len("".join(link.text().split())) for link in tree.css("body a"))
    few = item.is_contents and text < 200
    return few or links >= _LARGEST_LINK_SHARE * text


PARSER = EpubParser()

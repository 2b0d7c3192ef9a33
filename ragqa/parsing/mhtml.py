"""Web pages saved in one file (.mht, .mhtml): the page, and the pages of its frames where it is made of frames."""

from __future__ import annotations

import re
from email.message import Message

from ragqa.errors import ParseError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.parser import read_html
from ragqa.parsing.mail import charset_of, content_of, header, leaves, read_message
from ragqa.types import Document

_PAGES = ("text/html", "application/xhtml+xml")
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_FRAMES = re.compile(r"<frameset\b", re.IGNORECASE)
_HEAD = 4096
_MOST_FRAMES = 50


class MhtmlParser:
    """Reads .mht and .mhtml files."""

    name = "mhtml"
    version = 3
    suffixes = (".mht", ".mhtml")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        message = read_message(data, "a saved web page")
        pages = [part for part in leaves(message) if part.get_content_type() in _PAGES]
        if not pages:
            raise ParseError("there is no web page inside", hint="Save the page again, as HTML.")
        main = _main(message, pages)
        builder = DocumentBuilder(path)
        text = _text(main, builder)
        title = read_html(text, builder)
        others = [page for page in pages if page is not main]
        if _FRAMES.search(text):
            for page in others[:_MOST_FRAMES]:
                read_html(_text(page, builder), builder)
            others = others[_MOST_FRAMES:]
        if others:
            builder.warnings.append(f"pages inside the page were not read: {len(others)}")
        return builder.build((title, header(message, "Subject"), builder.first_heading))


def _main(message: Message, pages: list[Message]) -> Message:
    """The page that the file says it begins with, else the first."""
    start = message.get_param("start")
    if isinstance(start, str):
        for page in pages:
            if header(page, "Content-ID").strip("<>") == start.strip("<> "):
                return page
    return pages[0]


def _text(page: Message, builder: DocumentBuilder) -> str:
    content = content_of(page)
    if not content.strip():
        return ""
    declared = _DECLARED.search(content[:_HEAD])
    text, damage = decode(content, charset_of(page) or (declared.group(1).decode("ascii") if declared else None))
    if damage:
        builder.warnings.append(damage)
    return text


PARSER = MhtmlParser()

"""Whole documents that a Word file takes in (`w:altChunk`): HTML, text, other Word files, each read by its format's parser."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import PurePosixPath

from ragqa.errors import ParseError
from ragqa.parsing import registry
from ragqa.types import Document

_MOST_DOCUMENTS = 100
_MOST_BYTES = 50 * 1024 * 1024
_DEEPEST = 3
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MAIL = (".mht", ".mhtml", ".eml")
_SUFFIX_OF_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "message/rfc822": ".mht",
    "multipart/related": ".mht",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
}


class Budget:
    """What may still be taken in, by a file and by all that it takes in, and how deep that is by now."""

    def __init__(self, depth: int = 0, outer: Budget | None = None) -> None:
        self._depth = depth
        self._left: list[int] = outer._left if outer is not None else [_MOST_DOCUMENTS, _MOST_BYTES]

    def deeper(self) -> Budget:
        """The same budget for what is taken in."""
        return Budget(self._depth + 1, self)

    def take(self, size: int) -> None:
        """Count one more; ParseError where it is too much."""
        self._left[0] -= 1
        self._left[1] -= size
        if min(self._left) < 0:
            raise ParseError("too much is taken in")
        if self._depth >= _DEEPEST:
            raise ParseError("it stands too deep in others")


def suffix_of(name: str, content_type: str, data: bytes) -> str:
    """The suffix by which a taken-in document's format is known."""
    if data.startswith(b"PK\x03\x04"):
        return ".docx"
    if data.startswith(b"{\\rtf"):
        return ".rtf"
    if _PAGE.match(data):
        return ".html"
    plain = content_type.partition(";")[0].strip().lower()
    own = PurePosixPath(name).suffix.lower()
    return _SUFFIX_OF_TYPE.get(plain) or (own if own in (*registry.supported_suffixes(), *_MAIL) else ".txt")


def read_text_format(data: bytes, name: str, suffix: str) -> Document:
    """A taken-in document that is no Word file. Raises RagqaError where nothing reads it."""
    readable = registry.supported_suffixes()
    if suffix in _MAIL and suffix not in readable:
        data, suffix = _page_of(data), ".html"
    if suffix not in readable:
        raise ParseError(f"nothing here reads {suffix} files")
    return registry.parse(data, PurePosixPath(name).stem + suffix)


def _page_of(data: bytes) -> bytes:
    """The page of a web archive, as UTF-8."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        page = message.get_body(("html", "plain"))
        text = page.get_content() if page is not None else ""
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ParseError("it is no readable web archive") from error
    return f'<meta charset="utf-8">{text}'.encode("utf-8", "replace")

"""What the formats made of MIME parts share: headers and bodies, read whatever is broken in them."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message

from ragqa.errors import ParseError
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.encoding import decode

_MOST_PARTS = 1000
_HEADER = re.compile(rb"\s*(?:From |[A-Za-z][A-Za-z0-9-]{0,60}[ \t]*:)")


def read_message(data: bytes, what: str) -> Message:
    """The message in `data`; ParseError where it does not begin as one does."""
    if not _HEADER.match(data[:200].removeprefix(b"\xef\xbb\xbf")):
        raise ParseError(f"it is not {what}: it begins with no header such as Subject or Date")
    return email.message_from_bytes(data.removeprefix(b"\xef\xbb\xbf").lstrip())


def header(message: Message, name: str) -> str:
    """A header as people read it; nothing where there is none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    raw_bytes = str(raw).encode("utf-8", "surrogateescape")
    text = decode(raw_bytes)[0] if raw_bytes.strip() else ""
    try:
        pieces = decode_header(" ".join(text.split()))
    except (ValueError, LookupError):
        return clean_line(text)
    return clean_line("".join(_piece(content, charset) for content, charset in pieces))


def _piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a message inside the message is one of them."""
    waiting = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting[:0] = [one for one in payload if isinstance(one, Message)]
        else:
            yield part


def content_of(part: Message) -> bytes:
    """A part's bytes, without the encoding they travelled in."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def charset_of(part: Message) -> str | None:
    """The encoding of its text that a part declares."""
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError):
        return None
    return charset if charset and re.fullmatch(r"[A-Za-z0-9_.:-]{2,40}", charset) else None


def text_of(part: Message) -> tuple[str, str | None]:
    """A part's text, and a warning if some of it was not readable."""
    content = content_of(part)
    return decode(content, charset_of(part)) if content.strip() else ("", None)


def name_of(part: Message) -> str:
    """The file name of a part, without any folder; nothing where it has none."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""
    return clean_line(name).replace("\\", "/").rpartition("/")[2]

"""E-mails: the subject as title, who wrote when, the text, and what is attached as far as something here reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from ragqa.errors import ParseError, RagqaError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.html.parser import read_html
from ragqa.parsing.mail import content_of, header, leaves, name_of, read_message, text_of
from ragqa.parsing.registry import parse, parser_for
from ragqa.parsing.text.parser import PARSER as TEXT
from ragqa.types import Document

_SHOWN = ("From", "To", "Cc", "Date")
_DEEPEST = 3
_MOST_ATTACHMENTS = 100
_LARGEST_ATTACHED = 100 * 1024 * 1024
_LONGEST_HEADER = 500
_TAG = re.compile(r"<[^<>]*>")
_STUB_SHARE = 0.2
_TEXTS = ("text/plain", "text/html")
_ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")


class EmlParser:
    """Reads .eml files."""

    name = "eml"
    version = 4
    suffixes = (".eml",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        message = read_message(data, "an e-mail")
        builder = DocumentBuilder(path)
        _MailReader(builder).read(message, 0)
        return builder.build((header(message, "Subject"),))


@dataclass
class _Parts:
    """The leaves of a message: what is its text, and what hangs on it."""

    bodies: list[Message] = field(default_factory=list)
    attachments: list[Message] = field(default_factory=list)


class _MailReader:
    """Feeds messages to a builder; messages inside messages only so deep."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._attached = 0
        self._size = 0

    def read(self, message: Message, depth: int) -> None:
        self._builder.heading(header(message, "Subject") or ("E-mail" if depth else ""), depth * 2 + 1)
        lines = [f"{name}: {value}" for name in _SHOWN if (value := header(message, name)[:_LONGEST_HEADER])]
        self._builder.paragraph("\n".join(lines))
        parts = _sorted(message)
        for body in parts.bodies:
            self._body(body)
        pictures = [part for part in parts.attachments if part.get_content_maintype() == "image"]
        if pictures:
            self._builder.warnings.append(f"pictures are not read: {len(pictures)}")
        for part in parts.attachments:
            if part not in pictures:
                self._attachment(part, depth)

    def _body(self, part: Message) -> None:
        text, damage = text_of(part)
        if damage:
            self._builder.warnings.append(damage)
        if part.get_content_type() == "text/html":
            read_html(text, self._builder)
        elif text.strip():
            self._include(TEXT.parse(text.encode("utf-8"), "message.txt"))

    def _attachment(self, part: Message, depth: int) -> None:
        name = name_of(part)
        self._attached += 1
        if self._attached > _MOST_ATTACHMENTS:
            if self._attached == _MOST_ATTACHMENTS + 1:
                self._builder.warnings.append(f"only the first {_MOST_ATTACHMENTS} attachments were read")
        elif part.get_content_type() == "message/rfc822":
            self._inner(part, depth)
        elif part.get_content_type() in _ENCRYPTED:
            self._builder.warnings.append("a part is encrypted and was not read: save the message decrypted")
        else:
            self._file(part, name or f"a part of the type {part.get_content_type()}", depth)

    def _inner(self, part: Message, depth: int) -> None:
        payload = part.get_payload()
        if depth >= _DEEPEST:
            self._builder.warnings.append("a message inside messages inside messages was not read")
        elif isinstance(payload, list) and payload and isinstance(payload[0], Message):
            self.read(payload[0], depth + 1)

    def _file(self, part: Message, name: str, depth: int) -> None:
        content = content_of(part)
        self._size += len(content)
        try:
            if self._size > _LARGEST_ATTACHED:
                raise ParseError(f"with the others it is larger than {_LARGEST_ATTACHED // 2**20} MB")
            if parser_for(name).name == PARSER.name:
                self._read_mail(content, depth)
                return
            self._builder.heading(name, depth * 2 + 2)
            self._include(parse(content, name))
        except RagqaError as error:
            self._builder.warnings.append(f"the attachment {name} was not read: {error.message}")

    def _read_mail(self, content: bytes, depth: int) -> None:
        if depth >= _DEEPEST:
            raise ParseError("it is a message inside messages inside messages")
        self.read(read_message(content, "an e-mail"), depth + 1)

    def _include(self, document: Document) -> None:
        self._builder.warnings.extend(f"{document.path}: {warning}" for warning in document.warnings)
        self._builder.include(document)


def _sorted(message: Message) -> _Parts:
    parts = _Parts()
    chosen = {id(part) for part in _chosen(message)}
    skipped = {id(part) for part in _alternatives(message)} - chosen
    for part in leaves(message):
        attached = part.get_content_disposition() == "attachment" or bool(name_of(part))
        # What says that it has parts and has none is a text after all.
        is_text = (part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart") and not attached
        if is_text and id(part) not in skipped:
            parts.bodies.append(part)
        elif not is_text and id(part) not in skipped and not _is_signature(part):
            parts.attachments.append(part)
    return parts


def _multiparts(message: Message) -> Iterator[Message]:
    """The message's own groups of parts, not those of messages inside it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            yield part
            waiting.extend(one for one in payload if isinstance(one, Message))


def _alternatives(message: Message) -> Iterator[Message]:
    """The texts that say the same as another part."""
    for group in _multiparts(message):
        if group.get_content_subtype() == "alternative":
            yield from (part for part in leaves(group) if part.get_content_type() in ("text/plain", "text/html", "text/calendar"))


def _chosen(message: Message) -> Iterator[Message]:
    """Of texts that say the same, the plain one, unless it is but a word to say that there is another."""
    for group in _multiparts(message):
        if group.get_content_subtype() != "alternative":
            continue
        texts = {part.get_content_type(): part for part in reversed(list(leaves(group))) if not name_of(part)}
        plain, page = texts.get("text/plain"), texts.get("text/html")
        if plain is not None and page is not None:
            shown = len(" ".join(_TAG.sub(" ", text_of(page)[0]).split()))
            yield plain if len(" ".join(text_of(plain)[0].split())) >= _STUB_SHARE * shown else page
        elif plain is not None or page is not None:
            yield plain if plain is not None else page  # type: ignore[misc]


def _is_signature(part: Message) -> bool:
    return part.get_content_type() in (
        "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "message/delivery-status",
    )  # fmt: skip


PARSER = EmlParser()

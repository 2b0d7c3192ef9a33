"""What the processes say to each other, byte by byte. What arrives is checked and becomes plain values: never objects that name
their own class, as pickles do, so that a process that a file has taken over can send nothing but data."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

REQUEST_PARSE, REQUEST_DRAW, REQUEST_TRY = b"P", b"D", b"T"
READY, DOCUMENT, AUDIT, PICTURE, ERROR, PAGES, PAGE, ANSWER = b"r", b"d", b"a", b"p", b"e", b"s", b"b", b"t"
"""Kinds of answers: READY comes before all others, when everything is loaded that is needed; PAGES tells how many pages are
recognised, PAGE how many were read."""

LARGEST_ANSWER = 1_000_000_000
"""Bytes; the largest document (see `ragqa.parsing.builder`) has fewer."""

MOST_TEXTS = 2_000_000

_FRAME = struct.Struct("<cBQ")
_NUMBER = struct.Struct("<q")
_DECIMAL = struct.Struct("<d")


class Malformed(Exception):
    """What arrived is not what a process of ours would send."""


def send(stream: BinaryIO, kind: bytes, *parts: bytes, last: bool = False) -> None:
    """Write one message. `last`: whoever sends it ends afterwards."""
    stream.write(_FRAME.pack(kind, last, sum(map(len, parts))))
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO, largest: int | None = None) -> tuple[bytes, bytes, bool]:
    """The next message: its kind, its content, and whether it is the last. Raises EOFError where none comes whole, Malformed for
    one of more bytes than `largest`."""
    kind, last, length = _FRAME.unpack(_exactly(stream, _FRAME.size))
    if largest is not None and length > largest:
        raise Malformed("a message is too long")
    return kind, _exactly(stream, length), bool(last)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def number(value: int) -> bytes:
    """A whole number."""
    return _NUMBER.pack(value)


def decimal(value: float) -> bytes:
    """A number with a point."""
    return _DECIMAL.pack(value)


def blob(value: bytes) -> bytes:
    """Bytes, with their length before them."""
    return _NUMBER.pack(len(value)) + value


def text(value: str) -> bytes:
    """A text, lone surrogates included."""
    return blob(value.encode("utf-8", "surrogatepass"))


def texts(values: Sequence[str]) -> bytes:
    """Some texts, with their number before them."""
    return number(len(values)) + b"".join(map(text, values))


class Reader:
    """Takes the values out of a message, in the order they were put in. Each method raises Malformed where there is none such."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def number(self, least: int = 0, most: int = 2**62) -> int:
        """A whole number between two, both included."""
        value = int(self._unpack(_NUMBER))
        if not least <= value <= most:
            raise Malformed(f"{value} is out of range")
        return value

    def decimal(self) -> float:
        """A number with a point."""
        return self._unpack(_DECIMAL)

    def blob(self) -> bytes:
        """Bytes."""
        length = self.number(0, len(self._content) - self._at)
        self._at += length
        return self._content[self._at - length : self._at]

    def text(self) -> str:
        """A text."""
        try:
            return self.blob().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise Malformed("a text is none") from error

    def texts(self) -> tuple[str, ...]:
        """Some texts."""
        return tuple(self.text() for _ in range(self.number(0, MOST_TEXTS)))

    def end(self) -> None:
        """Nothing must be left."""
        if self._at != len(self._content):
            raise Malformed("there is more than was asked for")

    def _unpack(self, form: struct.Struct) -> float:
        try:
            (value,) = form.unpack_from(self._content, self._at)
        except struct.error as error:
            raise Malformed("there is less than was asked for") from error
        self._at += form.size
        return value

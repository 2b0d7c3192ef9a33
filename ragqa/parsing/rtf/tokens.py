"""Cuts RTF into its tokens: control words with their numbers, characters by code, braces and bytes of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n\x00]+)|[\r\n\x00]+|\\'?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: a control `word` with its `number`, a `brace`, or `data`, the bytes of text. `coded` data came as a number."""

    word: str = ""
    number: int | None = None
    brace: str = ""
    data: bytes = b""
    coded: bool = False


_SYMBOLS = {
    b"~": Token(word="nbsp"),
    b"_": Token(word="nbhyphen"),
    b"*": Token(word="*"),
    b"\n": Token(word="par"),
    b"\r": Token(word="par"),
    b"\t": Token(word="tab"),
    b"\\": Token(data=b"\\"),
    b"{": Token(data=b"{"),
    b"}": Token(data=b"}"),
}


def tokens(data: bytes) -> Iterator[Token]:
    """Every token in order; the bytes that `\\bin` announces are passed over."""
    at = 0
    while match := _TOKEN.match(data, at):
        at = match.end()
        word, number, code, symbol, brace, text = match.groups()
        if word is not None:
            value = int(number) if number else None
            if word == b"bin":
                at += max(0, value or 0)
            else:
                yield Token(word=word.decode("ascii"), number=value)
        elif code is not None:
            yield Token(data=bytes([int(code, 16)]), coded=True)
        elif symbol is not None:
            if symbol in _SYMBOLS:
                yield _SYMBOLS[symbol]
        elif brace is not None:
            yield Token(brace=brace.decode("ascii"))
        elif text is not None:
            yield Token(data=text)

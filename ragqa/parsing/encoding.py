"""Bytes to text for formats that do not fix their encoding."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from ragqa.errors import ParseError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
# The characters beyond ASCII that a western text in Windows-1252 really uses, besides letters.
_WESTERN_SIGNS = frozenset(
    "\u20ac\u2026\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u2122\u00a0\u00a3\u00a7\u00a9\u00ab\u00bb\u00ae\u00b0\u00b1\u00b2\u00b3"
    "\u00b5\u00b7\u00b9\u00ba\u00aa\u00bc\u00bd\u00be\u00bf\u00a1\u00d7\u00f7\u00b4"
)
_LARGEST_ACCENTED_SHARE = 0.25
_SIGN_IN_WORD = re.compile("[a-z][\u00b9\u00b2\u00b3\u00bf\u00a1\u00bc\u00bd\u00be][a-z]")
_FOREIGN_LETTERS = frozenset("\u00d0\u00f0\u00de\u00fe\u00ff\u00dd\u00fd")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LARGEST_CONTROL_SHARE = 0.01


def decode(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """The text of `data`, and a warning if some of it was not readable.

    Decided by byte order mark, then UTF-16 without one, then UTF-8, then what the file declares, then detection.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _lenient(data, name)
    wide = _utf16_without_mark(data)
    if wide:
        return _lenient(data, wide)
    _refuse_binary(data)
    if not (declared and declared.lower().startswith(("iso-2022", "hz"))):
        try:
            return data.decode("utf-8"), None
        except UnicodeDecodeError:
            pass
    return _decode_legacy(data, declared)


def _lenient(data: bytes, name: str) -> tuple[str, str | None]:
    text = data.decode(name, errors="replace")
    damaged = text.count("\ufffd")
    return text, f"{damaged} characters are damaged and were replaced" if damaged else None


def _utf16_without_mark(data: bytes) -> str | None:
    """Western text in UTF-16 has a zero in every other byte."""
    sample = data[:4096]
    pairs = len(sample) // 2
    if pairs == 0:
        return None
    low, high = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if high > 0.4 * pairs and low < 0.05 * pairs:
        return "utf-16-le"
    if low > 0.4 * pairs and high < 0.05 * pairs:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes) -> None:
    sample = data[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > _LARGEST_CONTROL_SHARE * len(sample):
        raise ParseError("it is binary data, not text", hint="Leave the file out, or convert it to text first.")


def _decode_legacy(data: bytes, declared: str | None) -> tuple[str, str | None]:
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    readable = len(text) - damaged - sum(data.count(bytes([byte])) for byte in range(128))
    if readable > 10 * damaged:
        return text, f"{damaged} characters are damaged and were replaced"
    for name in (declared, _guess(data), "cp1252"):
        if name is None:
            continue
        try:
            return data.decode(name), None
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1"), None


def _guess(data: bytes) -> str | None:
    """Windows-1252 where that gives a plausible western text, else what the detector says of a sample."""
    sample = _telling_sample(data)
    if _plausible_western(sample):
        return "cp1252"
    best = from_bytes(sample, steps=5, chunk_size=1024).best()
    return best.encoding if best else None


def _telling_sample(data: bytes) -> bytes:
    """A stretch of the file that begins near the first byte that is not ASCII."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(0, first.start() - 1024) if first else 0
    return data[start : start + _SAMPLE]


def _plausible_western(sample: bytes) -> bool:
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    beyond = [character for character in text if character > "\x7f"]
    odd = sum(character in _FOREIGN_LETTERS or not (character.isalpha() or character in _WESTERN_SIGNS) for character in beyond)
    odd += len(_SIGN_IN_WORD.findall(text))
    letters = sum(map(str.isalpha, text))
    return len(beyond) <= _LARGEST_ACCENTED_SHARE * max(letters, 1) and odd <= 0.1 * len(beyond)

"""Bytes to text for formats that do not fix their encoding."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from ragqa.errors import ParseError
from ragqa.parsing.code_pages import guess_code_page

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_NOT_ASCII = bytes(range(128, 256))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_OVERSTRUCK = re.compile(rb"[^\n]\x08")
_LARGEST_CONTROL_SHARE = 0.01
_AROUND_NOT_ASCII = re.compile(rb"[^\n]{0,80}[\x80-\xff][^\n]{0,80}")
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_DECLARED_WITHIN = 4096
_LARGEST_WIDE_STRANGE_SHARE = 0.02
_TWO_BYTES = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
# Names that a file may give, and the code pages that readers have always taken them for.
_MEANT_BY = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
_OTHER_NAMES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-x-big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "x-cp1252": "cp1252",
    "iso-8859-8-i": "iso8859-8",
}
# Codecs of Python that are no encodings of text files.
_NEVER = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"})


def declared_encoding(data: bytes) -> str | None:
    """What the XML declaration or the head of a page names as its encoding."""
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    return match.group(1).decode("ascii") if match else None


def decode(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """The text of `data`, and a warning if some of it was not readable.

    Decided by byte order mark, then UTF-16 and UTF-32 without one, then UTF-8, then what the file declares, then detection.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark) and name != "utf-8-sig":
            return _lenient(data, name)
    data = data.removeprefix(codecs.BOM_UTF8)
    wide = _wide_without_mark(data)
    if wide:
        return _lenient(data, wide)
    _refuse_binary(data)
    named = _codec(declared or ("iso2022_jp" if b"\x1b$B" in data or b"\x1b$@" in data else ""))
    if not (named and named.startswith(("iso2022", "hz"))):
        try:
            return data.decode("utf-8"), None
        except UnicodeDecodeError:
            pass
    return _decode_legacy(data, named)


def _codec(name: str) -> str | None:
    """Python's name for an encoding that a file names; None for one that is none, or that the bytes read so far rule out."""
    name = name.strip().lower()
    try:
        known = codecs.lookup(_OTHER_NAMES.get(name, name)).name
        b"a".decode(known)
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if known.replace("-", "_") in _NEVER or known.startswith(("utf", "cp65001")) else _MEANT_BY.get(known, known)


def _lenient(data: bytes, name: str) -> tuple[str, str | None]:
    text = data.decode(name, errors="replace")
    return text, _damage(text)


def _damage(text: str) -> str | None:
    damaged = text.count("\ufffd")
    return f"{damaged} characters are damaged and were replaced" if damaged else None


def _wide_without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without its mark: western text has zeros in between, any other reads as text only that way."""
    sample = data[:4096]
    pairs = len(sample) // 2
    if pairs == 0:
        return None
    for name in ("utf-32-le", "utf-32-be"):
        if len(data) % 4 == 0 and _reads_as_text(sample, name):
            return name
    low, high = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if high > 0.4 * pairs and low < 0.05 * pairs:
        return "utf-16-le"
    if low > 0.4 * pairs and high < 0.05 * pairs:
        return "utf-16-be"
    if not _has_controls(sample):
        return None
    return next((name for name in ("utf-16-le", "utf-16-be") if _reads_as_text(sample, name)), None)


def _reads_as_text(sample: bytes, name: str) -> bool:
    """Whether a sample in a wide encoding is words: few signs that no text has, spaces, breaks or stops among them."""
    try:
        text = sample[: len(sample) // 4 * 4].decode(name)
    except UnicodeDecodeError as error:
        if error.end < len(sample) - 4:
            return False
        text = sample[: error.start].decode(name)
    strange = sum(not (sign.isprintable() or sign in "\t\r\n\f\ufeff") for sign in text)
    spaces = sum(sign in " \n\u3002\uff0c\u3001" for sign in text)
    scripts = {ord(sign) >> 11 for sign in text if sign.isalpha() and not "\u3000" <= sign <= "\ud7ff"}
    return bool(text) and strange <= _LARGEST_WIDE_STRANGE_SHARE * len(text) and spaces * 60 >= len(text) and len(scripts) <= 3


def _has_controls(sample: bytes) -> bool:
    sample = _OVERSTRUCK.sub(b"", sample)
    return len(_CONTROL.findall(sample)) > _LARGEST_CONTROL_SHARE * len(sample)


def _refuse_binary(data: bytes) -> None:
    if _has_controls(data[:_SAMPLE]):
        raise ParseError("it is binary data, not text", hint="Leave the file out, or convert it to text first.")


def _decode_legacy(data: bytes, named: str | None) -> tuple[str, str | None]:
    if _mostly_utf8(data):
        return _decode_mixed(data, named)
    encoding = named or _guess(data)
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError:
        return _lenient(data, "latin-1" if encoding == "cp1252" else encoding)


def _mostly_utf8(data: bytes) -> bool:
    """Whether far more characters beyond ASCII are whole in UTF-8 than are not: chance does not make them.

    Where lines are either whole or in another encoding, it is enough that more are.
    """
    whole, damaged = _whole_and_damaged(data)
    if not damaged < whole <= 10 * damaged:
        return whole > damaged
    whole, among_whole = _whole_and_damaged(b"".join(line for line in data.splitlines(keepends=True) if not _is_other(line)))
    return whole > damaged and not among_whole


def _whole_and_damaged(data: bytes) -> tuple[int, int]:
    """How many characters beyond ASCII are whole in UTF-8, and how many are not."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    return len(text) - damaged - len(data.translate(None, _NOT_ASCII)), damaged


def _is_other(line: bytes) -> bool:
    """Whether a line among lines of UTF-8 is in another encoding: next to nothing in it is whole in UTF-8."""
    whole, damaged = _whole_and_damaged(line)
    return damaged > whole


def _decode_mixed(data: bytes, named: str | None) -> tuple[str, str | None]:
    """UTF-8 with lines of another encoding among it, each line read as what it is; damage in UTF-8 is replaced."""
    lines = data.splitlines(keepends=True)
    other = b"".join(line for line in lines if _is_other(line))
    encoding = (named or _guess(other)) if other else ""
    read: list[str] = []
    for line in lines:
        read.append(line.decode(encoding if _is_other(line) else "utf-8", errors="replace"))
    text = "".join(read)
    return text, _damage(text) or (f"some lines are not in UTF-8 like the others, and were read as {encoding}" if other else None)


def _guess(data: bytes) -> str:
    """The code page in which the text reads well, else what the detector says of a sample."""
    around = b"\n".join(match.group() for match, _ in zip(_AROUND_NOT_ASCII.finditer(data), range(2000), strict=False))
    code_page, reads_well = guess_code_page(around[:_SAMPLE])
    if reads_well:
        return code_page
    best = from_bytes(_telling_sample(data), steps=5, chunk_size=1024, cp_isolation=list(_TWO_BYTES)).best()
    return best.encoding if best else code_page


def _telling_sample(data: bytes) -> bytes:
    """A stretch of the file that begins near the first byte that is not ASCII."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(0, first.start() - 1024) if first else 0
    return data[start : start + _SAMPLE]

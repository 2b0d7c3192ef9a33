"""Repair of the characters that files carry in by accident.

Kept exactly as the author wrote them: units, symbols, quotes and dashes. So there is no NFKC here; only loose
combining accents are composed, and the ligatures of typesetting ("ﬁ") are spelled out.
Gone: mojibake, control characters (a document never reaches a terminal as anything but text), invisible marks.
"""

from __future__ import annotations

import re
import unicodedata

from ftfy import TextFixerConfig, fix_encoding

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffc\U000e0000-\U000e007f]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_WIDE_SPACE = re.compile("[\t\x1f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SPACES = re.compile(r"\s+")
_ACCENTED = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_LIGATURE = re.compile("[\ufb00-\ufb06]")

# The bytes of UTF-8 read as Windows-1252 always show one of these pairs; other lines need no (slow) repair.
_MOJIBAKE = re.compile(
    "[\x80-\x9f]|[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|[\u00c2\u00c3] "
)
_MOJIBAKE_ONLY = TextFixerConfig(unescape_html=False, normalization=None)
# In a text with such no-break spaces ("\u00c2" and the space), the ends of lines may have lost the second half.
_HALF_OF_A_SPACE = re.compile(r"\u00c2(?![^\W\d_])")
_REPAIR_SLICE = 50_000

# Symbol fonts put their bullets into the private-use area.
_SYMBOL_BULLETS = dict.fromkeys("\uf0b7\uf0a7\uf0a8\uf06c\uf06e\uf075\uf0d8\uf0fc\uf076\uf071", "\u2022")


def clean_line(text: str) -> str:
    """`text` as one line: repaired, every run of white space one space, none at the ends."""
    return _SPACES.sub(" ", clean_characters(text)).strip()


def clean_lines(text: str) -> str:
    """Like `clean_line` for each line of `text`; empty lines go."""
    lines = (_SPACES.sub(" ", line).strip() for line in clean_characters(text).split("\n"))
    return "\n".join(line for line in lines if line)


def clean_code(text: str) -> str:
    """`text` with its lines and indentation, repaired, without blank lines around it."""
    lines = [line.rstrip() for line in clean_characters(text.expandtabs(4)).split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines).strip()


def clean_characters(text: str) -> str:
    """`text` without mojibake and invisible characters; its only control character is the line feed."""
    if not text.isascii():
        text = _repair_non_ascii(text)
    text = _ESCAPE_SEQUENCE.sub("", text)
    text = _LINE_BREAK.sub("\n", text)
    text = _WIDE_SPACE.sub(" ", text)
    return _INVISIBLE.sub("", text)


def repair_mojibake(text: str) -> str:
    """`text` with UTF-8 that was once read as Windows-1252 or Latin-1 read rightly; white space is left alone."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    pieces = (
        piece if piece.isascii() or not _MOJIBAKE.search(piece) else fix_encoding(piece, _MOJIBAKE_ONLY)
        for piece in _slices(text)
    )
    repaired = "".join(pieces)
    return _HALF_OF_A_SPACE.sub(" ", repaired) if "\u00c2\u00a0" in text else repaired


def _repair_non_ascii(text: str) -> str:
    text = repair_mojibake(text)
    text = _SURROGATE.sub("\ufffd", text)
    text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = _PRIVATE_USE.sub(lambda match: _SYMBOL_BULLETS.get(match.group(), " "), text)
    return _ACCENTED.sub(lambda match: unicodedata.normalize("NFC", match.group()), text)


def _slices(text: str) -> list[str]:
    """`text` cut into its lines, and very long lines into slices: ftfy judges each by itself and stays fast."""
    pieces: list[str] = []
    for line in text.splitlines(keepends=True):
        if len(line) <= _REPAIR_SLICE:
            pieces.append(line)
            continue
        pieces.extend(line[start : start + _REPAIR_SLICE] for start in range(0, len(line), _REPAIR_SLICE))
    return pieces

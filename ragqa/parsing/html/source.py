"""The source of a page before it is parsed as HTML: its encoding, and what only XML has."""

from __future__ import annotations

import html
import re

_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEAD = 4096
# What browsers take a label to mean, where Python's codec of that name is narrower or knows another name.
_MEANT = {
    label: codec
    for codec, labels in {
        "cp1252": "ascii us-ascii latin1 latin-1 iso-8859-1 iso8859-1 iso_8859-1 x-cp1252",
        "cp1254": "iso-8859-9 latin5",
        "cp874": "tis-620 iso-8859-11 windows-874",
        "gb18030": "gb2312 gb_2312-80 gbk x-gbk",
        "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji",
        "cp949": "euc-kr ks_c_5601-1987 windows-949 korean",
        "big5hkscs": "big5 x-x-big5",
        "euc_jp": "x-euc-jp",
        "iso8859-8": "iso-8859-8-i",
        "mac_roman": "macintosh x-mac-roman",
        "mac_cyrillic": "x-mac-cyrillic",
    }.items()
    for label in labels.split()
}
_XML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE[^>\[]{0,400}\[)|[^>]{0,2000}<html\b[^>]{0,2000}\bxmlns\s*=", re.IGNORECASE)
_SUBSET = re.compile(r"(<!DOCTYPE[^>\[]{0,400})\[(.{0,100000}?)\]\s*>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]{1,80})\s+(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')\s*>")
_REFERENCE = re.compile(r"&([\w.-]{1,80});")
_MOST_REPLACED = 2_000_000
# XML may close any element at once; HTML would read on to the end of the file.
_SELF_CLOSED = re.compile(
    r"<(title|script|style|a|p|div|span|td|th|li|dt|dd|b|i|em|strong|code|textarea|iframe|object|video|audio|canvas|select|option"
    r"|section|ul|ol|table|tr|tbody|pre|h[1-6]|noscript|template|sup|sub)((?:\s[^<>]*)?)/>"
)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the head of a page declares, by the name of the codec that reads it."""
    declared = _DECLARED.search(data[:_HEAD])
    if declared is None:
        return None
    label = declared.group(1).decode("ascii").lower()
    return _MEANT.get(label, label)


def as_html(text: str) -> str:
    """`text` as an HTML parser understands it: of an XHTML page the declared entities, CDATA and elements closed at once."""
    if not _XML.match(text[:8192]):
        return text
    subset = _SUBSET.search(text[:200_000])
    if subset is not None:
        text = _with_entities(text[: subset.start()] + text[subset.end() :], subset.group(2))
    return _SELF_CLOSED.sub(r"<\1\2></\1>", _without_cdata(text))


def _without_cdata(text: str) -> str:
    """What XML marks as literal text, escaped instead; one without an end stays as it is."""
    first, *rest = text.split("<![CDATA[")
    pieces = [first]
    for piece in rest:
        literal, end, after = piece.partition("]]>")
        pieces.append(html.escape(literal, quote=False) + after if end else f"<![CDATA[{piece}")
    return "".join(pieces)


def _with_entities(text: str, subset: str) -> str:
    """Entities replaced once, never within each other, and no more than a page can need."""
    known = {match[1]: match[2] if match[2] is not None else match[3] for match in _ENTITY.finditer(subset)}
    left = _MOST_REPLACED

    def written(match: re.Match[str]) -> str:
        nonlocal left
        value = known.get(match[1])
        if value is None or len(value) > left:
            return match[0]
        left -= len(value)
        return value

    return _REFERENCE.sub(written, text)

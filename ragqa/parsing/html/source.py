"""The source of a page before it is parsed as HTML: what only XML has becomes what HTML understands."""

from __future__ import annotations

import html
import re

_XML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE[^>\[]{0,400}\[)|[^>]{0,2000}<html\b[^>]{0,2000}\bxmlns\s*=", re.IGNORECASE)
_SUBSET = re.compile(r"(<!DOCTYPE[^>\[]{0,400})\[(.{0,100000}?)\]\s*>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]{1,80})\s+(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')\s*>")
_REFERENCE = re.compile(r"&([\w.-]{1,80});")
_MOST_REPLACED = 2_000_000
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
# XML may close any element at once; HTML would read on to the end of the file.
_SELF_CLOSED = re.compile(
    r"<(title|script|style|a|p|div|span|td|th|li|dt|dd|b|i|em|strong|code|textarea|iframe|object|video|audio|canvas|select|option"
    r"|section|ul|ol|table|tr|tbody|pre|h[1-6]|noscript|template|sup|sub)((?:\s[^<>]*)?)/>"
)


def as_html(text: str) -> str:
    """`text` as an HTML parser understands it: of an XHTML page the declared entities, CDATA and elements closed at once."""
    if not _XML.match(text[:8192]):
        return text
    return _SELF_CLOSED.sub(r"<\1\2></\1>", spelled_out(text))


def spelled_out(text: str) -> str:
    """The text with the entities that its document type declares replaced, and its CDATA sections written as text."""
    subset = _SUBSET.search(text[:200_000])
    if subset is not None:
        text = _with_entities(text[: subset.start()] + text[subset.end() :], subset.group(2))
    return _without_sections(text)


def _without_sections(text: str) -> str:
    """What stands in CDATA sections as text. A section without an end stays."""
    parts: list[str] = []
    place = 0
    while (start := text.find(_CDATA, place)) >= 0 and (end := text.find(_CDATA_END, start)) >= 0:
        parts += [text[place:start], html.escape(text[start + len(_CDATA) : end], quote=False)]
        place = end + len(_CDATA_END)
    return "".join(parts) + text[place:]


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

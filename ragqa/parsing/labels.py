"""Words that mark what a text is: warning labels, list markers, titles that say nothing."""

from __future__ import annotations

import re

_LABELS = r"warnings?|cautions?|danger|notes?|notice|important|attention"
_BARE_LABEL = re.compile(rf"\W{{0,4}}(?:{_LABELS})\W{{0,3}}", re.IGNORECASE)
_CAPITAL_LABEL = re.compile(
    r"\W{0,4}(?:WARNINGS?|CAUTIONS?|DANGER|NOTES?|NOTICE|IMPORTANT|ATTENTION)(?=\s|[:!.\u2013\u2014\u2022|-]|$)"
)
_MARKED_LABEL = re.compile(rf"\W{{0,4}}(?:{_LABELS})\s?(?:[:!]|\s[\u2013\u2014-]\s)", re.IGNORECASE)

BULLETS = "\u2022\u2023\u2043\u2219\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u25e6\u25b6\u25b8\u25ba\u2605\u2713\u2714\u27a4\u00b7"
_MARKER = re.compile(
    rf"(?P<bullet>[{BULLETS}*\u2013\u2014-])(?:\s+|(?<=[{BULLETS}])(?=\S))"
    r"|(?P<number>\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,4}[.)])\s+"
)

_GENERIC_TITLE = re.compile(
    r"untitled.*|(?:new )?document\d*|microsoft (?:word|powerpoint|excel)\b.*|slide \d+|title|home|index|unknown|none"
    r"|\(?anonymous\)?|\W*|.*\.(?:docx?|pdf|indd|fm|odt|rtf|tex|dvi|pptx?|xlsx?|qxd|pmd|html?|book)",
    re.IGNORECASE,
)


def is_bare_label(text: str) -> bool:
    """Whether `text` is nothing but a word such as "WARNING" or "Note:"."""
    return len(text) < 24 and _BARE_LABEL.fullmatch(text) is not None


def starts_with_label(text: str) -> bool:
    """Whether `text` begins with a warning label: "WARNING ...", "Caution: ..."."""
    return bool(_CAPITAL_LABEL.match(text) or _MARKED_LABEL.match(text))


def is_generic_title(title: str) -> bool:
    """Whether a title says nothing about the document: "untitled", "Microsoft Word - foo.doc"."""
    return _GENERIC_TITLE.fullmatch(title) is not None


def split_marker(line: str) -> tuple[str, str] | None:
    """The list marker that begins `line` and the text after it: ("1.", "Press..."); None where there is none.

    Bullets of every shape become one; numbers and letters stay as they are written. A dash before nothing but
    signs ("- / +") is a sign too.
    """
    match = _MARKER.match(line)
    if match is None:
        return None
    bullet = match.group("bullet")
    if bullet and bullet not in BULLETS and not any(map(str.isalnum, line)):
        return None
    marker = "\u2022" if bullet else match.group("number")
    return marker, line[match.end() :]

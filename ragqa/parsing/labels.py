"""Words that mark what a text is: warning labels, list markers, titles that say nothing. Those of all languages at once, since
that of the document is not yet known."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ragqa.text.languages import entries_of_all

BULLETS = (
    "\u2022\u2023\u2043\u2219\u25aa\u25ab\u25a0\u25a1\u25cf\u25cb\u25e6\u25b6\u25b8\u25ba\u2605\u2713\u2714\u27a4\u00b7\u30fb"
)
_MARKER = re.compile(
    rf"(?P<bullet>[{BULLETS}*\u2013\u2014-])(?:\s+|(?<=[{BULLETS}])(?=\S))"
    r"|(?P<number>\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,4}[.)])\s+"
    r"|(?P<wide>[\uff08]?\d{1,3}[\uff0e\u3001\uff09])\s*(?=[^\s\d])"
)

_FILE_NAME = r"\W*|.*\.(?:docx?|pdf|indd|fm\d?|odt|rtf|tex|dvi|pptx?|xlsx?|qxd|pmd|html?|book)"
_PORTAL = r"manuals ?lib\b.*|manuals ?online\b.*|manualzz\b.*"
_LONGEST_BARE_LABEL = 24


def is_bare_label(text: str) -> bool:
    """Whether `text` is nothing but a word such as "WARNING" or "Note:"."""
    return len(text) < _LONGEST_BARE_LABEL and _labels().bare.fullmatch(text) is not None


def starts_with_label(text: str) -> bool:
    """Whether `text` begins with a warning label: "WARNING ...", "Caution: ..."."""
    return bool(_labels().in_capitals.match(text) or _labels().marked.match(text))


def begins_warning(text: str) -> bool:
    """Whether `text` is a warning after its label and a colon or dash: "Caution: ...", "NOTE - ..."."""
    return _labels().marked.match(text) is not None


def is_generic_title(title: str) -> bool:
    """Whether a title says nothing about the document: "untitled", "Microsoft Word - foo.doc", the name of a site of manuals."""
    return _empty_title().fullmatch(title) is not None


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
    marker = "\u2022" if bullet else match.group("number") or match.group("wide")
    return marker, line[match.end() :]


def alternatives(field: str) -> str:
    """The words that all languages have in a field, also without their accents, as the inside of a regular expression."""
    words = entries_of_all(field)
    return "|".join(map(re.escape, dict.fromkeys([*words, *map(_without_accents, words)])))


@dataclass(frozen=True, slots=True)
class _Labels:
    """Patterns of a label that is all of a text, of one in capitals that begins it, and of one that a colon or dash follows."""

    bare: re.Pattern[str]
    in_capitals: re.Pattern[str]
    marked: re.Pattern[str]


@cache
def _labels() -> _Labels:
    labels = alternatives("warning_labels")
    return _Labels(
        # A font of signs may write its triangle as a letter or a digit: "A DANGER".
        re.compile(rf"\W{{0,4}}(?:{labels})\W{{0,3}}|(?-i:(?:\d|[A-Z] )(?:{labels.upper()}))", re.IGNORECASE),
        re.compile(rf"\W{{0,4}}(?:{labels.upper()})(?=\s|[:!.\u2013\u2014\u2022|\uff1a\uff01\u3002\u3011\u3015\uff3d-]|$)"),
        re.compile(rf"\W{{0,4}}(?:{labels})(?:\s?[:!\uff1a\uff01]|\s[\u2013\u2014-]\s)", re.IGNORECASE),
    )


@cache
def _empty_title() -> re.Pattern[str]:
    return re.compile("|".join([*entries_of_all("empty_titles"), _FILE_NAME, _PORTAL]), re.IGNORECASE)


def _without_accents(word: str) -> str:
    """The word as it is often written in capitals: PRECAUCION. Other scripts keep their marks."""
    decomposed = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(sign for sign in decomposed if not "\u0300" <= sign <= "\u036f"))

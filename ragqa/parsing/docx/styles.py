"""What the names of a word processor's styles say, in whatever language it was set to.

Word itself keeps its built-in styles' English names in the file; other programs, and templates, keep those that a user sees.
"""

from __future__ import annotations

import re
from functools import cache

from ragqa.parsing.labels import alternatives
from ragqa.text.languages import entries_of_all


def is_title(style: str) -> bool:
    """Whether a style is that of a document's title."""
    return style.casefold() in entries_of_all("title_styles")


def heading_level(style: str) -> int | None:
    """The level of a heading's style, from 1; None for any other."""
    match = _heading().match(style)
    return max(int(match.group(1)), 1) if match else None


def list_style(style: str) -> tuple[bool, int] | None:
    """Whether a list's style numbers its items, and their depth from 0; None for any other."""
    match = _list().fullmatch(style)
    return (match.group("number") is not None, int(match.group("level") or 1) - 1) if match else None


def is_contents(style: str) -> bool:
    """Whether a style is that of a table of contents or of figures."""
    return _contents().match(style) is not None


def is_warning(style: str) -> bool:
    """Whether a style is named after a warning."""
    return _warning().search(style) is not None


def defines(style: str) -> str | None:
    """Whether a style is that of a "term" that is explained, or of its "definition", as Pandoc and LibreOffice name them."""
    return {"definition term": "term", "list heading": "term", "definition": "definition", "list contents": "definition"}.get(
        style.casefold()
    )


def is_typewriter(font: str) -> bool:
    """Whether all letters of a font are as wide as each other."""
    return _TYPEWRITER.search(font) is not None


_TYPEWRITER = re.compile(
    r"\bmono\b|courier|consolas|menlo|monaco|lucida console|source code|inconsolata|fira code|cascadia|typewriter", re.IGNORECASE
)


@cache
def _heading() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives('heading_styles')})\s*(\d)", re.IGNORECASE)


@cache
def _list() -> re.Pattern[str]:
    bullet, number = alternatives("bullet_styles"), alternatives("number_styles")
    return re.compile(rf"(?:{bullet}|(?P<number>{number}))(?: (?P<level>[1-9]))?", re.IGNORECASE)


@cache
def _contents() -> re.Pattern[str]:
    return re.compile("|".join(entries_of_all("contents_styles")), re.IGNORECASE)


@cache
def _warning() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives('warning_labels')})\b", re.IGNORECASE)

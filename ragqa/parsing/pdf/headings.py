"""Which paragraphs of a PDF are headings, and of what level: by its bookmarks, section numbers and type sizes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ragqa.parsing.labels import alternatives, is_bare_label
from ragqa.parsing.pdf.lines import Paragraph, fold

_LONGEST = 160
_LONGEST_BOLD = 90
_MOST_LINES = 3
_SENTENCE_WORDS = 5
_INTRODUCTION_WORDS = 12
_CAPITALS_WORDS = 10
_LARGER = 1.12
_DEEPEST = 6
_FULL_STOP = re.compile('(?<![.])[.!:]["\u201d\u2019\u00bb)\\]]*$')

Style = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the PDF's own outline. `level` and `page` count from 1."""

    title: str
    level: int
    page: int


class HeadingFinder:
    """Knows the document's body type and gives each heading style a level."""

    def __init__(self, paragraphs: Sequence[Paragraph], bookmarks: Sequence[Bookmark]) -> None:
        self._bookmarks: dict[str, list[Bookmark]] = defaultdict(list)
        for bookmark in bookmarks:
            self._bookmarks[fold(bookmark.title)].append(bookmark)
        self._body_size, self._body_bold = _body_style(paragraphs)
        self._levels = self._style_levels(paragraphs)

    def level(self, paragraph: Paragraph) -> int | None:
        """The level of a heading, None for anything else."""
        if paragraph.grid is not None:
            return None
        text = paragraph.text
        bookmarked = self._bookmark_level(paragraph, text)
        if bookmarked is not None:
            return bookmarked
        if not self._is_set_as_heading(paragraph, text):
            return None
        depth = _number_depth(text)
        return depth if depth is not None and depth > 1 else self._levels[paragraph.size, paragraph.bold]

    def _bookmark_level(self, paragraph: Paragraph, text: str) -> int | None:
        if len(text) > _LONGEST:
            return None
        if self._is_set_as_body(paragraph) and _is_sentence(text):
            return None  # the outline of some word processors names paragraphs too
        near = [mark for mark in self._bookmarks.get(fold(text), ()) if abs(mark.page - paragraph.page) <= 1]
        return min(near, key=lambda mark: abs(mark.page - paragraph.page)).level if near else None

    def _is_set_as_body(self, paragraph: Paragraph) -> bool:
        return paragraph.size < _LARGER * self._body_size and paragraph.bold <= self._body_bold

    def _is_set_as_heading(self, paragraph: Paragraph, text: str) -> bool:
        if paragraph.mono or len(paragraph.lines) > _MOST_LINES or len(text) > _LONGEST or is_bare_label(text):
            return False
        if not any(map(str.isalpha, text)) or text[-1] in ",;" or paragraph.marker == "\u2022" or _is_sentence(text):
            return False
        if paragraph.marker.isdecimal() and _is_sentence(text.removeprefix(paragraph.marker).strip()):
            return False  # a step, though its number has no dot
        if paragraph.size >= _LARGER * self._body_size:
            return not (text.endswith(".") and len(text) > _LONGEST_BOLD)
        bold = paragraph.bold and not self._body_bold and paragraph.size >= 0.95 * self._body_size
        return bold and len(text) <= _LONGEST_BOLD and text[-1] not in ".:" and (text[0].isupper() or text[0].isdigit())

    def _style_levels(self, paragraphs: Sequence[Paragraph]) -> dict[Style, int]:
        """Larger type is further out, unless bookmarks or section numbers of that style say its level."""
        told: dict[Style, Counter[int]] = defaultdict(Counter)
        for paragraph in paragraphs:
            if paragraph.grid is not None:
                continue
            text = paragraph.text
            bookmarked = self._bookmark_level(paragraph, text)
            style = (paragraph.size, paragraph.bold)
            if bookmarked is not None:
                told[style][bookmarked] += 1
            elif self._is_set_as_heading(paragraph, text):
                depth = _number_depth(text)
                told[style].update([depth] if depth is not None else [])
        levels: dict[Style, int] = {}
        outer = 0
        for style in sorted(told, reverse=True):
            known = told[style].most_common(1)
            outer = known[0][0] if known else min(outer + 1, _DEEPEST)
            levels[style] = outer
        return levels


def _body_style(paragraphs: Sequence[Paragraph]) -> Style:
    """The type that most of the document's characters are set in."""
    counts: Counter[Style] = Counter()
    for paragraph in paragraphs:
        if paragraph.grid is None:
            counts[paragraph.size, paragraph.bold] += sum(map(len, paragraph.lines))
    return counts.most_common(1)[0][0] if counts else (10.0, False)


@cache
def _number() -> re.Pattern[str]:
    chapter = rf"(?:{alternatives('chapters')})(?:\s+|(?<=[^\x00-\x7f])\s*)"
    number = r"(\d{1,2}(?:\.\d{1,2}){0,4})(?:\.?\s+\S|[\u7ae0\u8282\u7bc0\uc7a5\uc808])"  # the last ones are "chapter", "section"
    return re.compile(rf"(?:{chapter})?{number}", re.IGNORECASE)


def _is_sentence(text: str) -> bool:
    """Whether a text is something said, which may be an answer, and not a title: a long one with a full stop and no number."""
    words = len(text.split())
    if _number_depth(text) is not None or (text.isupper() and words <= _CAPITALS_WORDS):
        return False
    return words >= (_INTRODUCTION_WORDS if text.endswith(":") else _SENTENCE_WORDS) and _FULL_STOP.search(text) is not None


def _number_depth(text: str) -> int | None:
    match = _number().match(text)
    return match.group(1).count(".") + 1 if match else None

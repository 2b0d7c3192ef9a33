"""Which paragraphs of a PDF are headings, and of what level: by its bookmarks, section numbers and type sizes."""

from __future__ import annotations

import itertools
import operator
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ragqa.parsing.labels import alternatives, begins_warning, is_bare_label
from ragqa.parsing.pdf.lines import Paragraph, fold
from ragqa.parsing.pdf.numbered import is_step, said_in_steps

_LONGEST = 160
_LONGEST_BOLD = 90
_MOST_LINES = 3
_SENTENCE_WORDS = 5
_INTRODUCTION_WORDS = 12
_CAPITALS_WORDS = 10
_LARGER = 1.12
_OF_THE_COVER = 1.8
_DEEPEST = 6
_FEWEST_CHAPTERS = 3
_FEWEST_OF_A_BOOK = 10
_REST = 0.65
_TEXT_OF_A_SECTION = 400
_WORD = re.compile(r"[^\W\d_](?:\s?&\s?)?[^\W\d_]|[\u2e80-\u9fff\uac00-\ud7af]")
_ADDRESS = re.compile(r"www\.|://")
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
        self._steps = said_in_steps(paragraphs)
        self._titled = _titled(paragraphs)
        self._of_chapters: set[Style]
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
        depth, style = _number_depth(text), (paragraph.size, paragraph.bold)
        if depth is not None and (depth > 1 or style in self._of_chapters):
            return depth
        return self._levels[style]

    def _bookmark_level(self, paragraph: Paragraph, text: str) -> int | None:
        if len(text) > _LONGEST:
            return None
        if self._is_set_as_body(paragraph) and (_is_sentence(text) or is_step(text)):
            return None  # the outline of some word processors names paragraphs too
        folded = fold(text)
        if paragraph.marker == "\u2022" and not self._titled.isdisjoint((folded, page) for page in _around(paragraph.page)):
            return None  # what the chapter holds, listed at its beginning
        near = [mark for mark in self._bookmarks.get(folded, ()) if abs(mark.page - paragraph.page) <= 1]
        return min(near, key=lambda mark: abs(mark.page - paragraph.page)).level if near else None

    def _is_set_as_body(self, paragraph: Paragraph) -> bool:
        return paragraph.size < _LARGER * self._body_size and paragraph.bold <= self._body_bold

    def _is_set_as_heading(self, paragraph: Paragraph, text: str) -> bool:
        if paragraph.mono or len(paragraph.lines) > _MOST_LINES or len(text) > _LONGEST or is_bare_label(text):
            return False
        if (
            _WORD.search(text) is None
            or _ADDRESS.search(text)
            or text[-1] in ",;"
            or paragraph.marker == "\u2022"
            or id(paragraph) in self._steps
            or begins_warning(text)
            or (paragraph.drawn and not self._is_of_the_cover(paragraph) and _number_depth(text) is None)
            or _is_sentence(text)
        ):
            return False
        if paragraph.marker.isdecimal() and _is_sentence(text.removeprefix(paragraph.marker).strip()):
            return False  # a step, though its number has no dot
        if paragraph.size >= _LARGER * self._body_size:
            return not (text.endswith(".") and len(text) > _LONGEST_BOLD)
        bold = paragraph.bold and not self._body_bold and paragraph.size >= 0.95 * self._body_size
        return bold and len(text) <= _LONGEST_BOLD and text[-1] not in ".:" and (text[0].isupper() or text[0].isdigit())

    def _is_of_the_cover(self, paragraph: Paragraph) -> bool:
        return paragraph.page == 1 and paragraph.size >= _OF_THE_COVER * self._body_size

    def _style_levels(self, paragraphs: Sequence[Paragraph]) -> dict[Style, int]:
        """Larger type is further out, unless bookmarks or section numbers say the level of half of a style's headings or more.

        A few say nothing of the others: the names of parts in a drawing are set like one that a bookmark happens to name.
        """
        told: dict[Style, Counter[int]] = defaultdict(Counter)
        headings: list[_Found] = []
        for paragraph in paragraphs:
            if paragraph.grid is not None:
                continue
            text = paragraph.text
            bookmarked = self._bookmark_level(paragraph, text)
            if bookmarked is None and not self._is_set_as_heading(paragraph, text):
                if headings:
                    headings[-1].text += len(text)
                continue
            depth, style = _number_depth(text), (paragraph.size, paragraph.bold)
            level = depth if bookmarked is None else bookmarked
            told[style].update([level] if level is not None else [])
            headings.append(_Found(style, bookmarked is not None, _chapter(text) if bookmarked is None else None))
        count = Counter(heading.style for heading in headings)
        levels: dict[Style, int] = {}
        outer = 0
        for style in sorted(told, reverse=True):
            told[style][1] -= _steps(style, headings)
            believed = 2 * told[style].total() >= count[style] and told[style].total() > 0
            levels[style] = told[style].most_common(1)[0][0] if believed else min(outer + 1, _DEEPEST)
            is_title = outer == 0 and count[style] == 1 and _text_under(style, headings) < _TEXT_OF_A_SECTION
            if believed or is_title or not _heads_the_rest(style, headings):
                outer = levels[style]
        self._of_chapters = _styles_of_chapters([heading for heading in headings if told[heading.style][1] > 0])
        return levels


@dataclass(slots=True)
class _Found:
    """A heading: how it is set, whether a bookmark names it, its number where it has one without dots, the length of its text."""

    style: Style
    bookmarked: bool
    number: int | None
    text: int = 0


def _text_under(style: Style, headings: Sequence[_Found]) -> int:
    """How much text stands under the headings of a style before the next heading: under a title there is little."""
    return sum(one.text for one in headings if one.style == style)


def _steps(style: Style, headings: Sequence[_Found]) -> int:
    """How many headings of a style have the numbers of steps under larger headings, and not those of the book's chapters.

    There are fewer of them than of the headings in larger type, and all stand between two of these, or they begin anew. Or they
    begin anew under larger headings only.
    """
    numbered = [(place, one.number) for place, one in enumerate(headings) if one.style == style and one.number is not None]
    larger = [place for place, one in enumerate(headings) if one.style[0] > style[0]]
    if len(numbered) < 2:
        return 0
    begun = [(before, place) for (before, last), (place, number) in itertools.pairwise(numbered) if number == 1 < (last or 0)]
    anew = len(begun)
    if anew > 1 and all(bisect(larger, before) < bisect(larger, place) for before, place in begun):
        return len(numbered)
    if len(larger) <= len(numbered):
        return 0
    sections = {bisect(larger, place) for place, _ in numbered}
    return len(numbered) if anew > 1 or (len(sections) == 1 and 0 < sections.pop() < len(larger)) else 0


def _heads_the_rest(style: Style, headings: Sequence[_Found]) -> bool:
    """Whether most of the book would stand under one heading of a style, as under a line of the cover.

    That would tell nothing of them, or what is wrong: safety instructions at the front are often set larger than the rest.
    """
    outer = [place for place, one in enumerate(headings) if one.style[0] > style[0] or one.style == style]
    ends = [*outer[1:], len(headings)]
    under = max(end - place - 1 for place, end in zip(outer, ends, strict=True) if headings[place].style == style)
    return len(headings) >= _FEWEST_OF_A_BOOK and under >= _REST * len(headings)


def _styles_of_chapters(headings: Sequence[_Found]) -> set[Style]:
    """The styles whose numbers without dots only grow, alone or taken together, and which no bookmark speaks of."""
    named = {heading.style for heading in headings if heading.bookmarked}
    chapters = [(one.style, one.number) for one in headings if one.number is not None and one.style not in named]
    styles = {style for style, _ in chapters}
    found: set[Style] = set()
    for group in (styles, *({style} for style in styles)):
        numbers = [number for style, number in chapters if style in group]
        if len(numbers) >= _FEWEST_CHAPTERS and all(itertools.starmap(operator.lt, itertools.pairwise(numbers))):
            found |= group
    return found


def _titled(paragraphs: Sequence[Paragraph]) -> set[tuple[str, int]]:
    """What paragraphs without a bullet say, with their pages, as far as it may be a title."""
    return {
        (fold(one.text), one.page)
        for one in paragraphs
        if one.grid is None and one.marker != "\u2022" and len(one.text) <= _LONGEST
    }


def _around(page: int) -> range:
    return range(page - 1, page + 2)


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
    # Without a blank after it, "2.4GHz" would be a number too. The last ones are "chapter", "section".
    after = r"\.?\s+\S|(?<=\d\.\d|\.\d\d)\.(?=[^\W\d_]{2})|[\u7ae0\u8282\u7bc0\uc7a5\uc808]"
    return re.compile(rf"(?:{chapter})?(\d{{1,2}}(?:\.\d{{1,2}}){{0,4}})(?:{after})", re.IGNORECASE)


def _is_sentence(text: str) -> bool:
    """Whether a text is something said, which may be an answer, and not a title: a long one with a full stop and no number."""
    words = len(text.split())
    if _number_depth(text) is not None or (text.isupper() and words <= _CAPITALS_WORDS):
        return False
    return words >= (_INTRODUCTION_WORDS if text.endswith(":") else _SENTENCE_WORDS) and _FULL_STOP.search(text) is not None


def _number_depth(text: str) -> int | None:
    match = _number().match(text)
    return match.group(1).count(".") + 1 if match else None


def _chapter(text: str) -> int | None:
    """The number of a heading that has no dots."""
    match = _number().match(text)
    return int(match.group(1)) if match and "." not in match.group(1) else None

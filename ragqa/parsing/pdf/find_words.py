"""Where words stand on a PDF page: looked for in the characters as the file draws them, whatever parsing made of their spaces,
hyphens and line ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.places import Frame
from ragqa.types import Box

_SLACK = 0.01
"""How far, as a share of the page, a character's middle may be outside the box that holds it."""

_WORD_GAP = 0.02
_LONGEST_RUN = 60
_MOST_WORDS = 400
_SHORTEST_PART = 4
"""Letters and digits that a part of the words must have to be looked for by itself."""

_WITHOUT_BLANKS = "\u0e00"
_CELLS = re.compile(r"\n| \| ")


class PageWords:
    """The letters and digits of a page, to find words among."""

    def __init__(self, textpage: pdfium.PdfTextPage, frame: Frame) -> None:
        self._raw, self._frame = textpage.raw, frame
        self._characters = [chr(pdfium_c.FPDFText_GetUnicode(self._raw, index)) for index in range(textpage.count_chars())]
        folded, self._at = [], []
        for index, character in enumerate(self._characters):
            for letter in _fold(character):
                folded.append(letter)
                self._at.append(index)
        self._folded = "".join(folded)
        self._textpage = textpage

    def find(self, words: str, within: Box | None = None) -> list[Box]:
        """The boxes of the words, one a line, at their first place within a box; without one, at every place on the page.

        Words that stand apart on the page, as those of a table's cell may, are found in parts.
        """
        for whole_words in (True, False):
            places = list(self._places(words, within, whole_words))
            if places:
                return _lines(box for place in (places[:1] if within else places) for box in self._boxes(*place))
        parts = (part.split()[:_MOST_WORDS] for part in _CELLS.split(words))
        found = _lines(box for part in parts for place in self._parts(part, within) for box in self._boxes(*place))
        return found if found or within is None else self._nearest(words, within)

    def _nearest(self, words: str, within: Box) -> list[Box]:
        """The boxes of the words where they stand nearest above or below a box: a cell over several rows belongs to each."""
        if len(_fold(words)) < _SHORTEST_PART:
            return []
        found = [boxes for place in self._places(words, None, True) if (boxes := list(self._boxes(*place)))]
        middle = (within[1] + within[3]) / 2
        if not found:
            return []
        nearest = min(found, key=lambda place: abs((place[0][1] + place[-1][3]) / 2 - middle))
        return _lines(nearest)

    def _places(self, words: str, within: Box | None, whole_words: bool) -> Iterator[tuple[int, int]]:
        """The first and last character of each place of the words."""
        wanted = _fold(words)
        start = self._folded.find(wanted) if wanted else -1
        while start >= 0:
            first, last = self._at[start], self._at[start + len(wanted) - 1]
            whole = not whole_words or not (self._joined(first - 1, first) or self._joined(last, last + 1))
            if whole and (within is None or self._inside(first, within)):
                yield first, last
            start = self._folded.find(wanted, start + 1)

    def _parts(self, words: list[str], within: Box | None) -> Iterator[tuple[int, int]]:
        """The places of the longest runs of these words that stand on the page."""
        first = 0
        while first < len(words):
            for last in range(min(len(words), first + _LONGEST_RUN), first, -1):
                run = " ".join(words[first:last])
                if len(_fold(run)) < _SHORTEST_PART or (within is None and last - first < 2):
                    continue
                place = next(self._places(run, within, True), None)
                if place is not None:
                    yield place
                    first = last - 1
                    break
            first += 1

    def _joined(self, before: int, after: int) -> bool:
        """Whether two characters that follow each other are of one word."""
        if before < 0 or after >= len(self._characters):
            return False
        pair = self._characters[before], self._characters[after]
        return all(map(str.isalnum, pair)) and max(pair) < _WITHOUT_BLANKS

    def _inside(self, index: int, within: Box) -> bool:
        box = self._frame.box(*self._textpage.get_charbox(index, loose=True))
        if box is None:
            return False
        across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        left, top, right, bottom = within
        return left - _SLACK <= across <= right + _SLACK and top - _SLACK <= down <= bottom + _SLACK

    def _boxes(self, first: int, last: int) -> Iterator[Box]:
        for number in range(self._textpage.count_rects(first, last - first + 1)):
            box = self._frame.box(*self._textpage.get_rect(number))
            if box is not None:
                yield box


def _lines(boxes: Iterable[Box]) -> list[Box]:
    """The boxes with those joined that follow each other on a line, as words in different type do."""
    lines: list[Box] = []
    for box in boxes:
        if lines and _follows(lines[-1], box):
            last = lines.pop()
            box = min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3])
        lines.append(box)
    return lines


def _follows(box: Box, other: Box) -> bool:
    shared = min(box[3], other[3]) - max(box[1], other[1])
    return shared > 0.5 * min(box[3] - box[1], other[3] - other[1]) and -_SLACK < other[0] - box[2] < _WORD_GAP


def _fold(text: str) -> str:
    """Its letters and digits, without case, accents and what typesetting makes of them: "ﬁ", "²"."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))

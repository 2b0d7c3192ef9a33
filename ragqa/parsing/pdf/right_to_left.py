"""Lines with right-to-left text: a page shows them as they look, a text holds them as they are read.

So the characters are taken by their places, from left to right, and then put in reading order: words of Hebrew or Arabic
backwards, numbers and words of other scripts among them forwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragqa.parsing.pdf.words import RIGHT_TO_LEFT, Word

_BLANK_GAP = 0.15
_SAME_LINE = 0.45
_PRESENTED = re.compile("[\ufb1d-\ufdfb\ufe70-\ufefc]+")
_NUMBER_JOINTS = ".,:/\u00d7'"
_SIGNS = "+-\u2212\u2013\u00b1"
_TOKEN = re.compile(r"m?N+(?:[pm]N+)*q?|L+|R+|.")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of one line without a wide gap, from left to right, and what they say."""

    words: list[Word]
    text: str


def is_right_to_left(words: Sequence[Word]) -> bool:
    """Whether most letters of a page run from right to left."""
    letters = Counter(_kind(word.text) for word in words)
    return letters["R"] > letters["L"]


def lines_by_place(words: Sequence[Word]) -> tuple[list[list[Word]], list[Word]]:
    """The lines that hold right-to-left text, each from left to right; and the words of all others, in their old order."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.base):
        if lines and abs(lines[-1][0].base - word.base) <= _SAME_LINE * max(lines[-1][0].font.size, word.font.size):
            lines[-1].append(word)
        else:
            lines.append([word])
    mixed = [line for line in lines if any(RIGHT_TO_LEFT.match(word.text) for word in line)]
    inside = {word.index for line in mixed for word in line}
    others = [word for word in words if word.index not in inside and word.text != " "]
    return [sorted(line, key=lambda word: (word.x0 + word.x1, word.index)) for line in mixed], others


def stretches(line: Sequence[Word], wide_gap: float, backwards: bool) -> Iterator[Stretch]:
    """The line cut at its wide gaps (in times the type size). `backwards`: the page is right to left."""
    current: list[Word] = []
    edge = 0.0
    for word in line:
        if word.text == " ":
            if current:
                current.append(word)
            continue
        if current and word.x0 - edge > wide_gap * word.font.size:
            yield _stretch(current, backwards)
            current = []
        edge = max(edge, word.x1) if current else word.x1
        current.append(word)
    if current:
        yield _stretch(current, backwards)


def _stretch(words: list[Word], backwards: bool) -> Stretch:
    while words and words[-1].text == " ":
        words.pop()
    units: list[str] = []
    before: Word | None = None
    for word in words:
        text = _PRESENTED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), word.text)
        if before is not None and units and before.text != " " and (word.x0, word.x1) == (before.x0, before.x1):
            units[-1] += text
        elif units and unicodedata.combining(text[0]):
            units[-1 if before is None or word.x0 < before.x1 else len(units) - 1] += text
        else:
            if before is not None and word.text != " " != before.text and word.x0 - before.x1 > _BLANK_GAP * word.font.size:
                units.append(" ")
            units.append(text)
        before = word
    return Stretch(words, " ".join("".join(_in_reading_order(units, backwards)).split()))


def _in_reading_order(units: list[str], backwards: bool) -> list[str]:
    """What is seen from left to right as it is read."""
    kinds = "".join(map(_kind, units))
    tokens = [(kinds[match.start()] if match.end() - match.start() == 1 else _token_kind(match.group()), match.span())
              for match in _TOKEN.finditer(kinds)]  # fmt: skip
    pieces = [(kind, units[start:end]) for kind, (start, end) in tokens]
    if "R" not in kinds:
        return units
    if backwards or kinds.count("R") >= kinds.count("L"):
        return _read_backwards(pieces)
    read: list[str] = []
    index = 0
    while index < len(pieces):
        end = index
        if pieces[index][0] == "R":
            end = _last_of_run(pieces, index, "R", "L")
            read.extend(_read_backwards(pieces[index : end + 1]))
        else:
            read.extend(pieces[index][1])
        index = end + 1
    return read


def _read_backwards(pieces: Sequence[tuple[str, list[str]]]) -> list[str]:
    mirrored = list(reversed(pieces))
    read: list[str] = []
    index = 0
    while index < len(mirrored):
        kind, units = mirrored[index]
        end = index
        if kind == "L":
            end = _last_of_run(mirrored, index, "LN", "R")
            for _, inner in reversed(mirrored[index : end + 1]):
                read.extend(inner)
        else:
            read.extend(reversed(units) if kind == "R" else units)
        index = end + 1
    return read


def _last_of_run(pieces: Sequence[tuple[str, list[str]]], start: int, same: str, other: str) -> int:
    """The last piece of the kinds `same` from `start` on before one of the kind `other`."""
    last = start
    for index in range(start + 1, len(pieces)):
        if pieces[index][0] == other:
            break
        if pieces[index][0] in same:
            last = index
    return last


def _token_kind(kinds: str) -> str:
    return kinds[0] if kinds[0] in "LR" else "N"


def _kind(unit: str) -> str:
    """R and L: a letter of a script that runs from right to left, or of another; N: a digit; the others join numbers or nothing."""
    first = unit[0]
    if unicodedata.category(first) == "Nd":
        return "N"
    if RIGHT_TO_LEFT.match(first):
        return "R"
    if first.isalpha():
        return "L"
    return "p" if first in _NUMBER_JOINTS else "m" if first in _SIGNS else "q" if first in "%\u00b0" else "o"

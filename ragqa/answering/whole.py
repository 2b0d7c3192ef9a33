"""Spans of whole words and whole values: tokens are parts of words, and a span may begin or end inside "0,21 kWh" or "2:36 h"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage

LEADER = re.compile(r"[.·_\-–—…]{5}|(?:[.·] ){4}")
"""Dots or dashes that lead the eye to a page number: what holds them is a line of contents or a form, never an answer."""

_CONTENTS = re.compile(rf"(?:{LEADER.pattern})[\s|.·_\-–—…]*\d{{0,4}}[\s|]*$", re.MULTILINE)
"""The end of a line of contents or a form: no more than a page number behind its leader, where "Fuse ...... 5 A" says more."""

_LETTER = r"(?:(?=[\0-\u0dff\u1e00-\u2e7f])[^\W_])"
"""A letter or digit, but of the scripts whose words stand without blanks between them, and others where nothing is done. The few
that are meant stand first: a class that leaves out all others takes five times as long to be made, at every start."""

_DIGIT, _BLANK, _DEGREE = r"[\d²³¹¼-¾⁰-₉⅐-↋]", "[ \u00a0\u2009\u202f]", "[%‰°℃℉]"

_GOES_ON = re.compile(
    "|".join(
        (
            rf"(?<={_LETTER})(?={_LETTER})",
            r"(?<=\d)(?=[.,:]\d)|(?<=\d[.,:])(?=\d)",
            # A dash between numbers is in ranges only, one end of which is often asked for; a hyphen is in codes too.
            rf"(?<={_LETTER})(?=[-_‐‑/⁄]{_LETTER})|(?<={_LETTER}[-_‐‑/⁄])(?={_LETTER})",
            # "don't" and "5'10", but not "l'huile"
            rf"(?<={_LETTER})(?=['’]{_LETTER}{{1,2}}(?!{_LETTER}))|(?<={_LETTER}['’])(?={_LETTER}{{1,2}}(?!{_LETTER}))",
            r"(?<=(?<![^\s(/])[-−–+±])(?=\d)",
            rf"(?<={_DIGIT})(?=[″′]|{_BLANK}?{_DEGREE})|(?<={_DIGIT}{_BLANK})(?={_DEGREE})|(?<=°)(?=[CF]\b)",
        )
    )
)
"""A place across which a word or a value goes on, as in E-24, -10 °C, 1/2 and 0,21; marks that combine: `_is_mark`."""

_QUOTE = re.compile(r"""(?<![^\s(\[])["“„][^"“”„]*\Z""")
_LONGEST_QUOTE = 40
"""A quotation that begins in so many characters makes the mark after "5" its end, else it stands for inches."""

_THOUSANDS = re.compile(rf"(?<![\w.,])(?<!\d{_BLANK})\d{{1,3}}{_BLANK}\d{{3}}(?!{_BLANK}?\d)")
_THOUSANDS_REACH = 10
"""Characters beside a span in which a number may end that it has a part of, and what must not follow that."""

_LED_BY = re.compile(r"(?:[\s,;…。、，；：]|[.:](?![^\W_]))+")
"""What a span cannot begin with; of ".jpg" and ":CHAN1" the mark is part."""

_IDLE = re.compile(r"""[\s.,;:!?…。、，；：！？'"’”“„]*""")
"""Marks that are no answer alone, unlike "#", "*" and "✓"."""
_TRAILS = " \t\n,;、，；"
"""And what it cannot end with."""

_BRACKETS = (("(", ")"), ("[", "]"))


def whole(reading: Reading, passages: Sequence[Passage]) -> Reading:
    """The reading with every span widened to whole words and values, within its segment, without a bracket that is one of two and
    without commas and the like before and after it.

    Of spans that become the same the best one stays; those that are punctuation alone or stand in a line of contents go.
    """
    kept: dict[tuple[int, int, int], SpanScore] = {}
    for span in reading.spans:  # best first
        passage = passages[span.passage]
        start, end = _without_half_brackets(passage.text, *_widened(passage, span.start, span.end))
        start, end = _stripped(passage.text, start, end)
        if not _IDLE.fullmatch(passage.text, start, end) and not _in_contents(passage.text, start, end):
            kept.setdefault((span.passage, start, end), replace(span, start=start, end=end))
    return Reading(tuple(kept.values()), reading.null)


def _widened(passage: Passage, start: int, end: int) -> tuple[int, int]:
    segments = passage.segments or ((0, len(passage.text)),)
    first, last = next(((low, high) for low, high in segments if low <= start and end <= high), (start, end))
    for number in _THOUSANDS.finditer(passage.text, max(first, start - _THOUSANDS_REACH), min(last, end + _THOUSANDS_REACH)):
        if number.start() < end and start < number.end():
            start, end = min(start, number.start()), max(end, number.end())
    while start > first and _goes_on(passage.text, start):
        start -= 1
    while end < last and _goes_on(passage.text, end):
        end += 1
    return start, end


def _goes_on(text: str, at: int) -> bool:
    """Whether a word or a value goes on across a place."""
    before, after = text[at - 1], text[at]
    if _GOES_ON.match(text, at) or _is_mark(after) or (_is_mark(before) and re.match(_LETTER, after)):
        return True
    inches = after in '"”' and re.match(_DIGIT, before) is not None
    return inches and not _QUOTE.search(text, max(0, at - _LONGEST_QUOTE), at)


def _is_mark(sign: str) -> bool:
    """Whether a character only adds to the one before it. Asked of one at a time: a pattern of all would take long to be made."""
    return "\u0300" <= sign < "\u2100" and unicodedata.category(sign).startswith("M")


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    led = _LED_BY.match(text, start, end)
    start = led.end() if led else start
    return start, start + len(text[start:end].rstrip(_TRAILS))


def _in_contents(text: str, start: int, end: int) -> bool:
    """Whether a span holds a leader, or one ends its line: a row of contents may be cut into cells."""
    if LEADER.search(text, start, end):
        return True
    below = text.find("\n", end)
    return _CONTENTS.search(text, text.rfind("\n", 0, start) + 1, below if below >= 0 else len(text)) is not None


def _without_half_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    for opening, closing in _BRACKETS:
        if text[start:end].endswith(closing) and text.count(opening, start, end) < text.count(closing, start, end):
            end -= 1
        if text.count(closing, start, end) < text.count(opening, start, end):
            if text[end : end + 1] == closing:
                end += 1
            elif text[start:end].startswith(opening):
                start += 1
    return start, end

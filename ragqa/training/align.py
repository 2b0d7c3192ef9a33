"""Where an answer that was retyped, shortened or stitched together stands in a manual's text.

Three stages, strictest first: the very string; the same words (`ragqa.text.words`); the contiguous span that agrees best with
the answer, word by word in order (`ragqa.training.similarity`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

from ragqa.text.words import joins, words_of, words_of_answer
from ragqa.training.similarity import MISSING_END, best_span, is_number, typo_of
from ragqa.types import Match

FUZZY_THRESHOLD = 0.7
"""From here on a fuzzy span is taken for the answer."""
HOLDS_THRESHOLD, HOLDS_SHORT_THRESHOLD = 0.45, 0.7
"""From here on a passage holds too much of the answer to teach that it does not answer."""
SHORT, SHORT_THRESHOLD = 8, 0.85
"""Answers of fewer words than `SHORT` need this similarity: each word may be the one that matters."""
NUMBER_WEIGHT = 2.0
SHORTEST_FUZZY = 3
"""Answers of fewer words match fuzzily only word for word, with typos in long words."""

_EVENTS, _CANDIDATES = 3000, 6
"""Occurrences of the answer's rarest words that are looked at in a long text, and regions that are compared in full."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A span of a text that holds an answer: character offsets, how it was found, and its similarity to the answer in 0..1.

    Exact and normalised matches have similarity 1.
    """

    start: int
    end: int
    match: Match
    similarity: float


def align(
    answers: Sequence[str],
    text: str,
    bounds: Sequence[tuple[int, int]] = (),
    threshold: float = FUZZY_THRESHOLD,
    near: int | None = None,
) -> Alignment | None:
    """The span of `text` that holds one of the accepted `answers` best; see `Aligner.align`."""
    return Aligner(text).align(answers, bounds, threshold, near)


def occurrences(answer: str, text: str) -> list[tuple[int, int]]:
    """Every place of `text` where the answer stands whole, exactly or normalised; see `Aligner.occurrences`."""
    return Aligner(text).occurrences(answer)


def holds(answers: Sequence[str], text: str) -> bool:
    """Whether the passage `text` holds an answer, or so much of it that it must not become a negative; see `HOLDS_THRESHOLD`."""
    return Aligner(text).holds(answers)


class Aligner:
    """A text prepared for looking for many answers in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = words_of(text)
        self._joined, self._places = _join(self._words.forms)

    def align(
        self,
        answers: Sequence[str],
        bounds: Sequence[tuple[int, int]] = (),
        threshold: float = FUZZY_THRESHOLD,
        near: int | None = None,
    ) -> Alignment | None:
        """The best span for the accepted `answers`, None where none reaches `threshold`: a stricter match before a looser one.

        Of several answers that stand in the text whole, the one with the fewest occurrences tells its place best; then the
        accepted answers' order counts. Of several occurrences it is the nearest to the offset `near`, or the first.
        The span lies within one of the `bounds`, character offsets in order; none given means the whole text.
        """
        for match, find in ((Match.EXACT, self._exact), (Match.NORMALISED, self._normalised)):
            found = [spans for answer in answers if (spans := _within(find(answer), bounds))]
            if found:
                fewest = min(found, key=lambda spans: len(spans))
                start, end = min(fewest, key=lambda span: _distance(span[0], span[1], near))
                return Alignment(start, end, match, 1.0)
        fuzzy = (span for answer in answers for span in self._fuzzy(answer, bounds, threshold))
        return max(fuzzy, key=lambda found: (found.similarity, -_distance(found.start, found.end, near)), default=None)

    def occurrences(self, answer: str) -> list[tuple[int, int]]:
        """Every span (character offsets, in order) where the answer stands whole: the very string, or the same words."""
        exact = self._exact(answer)
        others = (span for span in self._normalised(answer) if not any(span[0] < end and start < span[1] for start, end in exact))
        return sorted([*exact, *others])

    def holds(self, answers: Sequence[str], threshold: float = HOLDS_THRESHOLD) -> bool:
        """Whether an answer stands here, or a span that shares enough words with one, be it only the answer's beginning."""
        if any(self._exact(answer) or self._normalised(answer) for answer in answers):
            return True
        return any(True for answer in answers for _ in self._fuzzy(answer, (), threshold, HOLDS_SHORT_THRESHOLD, missing_end=0))

    def _exact(self, answer: str) -> list[tuple[int, int]]:
        answer = answer.strip()
        return [
            (start, start + len(answer))
            for start in _find_all(answer, self.text)
            if not self._splits_word(start) and not self._splits_word(start + len(answer))
        ]

    def _normalised(self, answer: str) -> list[tuple[int, int]]:
        """Places of the same words, wherever either side puts its spaces: "E 24" is "E24", "10mm" is "10 mm"."""
        wanted, _ = _join(words_of_answer(answer).forms)
        found = []
        for place in _find_all(wanted, self._joined):
            first = bisect_left(self._places, place)
            last = bisect_right(self._places, place + len(wanted) - 1) - 1
            whole = self._places[first : first + 1] == [place] and self._end_of(last) == place + len(wanted)
            start, end = (self._words.starts[first], self._words.ends[last]) if whole else (0, 0)
            if whole and not joins(self.text, start) and not joins(self.text, end):
                found.append((start, end))
        return found

    def _end_of(self, word: int) -> int:
        return self._places[word] + len(self._words.forms[word])

    def _splits_word(self, offset: int) -> bool:
        before = bisect_left(self._words.starts, offset) - 1
        return (before >= 0 and offset < self._words.ends[before]) or joins(self.text, offset)

    def _fuzzy(
        self,
        answer: str,
        bounds: Sequence[tuple[int, int]],
        threshold: float,
        short_threshold: float = SHORT_THRESHOLD,
        missing_end: float = MISSING_END,
    ) -> Iterator[Alignment]:
        forms = words_of_answer(answer).forms
        least = max(threshold, short_threshold) if len(forms) < SHORT else threshold
        for first, last in self._regions(forms):
            for low, high in self._inside(first, last, bounds):
                span = best_span(forms, self._words.forms, low, high, self._weight, missing_end)
                if span is None or span.similarity < least:
                    continue
                start, end = self._whole(span.first, span.last, low, high)
                if len(forms) >= SHORTEST_FUZZY or len(forms) == span.shared == len(words_of(self.text[start:end], markers=True)):
                    yield Alignment(start, end, Match.FUZZY, span.similarity)

    def _whole(self, first: int, last: int, low: int, high: int) -> tuple[int, int]:
        """The span of these words, on to the parts that are written together with them ("10" of "10mm")."""
        while first > low and joins(self.text, self._words.starts[first]):
            first -= 1
        while last < high - 1 and joins(self.text, self._words.ends[last]):
            last += 1
        return self._words.starts[first], self._words.ends[last]

    def _inside(self, first: int, last: int, bounds: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The words first..last that lie whole in each of the bounds, as ranges of words that are not empty."""
        for start, end in bounds or ((0, len(self.text)),):
            low = max(first, bisect_left(self._words.starts, start))
            high = min(last, bisect_right(self._words.ends, end))
            if low < high:
                yield low, high

    def _regions(self, answer: Sequence[str]) -> list[tuple[int, int]]:
        """Ranges of words that may hold the answer: where most of its words stand together, rare ones counting for more."""
        reach = len(answer) + max(len(answer) // 2, 10)
        if len(self._words) <= 4 * reach:
            return [(0, len(self._words))]
        best: dict[int, tuple[float, int]] = {}
        for score, first in _crowds(self._events(answer), reach):
            best[first // reach] = max(best.get(first // reach, (0.0, 0)), (score, first))
        crowds = sorted(best.values(), reverse=True)[:_CANDIDATES]
        return [(max(0, first - reach), min(len(self._words), first + 2 * reach)) for _, first in crowds]

    def _events(self, answer: Sequence[str]) -> list[tuple[int, str, float]]:
        """Where the answer's rarest words stand: (place, word, weight), in order of place."""
        close_by = {close for word in answer if (close := self._known(word))}
        known = sorted(close_by, key=lambda word: (len(self._index[word]), word))  # a set's own order changes from run to run
        events: list[tuple[int, str, float]] = []
        for word in known:
            places = self._index[word]
            if events and len(events) + len(places) > _EVENTS:
                break
            weight = log(1 + len(self._words) / len(places))
            events.extend((place, word, weight) for place in places)
        return sorted(events)

    def _weight(self, word: str) -> float:
        """How much a word tells: from almost 0 for one that stands everywhere in this text to 1, numbers twice as much."""
        rarity = 1 - log(len(self._index.get(word, "1"))) / log(len(self._words) + 1)
        return rarity * NUMBER_WEIGHT if is_number(word) else rarity

    def _known(self, word: str) -> str | None:
        """The word, or the one of this text that it may be a typo of."""
        return word if word in self._index else typo_of(word, self._by_initial.get(word[0], ()))

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._words.forms):
            index[word].append(place)
        return dict(index)

    @cached_property
    def _by_initial(self) -> dict[str, list[str]]:
        initials: dict[str, list[str]] = defaultdict(list)
        for word in self._index:
            initials[word[0]].append(word)
        return initials


def _join(forms: Sequence[str]) -> tuple[str, list[int]]:
    """The words written together, and where each begins. Only numbers keep their space, or "1 5" would be "15"."""
    parts: list[str] = []
    places: list[int] = []
    length = 0
    for before, form in pairwise(["", *forms]):
        if before[-1:].isdigit() and form[0].isdigit():
            parts.append(" ")
            length += 1
        parts.append(form)
        places.append(length)
        length += len(form)
    return "".join(parts), places


def _find_all(wanted: str, text: str) -> Iterator[int]:
    place = text.find(wanted) if wanted else -1
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def _within(spans: Sequence[tuple[int, int]], bounds: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    if not bounds:
        return list(spans)
    return [(start, end) for start, end in spans if any(low <= start and end <= high for low, high in bounds)]


def _distance(start: int, end: int, near: int | None) -> int:
    """How far the span is from `near`; without it, from the text's beginning."""
    return start if near is None else max(start - near, near - end, 0)


def _crowds(events: Sequence[tuple[int, str, float]], reach: int) -> Iterator[tuple[float, int]]:
    """For each event the weight of the different words within `reach` words up to it, and the first such event's place."""
    inside: Counter[str] = Counter()
    score, oldest = 0.0, 0
    for place, word, weight in events:
        score += weight * (inside[word] == 0)
        inside[word] += 1
        while events[oldest][0] <= place - reach:
            _, gone, lost = events[oldest]
            inside[gone] -= 1
            score -= lost * (inside[gone] == 0)
            oldest += 1
        yield score, events[oldest][0]

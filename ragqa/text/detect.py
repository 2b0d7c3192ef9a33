"""Which language a text is written in: told by its script, then by its function words, letters and endings.

There is no model: the evidence is what the languages' own files say. A text that gives too little evidence, or is in a language
that is not known, is taken for English, the default. The same text always gives the same language. Safe for threads.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from ragqa.text.language import words as words_in
from ragqa.text.languages import CODES, DEFAULT, language, languages
from ragqa.text.scripts import HAN, HANGUL, KANA

SAMPLE_PARTS, SAMPLE_CHARACTERS = 6, 700
"""A long text is judged by so many stretches of so many characters, spread over all of it."""

_SIGNS = "¿¡"
_WORD = re.compile(r"[^\W\d_]+")
_RUNS = {"ko": re.compile(f"[{HANGUL}]+"), "ja": re.compile(f"[{KANA}]+"), "zh": re.compile(f"[{HAN}]+")}
_LETTERS_A_CHARACTER = 3
"""A character of a script without spaces says as much as so many letters."""
_KANA_SHARE = 0.08
"""Japanese has at least this share of kana among its kana and Chinese characters."""

_LETTER_WEIGHT, _ENDING_WEIGHT, _SHORTEST_WITH_ENDING = 0.8, 0.4, 6
_LEAST, _LEAST_SHARE, _LEAST_LEAD = 1.5, 0.12, 1.2
"""Evidence, in words, that must speak for a language; its share of the words; how many times the next one's it must be."""
_LEAST_OF_QUESTION = 0.5

_OTHER = "other"
_OTHER_LETTERS = "åæøąćčďęěğıłńňőřśşšţťůűźżžșț"
_OTHER_WORDS = words_in(
    "och att är från eller inte og ikke jeg sig się jest oraz lub nie nebo jsou ve bir ile veya és vagy hogy sunt pentru"
)
"""Letters and words that speak for none of the languages here, but for a neighbour of theirs."""


def detect(text: str) -> str:
    """The code of a document's language, the default's where nothing clear speaks for another."""
    sample = _sample(text)
    unspaced = _unspaced(sample)
    if unspaced:
        return unspaced
    words = _WORD.findall(sample.lower())
    (best, most), (_, second), *_ = _scores(words, sample, [*CODES, _OTHER])
    clear = most >= _LEAST and most >= _LEAST_SHARE * len(words) and most >= _LEAST_LEAD * second
    return best if clear and best != _OTHER else DEFAULT


def detect_question(question: str, codes: Collection[str]) -> str:
    """The language of a question to texts of the languages `codes`, or the default; of few words, whichever fits them best.

    Where nothing speaks for any of them, it is the default if it is among `codes`, else the first by code.
    """
    unspaced = _unspaced(question)
    if unspaced in codes:
        return unspaced
    (best, most), *_ = _scores(_WORD.findall(question.lower()), question, dict.fromkeys([DEFAULT, *sorted(codes)]))
    if most >= _LEAST_OF_QUESTION:
        return best
    return DEFAULT if DEFAULT in codes else min(codes)


def _sample(text: str) -> str:
    if len(text) <= SAMPLE_PARTS * SAMPLE_CHARACTERS:
        return text
    step = (len(text) - SAMPLE_CHARACTERS) // (SAMPLE_PARTS - 1)
    return "\n".join(text[start : start + SAMPLE_CHARACTERS] for start in range(0, step * SAMPLE_PARTS, step))


def _unspaced(text: str) -> str:
    """The language whose script has no spaces, where most of the text is in it; nothing otherwise."""
    if text.isascii():
        return ""
    counts = {code: sum(map(len, run.findall(text))) for code, run in _RUNS.items()}
    total = sum(counts.values())
    others = sum(map(len, _WORD.findall(text))) - total
    if not total or _LETTERS_A_CHARACTER * total < others:
        return ""
    if counts["ko"] * 2 >= total:
        return "ko"
    return "ja" if counts["ja"] >= _KANA_SHARE * (counts["ja"] + counts["zh"]) else "zh"


def _scores(words: Sequence[str], text: str, codes: Iterable[str]) -> list[tuple[str, float]]:
    """How much evidence a text and its words give for each of the languages with spaces, most first, the first among equals."""
    known, letters, endings = _function_words(), _letters(), _endings()
    scores = {code: 0.0 for code in codes if code == _OTHER or language(code).spaces}
    for sign in _SIGNS:
        for code in scores.keys() & letters[sign]:
            scores[code] += text.count(sign)
    for word, times in Counter(words).items():
        for code, share in known.get(word) or _told_by_form(word, letters, endings):
            if code in scores:
                scores[code] += times * share
    return sorted(scores.items(), key=lambda entry: -entry[1])


def _told_by_form(
    word: str, letters: Mapping[str, Sequence[str]], endings: Mapping[str, Sequence[tuple[str, float]]]
) -> list[tuple[str, float]]:
    """What a word's form says: its rarest letter, then its longest known ending."""
    if not word.isascii():
        rare = min((letters[letter] for letter in word if letter in letters), key=len, default=())
        if rare:
            return [(code, _LETTER_WEIGHT / len(rare)) for code in rare]
    if len(word) >= _SHORTEST_WITH_ENDING:
        for length in (5, 4, 3, 2):
            if word[-length:] in endings:
                return list(endings[word[-length:]])
    return []


@cache
def _function_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Every language's stop words with their weights: one that several languages have says less for each."""
    return _shared({one.code: one.stop_words for one in languages() if one.spaces} | {_OTHER: _OTHER_WORDS}, 1.0)


@cache
def _endings() -> dict[str, tuple[tuple[str, float], ...]]:
    return _shared({one.code: one.endings for one in languages() if one.spaces}, _ENDING_WEIGHT)


@cache
def _letters() -> dict[str, list[str]]:
    """The languages that a rare letter speaks for."""
    speaks: dict[str, list[str]] = defaultdict(list)
    for code, letters in [(one.code, one.letters) for one in languages()] + [(_OTHER, _OTHER_LETTERS)]:
        for letter in letters:
            speaks[letter].append(code)
    return dict(speaks)


def _shared(entries: Mapping[str, Collection[str]], weight: float) -> dict[str, tuple[tuple[str, float], ...]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for code, words in entries.items():
        for word in words:
            holders[word].append(code)
    return {word: tuple((code, weight / len(codes)) for code in codes) for word, codes in holders.items()}

"""Words that name a product: plain words by their stems, model numbers with and without hyphens, initials, kinds of products.

`names_of` and `name_terms` read titles and file names, `question_words` questions; both make the same terms, so that R-IP12,
RIP12 and R IP12, Fisher & Paykel and F&P, fridge and refrigerator meet. All functions are safe for threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from ragqa.text.analysis import fold, index_terms, query_terms
from ragqa.text.languages import language

NAMES_VERSION = 1
"""Moves on whenever the same title or path is named by other terms or words: indexes keep them."""

KIND = "kind:"
"""Begins the term of a kind of product; no word has a colon."""

LONGEST_MODEL, LONGEST_LETTERS = 24, 5
"""Characters of a model number that is looked for, and of letters that stand apart in one ("DSO 6022")."""

SHORTEST_NUMBER, SHORTEST_SERIES = 3, 4
"""Digits of a bare number that may name something ("6022", never "5"), and letters before a number that may name something by
themselves ("OpenHantek" of "OpenHantek6022")."""

SHORTEST_MISSPELT = 5
"""Letters of a word from which it may be taken for another that is spelt nearly alike."""

LONGEST_NAME, LONGEST_QUESTION = 400, 2000
"""Characters of a title or path, and of a question, that are looked at: a name stands at the beginning."""

_PART = re.compile(r"[^\W_]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")
_NUMBERED = re.compile(
    r"(?<![^\W_])([^\W\d_]{2,})(?:[\s_-]{0,2}(?=\d)|[\s_-]{1,2})"
    r"(\d{1,2}\+?|[A-HJ-Z]\+?|[^\W_]{0,9}\d[^\W_]{0,9}\+)(?![^\W_]|[.,:]\d)"
)
_INITIALS = re.compile(r"\b([^\W\d_])[^\W\d_]*\s*(?:&|\+|\b(?i:and|und|et|y|e|en)\b)\s*([^\W\d_])[^\W\d_]*")


@dataclass(frozen=True, slots=True)
class NameWord:
    """A term of a question that may name a product, with the words of the question that it stands for; `first`: it begins with
    them. `numbered`, where it is a word with a short number: words to find it by, as no index keeps it (see `numbered_names`)."""

    term: str
    words: str
    first: bool = False
    numbered: str = ""


def names_of(path: str, title: str, code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms that name a document, and the words of its name whose misspellings can be told."""
    place = PurePosixPath(path)
    texts = (title, *place.parts[:-1], place.stem)
    terms = dict.fromkeys(term for text in texts for term in name_terms(text, code))
    return tuple(terms), tuple(dict.fromkeys(word for text in texts for word in spellings(text)))


def name_terms(name: str, code: str) -> list[str]:
    """The distinct terms of a title or a path, written in the language `code`, that a question may name its product by."""
    name = name[:LONGEST_NAME]
    spaced = " ".join(words_of_name(name))
    plain = [part.group() for part in _PART.finditer(name)]
    terms = [*index_terms(spaced, code), *index_terms(" ".join(plain), code)]
    parts = [fold(part) for part in plain]
    for model in [*parts, *(joined for _, _, joined in _joined(parts))]:
        terms.append(model)
        terms += _runs(model)
    terms += (initials for initials, _ in _initials(name))
    terms += (kind for kind, _, _ in _kinds(parts, code))
    return list(dict.fromkeys(term for term in terms if _may_name(term) and term not in _manual_terms(code)))


def words_of_name(name: str) -> list[str]:
    """The words and numbers of a title or a file's name, as they are written; RepeaterController is two."""
    return _PART.findall(_CAMEL.sub(" ", name))


def numbered_names(path: str, title: str) -> frozenset[str]:
    """The terms of a document's names that words with a short number make: iPhone 12, Watch Series 7, Model A and Roomba i3+."""
    place = PurePosixPath(path)
    return frozenset(term for text in (title, *place.parts[:-1], place.stem) for term, _, _ in _numbered(text[:LONGEST_NAME]))


def question_words(question: str, codes: Sequence[str]) -> list[NameWord]:
    """The distinct terms of a question, over documents in the languages `codes`, that may name a product; no stop words."""
    question = question[:LONGEST_QUESTION]
    found = list(_PART.finditer(question))
    sought = frozenset(query_terms(" ".join(one.group() for one in found), codes)) if found else frozenset()
    terms: dict[str, str] = {}
    for part in found:
        for code in codes:
            for term in index_terms(part.group(), code):
                if term in sought:
                    terms.setdefault(term, part.group())
    parts = [fold(part.group()) for part in found]

    def stretch(first: int, last: int) -> str:
        return question[found[first].start() : found[last].end()]

    for first, last, joined in _joined(parts):
        terms.setdefault(joined, stretch(first, last))
    for initials, words in _initials(question):
        terms.setdefault(initials, words)
    for code in codes:
        for kind, first, last in _kinds(parts, code):
            terms.setdefault(kind, stretch(first, last))
    begin = question[found[0].start() :] if found else ""
    plain = [NameWord(term, words, begin.startswith(words)) for term, words in terms.items() if _may_name(term)]
    numbered = {term: NameWord(term, words, begin.startswith(words), word) for term, words, word in _numbered(question)}
    return [*plain, *numbered.values()]


def is_part(words: str, others: str) -> bool:
    """Whether words of a question are among others of it: "K5" is of "UV-K5", but "Pro" is not of "Profi"."""
    inner, outer = (f" {' '.join(map(fold, _PART.findall(one)))} " for one in (words, others))
    return inner in outer


def is_model(term: str) -> bool:
    """Whether a term looks like a model number: it has a digit and is long enough to be known by its beginning."""
    return len(term) >= SHORTEST_SERIES and any(map(str.isdigit, term)) and not term.startswith(KIND)


def is_numbered(word: NameWord) -> bool:
    """Whether a word of a question is several that are one model's name, as in UV-K5 and iPhone 12."""
    return bool(word.numbered) or (not word.term.startswith(KIND) and any(map(str.isdigit, word.term)))


def looks_like_a_name(word: NameWord) -> bool:
    """Whether a word of a question is written as a name or a model number; the word it begins with may be any."""
    return (not word.first and not word.words.islower() and word.words[:1].isupper()) or is_model(word.term)


def spellings(name: str) -> list[str]:
    """The words of a title or path, folded and as they are spelt, in which a slip of the finger can be told: five letters or
    more."""
    parts = (fold(part) for part in _PART.findall(name[:LONGEST_NAME]))
    return [part for part in parts if can_be_misspelt(part)]


def can_be_misspelt(word: str) -> bool:
    """Whether a folded word is long enough that another spelling of it is hardly another word."""
    return len(word) >= SHORTEST_MISSPELT and word.isalpha()


def _may_name(term: str) -> bool:
    return len(term) > 1 and not (term.isdigit() and len(term) < SHORTEST_NUMBER)


def _joined(parts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Two or three neighbouring parts as one model number, with the first's and last's places: BM 250 is BM250."""
    for length in (2, 3):
        for first in range(len(parts) - length + 1):
            if _is_model_of(parts[first : first + length]):
                yield first, first + length - 1, "".join(parts[first : first + length])


def _is_model_of(parts: Sequence[str]) -> bool:
    """Whether parts may be one model number: short letters and numbers, and both."""
    joined = "".join(parts)
    short = all(len(part) <= LONGEST_LETTERS for part in parts if part.isalpha())
    return short and len(joined) <= LONGEST_MODEL and not joined.isdigit() and any(map(str.isdigit, joined))


def _runs(model: str) -> Iterator[str]:
    """The letters and numbers of a model number that may name it by themselves."""
    runs = _LETTERS_OR_DIGITS.findall(model)
    if len(runs) > 1:
        yield from (run for run in runs if len(run) >= (SHORTEST_NUMBER if run.isdigit() else SHORTEST_SERIES))


def _numbered(text: str) -> Iterator[tuple[str, str, str]]:
    """The words that a short number, a single capital (not "I") or a model number with a plus follows: term, words, and the word
    with the one before it, for "Series" alone names nothing."""
    for match in _NUMBERED.finditer(text):
        before = _PART.findall(text[max(0, match.start() - LONGEST_MODEL) : match.start()])[-1:]
        yield fold("".join(match.group(1, 2))), match.group(), " ".join([*before, match.group(1)])


def _initials(text: str) -> Iterator[tuple[str, str]]:
    """Two names joined by "and" by their initials, and their words: "f&p" of Fisher & Paykel, and of F&P."""
    for match in _INITIALS.finditer(text):
        if match.group(1).isupper() and match.group(2).isupper():
            yield fold(f"{match.group(1)}&{match.group(2)}"), match.group()


def _kinds(parts: Sequence[str], code: str) -> Iterator[tuple[str, int, int]]:
    """The kinds of products that words tell, with the places of the first and last word of each."""
    known = _known_kinds(code)
    for first in range(len(parts)):
        for last in range(first, min(first + 3, len(parts))):
            phrase = " ".join(parts[first : last + 1])
            kind = known.get(phrase) or known.get(phrase.removesuffix("s"))
            if kind:
                yield kind, first, last


@cache
def _manual_terms(code: str) -> frozenset[str]:
    """What manuals call themselves, as terms and as it is written."""
    words = language(code).manual_words
    return frozenset(map(fold, words)) | {term for word in words for term in index_terms(word, code)}


@cache
def _known_kinds(code: str) -> dict[str, str]:
    """The kind that each phrase of a language tells."""
    known: dict[str, str] = {}
    for group in language(code).product_kinds:
        for phrase in group:
            known.setdefault(" ".join(_PART.findall(fold(phrase))), KIND + group[0])
    return known

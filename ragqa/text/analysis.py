"""Words as the lexical index sees them: stems for prose, exact forms for identifiers such as E-24, RJ45 or --prune, and pairs of
characters for scripts that put no space between words.

Index and query are analysed by the same code, so whatever reads the index can trust that equal spellings meet. All functions and
analysers are safe for threads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Protocol

from ragqa.text.detect import detect_question
from ragqa.text.language import Language
from ragqa.text.languages import CODES, DEFAULT, language
from ragqa.text.scripts import UNSPACED_RUN
from ragqa.text.sentences import bounds_but_after

ANALYSER_VERSION = 2
"""Moves on whenever the same text would give other terms; an index made with another version is refused."""

_TOKEN = re.compile(r"(?<!\w)--?[^\W\d_][\w-]*|\w+(?:[-_./:+]\w+)*(?:\+\+?|#)?")
_SEPARATORS = re.compile(r"[-_./:+#]+")
_LONGEST_TERM = 64
_MAY_HOLD_LONG_TOKENS, _LONGEST_REMEMBERED = 10_000, 256
"""Of a text of so many characters, only the terms of tokens up to so many are remembered: no flood fills the memory."""

REMEMBERED = 20_000
"""Words of a language whose terms are remembered, the latest met: far more than a shelf of manuals is made of, ten megabytes.
The numbers and misspellings of questions are among them and never come again: a server that is asked for days keeps no more."""


class Analyser(Protocol):
    """How texts and questions of one language become terms. `name` is the language's code; `stop_words` are folded."""

    name: str
    stop_words: frozenset[str]

    def index_terms(self, text: str) -> list[str]:
        """The terms to store for a text, in order, none empty or longer than 64 characters."""
        ...

    def query_terms(self, question: str, stop_words: frozenset[str] | None = None) -> list[str]:
        """The distinct terms to look for, all of which `index_terms` would give for the same text.

        `stop_words` are left out, the language's own where none are given; a question of nothing else keeps them, so that it
        still finds something.
        """
        ...

    def sentence_bounds(self, text: str) -> list[int]:
        """The character offsets at which sentences begin, and the text's length."""
        ...

    def asks_for_instructions(self, question: str) -> bool:
        """Whether a question wants to know how something is done, so that a step or sentence answers it, not a part of one."""
        ...


class LanguageAnalyser:
    """The analyser of a language that its `Language` describes. It remembers the terms of words: texts are made of few."""

    def __init__(self, language: Language) -> None:
        self.name = language.code
        self.stop_words = frozenset(map(fold, language.stop_words))
        self._language = language
        self._prepared = fold_but_accents if language.stems_accents else fold
        begins = rf"(?:\A\W*|(?:[.!?:;\n\u2013\u2014]|{language.conjunctions or '(?!)'})\W{{0,4}})" if language.spaces else ""
        self._how_to = re.compile(f"{begins}(?:{language.how_to or '(?!)'})")
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._terms)

    def index_terms(self, text: str) -> list[str]:
        """Every word's stem, for compounds the exact form, the joined form and the parts; every two characters of a run of a
        script without spaces, or its only one."""
        prepared = self._prepared(text)
        terms_of = self._remembered if len(prepared) < _MAY_HOLD_LONG_TOKENS else self._terms_of
        tokens: list[str] = _TOKEN.findall(prepared)
        if not _hold_runs(tokens):
            return [term for token in tokens for term in terms_of(token)]
        terms: list[str] = []
        for token, is_run in _mixed_tokens(prepared):
            terms += _pairs(token) if is_run else terms_of(token)
        return terms

    def query_terms(self, question: str, stop_words: frozenset[str] | None = None) -> list[str]:
        """Identifiers are looked for whole or joined (E-24, E24), never by their parts."""
        left_out = self.stop_words if stop_words is None else stop_words
        prepared = self._prepared(question)
        tokens: list[str] = _TOKEN.findall(prepared)
        if _hold_runs(tokens):
            tokens = [part for token, is_run in _mixed_tokens(prepared) for part in (_pairs(token) if is_run else [token])]
        folded = tokens if self._prepared is fold else [fold(token) for token in tokens]
        words = [token for token, plain in zip(tokens, folded, strict=True) if plain not in left_out] or tokens
        return list(dict.fromkeys(term for token in words for term in self._sought(token)))

    def sentence_bounds(self, text: str) -> list[int]:
        """Sentences end as in `ragqa.text.sentences`, but for this language's abbreviations."""
        return bounds_but_after(self._language.abbreviations, self._language.number_abbreviations, text)

    def asks_for_instructions(self, question: str) -> bool:
        """Told by the language's pattern."""
        return bool(self._how_to.search(fold(question)))

    def _terms_of(self, token: str) -> tuple[str, ...]:
        return self._remembered(token) if len(token) <= _LONGEST_REMEMBERED else self._terms(token)

    def _terms(self, token: str) -> tuple[str, ...]:
        """The terms to store for one token."""
        parts, folded = _parts(token), fold(token)
        if len(parts) == 1 and parts[0] == token:
            terms = [folded] if is_identifier(folded) else self._stems(token)
        else:
            terms = [folded, *dict.fromkeys([fold("".join(parts)), *(stem for part in parts for stem in self._stems(part))])]
        return tuple(term[:_LONGEST_TERM] for term in terms if term)

    def _sought(self, token: str) -> list[str]:
        """The terms to look for of one token: those stored for it, but of an identifier no parts, of a compound not its form."""
        if token.isalpha():
            return list(self._terms_of(token)) if not UNSPACED_RUN.match(token) else [token]
        parts, folded = _parts(token), fold(token)
        if is_identifier(folded):
            terms = [folded, fold("".join(parts))]
        else:
            stems = [stem for part in parts for stem in self._stems(part)]
            terms = [fold("".join(parts)), *stems] if len(parts) > 1 else stems
        return [term[:_LONGEST_TERM] for term in terms if term]

    def _stems(self, word: str) -> list[str]:
        """The stem of a word; where its accents have a say in that, also the one of those who type none."""
        if self._language.stemmer is None:
            return [fold(word)]
        folded = fold(word)
        plain = _stem(self._language.stemmer, folded)
        return [plain] if folded == word else list(dict.fromkeys([fold(_stem(self._language.stemmer, word)), plain]))


@cache
def analyser_of(code: str) -> Analyser:
    """The analyser of a language by its code. Raises IndexMismatch for one that is not known."""
    return LanguageAnalyser(language(code))


def index_terms(text: str, code: str = DEFAULT) -> list[str]:
    """The terms to store for a text of a language."""
    return analyser_of(code).index_terms(text)


def query_terms(question: str, codes: Iterable[str] = (DEFAULT,)) -> list[str]:
    """The distinct terms to look for in texts of these languages: each one's own, those of the question's language first.

    The stop words of that language are left out. Raises IndexMismatch for a language that is not known.
    """
    known = sorted(set(codes)) or [DEFAULT]
    own = known[0] if known == [DEFAULT] else detect_question(question, known)
    stop_words = analyser_of(own).stop_words
    known.sort(key=lambda code: code != own)
    return list(dict.fromkeys(term for code in known for term in analyser_of(code).query_terms(question, stop_words)))


def asks_for_instructions(question: str, codes: Iterable[str] = CODES) -> bool:
    """Whether a question, in the default language or one of these, wants to know how something is done.

    Raises IndexMismatch for a language that is not known.
    """
    return any(analyser_of(code).asks_for_instructions(question) for code in {DEFAULT, *codes})


def is_identifier(token: str) -> bool:
    """Whether a folded token must match exactly: letters mixed with digits, an option, an underscore or a trailing sign."""
    if token[0] == "-" or "_" in token or token[-1] in "+#":
        return True
    has_digit = any(character.isdigit() for character in token)
    return has_digit and not token.isdigit()


class _Folding(dict[int, str]):
    """What each character becomes, worked out when it is first met. Characters are taken one by one, so that no flood of
    combining marks has to be put in order."""

    def __init__(self, keep_accents: bool) -> None:
        super().__init__({ord("‐"): "-", ord("‑"): "-", ord("’"): "'"})
        self._keep_accents = keep_accents

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.combining(character):
            parts = character
        elif (self._keep_accents and character.isalpha()) or _KANA_OR_HANGUL.match(character):
            parts = unicodedata.normalize("NFKC", character).casefold()
        else:
            parts = unicodedata.normalize("NFKD", character).casefold()
        self[code] = "".join(part for part in parts if part in _VOICING_MARKS or not unicodedata.combining(part))
        return self[code]


_KANA_OR_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
_VOICING_MARKS = "\u3099\u309a"
_PLAIN, _ACCENTED = _Folding(keep_accents=False), _Folding(keep_accents=True)
_LOOSE = re.compile(f"[\u1100-\u11ff{_VOICING_MARKS}]")
_JAMO_OR_VOICED = re.compile(f"[\uac00-\ud7a3]?[\u1100-\u11ff]+|[\u3041-\u30ff][{_VOICING_MARKS}]|[{_VOICING_MARKS}]")
_LETTER_WITH_MARKS = re.compile("[^\\W\\d_][\u0300-\u036f]+")
_MARKS_COMPOSED = 3


def fold(text: str) -> str:
    """Lower case without diacritics, so that café and CAFE are one word. Kana keep their voicing marks: バ is not ハ."""
    if text.isascii():
        return text.lower()
    return _composed(text.translate(_PLAIN))


def fold_but_accents(text: str) -> str:
    """Like `fold`, with the accents that a stemmer wants to see, however they were typed."""
    if text.isascii():
        return text.lower()
    composed = _LETTER_WITH_MARKS.sub(lambda match: unicodedata.normalize("NFC", match.group()[: 1 + _MARKS_COMPOSED]), text)
    return _composed(composed.translate(_ACCENTED))


def _composed(text: str) -> str:
    """The text with syllables of Korean letters, and kana with loose voicing marks, made one character each."""
    if not _LOOSE.search(text):
        return text

    def compose(match: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", match.group()).rstrip(_VOICING_MARKS)

    return _JAMO_OR_VOICED.sub(compose, text)


def _mixed_tokens(prepared: str) -> Iterator[tuple[str, bool]]:
    """The tokens of a prepared text, in order, and whether each is a run of a script without spaces."""
    for number, piece in enumerate(UNSPACED_RUN.split(prepared)):
        if number % 2:
            yield piece, True
        else:
            yield from ((token, False) for token in _TOKEN.findall(piece))


def _hold_runs(tokens: Sequence[str]) -> bool:
    """Whether any characters of scripts without spaces are in the tokens."""
    joined = "".join(tokens)
    return not joined.isascii() and UNSPACED_RUN.search(joined) is not None


def _pairs(run: str) -> list[str]:
    return [one + other for one, other in pairwise(run)] if len(run) > 1 else [run]


def _parts(token: str) -> list[str]:
    return [part for part in _SEPARATORS.split(token) if part]


def _stem(stemmer: str, word: str) -> str:
    import Stemmer

    if len(word) > _LONGEST_REMEMBERED:  # no word, and some stemmers take a time that grows with the square of its length
        return word
    # A stemmer object must not be shared between threads, and making one costs a microsecond.
    return str(Stemmer.Stemmer(stemmer, 0).stemWord(word))

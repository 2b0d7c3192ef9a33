"""Words as the lexical index sees them: stems for prose, exact forms for identifiers such as E-24, RJ45 or --prune.

Index and query are analysed by the same code, so whatever reads the index can trust that equal spellings meet.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ANALYSER_VERSION = 1
"""Moves on whenever the same text would give other terms; an index made with another version is refused."""

_TOKEN = re.compile(r"(?<!\w)--?[^\W\d_][\w-]*|\w+(?:[-_./:+]\w+)*(?:\+\+?|#)?")
_SEPARATORS = re.compile(r"[-_./:+#]+")
_LONGEST_TERM = 64

_STOP_WORDS = """
a about after all also am an and any are as at be because been before being between both but by can could did
do does doing down during each for from further had has have having he her here hers him his how i if in into
is it its itself me more most my no nor of off on once only or other our out over own same she should so some
such than that the their them then there these they this those through to too under until up very was we were
what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def index_terms(text: str) -> list[str]:
    """The terms to store for a text: every word's stem, and for compounds the exact form, the joined form and the parts."""
    return [term for token in _TOKEN.findall(fold(text)) for term in _terms_of(token)]


@lru_cache(maxsize=200_000)
def _terms_of(token: str) -> tuple[str, ...]:
    """The terms of one folded token: texts are made of few different ones."""
    parts = _parts(token)
    if len(parts) == 1 and parts[0] == token:
        terms = [token if is_identifier(token) else stem(token)]
    else:
        terms = [token, *dict.fromkeys(["".join(parts), *(stem(part) for part in parts)])]
    return tuple(term[:_LONGEST_TERM] for term in terms if term)


def query_terms(question: str) -> list[str]:
    """The distinct terms to look for. Identifiers are looked for whole or joined (E-24, E24), never by their parts.

    Stop words are left out; a question of nothing but stop words keeps them, so that it still finds something.
    """
    tokens = _TOKEN.findall(fold(question))
    words = [token for token in tokens if token not in STOP_WORDS] or tokens
    terms: list[str] = []
    for token in words:
        parts = _parts(token)
        if is_identifier(token):
            terms += [token, "".join(parts)]
        elif len(parts) > 1:
            terms += ["".join(parts), *(stem(part) for part in parts)]
        else:
            terms += [stem(part) for part in parts]
    return list(dict.fromkeys(term[:_LONGEST_TERM] for term in terms if term))


def is_identifier(token: str) -> bool:
    """Whether a folded token must match exactly: letters mixed with digits, an option, an underscore or a trailing sign."""
    if token[0] == "-" or "_" in token or token[-1] in "+#":
        return True
    has_digit = any(character.isdigit() for character in token)
    return has_digit and not token.isdigit()


def fold(text: str) -> str:
    """Lower case without diacritics, so that café and CAFE are one word."""
    text = text.replace("‐", "-").replace("‑", "-").replace("’", "'")
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def _parts(token: str) -> list[str]:
    return [part for part in _SEPARATORS.split(token) if part]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English Snowball stem of a folded word."""
    import Stemmer

    # A stemmer object must not be shared between threads, and making one costs a microsecond.
    return str(Stemmer.Stemmer("english", 0).stemWord(word))

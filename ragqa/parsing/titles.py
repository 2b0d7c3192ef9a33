"""What a PDF is called: by the title that it carries, its first heading or its file's name.

Who makes a PDF seldom thinks of its title: it is often that of a template, of the site it was loaded from or of a file long
forgotten, and the first heading may be "Contents". The name of the file was given by those who look for it. So a title is
believed where it says what the file's name says, or where the text keeps saying it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.labels import is_generic_title
from ragqa.text.analysis import fold
from ragqa.text.language import words
from ragqa.text.languages import entries_of_all
from ragqa.text.names import words_of_name

_WORD = re.compile(r"[^\W_]+")
_HYPHEN = re.compile(r"(?<=[^\W_]{3})-|-(?=[^\W\d_]{3})")
_MODEL = re.compile(r"\b[A-Z]{1,5}-?\d+\w*")
_CODED = re.compile(r"(?=\S*\d)(?=\S*[^\w.-]|\S*_)\S{12,}")
"""One long word of codes, as typesetters keep their files: UM_TAT2159_00_v1.0_20240821."""

_SHORTEST_WORD = 3
_SAID_AGAIN = 2
"""How often a text says each word of its title at least."""

_FILING = words(
    """
    scan scans scanned file files download downloaded final copy draft print printed web page pages img output temp tmp
    new old the and for with from eng int
    """
)
"""Words by which files are kept and not named; small words that name nothing."""


def pdf_title(path: str, carried: str | None, heading: str, text: str) -> str:
    """The title of a PDF at `path` that carries one, or "" where nothing names it. `heading` is its first, `text` all it says."""
    stem = PurePosixPath(path.replace("\\", "/")).stem
    filed, carried = _naming(stem), clean_line(carried or "")
    carried = "" if is_generic_title(carried) or _CODED.fullmatch(carried) else clean_line(carried.replace("_", " "))
    named, headed = _naming(carried), _naming(heading)
    if not any(word.isalpha() for word in filed):
        return carried or (heading if headed else "") or (_spaced(stem) if filed else heading)
    if filed == _repeated(filed, named) or (len(named) > 1 and _keeps_saying(text, named)):
        return carried
    repeated = _repeated(filed, headed)
    if (filed == repeated and _models(stem) <= _models(heading)) or (
        not repeated and _MODEL.search(heading) and any(map(str.isalpha, headed))
    ):
        return heading
    return _spaced(stem)


def heading_of_title(headings: Iterable[str]) -> str:
    """The first of these that names a product, as "Owner's Manual" does not; "" where none does."""
    return next((heading for heading in headings if any(map(_has_letter, _naming(heading)))), "")


def _models(name: str) -> frozenset[str]:
    """The words of a name that have letters and digits, short ones too: K5."""
    return frozenset(word for word in map(fold, words_of_name(name)) if _has_letter(word) and any(map(str.isdigit, word)))


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))


def _naming(name: str) -> frozenset[str]:
    """The words of a title or file name that tell the product: no words of manuals, no short ones."""
    folded = map(fold, words_of_name(name))
    return frozenset(word for word in folded if len(word) >= _SHORTEST_WORD) - _manual_words() - _FILING


def _repeated(filed: frozenset[str], named: frozenset[str]) -> frozenset[str]:
    """The words of a file's name that those of a title say, or say more of: brew.pdf is the Brewmaster's."""
    return frozenset(word for word in filed if any(said.startswith(word) for said in named))


def _keeps_saying(text: str, title: Iterable[str]) -> bool:
    said = Counter(_WORD.findall(fold(text)))
    return all(said[word] >= _SAID_AGAIN for word in title)


def _spaced(stem: str) -> str:
    """A file's name as it would be written: hyphens between words are blanks, those of UV-K5 and R-IP12 stay."""
    spaced = clean_line(stem.replace("_", " "))
    return spaced if " " in spaced else _HYPHEN.sub(" ", spaced)


@cache
def _manual_words() -> frozenset[str]:
    return frozenset(map(fold, entries_of_all("manual_words")))

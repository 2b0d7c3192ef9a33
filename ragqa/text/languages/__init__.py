"""The languages that are known. A new one is one file here with a `LANGUAGE`, and one entry in `CODES`.

A language's file is imported when it is first asked for. All functions are safe for threads: what they give never changes.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from ragqa.errors import IndexMismatch
from ragqa.text.language import Language

CODES = ("en", "de", "es", "fr", "it", "nl", "pt", "ja", "ko", "zh")
"""ISO 639-1 codes; the first one stands where nothing speaks for another."""

DEFAULT = CODES[0]


@cache
def language(code: str) -> Language:
    """A language by its code. Raises IndexMismatch for one that is not known: only an index of a later version names such."""
    if code not in CODES:
        raise IndexMismatch(
            f"the index holds documents in the language '{code}', which this version does not know",
            hint="Update ragqa, or make the index anew with this version.",
        )
    return cast(Language, import_module(f"{__name__}.{code}").LANGUAGE)


@cache
def languages() -> tuple[Language, ...]:
    """Every language, the default first."""
    return tuple(map(language, CODES))


@cache
def entries_of_all(field: str) -> tuple[str, ...]:
    """What all languages have in a field of several entries, longest first, each once: for texts of a language not yet known."""
    found = dict.fromkeys(entry for one in languages() for entry in getattr(one, field))
    return tuple(sorted(found, key=lambda entry: (-len(entry), entry)))

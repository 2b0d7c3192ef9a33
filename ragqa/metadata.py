"""What documents are labelled with, as brand=Aqua or model=K200: how it is written, what it may be, and what is looked for.

A document may have several values of a key: one manual is often of several models. Keys are told without regard to case, and so
are values when they are looked for.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ragqa.errors import UsageError
from ragqa.types import Metadata

Given = Mapping[str, str | Sequence[str]]
"""Metadata as people and programs give it: a value, or several, of each key; of none, or an empty one, a document loses the
key."""

Wanted = tuple[tuple[str, tuple[str, ...]], ...]
"""What is looked for: keys, each with values, or globs, of which a document must have one."""

LONGEST_KEY, LONGEST_VALUE = 40, 200
"""Characters: of what people choose from a list."""
MOST_KEYS, MOST_VALUES = 50, 200
"""Keys of a document, values of a key."""
LARGEST_TABLE = 64 << 20
"""Bytes of a file that says what documents are labelled with: half a million lines."""

_KEY = re.compile(rf"[^\W\d_][\w.-]{{0,{LONGEST_KEY - 1}}}")


def metadata_of(given: Given) -> Metadata:
    """What is given, checked and in one form, without regard to the case of keys. Raises UsageError."""
    known: dict[str, tuple[str, ...]] = {}
    for name, values in given.items():
        listed = [_value(value) for value in ([values] if isinstance(values, str) else values)]
        key = _key(name)
        known[key] = tuple(dict.fromkeys((*known.get(key, ()), *filter(None, listed))))
        if len(known[key]) > MOST_VALUES:
            raise UsageError(f"more than {MOST_VALUES} values of '{key}'")
    if len(known) > MOST_KEYS:
        raise UsageError(f"more than {MOST_KEYS} keys of metadata")
    return known


def parsed(texts: Iterable[str]) -> Metadata:
    """The metadata that texts such as "brand=Aqua" give; "brand=" gives none of that key. Raises UsageError."""
    given: dict[str, list[str]] = {}
    for text in texts:
        key, between, value = text.partition("=")
        if not between:
            raise UsageError(f"'{text}' is no KEY=VALUE", hint="Write it as brand=Aqua, in quotes where there are spaces.")
        given.setdefault(key.strip(), []).append(value)
    return metadata_of(given)


def wanted(given: Given | None) -> Wanted:
    """What is to be looked for, in one form. Raises UsageError for what is no metadata, and for a key without a value."""
    known = metadata_of(given or {})
    for key, values in known.items():
        if not values:
            raise UsageError(f"no value of '{key}' to look for", hint=f"Write it as {key}=VALUE; {key}=* is any.")
    return tuple(sorted(known.items()))


def told(metadata: Metadata) -> tuple[str, ...]:
    """The same as texts: brand=Aqua."""
    return tuple(f"{key}={value}" for key, values in metadata.items() for value in values)


def is_key(text: str) -> bool:
    """Whether a text is a key in the form that `metadata_of` gives it."""
    return folded_key(text) == text and _KEY.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Whether a text is a value in the form that `metadata_of` gives it."""
    return bool(text) and len(text) <= LONGEST_VALUE and text.isprintable() and _plain(text) == text


def folded(value: str) -> str:
    """A value without regard to case, and to how its accents are written."""
    return unicodedata.normalize("NFC", value.casefold())


def read_table(path: Path) -> list[tuple[str, Metadata]]:
    """Documents, by path or glob, and what they are to be labelled with, from a CSV file whose first column says which document,
    and each other one, under its key, a value; several lines may give a document several values, and an empty cell says nothing.

    Raises UsageError, naming the line.
    """
    try:
        if os.path.getsize(path) > LARGEST_TABLE:
            raise UsageError(f"{path} is larger than {LARGEST_TABLE >> 20} MB")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", hint="Save it as CSV UTF-8.") from error
    rows = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), strict=True)
    read: dict[str, dict[str, list[str]]] = {}
    keys: list[str] = []
    try:
        for row in rows:
            if not keys:
                keys = _columns(path, row)
                continue
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(keys) or not row[0].strip():
                raise UsageError(f"{path}, line {rows.line_num}: {'no document' if len(row) <= len(keys) else 'too many cells'}")
            labels = read.setdefault(row[0].strip(), {})
            for key, value in zip(keys[1:], row[1:], strict=False):
                _told_of_line(path, rows.line_num, key, value)
                if value.strip():
                    labels.setdefault(key, []).append(value)
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: {error}") from error
    return [(document, metadata_of(labels)) for document, labels in read.items()]


def _columns(path: Path, row: Sequence[str]) -> list[str]:
    keys = [cell.strip() for cell in row]
    if len(keys) < 2 or len({key.casefold() for key in keys}) < len(keys):
        hint = "The first line names the columns: document, then a key each, as in: document,brand,model"
        raise UsageError(f"{path}, line 1: no columns of metadata", hint=hint)
    for key in keys[1:]:
        _told_of_line(path, 1, key, "")
    return keys


def _told_of_line(path: Path, line: int, key: str, value: str) -> None:
    """Raises UsageError, with the line, for what may not be."""
    try:
        metadata_of({key: value})
    except UsageError as error:
        raise UsageError(f"{path}, line {line}: {error.message}", hint=error.hint) from error


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _key(name: str) -> str:
    key = folded_key(name)
    if not _KEY.fullmatch(key):
        hint = f"A key is a word of up to {LONGEST_KEY} letters, digits, '.', '-' or '_', such as brand."
        raise UsageError(f"{_shown(name)} is no key of metadata", hint=hint)
    return key


def _value(value: str) -> str:
    plain = _plain(value)
    if plain and not is_value(plain):
        raise UsageError(f"{_shown(value)} is no value of metadata", hint=f"It is a line of up to {LONGEST_VALUE} characters.")
    return plain


def folded_key(name: str) -> str:
    """A key without regard to case: as it is kept."""
    return unicodedata.normalize("NFC", name.strip().lower())


def _plain(value: str) -> str:
    return unicodedata.normalize("NFC", " ".join(value.split()))


def _shown(text: str) -> str:
    """A text in a message: escaped where it would not print, cut where it is long."""
    shown = repr(text)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"

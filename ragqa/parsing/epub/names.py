"""Finds the parts of a book by the names that its package gives them, however those were written.

The package names its parts by addresses (percent signs, "../"), the zip by bytes that may be in any code page, and neither
always follows the rules. So a name is looked for as it stands, then decoded, then without regard to case, form of accents and
slashes, and last by its file name alone.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, unquote_plus

_CODE_PAGES = ("utf-8", "cp1252", "cp1251", "cp866", "cp850", "cp1250", "cp932", "gb18030", "cp949", "big5")


class Members:
    """The names of an archive's members, to be found by address."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = frozenset(names)
        self._loose: dict[str, str] = {}
        self._files: dict[str, list[str]] = {}
        for name in names:
            for reading in _readings(name):
                self._loose.setdefault(_fold(reading), name)
                self._files.setdefault(_fold(posixpath.basename(_slashed(reading))), []).append(name)

    def find(self, folder: str, address: str) -> str | None:
        """The member that `address` means when it is written in a file of `folder`; None where there is none."""
        paths = list(_paths(folder, address))
        for path in paths:
            if path in self._exact:
                return path
        for path in paths:
            if _fold(path) in self._loose:
                return self._loose[_fold(path)]
        for path in paths:
            candidates = set(self._files.get(_fold(posixpath.basename(path)), ()))
            if len(candidates) == 1:
                return candidates.pop()
        return None


def _paths(folder: str, address: str) -> Iterator[str]:
    """What an address may mean, the likeliest first: with its percent signs or decoded, with or without its fragment."""
    address = address.strip()
    whole = dict.fromkeys((address, address.split("#")[0], address.split("#")[0].split("?")[0]))
    for reading in [form(part) for part in whole if part for form in (str, unquote, unquote_plus)]:
        slashed = _slashed(reading)
        if slashed.startswith("/"):
            yield posixpath.normpath(slashed).lstrip("/")
        yield _within(posixpath.join(folder, slashed.lstrip("/")))
        yield _within(slashed.lstrip("/"))


def _within(path: str) -> str:
    """The path without "./" and "../"; one that leaves the book begins at its root."""
    parts = [part for part in posixpath.normpath(path).split("/") if part not in ("..", ".")]
    return "/".join(parts)


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", _within(_slashed(name))).casefold()


def _readings(name: str) -> Iterator[str]:
    """A member's name as the zip says it, and as it reads in the code pages that an unmarked name may be in."""
    yield name
    if "%" in name:
        yield unquote(name)
    if name.isascii():
        return
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return
    for code_page in _CODE_PAGES:
        try:
            yield raw.decode(code_page)
        except UnicodeDecodeError:
            continue

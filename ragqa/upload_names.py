"""What a server calls a file that is sent to it: the same there and for who sends it, who must know which files would be one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ragqa.errors import UsageError

LONGEST_NAME = 200
"""Bytes of a file's name; file systems take 255, and some of them are needed to write beside it."""

_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){1,2}$")


def safe_name(given: str) -> str:
    """The name that an uploaded file is kept under: the last part of what it was called, of characters that every file system
    and terminal takes, beginning with none that hides it. Such a name stays as it is. Raises UsageError where nothing of it is
    left."""
    last = re.split(r"[\\/]", given)[-1]
    shown = "".join(char if unicodedata.category(char)[0] != "C" else "_" for char in unicodedata.normalize("NFC", last))
    name = " ".join(_FORBIDDEN.sub("_", shown).split()).lstrip(". ").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    name = _shortened(name)
    if not any(map(str.isalnum, name)):
        raise UsageError("an uploaded file has no name that it can be kept under", hint="Give it one of letters or digits.")
    return name


def _shortened(name: str) -> str:
    """As much of a name as fits, with its suffix, and a mark that no other long name has: manuals of a deep folder often differ
    in what is left out."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    found = _SUFFIX.search(name)
    suffix = found[0] if found else ""
    end = f"~{hashlib.sha256(name.encode()).hexdigest()[:8]}{suffix}"
    stem = name.removesuffix(suffix).encode()[: LONGEST_NAME - len(end)].decode("utf-8", "ignore")
    return stem.rstrip(". ") + end

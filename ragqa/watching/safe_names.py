"""Names of documents elsewhere as names of files here: no way out of their folder, nothing hidden, nothing a system refuses."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

LONGEST_PART, MOST_PARTS = 120, 24
"""Bytes of a name, and folders around it: some file systems take no more than 255 bytes for a name with what is added."""

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069<>:\"|?*\\\ud800-\udfff]")
"""Control characters, those that turn the direction of writing, halves of characters, and what Windows does not take."""

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A path below the folder that a document is fetched to, for its name at the source. Two names never have the same."""
    parts = name.split("/")
    safe = [_safe_part(part) for part in parts[-MOST_PARTS:]]
    if safe == parts:
        return name
    last = PurePosixPath(safe[-1])
    mark = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return "/".join([*safe[:-1], f"{last.stem}~{mark}{last.suffix}"])


def _safe_part(part: str) -> str:
    safe = _REFUSED.sub("_", part).rstrip(". ")
    if not safe or safe.startswith(".") or _DEVICES.fullmatch(safe):
        safe = f"_{safe.lstrip('.')}"
    encoded = safe.encode()
    if len(encoded) <= LONGEST_PART:
        return safe
    suffix = PurePosixPath(safe).suffix.encode()[:16]
    return (encoded[: LONGEST_PART - len(suffix)] + suffix).decode("utf-8", "ignore")

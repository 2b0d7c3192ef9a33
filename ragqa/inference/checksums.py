"""The SHA-256 of model files, remembered for those that have not been touched since they were read.

Ninety megabytes take a fifth of a second to read, in every process that asks one question. What is remembered lies in the user's
cache folder, and never in a home folder, which may come from elsewhere; it counts only where nobody but the user can have written
it, and only for a file whose device, inode, size and times of content and of inode are what they were. The last of them cannot be
set back: whoever puts other weights in the place moves it on. A file that had just changed is not remembered,
and every file is read again once a week, in case the disk has lost something. Elsewhere than on POSIX everything is read always.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ragqa.errors import RagqaError
from ragqa.files import write_whole
from ragqa.paths import cache_folder

MEMORY = "model-checksums.json"
"""The file of the cache folder that holds them: by the path, how the file looked, its checksum, and when it was read."""

SETTLED_SECONDS = 5.0
"""Age of a file's last change from which a later one is sure to have another time."""

LASTS_SECONDS = 7 * 24 * 3600.0
MOST_REMEMBERED = 50
SMALLEST_REMEMBERED = 1_000_000
"""Bytes; smaller files are read as quickly as remembered."""


def checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Raises OSError. Any number of threads and processes may ask."""
    before = _looks(path)
    if before is None or before["size"] < SMALLEST_REMEMBERED:
        return _read(path)
    memory = cache_folder() / MEMORY
    remembered = _remembered(memory).get(str(path.resolve()), {})
    if remembered.get("looks") == before and 0 <= time.time() - remembered.get("at", 0.0) < LASTS_SECONDS:
        return str(remembered["sha256"])
    sha256, at = _read(path), time.time()
    settled = max(before["changed_ns"], before["modified_ns"]) < (at - SETTLED_SECONDS) * 1e9
    if settled and _looks(path) == before:
        _remember(memory, str(path.resolve()), {"looks": before, "sha256": sha256, "at": at})
    return sha256


def _read(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _looks(path: Path) -> dict[str, int] | None:
    """What changes with a file; None where the system does not tell enough."""
    if os.name != "posix":
        return None
    status = path.stat()
    return {
        "device": status.st_dev, "inode": status.st_ino, "size": status.st_size,
        "modified_ns": status.st_mtime_ns, "changed_ns": status.st_ctime_ns,
    }  # fmt: skip


def _remembered(memory: Path) -> dict[str, dict[str, Any]]:
    """What is remembered; nothing where somebody else could have written it, or it is none."""
    try:
        if not all(map(_only_ours, (memory, memory.parent))):
            return {}
        held = json.loads(memory.read_text(encoding="utf-8"))
        return {path: one for path, one in held.items() if _is_entry(one)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _only_ours(path: Path) -> bool:
    status = path.lstat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("at"), float):
        return False
    return isinstance(entry.get("sha256"), str) and len(entry["sha256"]) == 64


def _remember(memory: Path, path: str, entry: dict[str, Any]) -> None:
    """Keep an entry, with the latest of the others; a disk that refuses is no error."""
    held = {**_remembered(memory), path: entry}
    latest = sorted(held.items(), key=lambda item: item[1]["at"])[-MOST_REMEMBERED:]
    with suppress(OSError, RagqaError):
        memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(memory, json.dumps(dict(latest)))
        memory.chmod(0o600)

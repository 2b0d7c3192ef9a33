"""Which checkpoint a training goes on from: only one whose files are known to be on the disk to their ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ragqa.files import sync_tree, write_whole

SEAL_FILE = "whole.json"
"""Written when all else of a checkpoint is durable: the sizes of its files by their names."""

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def seal(checkpoint: Path) -> None:
    """Make a finished checkpoint durable, and note that it is. Raises OSError or StorageError."""
    sync_tree(checkpoint)
    write_whole(checkpoint / SEAL_FILE, json.dumps(_sizes(checkpoint)))


def newest_checkpoint(folder: Path) -> Path | None:
    """The sealed checkpoint with the most steps whose files are there as they were then, None where there is none."""
    whole = [path for path in folder.glob("checkpoint-*") if _CHECKPOINT.fullmatch(path.name) and _is_whole(path)]
    return max(whole, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _is_whole(checkpoint: Path) -> bool:
    try:
        sealed = json.loads((checkpoint / SEAL_FILE).read_text(encoding="utf-8"))
        return bool(sealed) and sealed.items() <= _sizes(checkpoint).items()
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False


def _sizes(checkpoint: Path) -> dict[str, int]:
    files = (path for path in checkpoint.rglob("*") if path.is_file())
    return {path.relative_to(checkpoint).as_posix(): path.stat().st_size for path in files}

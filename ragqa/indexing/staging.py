"""Folders in which something is made that then takes its name whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ragqa.errors import IndexBusy, StorageError
from ragqa.indexing.lock import WriteLock

STAGING, EXPORTING = ".import-", ".ragqa-export-"
"""What such a folder's name begins with, among ragqa's own and among a user's."""


@contextmanager
def staging_folder(parent: Path, prefix: str = STAGING) -> Iterator[Path]:
    """A folder in `parent`, which is made where it is not there, held by a lock and gone at the end. Those that killed processes
    left, which nobody holds any more, go as well. Raises OSError or StorageError."""
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{prefix}*"):
        if left.is_symlink():  # none of ours
            continue
        with suppress(IndexBusy, StorageError), WriteLock(left):
            shutil.rmtree(left, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    with WriteLock(staging):
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)

"""What comes from elsewhere on its way to a file: whole, in time, and no larger than allowed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ragqa.errors import ParseError
from ragqa.files import storage_errors

BLOCK = 1 << 20
LONGEST_SECONDS = 1800.0
"""That a document may take to come."""


def keep(read: Callable[[int], bytes], into: Path, announced: int | None, most: int) -> Path:
    """Write what `read` gives, block by block, to a file in the folder `into`, and return it.

    Raises ParseError where that is more than `most` bytes, other than `announced`, or takes too long; StorageError; and what
    `read` raises.
    """
    target = into / "document"
    until, written = time.monotonic() + LONGEST_SECONDS, 0
    _refuse_large(announced or 0, most)
    with storage_errors(into):
        target.write_bytes(b"")
    with open(target, "wb") as file:
        while block := read(BLOCK):
            written += len(block)
            _refuse_large(written, most)
            if time.monotonic() > until:
                raise ParseError(f"only {written:,} bytes came in {LONGEST_SECONDS / 60:.0f} minutes")
            with storage_errors(into):
                file.write(block)
    if announced is not None and written != announced:
        raise ParseError(f"only {written:,} of {announced:,} bytes came" if written < announced else "changed while it came")
    return target


def _refuse_large(size: int, most: int) -> None:
    if size > most:
        raise ParseError(f"larger than {most / 1e6:,.0f} MB", hint="Raise max_file_mb in ragqa.toml to fetch it.")

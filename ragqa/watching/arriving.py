"""What comes from elsewhere on its way to a file: whole, in time, and no larger than allowed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ragqa.errors import ParseError
from ragqa.files import storage_errors

BLOCK = 1 << 20
LONGEST_SECONDS = 1800.0
"""That a document, or a list of them, may take to come."""


def in_time(read: Callable[[int], bytes], stop: Callable[[], bool] = lambda: False) -> Iterator[bytes]:
    """What `read` gives, block by block. Raises ParseError where that takes too long, or `stop` says so; and what `read` raises.

    How soon is up to `read`: it is to give what has come, and not to wait for a whole block.
    """
    until, came = time.monotonic() + LONGEST_SECONDS, 0
    while block := read(BLOCK):
        came += len(block)
        if time.monotonic() > until:
            raise ParseError(f"only {came:,} bytes came in {LONGEST_SECONDS / 60:.0f} minutes")
        if stop():
            raise ParseError("broken off before it had come")
        yield block


def keep(
    read: Callable[[int], bytes], into: Path, announced: int | None, most: int, stop: Callable[[], bool] = lambda: False
) -> Path:
    """Write what `read` gives, block by block, to a file in the folder `into`, and return it.

    Raises ParseError where that is more than `most` bytes, other than `announced`, takes too long, or `stop` says so;
    StorageError; and what `read` raises.
    """
    target = into / "document"
    written = 0
    _refuse_large(announced or 0, most)
    with storage_errors(into):
        target.write_bytes(b"")
    with open(target, "wb") as file:
        for block in in_time(read, stop):
            written += len(block)
            _refuse_large(written, most)
            with storage_errors(into):
                file.write(block)
    kept, expected = target.stat().st_size, written if announced is None else announced
    if kept != expected:
        raise ParseError(f"only {kept:,} of {expected:,} bytes came" if kept < expected else "changed while it came")
    return target


def _refuse_large(size: int, most: int) -> None:
    if size > most:
        raise ParseError(f"larger than {most / 1e6:,.0f} MB", hint="Raise max_file_mb in ragqa.toml to fetch it.")

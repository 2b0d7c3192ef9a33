"""How far work is that goes through an index chunk by chunk."""

from __future__ import annotations

import time
from collections.abc import Callable

from ragqa.types import Progress


def told_in_chunks(stage: str, total: int, progress: Callable[[Progress], None]) -> Callable[[int], None]:
    """A function to be told how many more of `total` are done, which tells `progress` how many that are in all."""
    done, began = 0, time.monotonic()
    progress(Progress(stage, 0, total))

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(Progress(stage, done, total, seconds=time.monotonic() - began))

    return tell

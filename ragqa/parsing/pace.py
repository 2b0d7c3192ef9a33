"""How far a parser is: told page by page to whoever gave it a limited time, since a long file may take long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TOLD: ContextVar[Callable[[int], None]] = ContextVar("pace", default=lambda pages: None)


def pages_read(pages: int) -> None:
    """So many pages of the file have been read by now."""
    _TOLD.get()(pages)


@contextmanager
def telling(told: Callable[[int], None]) -> Iterator[None]:
    """While this is open, `told` hears of the pages that are read."""
    token = _TOLD.set(told)
    try:
        yield
    finally:
        _TOLD.reset(token)

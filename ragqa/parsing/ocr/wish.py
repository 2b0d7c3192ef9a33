"""What is wished of recognition while a file is parsed.

A format's parser takes bytes and a path. How scans are read concerns two formats only, and who wants to hear of their pages
stands far above: what both say to each other goes beside the formats that need not know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from ragqa.types import PagesRecognised

AUTO, OFF, ALWAYS = "auto", "off", "always"
NOBODY = "none"
"""Stands where the name of an engine would, when there is none."""

RECOGNISING = ("pdf", "picture")
"""The parsers that read scans."""

HOW_TO_GET_IT = "pip install 'ragqa[ocr]'"


@dataclass(frozen=True, slots=True)
class OcrWish:
    """`mode` is AUTO (pages without good text), OFF or ALWAYS; `threads` may compute, 0: all; `told` hears of each page."""

    mode: str = AUTO
    threads: int = 0
    told: Callable[[PagesRecognised], None] = lambda pages: None


_BY_ITSELF = OcrWish()
_WISH: ContextVar[OcrWish] = ContextVar("ocr", default=_BY_ITSELF)


def wish() -> OcrWish:
    """What is wished now."""
    return _WISH.get()


@contextmanager
def wishing(**changed: Any) -> Iterator[None]:
    """While this is open, files are parsed with these fields of OcrWish changed."""
    token = _WISH.set(replace(_WISH.get(), **changed))
    try:
        yield
    finally:
        _WISH.reset(token)


def labels_up_to_date(mode: str, engine: str) -> set[str]:
    """What `Document.recognised_by` may say of a document that need not be parsed again; `engine` is empty where none is."""
    if mode == OFF:
        return {"", OFF}
    if mode == ALWAYS and engine:
        return {f"{ALWAYS} {engine}"}
    return {"", engine or NOBODY}

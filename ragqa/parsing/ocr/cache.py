"""What was recognised, kept by the picture it was recognised from, so that no page is ever looked at twice.

A small file for each page, in the user's cache folder. All of it may be deleted at any time; what is damaged counts as not there.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.files import beside
from ragqa.parsing.ocr.recognised import MeasuredLine, RecognisedPage, Rule

if TYPE_CHECKING:
    from ragqa.parsing.ocr.engine import Picture

_FORMAT = 2
"""Moves on when what is made of a picture changes."""

_WIDEST_ANGLE = 10.0
_LARGEST_ENTRY = 4_000_000
_MOST_BYTES = 200_000_000
_KEPT_SHARE = 0.8
_LOOK_EVERY = 200
"""Pages kept between two looks at how much has come together."""


class PageCache:
    """Pages by their key, in a folder that is made when needed; None keeps nothing. A disk that refuses is no error."""

    def __init__(self, folder: Path | None, most_bytes: int = _MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._kept = 0

    def key(self, picture: Picture, engine: str, version: str) -> str:
        """What a page is found by: its picture, and what would recognise it."""
        told = hashlib.blake2b(f"{_FORMAT} {engine} {version} {picture.shape}".encode(), digest_size=20)
        told.update(picture.tobytes())
        return told.hexdigest()

    def get(self, key: str) -> RecognisedPage | None:
        """The page, None where it is not known."""
        if self._folder is None:
            return None
        path = self._path(self._folder, key)
        try:
            if path.stat().st_size > _LARGEST_ENTRY:
                return None
            page = _page_of(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(path)  # what is used stays
        return page

    def put(self, key: str, page: RecognisedPage) -> None:
        """Keep a page, whole or not at all."""
        if self._folder is None:
            return
        text = json.dumps(
            {"size": [page.width, page.height], "lines": [astuple(line) for line in page.lines], "across": page.across,
             "upright": page.upright, "confidence": page.confidence, "turned": [page.quarters, page.angle]}
        )  # fmt: skip
        path = self._path(self._folder, key)
        temporary = beside(path)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, path)
        if self._kept % _LOOK_EVERY == 0:
            self._make_room(self._folder)
        self._kept += 1

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key}.json"

    def _make_room(self, folder: Path) -> None:
        """Delete the pages that were not used for longest, where there are too many."""
        found = []
        for path in folder.glob("*/*.json*"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        held = sum(size for _, size, _ in found)
        if held <= self._most_bytes:
            return
        for _, size, path in sorted(found):
            if held <= _KEPT_SHARE * self._most_bytes:
                return
            with suppress(OSError):
                path.unlink()
                held -= size


def _page_of(stored: Any) -> RecognisedPage:
    """Raises ValueError, TypeError or KeyError for what is no page."""
    width, height = map(int, stored["size"])
    quarters, angle = _numbers(stored["turned"], 2)
    if not abs(angle) <= _WIDEST_ANGLE:
        raise ValueError("no page is turned so far")
    lines = tuple(MeasuredLine(_text(text), *_numbers(numbers, 6)) for text, *numbers in stored["lines"])
    (confidence,) = _numbers([stored["confidence"]], 1)
    across, upright = _rules(stored["across"]), _rules(stored["upright"])
    return RecognisedPage(width, height, lines, across, upright, confidence, int(quarters) % 4, angle)


def _rules(stored: Any) -> tuple[Rule, ...]:
    return tuple((y, left, right) for y, left, right in (_numbers(rule, 3) for rule in stored))


def _numbers(stored: Any, count: int) -> list[float]:
    numbers = [float(number) for number in stored]
    if len(numbers) != count or not all(abs(number) < 1e7 for number in numbers):  # not so of nan
        raise ValueError("not the numbers of a page")
    return numbers


def _text(stored: Any) -> str:
    if not isinstance(stored, str):
        raise TypeError("not a text")
    return stored

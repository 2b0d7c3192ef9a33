"""Text that a file holds and its document does not: the measure of a parser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unread:
    """Text of a file that no block of its document holds, and where it stands."""

    place: str
    text: str

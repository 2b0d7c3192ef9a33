"""What a file says that no block of its document holds: the yardstick of every parser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unread:
    """A text of a file that its document does not hold, and the place where it stands."""

    place: str
    text: str

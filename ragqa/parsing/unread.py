"""What a file says and no block of its document holds: the yardstick of every format's reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unread:
    """A piece of text that was not read, and where in the file it stands."""

    place: str
    text: str

"""Text drawn so that each character takes its own place: what a terminal must not get is one visible character instead."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPECIAL = re.compile(r"[^\x20-\x7e\n]")


@lru_cache(maxsize=4096)
def _stand_in(character: str) -> str:
    """What is drawn for a character: itself, or one visible character where a terminal must not get it."""
    if character == "\t":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    kind = unicodedata.category(character)
    if kind in ("Cf", "Zl", "Zp"):
        return "·"
    return "\ufffd" if kind in ("Cc", "Cs", "Co", "Cn") else character


def visible(text: str) -> str:
    """The text with each character that a terminal must not get replaced by one visible character; line breaks stay."""
    return _SPECIAL.sub(lambda match: _stand_in(match[0]), text)


def visible_line(text: str) -> str:
    """The same on one line."""
    return visible(" ".join(text.split()))

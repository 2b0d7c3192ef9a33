"""Undoes what printers and terminals were told to do with text: letters struck twice for bold, over a bar for underlining."""

from __future__ import annotations

import re

_BULLET = re.compile("\\+\x08o|o\x08\\+")
_UNDERLINED = re.compile("_\x08(?=[^\x08\n])|(?<=[^\x08\n])\x08_")
_STRUCK_TWICE = re.compile("([^\x08\n])(?:\x08\\1)+")
_STRUCK_OVER = re.compile("[^\x08\n]\x08(?=[^\x08\n])")


def without_overstrike(text: str) -> str:
    """The text with every letter once; of two different ones the later counts."""
    if "\x08" not in text:
        return text
    text = _BULLET.sub("\u2022", text)
    text = _STRUCK_TWICE.sub(r"\1", text)
    text = _UNDERLINED.sub("", text)
    text = _STRUCK_TWICE.sub(r"\1", text)
    return _STRUCK_OVER.sub("", text).replace("\x08", "")

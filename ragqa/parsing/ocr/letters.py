"""Letters that look alike, put right where what stands beside them leaves no doubt."""

from __future__ import annotations

import re

_FEWEST_CAPITALS = 4
_ALIKE_IN_CAPITALS = re.compile(r"(?<=[A-Z_])[cosvwxz](?=[A-Z])")
_LITRES = re.compile(r"(?<=\d[.,]\d )I(?!\w)|(?<=\d[.,]\d\d )I(?!\w)")
_IDEOGRAPHS = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
_FULL_WIDTH = dict(zip(range(0xFF01, 0xFF5F), range(0x21, 0x7F), strict=True))


def put_right(text: str) -> str:
    """The text of a line: "KEY_wATER" is KEY_WATER, "2.4 I" are litres, and full-width signs are plain ones where all else is."""
    if not _IDEOGRAPHS.search(text):
        text = text.translate(_FULL_WIDTH)
    return " ".join(_in_capitals(word) for word in _LITRES.sub("l", text).split())


def _in_capitals(word: str) -> str:
    if sum("A" <= letter <= "Z" for letter in word) < _FEWEST_CAPITALS:
        return word
    return _ALIKE_IN_CAPITALS.sub(lambda match: match.group().upper(), word)

"""Square brackets that belong to no link: the renderer would look for the end of each through all the rest of the paragraph."""

from __future__ import annotations

import re

_FEW = 64
"""Brackets of a paragraph up to which nothing needs to be done."""

_MOST_WITHIN = 8
"""Pairs within each other; a picture as a link within brackets has three."""

_PARAGRAPHS = re.compile(r"(\n[ \t]*\n)")
_SIGNS = re.compile(r"\\.|[\[\]]", re.DOTALL)


def limit_brackets(text: str) -> str:
    """`text` with a backslash before the brackets that nothing closes, or that have too many within them: they stay signs."""
    return "".join(_limited(part) if part.count("[") > _FEW else part for part in _PARAGRAPHS.split(text))


def _limited(paragraph: str) -> str:
    opened: list[int] = []
    within: list[int] = [0]
    alone: list[int] = []
    for sign in _SIGNS.finditer(paragraph):
        if sign[0] == "[":
            opened.append(sign.start())
            within.append(0)
        elif sign[0] == "]" and opened:
            place, pairs = opened.pop(), within.pop() + 1
            within[-1] = max(within[-1], pairs)
            if pairs > _MOST_WITHIN:
                alone.append(place)
    places = sorted(alone + opened)
    parts = [paragraph[start:end] for start, end in zip([0, *places], [*places, None], strict=True)]
    return "\\".join(parts)

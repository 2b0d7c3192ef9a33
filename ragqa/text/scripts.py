"""Scripts that put no space between words: Chinese characters, kana and hangul."""

from __future__ import annotations

import re

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff"
"""The insides of regular expressions' character classes. Half-width forms are not among them: `analysis.fold` makes them full."""

UNSPACED_RUN = re.compile(f"([{HAN}{KANA}{HANGUL}]+)")
"""A run of such characters, as a group, so that a text can be split by it."""

_WRAPPED = re.compile(f"[{HAN}{KANA}\u3000-\u303f\uff01-\uff65]")


def space_between(before: str, after: str) -> str:
    """What joins two lines of one paragraph: a space, or nothing between Chinese characters, kana and their punctuation.

    Korean has spaces, and loses at a line's end what cannot be told any more: there it is a space.
    """
    joined = bool(before and after) and _WRAPPED.match(before[-1]) and _WRAPPED.match(after[0])
    return "" if joined else " "

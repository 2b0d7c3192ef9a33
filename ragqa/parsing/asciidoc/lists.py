"""The marks that begin the items of AsciiDoc's lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BULLET = re.compile(r"\s*(\*{1,5}|-|\u2022)\s+(\S.*)")
_NUMBER = re.compile(r"\s*(\.{1,5})\s+(\S.*)")
_COUNTED = re.compile(r"\s*(\d{1,4}|[a-zA-Z]|[ivxIVX]{1,6})([.)])\s+(\S.*)")
_CALLOUT = re.compile(r"<(?:\d{1,3}|\.)>\s+(\S.*)")
_TERM = re.compile(r"\s*(\S.*?)(:{2,4}|;;)(?:\s+(.*))?")
_CHECK = re.compile(r"\[([ xX*])\]\s+")


@dataclass(frozen=True)
class Mark:
    """An item's beginning: what kind of list it is in (`mark` is the same for all items of one), and its first text."""

    tag: str
    mark: str
    text: str
    term: str = ""
    start: int = 1


def item_mark(line: str) -> Mark | None:
    """The mark that begins a line; None where it begins no item."""
    if match := _BULLET.fullmatch(line):
        return Mark("ul", match.group(1), _CHECK.sub("", match.group(2)))
    if match := _NUMBER.fullmatch(line):
        return Mark("ol", match.group(1), match.group(2))
    if match := _COUNTED.fullmatch(line):
        number = match.group(1)
        kind = "1" if number.isdecimal() else "i" if len(number) > 1 else "a" if number.islower() else "A"
        if len(number) == 1 and match.group(2) == "." and number.isupper():
            return None
        return Mark("ol", f"{kind}{match.group(2)}", match.group(3), start=int(number) if number.isdecimal() else 1)
    if match := _CALLOUT.fullmatch(line):
        return Mark("ol", "<>", match.group(1))
    if not line.startswith(("//", "[")) and (match := _TERM.fullmatch(line)) and "://" not in match.group(1)[-3:]:
        return Mark("dl", match.group(2), match.group(3) or "", match.group(1))
    return None

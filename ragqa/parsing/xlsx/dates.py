"""Days and times as a spreadsheet shows them: it stores them as days since 1900 or 1904."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

_FIRST_DAY = datetime(1899, 12, 30)
_FIRST_DAY_1904 = datetime(1904, 1, 1)
_LAST = 2_958_466
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Token = tuple[str, str]
"""The kind of a part of a format ("date", "elapsed", "ampm", "literal"...) and its text."""


def shown_date(value: float, tokens: Sequence[Token], since_1904: bool) -> str | None:
    """The moment as the format's tokens show it; None where the number is none."""
    if not 0 <= value < _LAST:
        return None
    parts = any(text.startswith("s.") or ".0" in text for kind, text in tokens if kind == "date")
    seconds = round(value * 86_400, 3 if parts else 0)
    moment = (_FIRST_DAY_1904 if since_1904 else _FIRST_DAY) + timedelta(seconds=seconds)
    if not since_1904 and value < 60:  # the year 1900 is taken for a leap year
        moment += timedelta(days=1)
    half_days = any(kind == "ampm" for kind, _ in tokens)
    pieces: list[str] = []
    for index, (kind, text) in enumerate(tokens):
        if kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
            pieces.append(f"{int(seconds // unit):0{len(text)}d}")
        elif kind == "date":
            pieces.append(_part(moment, text, _is_minute(tokens, index), half_days))
        elif kind == "ampm":
            pieces.append("AM" if moment.hour < 12 else "PM")
        elif kind in ("literal", "sign") and text != "@":
            pieces.append(text)
    return "".join(pieces).strip()


def _is_minute(tokens: Sequence[Token], index: int) -> bool:
    """Whether an "m" means minutes: it follows hours or stands before seconds."""
    if not tokens[index][1].startswith("m") or len(tokens[index][1]) > 2:
        return False
    before = next((text for kind, text in reversed(tokens[:index]) if kind in ("date", "elapsed")), "")
    after = next((text for kind, text in tokens[index + 1 :] if kind in ("date", "elapsed")), "")
    return before.startswith("h") or after.startswith("s")


def _part(moment: datetime, text: str, minutes: bool, half_days: bool) -> str:
    unit, width = text[0], len(text)
    if unit == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if unit == "d" and width > 2:
        name = _WEEKDAYS[moment.weekday()]
        return name if width > 3 else name[:3]
    if unit == "m" and not minutes and width > 2:
        name = _MONTHS[moment.month - 1]
        return name if width == 4 else name[: 1 if width > 4 else 3]
    if unit == "s" and "." in text:
        places = min(len(text.partition(".")[2]), 3)
        return f"{moment.second:02d}.{moment.microsecond // 1000:03d}"[: 3 + places]
    number = {
        "d": moment.day,
        "m": moment.minute if minutes else moment.month,
        "h": (moment.hour - 1) % 12 + 1 if half_days else moment.hour,
        "s": moment.second,
    }[unit]
    return f"{number:0{min(width, 2)}d}"

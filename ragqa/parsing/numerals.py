"""Numbers of list items as letters and Roman numerals."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_LETTERS = 20


def numeral(number: int, kind: str) -> str:
    """`number` as "1", "a", "A", "i" or "I" begins to count; in digits where the kind cannot."""
    if kind in ("a", "A") and 0 < number <= 26 * _MOST_LETTERS:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if kind == "A" else letters
    if kind in ("i", "I") and 0 < number < 4000:
        return roman(number).upper() if kind == "I" else roman(number)
    return str(number)


def roman(number: int) -> str:
    """A number of at least 1 as a small Roman numeral."""
    letters = ""
    for value, symbol in _ROMAN:
        letters += symbol * (number // value)
        number %= value
    return letters

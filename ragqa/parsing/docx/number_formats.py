"""How Word writes the numbers of lists: in letters, in Roman figures, in circles, in words."""

from __future__ import annotations

import re
from collections.abc import Callable

from ragqa.parsing.numerals import roman

_UNITS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_CHINESE = "\u3007\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d"
_TEN = "\u5341"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_KOREAN = "가나다라마바사아자차카타파하"
_SIGNS = "*\u2020\u2021\u00a7"
_LARGEST_LETTERED = 780
_LARGEST_ROMAN = 4000


def written(number: int, number_format: str) -> str:
    """A number in one of Word's formats; in plain figures where the format, or the number in it, is not known."""
    write = _FORMATS.get(number_format)
    return (write(number) if write is not None and number > 0 else "") or str(number)


def padded(number: int, pattern: str) -> str:
    """A number in a format of one's own such as "001, 002, ...": its first entry shows how many figures there are."""
    first = re.match(r"\d+", pattern)
    return str(number).zfill(min(len(first.group()), 10) if first else 1)


def _repeated(signs: str) -> Callable[[int], str]:
    """Letters: a, b, ... z, aa, bb, ..."""

    def write(number: int) -> str:
        return signs[(number - 1) % len(signs)] * ((number - 1) // len(signs) + 1) if number <= _LARGEST_LETTERED else ""

    return write


def _in_row(first: str, most: int) -> Callable[[int], str]:
    """Signs that follow each other in Unicode, such as the numbers in circles."""
    return lambda number: chr(ord(first) + number - 1) if number <= most else ""


def _roman(number: int) -> str:
    return roman(number) if number < _LARGEST_ROMAN else ""


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def _in_words(number: int) -> str:
    if number >= 100:
        return ""
    tens, unit = divmod(number, 10)
    word = (
        _UNITS[number - 1]
        if number < 20
        else "-".join([_TENS[tens - 2], *_UNITS[unit - 1 : unit]] if unit else [_TENS[tens - 2]])
    )
    return word.capitalize()


def _ordinal_in_words(number: int) -> str:
    head, dash, last = _in_words(number).lower().rpartition("-")
    if not last:
        return ""
    last = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{head}{dash}{last}".capitalize()


def _chinese(number: int) -> str:
    if number >= 100:
        return ""
    tens, unit = divmod(number, 10)
    return (_CHINESE[tens] if tens > 1 else "") + (_TEN if tens else "") + (_CHINESE[unit] if unit else "")


_FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _repeated("abcdefghijklmnopqrstuvwxyz"),
    "upperLetter": _repeated("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "russianLower": _repeated(_RUSSIAN),
    "russianUpper": _repeated(_RUSSIAN.upper()),
    "aiueoFullWidth": _repeated(_AIUEO),
    "aiueo": _repeated(_AIUEO),
    "irohaFullWidth": _repeated(_IROHA),
    "iroha": _repeated(_IROHA),
    "ganada": _repeated(_KOREAN),
    "chicago": _repeated(_SIGNS),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": "{:02d}".format,
    "ordinal": _ordinal,
    "cardinalText": _in_words,
    "ordinalText": _ordinal_in_words,
    "numberInDash": "- {} -".format,
    "hex": "{:X}".format,
    "decimalEnclosedCircle": _in_row("\u2460", 20),
    "decimalEnclosedCircleChinese": _in_row("\u2460", 20),
    "decimalEnclosedParen": _in_row("\u2474", 20),
    "decimalEnclosedFullstop": _in_row("\u2488", 20),
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "ideographDigital": lambda number: "".join(_CHINESE[int(figure)] for figure in str(number)),
    "japaneseDigitalTenThousand": lambda number: "".join(_CHINESE[int(figure)] for figure in str(number)),
}

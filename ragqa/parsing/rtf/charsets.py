"""Which code page a font of an RTF file is written in, and what the symbols of symbol fonts are."""

from __future__ import annotations

import codecs

_BY_CHARSET = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 255: "cp437",
}  # fmt: skip
SYMBOL_CHARSET = 2
_BY_NUMBER = {
    10000: "mac_roman", 10006: "mac_greek", 10007: "mac_cyrillic", 10029: "mac_latin2", 10081: "mac_turkish",
    936: "gb18030", 65001: "utf-8", 708: "cp864", 709: "cp1256", 819: "latin-1", 932: "cp932", 949: "cp949",
    950: "big5", 1361: "johab",
}  # fmt: skip
_SYMBOLS = {
    0x44: "Δ", 0x57: "Ω", 0x61: "α", 0x62: "β", 0x67: "γ", 0x6D: "µ", 0x70: "π", 0xA3: "≤", 0xA5: "∞", 0xAC: "←",
    0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠",
    0xBB: "≈", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD6: "√", 0xE2: "®", 0xE3: "©", 0xE4: "™",
}  # fmt: skip


def by_charset(number: int) -> str | None:
    """The code page of a font's character set; None where the document's own counts."""
    return _BY_CHARSET.get(number)


def by_number(number: int) -> str:
    """Python's name of a code page."""
    name = _BY_NUMBER.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def symbols(data: bytes) -> str:
    """The text of a symbol font: signs that are known, a bullet for any other beyond letters."""
    return "".join(_SYMBOLS.get(byte, chr(byte) if byte < 0x80 else "\u2022") for byte in data)

"""Which code page a font of an RTF file is written in, and what the symbols of symbol fonts are."""

from __future__ import annotations

import codecs

from ragqa.parsing.symbols import is_symbol_font, shown

_BY_CHARSET = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 255: "cp437",
}  # fmt: skip
SYMBOL_CHARSET = 2
_USUAL = "symbol"
_BY_NUMBER = {
    10000: "mac_roman", 10006: "mac_greek", 10007: "mac_cyrillic", 10029: "mac_latin2", 10081: "mac_turkish",
    936: "gb18030", 65001: "utf-8", 708: "cp864", 709: "cp1256", 819: "latin-1", 932: "cp932", 949: "cp949",
    950: "big5", 1361: "johab",
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


def symbols(text: str, font: str) -> str:
    """What letters, by number or from the private area, show in a symbol font: in one that is not known, a bullet for most."""
    known = is_symbol_font(font)
    return "".join(_symbol(sign, font) if known or not sign.isascii() else sign for sign in text)


def _symbol(sign: str, font: str) -> str:
    if font.casefold() == _USUAL or not is_symbol_font(font):
        return shown(sign, _USUAL)
    found = shown(sign, font)
    return "\u2022" if found == sign and not sign.isascii() else found

"""Signs of the symbol fonts, which office programs store as letters or numbers of a glyph, as the characters that they show."""

from __future__ import annotations

_SYMBOL_FIRST = "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_SECOND = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
_SYMBOL = {0x21 + place: sign for place, sign in enumerate(_SYMBOL_FIRST)} | {
    0xA0 + place: sign for place, sign in enumerate(_SYMBOL_SECOND)
}
_WINGDINGS = (
    dict(zip(range(0x81, 0x8B), "①②③④⑤⑥⑦⑧⑨⑩", strict=True))
    | dict(zip(range(0x8C, 0x96), "❶❷❸❹❺❻❼❽❾❿", strict=True))
    | dict(zip(range(0xDF, 0xE7), "←→↑↓↖↗↙↘", strict=True))
    | dict(zip(range(0xEF, 0xF7), "⇦⇨⇧⇩⬄⇳⬁⬀", strict=True))
    | {
        0x22: "✂", 0x28: "☎", 0x2A: "✉", 0x36: "⌛", 0x45: "☜", 0x46: "☞", 0x4A: "☺", 0x4C: "☹", 0x4E: "☠", 0x52: "☼", 0x54: "❄",
        0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "❑", 0x72: "❒", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢",
        0xE8: "➔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    }
)  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐"}
_WINGDINGS_3 = {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x70: "▲", 0x71: "▼", 0x74: "◀", 0x75: "▶", 0x7D: "▶"}
_WEBDINGS = {0x33: "◀", 0x34: "▶", 0x35: "▲", 0x36: "▼", 0x61: "✓", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x72: "✗"}
_FONTS = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "wingdings 3": _WINGDINGS_3,
    "webdings": _WEBDINGS,
}
_PRIVATE = 0xF000
_GLYPHS = 0x100


def is_symbol_font(font: str | None) -> bool:
    """Whether the characters of a font are known signs."""
    return (font or "").casefold() in _FONTS


def shown(text: str, font: str | None) -> str:
    """What `text` shows in a symbol font; text of other fonts as it is."""
    signs = _FONTS.get((font or "").casefold())
    return "".join(_sign(character, signs) for character in text) if signs is not None else text


def sign_of(code: str | None, font: str | None) -> str:
    """The sign that a hexadecimal number of a glyph stands for; a space where it is none."""
    try:
        character = chr(int(code or "", 16))
    except (ValueError, OverflowError):
        return " "
    return shown(character, font)


def _sign(character: str, signs: dict[int, str]) -> str:
    code = ord(character)
    if _PRIVATE <= code < _PRIVATE + _GLYPHS:
        code -= _PRIVATE
    return signs.get(code, character) if code < _GLYPHS else character

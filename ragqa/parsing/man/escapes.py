"""What roff's escapes stand for: characters by name, and changes of font, size and place that no text shows."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMED = {
    "em": "\u2014", "en": "\u2013", "hy": "-", "bu": "\u2022", "co": "\u00a9", "rg": "\u00ae", "tm": "\u2122",
    "aq": "'", "dq": '"', "lq": "\u201c", "rq": "\u201d", "oq": "\u2018", "cq": "\u2019", "ha": "^", "ti": "~",
    "rs": "\\", "ga": "`", "de": "\u00b0", "+-": "\u00b1", "mu": "\u00d7", "di": "\u00f7", "12": "\u00bd",
    "14": "\u00bc", "34": "\u00be", "->": "\u2192", "<-": "\u2190", "ua": "\u2191", "da": "\u2193", ">=": "\u2265",
    "<=": "\u2264", "!=": "\u2260", "sc": "\u00a7", "mc": "\u00b5", "*m": "\u03bc", "Fo": "\u00ab", "Fc": "\u00bb",
    "ss": "\u00df", "Eu": "\u20ac", "eu": "\u20ac", "Po": "\u00a3", "at": "@", "sh": "#", "Do": "$", "ba": "|",
    "br": "|", "bv": "|", "sl": "/", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "<", "ra": ">", "mi": "-",
    "pl": "+", "eq": "=", "**": "*", "ul": "_", "fm": "\u2032", "dg": "\u2020", "dd": "\u2021", "ae": "\u00e6",
    "AE": "\u00c6", "/o": "\u00f8", "/O": "\u00d8", "oa": "\u00e5", "oA": "\u00c5", "if": "\u221e", "sq": "\u25a1",
    "ci": "\u25cb", "lh": "\u261c", "rh": "\u261e", "OK": "\u2713", "*W": "\u03a9", "*a": "\u03b1", "*b": "\u03b2",
    "*p": "\u03c0", "u2": "\u00b2",
}  # fmt: skip
_ACCENTS = {":": "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", ",": "\u0327"}
_ESCAPE = re.compile(
    r"\\(?:"
    r"(?P<font>f(?:\[[^\]\n]*\]|\(..|.))"
    r"|(?P<size>s(?:\[[^\]\n]*\]|[+-]?\(\d\d|'[^'\n]*'|[+-]?\d))"
    r"|\((?P<two>..)"
    r"|\[(?P<long>[^\]\n]*)\]"
    r"|C'(?P<char>[^'\n]*)'"
    r"|\*(?:\((?P<string>..)|\[(?P<string_long>[^\]\n]*)\]|(?P<string_one>.))"
    r"|(?P<skip>[nmMgkFVY](?:[+-]?\[[^\]\n]*\]|\(..|.)|[hvwlLDXbNRxZAoH]'[^'\n]*')"
    r"|(?P<one>.)|$)"
)
_ONE = {
    "-": "-",
    "e": "\\",
    "\\": "\\",
    ".": ".",
    " ": " ",
    "~": "\u00a0",
    "0": " ",
    "'": "\u00b4",
    "`": "`",
    "t": "\t",
    "_": "_",
}
_STRINGS = {"R": "\u00ae", "Tm": "\u2122", "lq": "\u201c", "rq": "\u201d", "(lq": "\u201c", "q": '"', "-": "\u2014", "Aq": "'"}


def shown(text: str, strings: Mapping[str, str]) -> str:
    """The text as a reader sees it; `strings` are those that the page defines."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _meaning(match, strings), text.split('\\"')[0].split("\\#")[0])


def _meaning(match: re.Match[str], strings: Mapping[str, str]) -> str:
    name = match.group("two") or match.group("long") or match.group("char")
    if name:
        return _character(name)
    string = match.group("string") or match.group("string_long") or match.group("string_one")
    if string:
        return strings.get(string, _STRINGS.get(string, ""))
    return _ONE.get(match.group("one") or "", "")


def _character(name: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    if re.fullmatch(r"u[0-9A-Fa-f]{4,6}(?:_[0-9A-Fa-f]{4,6})*", name):
        return "".join(chr(code) for part in name[1:].split("_") if 31 < (code := int(part, 16)) < 0x110000)
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return name[1] + _ACCENTS[name[0]]
    return ""

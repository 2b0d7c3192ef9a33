"""Equations as one readable line: (a + b)/2, x², U_max, √(2gh), ∑_(i=1)^n i, [1, 0; 0, 1]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from lxml import etree

from ragqa.parsing.docx.names import TEXTS, children, m, w
from ragqa.parsing.raised import raised

_TERM = re.compile(r"[^\W_]+(?:[.,]\d+)?[%°′″'!]?(?:_[^\W_]+)?[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]*")
_ONE_FACTOR = re.compile(r"(?:\d+(?:[.,]\d+)?|[^\W\d_]+)(?:_[^\W_]+)?[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]*")
_STYLED_LETTER = re.compile("[\U0001d400-\U0001d7ff]")
_PAIRS = {"(": ")", "[": "]", "{": "}", "|": "|"}


def linear(equation: etree._Element) -> str:
    """An equation, or a part of one, in a line."""
    return "".join(map(_read, children(equation)))


def _read(element: etree._Element) -> str:
    tag = element.tag
    if tag in TEXTS:
        text = element.text or ""
        return _STYLED_LETTER.sub(lambda letter: unicodedata.normalize("NFKC", letter.group()), text)
    if tag in (w("del"), w("moveFrom")) or tag.endswith("Pr"):
        return ""
    if tag in (w("br"), w("tab")):
        return " "
    write = _WRITERS.get(tag)
    return write(element) if write is not None else linear(element)


def _part(element: etree._Element, name: str) -> str:
    found = element.find(m(name))
    return "" if found is None else linear(found).strip()


def _sign(element: etree._Element, properties: str, name: str, otherwise: str) -> str:
    """A sign that the properties of an element name; it may be named as empty."""
    found = element.find(f"{m(properties)}/{m(name)}")
    return otherwise if found is None else found.get(m("val"), "")


def _grouped(text: str) -> str:
    """`text` in parentheses where it is more than a term."""
    return text if not text or _TERM.fullmatch(text) or _is_bracketed(text) else f"({text})"


def _single(text: str) -> str:
    """`text` in parentheses where it is more than a factor: what stands below a line, in an index or an exponent."""
    return text if not text or _ONE_FACTOR.fullmatch(text) or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    """Whether the bracket that begins `text` is closed at its end and not before."""
    closing = _PAIRS.get(text[0])
    if closing is None or text[-1] != closing or len(text) < 2:
        return False
    depth = 0
    for place, character in enumerate(text):
        depth += (character == text[0]) - (character == closing) if closing != text[0] else 0
        if depth == 0 and closing != text[0] and place < len(text) - 1:
            return False
    return closing != text[0] or closing not in text[1:-1]


def _fraction(element: etree._Element) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    kind = _sign(element, "fPr", "type", "bar")
    if kind == "noBar":
        return f"{above} over {below}"
    return f"{_grouped(above)}/{_single(below)}"


def _power(text: str) -> str:
    number = raised(text)
    return number if number != text or not text else f"^{_single(text)}"


def _index(text: str) -> str:
    return f"_{_single(text)}" if text else ""


def _scripts(element: etree._Element) -> str:
    return f"{_grouped(_part(element, 'e'))}{_index(_part(element, 'sub'))}{_power(_part(element, 'sup'))}"


def _scripts_before(element: etree._Element) -> str:
    return f"{_index(_part(element, 'sub'))}{_power(_part(element, 'sup'))} {_part(element, 'e')}".strip()


def _root(element: etree._Element) -> str:
    degree, inner = _part(element, "deg"), _part(element, "e")
    sign = {"": "\u221a", "3": "\u221b", "4": "\u221c"}.get(degree, f"\u221a[{degree}]")
    return f"{sign}{_single(inner)}"


def _sum(element: etree._Element) -> str:
    above = _part(element, "sup")
    sign = _sign(element, "naryPr", "chr", "\u222b")
    return f"{sign}{_index(_part(element, 'sub'))}{f'^{_single(above)}' if above else ''} {_part(element, 'e')}"


def _delimited(element: etree._Element) -> str:
    separator = _sign(element, "dPr", "sepChr", "|")
    inner = separator.join(linear(part).strip() for part in element.iterfind(m("e")))
    opening, closing = _sign(element, "dPr", "begChr", "("), _sign(element, "dPr", "endChr", ")")
    doubled = len(inner) > 1 and inner[0] == "[" and opening in ("(", "[") and _is_bracketed(inner)
    return inner if doubled and element.find(f"{m('e')}/{m('m')}") is not None else f"{opening}{inner}{closing}"


def _matrix(element: etree._Element) -> str:
    rows = (", ".join(linear(part).strip() for part in row.iterfind(m("e"))) for row in element.iterfind(m("mr")))
    return f"[{'; '.join(rows)}]"


def _lines(element: etree._Element) -> str:
    lines = (linear(part).replace("&", "").strip() for part in element.iterfind(m("e")))
    return "; ".join(filter(None, lines))


def _accented(element: etree._Element) -> str:
    return _marked(_part(element, "e"), _sign(element, "accPr", "chr", "\u0302"))


def _barred(element: etree._Element) -> str:
    below = element.find(f"{m('barPr')}/{m('pos')}")
    return _marked(_part(element, "e"), "\u0332" if below is not None and below.get(m("val")) == "bot" else "\u0305")


def _marked(text: str, mark: str) -> str:
    """A letter with its accent; more than one letter without."""
    return f"{text}{mark}" if len(text) == 1 and unicodedata.combining(mark[:1] or " ") else text


def _function(element: etree._Element) -> str:
    name, inner = _part(element, "fName"), _part(element, "e")
    return f"{name}{inner}" if inner.startswith("(") else f"{name} {inner}"


def _limit_below(element: etree._Element) -> str:
    return f"{_part(element, 'e')}{_index(_part(element, 'lim'))}"


def _limit_above(element: etree._Element) -> str:
    above = _part(element, "lim")
    return f"{_part(element, 'e')}{f'^{_single(above)}' if above else ''}"


_WRITERS: dict[str, Callable[[etree._Element], str]] = {
    m("f"): _fraction,
    m("sSup"): _scripts,
    m("sSub"): _scripts,
    m("sSubSup"): _scripts,
    m("sPre"): _scripts_before,
    m("rad"): _root,
    m("nary"): _sum,
    m("d"): _delimited,
    m("m"): _matrix,
    m("eqArr"): _lines,
    m("acc"): _accented,
    m("bar"): _barred,
    m("func"): _function,
    m("limLow"): _limit_below,
    m("limUpp"): _limit_above,
}

"""Signs that a page draws: the icon of a warning box, the arrow between two menus, letters of a symbol font."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import TEXT, meaningful_alt, to_elements
from ragqa.parsing.labels import is_bare_label
from ragqa.parsing.symbols import is_symbol_font, shown

_ARROWS = (
    "i[class*='right' i], span[class*='right' i], .menuseq .caret, i.material-icons, span.material-icons, "
    "span.material-symbols-outlined"
)
_POINTS_ON = re.compile(r"(?:angle|chevron|caret|arrow)(?:-double|-circle|-alt)?[-_]right|(?:^|\s)caret(?:\s|$)", re.IGNORECASE)
_NAMES_OF_ARROWS = frozenset({"", "chevron_right", "arrow_right", "arrow_forward", "navigate_next", "keyboard_arrow_right"})
_SYMBOLS = "[style*='symbol' i], [style*='dings' i], font[face*='symbol' i], font[face*='dings' i]"
_FONT = re.compile(r"font-family\s*:\s*[\"']?([\w ]+)", re.IGNORECASE)
_LONGEST_SYMBOL = 3
_DEEPEST_ICON = 3


def write_icons(tree: LexborHTMLParser) -> None:
    """Put what the signs say in their place; an icon goes where the text beside it says the same."""
    for cell in reversed(to_elements(tree, "td, th")):
        if _repeats_its_neighbour(cell):
            cell.remove()
    for arrow in reversed(to_elements(tree, _ARROWS)):
        if _points_on(arrow):
            arrow.replace_with(" > ")
    for symbol in reversed(to_elements(tree, _SYMBOLS)):
        _write_symbol(symbol)


def _repeats_its_neighbour(cell: LexborNode) -> bool:
    """Whether a cell holds nothing but a picture called "Warning" and the next one begins with that word, or is set below it."""
    if cell.css_first("img") is None or cell.text(strip=True):
        return False
    names = [meaningful_alt(picture) for picture in cell.css("img")]
    beside = cell.next
    while beside is not None and beside.tag not in ("td", "th"):
        beside = beside.next
    if len(names) != 1 or not is_bare_label(names[0]) or beside is None:
        return False
    return beside.text(strip=True).casefold().startswith(names[0].casefold())


def _points_on(arrow: LexborNode) -> bool:
    """Whether an empty element is an arrow from the words before it to those after it."""
    named = arrow.attributes.get("class") or ""
    text = arrow.text(strip=True)
    if text not in _NAMES_OF_ARROWS or not (text or _POINTS_ON.search(named)):
        return False
    return _has_words(arrow.prev, back=True) and _has_words(arrow.next, back=False)


def _has_words(node: LexborNode | None, back: bool) -> bool:
    for _ in range(_DEEPEST_ICON):
        if node is None:
            return False
        words = node.text_content if node.tag == TEXT else node.text()
        if any(map(str.isalnum, words or "")):
            return True
        node = node.prev if back else node.next
    return False


def _write_symbol(symbol: LexborNode) -> None:
    text = symbol.text()
    if not 0 < len(text.strip()) <= _LONGEST_SYMBOL or any(child.tag != TEXT for child in symbol.iter(include_text=True)):
        return
    font = _FONT.search(symbol.attributes.get("style") or "")
    face = (font[1] if font is not None else (symbol.attributes.get("face") or "").split(",")[0]).strip()
    if is_symbol_font(face):
        symbol.replace_with(shown(text, face))

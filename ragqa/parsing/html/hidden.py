"""What a page hides until somebody clicks is content; what it hides for good is not."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.html.furniture import place_of
from ragqa.parsing.html.nodes import to_elements

_HIDDEN = "[hidden], [aria-hidden='true'], [style*='display' i], [style*='visibility' i]"
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNFOLDS = re.compile(
    r"tab|panel|pane|accordion|collaps|toggle|expand|fold|answer|faq|content|details|spoiler|drawer|slide|step|more|drop-?(?:text|down-?content)",
    re.IGNORECASE,
)
_NEVER_SHOWN = re.compile(
    r"tooltip|sr-only|visually-?hidden|screen-?reader|modal-backdrop|loading|spinner|search|no-?result|honeypot", re.IGNORECASE
)
_CONTENT = "p, ul, ol, dl, table, pre, h1, h2, h3, h4, h5, h6, blockquote"
_FEWEST_WORDS = 4
_LARGEST_SEARCH = 50_000_000
_SHORT = 20
_MANY = 60


def show_hidden_content(tree: LexborHTMLParser) -> list[str]:
    """Keep what a click would show, drop what else is hidden or stands on the page once more. Warnings of what was dropped."""
    root = tree.body
    hidden = [node for node in to_elements(tree, _HIDDEN) if _is_hidden(node)]
    if not hidden or root is None:
        return []
    page = _folded(root.text())
    known = {node.mem_id for node in hidden}
    shown: set[str] = set()
    dropped: list[tuple[str, str]] = []
    doomed: list[LexborNode] = []
    budget = _LARGEST_SEARCH
    for node in hidden:
        text = _folded(node.text()) if budget > 0 else ""
        budget -= len(text) + (len(page) if len(text) > _SHORT else 0)
        if budget <= 0:
            break
        twice = len(text) > _SHORT and not _is_inside(node, known) and (text in shown or _stands_visibly(text, page, hidden))
        if text and not twice and _is_content(node):
            shown.add(text)
        else:
            doomed.append(node)
            if not twice and len(text) > _SHORT:
                dropped.append((place_of(node) if not dropped else "", clean_line(node.text())[:60]))
    for node in reversed(doomed):
        node.remove()
    return _said(dropped)


def _stands_visibly(text: str, page: str, hidden: list[LexborNode]) -> bool:
    """Whether the page says the same where it is seen: more often than in its hidden parts."""
    times = page.count(text)
    return times > 1 and times > sum(_folded(node.text()).count(text) for node in hidden[:_MANY])


def _is_inside(node: LexborNode, known: set[int]) -> bool:
    around = node.parent
    for _ in range(_MANY):
        if around is None:
            return False
        if around.mem_id in known:
            return True
        around = around.parent
    return False


def _said(dropped: list[tuple[str, str]]) -> list[str]:
    if not dropped:
        return []
    place, text = dropped[0]
    where = f" under \u201c{place}\u201d" if place else ""
    return [f"{len(dropped)} hidden parts were left out, the first{where}: \u201c{text}\u201d"]


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))


def _is_content(node: LexborNode) -> bool:
    """Whether a hidden element holds something to read: a panel, or at least a sentence."""
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if _NEVER_SHOWN.search(names):
        return False
    words = len(node.text().split())
    if attributes.get("role") == "tabpanel" or (words >= 2 and _UNFOLDS.search(names)):
        return words > 0
    decorative = (
        attributes.get("aria-hidden") == "true" and node.css_first(_CONTENT) is None and node.tag not in ("p", "li", "td", "div")
    )
    return words >= _FEWEST_WORDS and not decorative


def _folded(text: str) -> str:
    return "".join(text.split())

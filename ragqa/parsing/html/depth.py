"""What would make a page costly to read and says nothing: elements nested deeper than any page needs, lists of endless choices.

Much is asked of each element with all that it holds, which takes time that grows with the depth; the HTML parser itself looks at
all options of a list with each that is added.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

DEEPEST = 120
"""Elements within each other; pages that people read have 60 at most."""

MOST_OPTIONS = 3000
_OPTION = re.compile(r"<(/?)option\b", re.IGNORECASE)
_DEEPEST_SOURCE = 500
_CONTAINER = re.compile(
    r"<(/?)(?:div|ul|ol|menu|dl|table|blockquote|section|article|aside|main|nav|form|fieldset|figure|details|center|pre)\b",
    re.IGNORECASE,
)


def limit_markup(text: str) -> str:
    """The markup without what takes the HTML parser itself long: options of more than MOST_OPTIONS, of which only the words stay,
    and the tags of containers that are nested far deeper than DEEPEST."""
    if len(_OPTION.findall(text)) > MOST_OPTIONS:
        text = _OPTION.sub(r"<\1wbr", text)
    depth = dropped = place = 0
    parts: list[str] = []
    for tag in _CONTAINER.finditer(text):
        if tag[1] and dropped:
            dropped -= 1
        elif tag[1]:
            depth = max(0, depth - 1)
            continue
        elif depth < _DEEPEST_SOURCE:
            depth += 1
            continue
        else:
            dropped += 1
        parts += [text[place : tag.start()], "<wbr"]
        place = tag.end()
    return "".join(parts) + text[place:] if parts else text


def limit_depth(tree: LexborHTMLParser) -> list[str]:
    """Write what is nested too deeply as its mere words. A warning where something was."""
    flattened = 0
    node, depth = tree.body, 0
    while node is not None:
        child = node.child
        if depth == DEEPEST and child is not None and any(True for _ in node.iter()):
            _flatten(node)
            child, flattened = None, flattened + 1
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
            if depth <= 0:
                node = None
        node = node.next if node is not None else None
    return [f"elements nested more than {DEEPEST} deep are read as plain text"] if flattened else []


def _flatten(node: LexborNode) -> None:
    for silent in node.css("script, style, template"):
        silent.remove()
    words = node.text(separator=" ")
    child = node.child
    while child is not None:
        following = child.next
        child.remove()
        child = following
    node.insert_child(words)

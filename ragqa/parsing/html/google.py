"""Pages that Google Docs exports: every depth of a list is a list of its own, named by its classes; comments stand at the end."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import TEXT, remove, to_elements

_LIST = re.compile(r"lst-kix_(?P<name>[\w-]+?)-(?P<depth>\d)(?=\s|$)")
_NUMERALS = re.compile(r"\.lst-kix_([\w-]+-\d)\s*>\s*li:before\s*\{[^{}]{0,200}?counter\([^,()]+,\s*([a-z-]+)\)")
_TYPES = {"lower-latin": "a", "lower-alpha": "a", "upper-latin": "A", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}


def read_google(tree: LexborHTMLParser) -> None:
    """Put lists into the items that they belong to, with the numerals that the style sheet gives them; leave comments out."""
    lists = to_elements(tree, "ol[class*='lst-kix_'], ul[class*='lst-kix_']")
    if lists:
        sheet = " ".join(style.text() for style in tree.css("style"))
        numerals = {name: _TYPES[kind] for name, kind in _NUMERALS.findall(sheet) if kind in _TYPES}
        _nest(lists, numerals)
    remove([one for one in map(_comment, to_elements(tree, "a[href^='#cmnt']")) if one is not None])


def _nest(lists: list[LexborNode], numerals: dict[str, str]) -> None:
    """Each list goes into the last item of the one around it, or its items go on the list of its own depth."""
    opened: list[tuple[int, LexborNode]] = []
    name = ""
    for one in lists:
        match = _LIST.search(one.attributes.get("class") or "")
        if match is None:
            continue
        kind = numerals.get(f"{match['name']}-{match['depth']}")
        if kind is not None:
            one.attrs["type"] = kind
        depth = int(match["depth"])
        if not opened or match["name"] != name or not _follows(one, opened[0][1]):
            opened = []
        name = match["name"]
        while opened and opened[-1][0] > depth:
            opened.pop()
        if opened and opened[-1][0] == depth and opened[-1][1].tag == one.tag:
            for item in [child for child in one.iter() if child.tag == "li"]:
                opened[-1][1].insert_child(item)
            one.remove()
            continue
        around = _last_item(opened[-1][1]) if opened else None
        if around is not None:
            around.insert_child(one)  # a copy of it
            one.remove()
        inner = around.last_child if around is not None else one
        if inner is not None:
            opened.append((depth, inner))


def _last_item(around: LexborNode) -> LexborNode | None:
    node = around.last_child
    while node is not None and node.tag != "li":
        node = node.prev
    return node


def _follows(one: LexborNode, before: LexborNode) -> bool:
    """Whether nothing but space stands between two lists."""
    node = one.prev
    while node is not None and node.tag == TEXT and not (node.text_content or "").strip():
        node = node.prev
    return node is not None and node.mem_id == before.mem_id


def _comment(link: LexborNode) -> LexborNode | None:
    """What a link from or to a comment is all of: its raised letter in the text, or the box with its words at the end."""
    to_text = (link.attributes.get("href") or "").startswith("#cmnt_ref")
    node = link.parent
    while node is not None and node.tag not in (("div", "body") if to_text else ("sup", "p", "body")):
        node = node.parent
    return node if node is not None and node.tag == ("div" if to_text else "sup") else None

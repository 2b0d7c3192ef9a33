"""What Word and Outlook make of a text: items that are paragraphs with a number in them, comments, deletions, contents."""

from __future__ import annotations

import re
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.lists import BULLET, MARKER
from ragqa.parsing.html.nodes import TEXT, remove, to_elements, walk
from ragqa.parsing.labels import split_marker

_LEVEL = re.compile(r"mso-list\s*:\s*l\d+\s+level(\d)", re.IGNORECASE)
_NO_TEXT = (
    "[style*='mso-element:comment-list'], [style*='mso-element: comment-list'], .MsoCommentReference, .msocomanchor, "
    ".msoDel, del[cite^='mailto:'], p[class^='MsoToc' i], [style*='mso-hide:all']"
)
_ITEMS = "p[style*='mso-list'], div[style*='mso-list']"
_LIST = "data-word-list"
# What is left of it in a page that was saved "filtered": the gap between the number and the text.
_GAP = "p span[style*='7.0pt' i]"
_MARGIN = re.compile(r"margin-left\s*:\s*(\d{0,4}\.?\d{1,4})(in|pt|cm)", re.IGNORECASE)
_A_LEVEL = {"in": 0.5, "pt": 36.0, "cm": 1.27}
_LONGEST_MARK = 8
_DEEPEST_LEVEL = 9
_IGNORED = "[style*='mso-list:Ignore' i], [style*='mso-list: Ignore' i]"


def read_word(tree: LexborHTMLParser) -> None:
    """Take out what is no part of the text, and make lists of the paragraphs that are items."""
    if tree.css_first("[style*='mso-'], [class^='Mso']") is None:
        return
    remove(to_elements(tree, _NO_TEXT))
    for item in to_elements(tree, _ITEMS):
        marks = item.css(_IGNORED)
        level = _LEVEL.search(item.attributes.get("style") or "")
        if marks and level is not None:
            mark = "".join(marks[0].text().split())
            remove(to_elements(item, _IGNORED))
            _write_item(tree, item, mark, int(level.group(1)))
    for gap in to_elements(tree, _GAP):
        _write_filtered(tree, gap)


def _write_filtered(tree: LexborHTMLParser, gap: LexborNode) -> None:
    """The paragraph around the gap as an item, if nothing but its number or bullet stands before that."""
    item = gap.parent
    while item is not None and item.tag != "p":
        item = item.parent
    if item is None or gap.text(strip=True).strip("\u00a0"):
        return
    before = list(takewhile(lambda node: node.mem_id != gap.mem_id, (node for node, entering in walk(item) if entering)))
    words = [node for node in before if node.tag == TEXT]
    mark = "".join("".join(node.text_content or "" for node in words).split())
    if not 0 < len(mark) <= _LONGEST_MARK:
        return
    for node in [*words, gap]:
        node.remove()
    _write_item(tree, item, mark, _level_by_margin(item.attributes.get("style") or ""))


def _level_by_margin(style: str) -> int:
    margin = _MARGIN.search(style)
    levels = float(margin[1]) / _A_LEVEL[margin[2].lower()] if margin is not None else 1
    return min(max(round(levels), 1), _DEEPEST_LEVEL)


def _write_item(tree: LexborHTMLParser, item: LexborNode, mark: str, level: int) -> None:
    """The item in a list of its level; it goes on with the list before it, and its own mark tells its number."""
    written = tree.create_node("li")
    numbered = any(map(str.isalnum, mark)) and split_marker(f"{mark} x") is not None
    written.attrs[MARKER] = mark if numbered else BULLET
    for child in item.iter(include_text=True):
        written.insert_child(child)
    outer = _list_before(tree, item)
    for _ in range(level - 1):
        outer = _last_list(tree, outer)
    outer.insert_child(written)
    item.remove()


def _list_before(tree: LexborHTMLParser, item: LexborNode) -> LexborNode:
    """The list that was made of the items right before this one, or a new one."""
    before = item.prev
    while before is not None and before.tag == TEXT and not (before.text_content or "").strip():
        before = before.prev
    if before is not None and before.attributes.get(_LIST) is not None:
        return before
    made = tree.create_node("ul")
    made.attrs[_LIST] = "1"
    item.insert_before(made)
    return item.prev or made  # what is put in is a copy


def _last_list(tree: LexborHTMLParser, outer: LexborNode) -> LexborNode:
    """The list at the end of another one, or a new one there."""
    last = outer.last_child
    if last is not None and last.tag == "ul":
        return last
    made = tree.create_node("ul")
    outer.insert_child(made)
    return outer.last_child or made

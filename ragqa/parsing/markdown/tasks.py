"""Items of lists that are tasks: their boxes, ticked or not, are no words."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_BOX = re.compile(r"\[[ xX]\](?=\s)\s*")
_OPENS_AN_ITEM = ["list_item_open", "paragraph_open"]


def task_boxes(markdown: MarkdownIt) -> None:
    """Have the renderer leave them out."""
    markdown.core.ruler.after("inline", "task_boxes", _drop_boxes)


def _drop_boxes(state: StateCore) -> None:
    tokens = state.tokens
    for number, token in enumerate(tokens):
        before = [one.type for one in tokens[max(0, number - 2) : number]]
        if token.type == "inline" and token.children and before == _OPENS_AN_ITEM and _BOX.match(token.content):
            token.children[0].content = re.sub(r"^\[[ xX]\]\s*", "", token.children[0].content)

"""Preformatted text: the lines of a listing, however a highlighter marks them up, without the numbers it sets beside them."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import BLOCKS, PREFORMATTED, TEXT, remove, tight, to_elements, walk
from ragqa.parsing.html.roles import rename

_LINE_NUMBERS = (
    ".linenos, .linenodiv, .lineno, .linenumber, .linenumbers, .line-number, .line-numbers-rows, .line-numbers-wrapper, "
    ".react-syntax-highlighter-line-number, .hljs-ln-numbers, .hljs-ln-n, .blob-num, .gutter, .lnt, .ln, .lnlinks, "
    ".rouge-gutter, .LineNr, .normal-line-number"
)
_LINE_CLASS = re.compile(r"(?:^|\s)(?:line|token-line|code-line|view-line|cl|line-content|ec-line|hljs-ln-line)(?:\s|$)")
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|table-row)", re.IGNORECASE)
_KEEPS_LINES = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
# An element's end ends a line, unless a line break stands there as well.
_END = "\ufdd0"
_WRITTEN_TWICE = re.compile(rf"{_END}*\n")
_AT_A_BREAK = re.compile(rf"(?:^|(?<=\n)){_END}+|(?<={_END}){_END}+")
# Listings of Doxygen and TeX4ht, whose lines are boxes or end in breaks.
_BOXED = "div.fragment, div.verbatim, div.lstlisting, div.fancyvrb"
_UNCOPIED = "pre button, pre .copy-button, pre .copybtn, pre .sr-only, pre .visually-hidden"
_LISTING_TABLE = (
    "table.highlighttable, table.rouge-table, table.hljs-ln, table.lntable, table.highlight, table.js-file-line-container, "
    ".syntaxhighlighter table, table.crayon-table, table.codetable"
)

_NAMES_OF_FILES = ", ".join(f"{table} th.filename" for table in _LISTING_TABLE.split(", "))


def strip_listings(tree: LexborHTMLParser) -> None:
    """Take line numbers and copy buttons out of listings, and make listings of the boxes that are such."""
    for listing in reversed(to_elements(tree, _BOXED)):
        if listing.css_first("pre") is None:
            rename(tree, listing, "pre")
    if tree.css_first(_LINE_NUMBERS) is not None:
        for number in reversed(to_elements(tree, _LINE_NUMBERS)):
            if _is_number_column(number):
                number.remove()
    for name in reversed(to_elements(tree, _NAMES_OF_FILES)):
        _set_above(tree, name)
    remove(to_elements(tree, _UNCOPIED))
    for signature in reversed(to_elements(tree, "table.memname")):
        paragraph = tree.create_node("p")
        paragraph.insert_child(tight(" ".join(signature.text(separator=" ").split())))
        signature.replace_with(paragraph)


def listing_tables(tree: LexborHTMLParser) -> set[int]:
    """The tables that hold one listing, line by line or whole."""
    return {table.mem_id for table in tree.css(_LISTING_TABLE) if table.css_first("th") is None}


def is_listing(code: LexborNode) -> bool:
    """Whether a `code` element is a listing of its own though no `pre` is around it."""
    around = code.parent
    if around is None or around.tag not in ("div", "td", "li", "section", "article", "body", "figure", "p", "dd"):
        return False
    kept = _KEEPS_LINES.search(code.attributes.get("style") or "") is not None
    if not kept and code.css_first("br") is None and code.css_first(".line, .token-line") is None:
        return False
    return len(code.text().split()) > 0 and around.text(strip=True) == code.text(strip=True)


def code_text(listing: LexborNode) -> str:
    """The text of a listing with its line breaks, also those that are elements."""
    pieces: list[str] = []
    for node, entering in walk(listing):
        tag = node.tag
        if tag == TEXT:
            if entering:
                pieces.append(node.text_content or "")
        elif tag == "br":
            if entering:
                pieces.append("\n")
        elif tag in BLOCKS:
            if tag not in ("td", "th", "table", "tbody", "thead") and (tag not in PREFORMATTED or entering):
                pieces.append(_END)
        elif tag in ("span", "code", "a") and _is_line(node):
            pieces.append(_END)
    text = _WRITTEN_TWICE.sub("\n", "".join(pieces))
    return _AT_A_BREAK.sub("", text).replace(_END, "\n") if _END in text else text


def _set_above(tree: LexborHTMLParser, name: LexborNode) -> None:
    """The name of a file in the head of a table that holds its listing stands above the table, which is then all listing."""
    table = name.parent
    while table is not None and table.tag != "table":
        table = table.parent
    if table is not None:
        paragraph = tree.create_node("p")
        paragraph.insert_child(" ".join(name.text().split()))
        table.insert_before(paragraph)
        name.remove()


def _is_line(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    return bool(
        _LINE_CLASS.search(attributes.get("class") or "")
        or _BLOCK_STYLE.search(attributes.get("style") or "")
        or "data-line" in attributes
    )


def _is_number_column(node: LexborNode) -> bool:
    """Whether an element holds nothing but numbers, and stands in a listing."""
    text = "".join(node.text().split())
    if text and not re.fullmatch(r"[\d.:|\u2026-]+", text):
        return False
    around = node.parent
    for _ in range(8):
        if around is None:
            return False
        if around.tag in ("pre", "code", "table") or "highlight" in (around.attributes.get("class") or ""):
            return True
        around = around.parent
    return False

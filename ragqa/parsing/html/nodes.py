"""What single HTML elements are: hidden, boilerplate, a warning box, a table of data. And the text inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from selectolax.lexbor import LexborNode

from ragqa.parsing.labels import alternatives, starts_with_label

TEXT = "-text"
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {
    "p",
    "div",
    "section",
    "article",
    "ul",
    "ol",
    "menu",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "figure",
    "figcaption",
    "blockquote",
    "pre",
    "hr",
    "address",
    "main",
    "header",
    "footer",
    "aside",
    "details",
    "summary",
    "fieldset",
    "legend",
    "center",
    "body",
    "html",
    "form",
    "br",
}
_UNSEEN = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "head",
        "title",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "map",
        "button",
        "select",
        "textarea",
        "input",
        "datalist",
        "meter",
        "progress",
        "dialog",
        "col",
        "colgroup",
    }
)
_CONTROLS = frozenset({"button", "textarea", "input", "select"})
_PROSE = HEADINGS | {"p", "li", "table", "pre"}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTENTS_HINT = re.compile(r"toc|breadcrumb|nav|menu", re.IGNORECASE)
_WARNING_HINT = re.compile(r"(?:^|[-_\s])(?:warning|caution|danger|admonition)(?:[-_\s]|$)", re.IGNORECASE)
_BOX_TAGS = frozenset({"table", "div", "aside", "blockquote", "section"})
_LINK_SHARE = 0.8
_NODES_TO_JUDGE = 80
_LONGEST_BOX = 4000
_SUPERSCRIPTS = str.maketrans("0123456789+-", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b")
_LONGEST_ALT = 60

_TIGHT = re.compile(r"\s*\n\s*(?=[.,;:!?)\]\u2019\u201d])|\s+(?=[.,;](?:[\s,.;:)]|$))|(?<=[(\[])\s*\n\s*")


def walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node below `root` in order, and each element again (with False) when it ends. Any depth is fine."""
    node, depth = root.child, 1
    while node is not None:
        yield node, True
        child = node.child
        if child is not None:
            node, depth = child, depth + 1
            continue
        yield node, False
        while node.next is None:
            depth -= 1
            node = node.parent
            if depth == 0 or node is None:
                return
            yield node, False
        node = node.next


def subtree_text(root: LexborNode) -> str:
    """The text of a heading or a cell as one line."""
    pieces: list[str] = []
    unseen = 0
    for node, entering in walk(root):
        tag = node.tag
        if is_unseen(node):
            unseen += 1 if entering else -1
        elif unseen:
            continue
        elif tag == TEXT:
            if entering:
                pieces.append(node.text_content or "")
        elif tag in BLOCKS:
            pieces.append(" \u2022 " if tag == "li" and entering else " ")
        elif entering and tag == "sup":
            superscript(node, pieces)
    return tight("".join(pieces)).strip().removeprefix("\u2022").strip()


def tight(text: str) -> str:
    """`text` without the space that pretty-printed markup puts before closing and after opening punctuation."""
    return _TIGHT.sub("", text)


def superscript(node: LexborNode, pieces: list[str]) -> bool:
    """Write a raised number as what it means ("m<sup>2</sup>" is m²), so that it does not run into its base.

    The element's own text is blanked; False where it holds anything else.
    """
    text = node.text(strip=True)
    if not re.fullmatch(r"[0-9+-]{1,4}", text):
        return False
    if pieces and "\n" in pieces[-1][len(pieces[-1].rstrip()) :]:
        pieces[-1] = pieces[-1].rstrip()
    pieces.append(text.translate(_SUPERSCRIPTS))
    for child, entering in list(walk(node)):
        if entering and child.tag == TEXT:
            child.decompose()
    return True


def is_unseen(node: LexborNode) -> bool:
    """Whether a reader of the page would not see the element, or it is there to be operated."""
    tag = node.tag
    if tag in _UNSEEN or tag in ("-comment", "_comment"):
        return True
    if tag == TEXT or tag is None:
        return False
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or attributes.get("role") == "navigation":
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))


def is_boilerplate(node: LexborNode) -> bool:
    """Whether a block is a list of links to other pages, or a widget such as "Was this helpful?"."""
    tag = node.tag
    if tag not in ("div", "ul", "ol", "section", "form", "footer", "header"):
        return False
    attributes = node.attributes
    hints = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if _CONTENTS_HINT.search(hints):
        text = len("".join(node.text().split()))
        links = sum(len("".join(link.text().split())) for link in node.css("a"))
        if links >= _LINK_SHARE * text:
            return True
    return tag in ("div", "form") and _is_widget(node)


def _is_widget(node: LexborNode) -> bool:
    controls = 0
    for count, (child, entering) in enumerate(walk(node)):
        if child.tag in _PROSE or count > _NODES_TO_JUDGE:
            return False
        controls += entering and child.tag in _CONTROLS
    return controls >= 2


def is_warning_box(node: LexborNode) -> bool:
    """Whether an element frames one warning: its text begins with the label, or its class says so."""
    if node.tag not in _BOX_TAGS:
        return False
    hinted = _WARNING_HINT.search(node.attributes.get("class") or "") is not None
    if not hinted and not starts_with_label(opening_words(node)):
        return False
    return node.css_first("h1,h2,h3,h4") is None and len(node.text()) <= _LONGEST_BOX


def opening_words(node: LexborNode, length: int = 24) -> str:
    """The first characters of an element's text."""
    words = ""
    for count, (child, entering) in enumerate(walk(node)):
        if count > _NODES_TO_JUDGE:
            break
        if entering and child.tag == TEXT:
            words += " ".join((child.text_content or "").split()) + " "
            words = words.lstrip("\u00c2\u00a0\ufeff ")
            if len(words) >= length:
                break
    return words.strip()


def meaningful_alt(node: LexborNode) -> str:
    """The text that stands for a picture, nothing where it would be noise."""
    alt = " ".join((node.attributes.get("alt") or "").split())
    return "" if len(alt) > _LONGEST_ALT or _meaningless_alt().fullmatch(alt) else alt


@cache
def _meaningless_alt() -> re.Pattern[str]:
    return re.compile(rf".*\.(?:png|jpe?g|gif|svg|webp|bmp)|(?:{alternatives('pictures')})s?[\s\d]*", re.IGNORECASE)

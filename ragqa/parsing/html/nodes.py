"""What single HTML elements are and say: the text inside one, a warning box, the name of a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.labels import alternatives, is_bare_label, starts_with_label

TEXT = "-text"
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_STRUCTURE = "p div section article main header footer hgroup search aside address center body html form fieldset legend dialog"
_PARTS = "ul ol menu dir li dl dt dd table caption thead tbody tfoot tr td th figure figcaption blockquote pre listing xmp"
BLOCKS = HEADINGS | frozenset(f"{_STRUCTURE} {_PARTS} details summary hr br".split())
PREFORMATTED = frozenset({"pre", "listing", "xmp"})
_WHOLE = frozenset({"sup", "sub", "ruby", "table"})
_BOX_WORDS = "warning|caution|danger|attention|important|notice|note"
# A class that is such a word, or one of the families that themes make of it: "alert-warning", "note note_warning", "callout".
_BOX_CLASS = re.compile(
    rf"(?:^|\s)(?:(?:{_BOX_WORDS}|admonition|admonitionblock|callout|alert)"
    r"|(?:[a-z]+-){0,2}(?:admonition|callout|alert|message|notice|note|hint|block|box|aside|panel|is|container|label|macro)"
    rf"(?:-|--|_|__)(?:{_BOX_WORDS}|info|error)"
    rf"|[\w-]*(?:warning|caution|danger|admonition)(?:[-_][\w-]*)?)(?=\s|$)",
    re.IGNORECASE,
)
_PLAIN_BOX = re.compile(r"(?:^|[\s_-])(?:tip|hint|example|seealso|quote|abstract|success|question)(?:\s|$)", re.IGNORECASE)
# What it says besides "hint" or "example" is what it is: "book-hint warning", "hint-danger".
_WARNS = re.compile(r"(?:^|[\s_-])(?:warning|caution|danger|attention|important)(?=\s|$)", re.IGNORECASE)
# The title of a box stands in it; of a box that is no warning it is no warning either.
_TITLE_OF_BOX = re.compile(r"(?:^|[\s_-])admonition[-_]+(?:title|heading)(?=\s|$)", re.IGNORECASE)
_PLAIN_LABEL = re.compile(r"\W*(?:tips?|hints?|tipps?|conseils?|astuces?|consejos?|suggeriment[oi]|dicas?)\b", re.IGNORECASE)
_BOX_TAGS = frozenset({"table", "div", "aside", "blockquote", "section", "p", "figure", "details"})
_NODES_TO_JUDGE = 80
_LONGEST_BOX = 4000
SUPERSCRIPTS = str.maketrans(
    "0123456789+-\u2212\u2013()",
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b\u207b\u207d\u207e",
)
SUBSCRIPTS = str.maketrans("0123456789", "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089")
_RAISED = re.compile(r"[0-9+\u2212\u2013,()-]{1,7}")
_UNIT_OF_HEAT = re.compile(r"\s?[CF]\b")
_LONGEST_ALT = 60
_LONGEST_WHOLE_ALT = 600

_TIGHT = re.compile(r"(?<!\s)(?:[^\S\n]*\n\s*(?=[.,;:!?)\]\u2019\u201d])|\s+(?=[.,;](?:[\s,.;:)]|$)))|(?<=[(\[])[^\S\n]*\n\s*")


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


def subtree_text(root: LexborNode, tables: Callable[[LexborNode], str] | None = None) -> str:
    """The text of a heading or a cell as one line; `tables` tells what a table inside a cell says."""
    pieces: list[str] = []
    written = 0
    for node, entering in walk(root):
        tag = node.tag
        if tag in _WHOLE and (written or (entering and _written_whole(node, pieces, tables))):
            written += (1 if entering else -1) if node.child is not None or written else 0
        elif written:
            continue
        elif tag == TEXT:
            if entering:
                pieces.append(node.text_content or "")
        elif tag == "img":
            alt = meaningful_alt(node) if entering and tables else ""
            pieces.append(f"\n[{alt}]\n" if alt else "")
        elif tag in BLOCKS:
            pieces.append(" \u2022 " if tag == "li" and entering else " ")
    text = without_repeated_alt(tight("".join(pieces)))
    return text.strip().removeprefix("\u2022").strip() or " ".join(map(_alt_in_brackets, root.css("img"))).strip()


def _alt_in_brackets(picture: LexborNode) -> str:
    alt = meaningful_alt(picture)
    return f"[{alt}]" if alt else ""


def _written_whole(node: LexborNode, pieces: list[str], tables: Callable[[LexborNode], str] | None) -> bool:
    """Whether an element was written as one, so that what is inside it is done."""
    if node.tag == "table":
        pieces.append(f" {tables(node)} " if tables else " ")
        return True
    if node.tag == "ruby":
        pieces.append(ruby_text(node))
        return True
    return script(node, pieces)


def tight(text: str) -> str:
    """`text` without the space that pretty-printed markup puts before closing and after opening punctuation."""
    return _TIGHT.sub("", text)


def script(node: LexborNode, pieces: list[str]) -> bool:
    """Write a raised or lowered number as what it means ("m<sup>2</sup>" is m²), so that it does not run into its neighbour.

    False where the element holds anything else: it is read like any other text.
    """
    text = "".join(node.text().split())
    if node.tag == "sub":
        if not text.isdecimal() or not (_follows_a_fraction_bar(pieces) or _runs_into_a_digit(node)):
            return False
        pieces.append(text.translate(SUBSCRIPTS))
        return True
    if text in ("o", "O", "0") and _is_degree(node, pieces):
        text = "\u00b0"
    elif not _RAISED.fullmatch(text):
        return False
    if pieces and "\n" in pieces[-1][len(pieces[-1].rstrip()) :]:
        pieces[-1] = pieces[-1].rstrip()
    pieces.append(text.translate(SUPERSCRIPTS))
    return True


def _is_degree(node: LexborNode, pieces: list[str]) -> bool:
    """Whether a raised "o" or zero is the sign between a number and the C or F of its unit."""
    after = node.next
    unit = (after.text_content or "") if after is not None and after.tag == TEXT else ""
    return _UNIT_OF_HEAT.match(unit) is not None and "".join(pieces[-2:]).rstrip()[-1:].isdecimal()


def _follows_a_fraction_bar(pieces: list[str]) -> bool:
    before = "".join(pieces[-2:]).rstrip()
    return (
        len(before) > 1
        and before[-1] in "/\u2044"
        and before[-2] in "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
    )


def _runs_into_a_digit(node: LexborNode) -> bool:
    after = node.next
    return after is not None and after.tag == TEXT and (after.text_content or "")[:1].isdecimal()


def ruby_text(node: LexborNode) -> str:
    """The words of a ruby element in one piece, then how they are read: 漢字(かんじ)."""
    readings = [reading.text() for reading in node.css("rt")]
    written: list[str] = []
    inside = 0
    for child, entering in walk(node):
        if child.tag in ("rt", "rp", "rtc"):
            inside += 1 if entering else -1
        elif child.tag == TEXT and entering and not inside:
            written.append((child.text_content or "").strip())
    reading = "".join(piece.strip() for piece in readings)
    return "".join(written) + (f"({reading})" if reading else "")


def is_warning_box(node: LexborNode) -> bool:
    """Whether an element frames one warning: its text begins with the label, or its class or role says so."""
    tag = node.tag
    if tag not in _BOX_TAGS:
        return False
    attributes = node.attributes
    names = attributes.get("class") or ""
    if names and _TITLE_OF_BOX.search(names):
        return False
    if tag == "details":
        return _WARNS.search(names) is not None and _is_short(node)
    hinted = _is_hinted(names) or attributes.get("role") in ("note", "alert")
    if hinted and _PLAIN_LABEL.match(opening_words(node)):
        return False
    if tag in ("p", "figure"):
        return hinted
    if not hinted and not _begins_with_label(node) and not (tag == "table" and _is_label_beside_text(node)):
        return False
    if not _is_short(node):
        return False
    headings = len(to_elements(node, "h1,h2,h3,h4,h5,h6" if hinted else "h1,h2,h3,h4"))
    return headings <= int(hinted) and bool(node.text(strip=True))


def _is_hinted(names: str) -> bool:
    """Whether the classes of an element say that it is a warning."""
    if not _BOX_CLASS.search(names):
        return False
    return not _PLAIN_BOX.search(names) or _WARNS.search(names) is not None


def _is_label_beside_text(table: LexborNode) -> bool:
    """Whether a table is nothing but "Note", or its icon, and the text that this is the label of."""
    rows = to_elements(table, "tr")
    cells = to_elements(table, "td, th")
    if not 0 < len(rows) <= 2 or len(cells) != 2:
        return False
    first = " ".join(cells[0].text().split()) or " ".join(map(meaningful_alt, cells[0].css("img")))
    return is_bare_label(first) and bool(cells[1].text(strip=True))


def _is_short(node: LexborNode) -> bool:
    """Whether an element's text is no longer than a box may be."""
    length = 0
    for child, entering in walk(node):
        if entering and child.tag == TEXT:
            length += len(child.text_content or "")
            if length > _LONGEST_BOX:
                return False
    return True


def _begins_with_label(node: LexborNode) -> bool:
    words = opening_words(node)
    if starts_with_label(words):
        return True
    if node.tag != "blockquote":
        return False
    bold = node.css_first("strong, b")
    label = bold.text(strip=True).rstrip(":") if bold is not None else ""
    return bool(label) and words.startswith(label[:24]) and starts_with_label(f"{label}:")


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


def without_repeated_alt(raw: str) -> str:
    """An icon's name in brackets goes where the text next to it says the same: "[Camera] Camera"."""
    if "\n[" not in raw:
        return raw
    return re.sub(r"\n\[([^\[\]\n]{1,60})\]\n(?=\s*\1)", " ", raw, flags=re.IGNORECASE)


def meaningful_alt(node: LexborNode) -> str:
    """The text that stands for a picture, nothing where it would be noise."""
    alt = " ".join((node.attributes.get("alt") or "").split())
    if alt[:1] == "[" and alt.find("]") == len(alt) - 1:
        alt = alt[1:-1].strip()  # the brackets are set around it wherever it is written
    return "" if len(alt) > _LONGEST_ALT or _meaningless_alt().fullmatch(alt) else alt


def whole_alt(node: LexborNode) -> str:
    """The longer text for a picture that stands alone, without a caption: then it is all that is said of it."""
    alt = " ".join((node.attributes.get("alt") or "").split())
    if not _LONGEST_ALT < len(alt) <= _LONGEST_WHOLE_ALT or _meaningless_alt().fullmatch(alt):
        return ""
    around = node.parent
    while around is not None and around.tag not in BLOCKS:
        around = around.parent
    if around is None or (around.text(strip=True) and around.tag not in ("body", "div", "section", "article")):
        return ""
    figure = around if around.tag == "figure" else around.parent
    captioned = figure is not None and figure.tag == "figure" and bool(figure.text(strip=True))
    return "" if captioned else alt


@cache
def _meaningless_alt() -> re.Pattern[str]:
    return re.compile(rf".*\.(?:png|jpe?g|gif|svg|webp|bmp)|(?:{alternatives('pictures')})s?[\s\d]*", re.IGNORECASE)


def to_elements(root: LexborNode | LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements below `root` that `selector` finds, in order, each once."""
    found = root.css(selector)
    own = root.mem_id if isinstance(root, LexborNode) else 0
    return list({node.mem_id: node for node in found if node.mem_id != own}.values())


def remove(nodes: Sequence[LexborNode]) -> None:
    """Take elements that stand in order out of the tree, the inner ones before those around them."""
    for node in reversed(nodes):
        node.remove()

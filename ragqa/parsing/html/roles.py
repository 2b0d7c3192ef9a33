"""Elements that are something by their role only: headings, tables, pictures. They become the elements of that name."""

from __future__ import annotations

import re
from functools import cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import BLOCKS, HEADINGS, to_elements, walk
from ragqa.parsing.labels import alternatives

_CELLS = {"columnheader": "th", "rowheader": "th", "cell": "td", "gridcell": "td"}
_LONGEST_NAME = 60
_LONGEST_HEADING = 150


def apply_roles(tree: LexborHTMLParser) -> None:
    """Put the elements that the page's roles name in the place of those that bear them; keys pressed together are set apart."""
    for heading in reversed(to_elements(tree, "[role='heading']")):
        if heading.tag not in HEADINGS:
            level = heading.attributes.get("aria-level") or "2"
            rename(tree, heading, f"h{level}" if level in "123456" else "h6")
    for line in reversed(to_elements(tree, "p[class], div[class]")):
        level = _level_by_class(line.attributes.get("class") or "")
        if level and _is_one_line(line):
            rename(tree, line, f"h{level}")
    for table in to_elements(tree, "[role='table'], [role='grid']"):
        if table.tag != "table" and table.css_first("table, [role='table'] [role='table']") is None:
            _write_table(tree, table)
    for icon in to_elements(tree, "i[role='img'], span[role='img']"):
        name = " ".join((icon.attributes.get("aria-label") or "").split())
        if name and len(name) <= _LONGEST_NAME and not icon.text(strip=True):
            icon.replace_with(f"\n[{name}]\n")
    for classifier in to_elements(tree, "dt .classifier"):
        classifier.insert_before(": ")  # a style sheet writes it between a term and what kind of thing it is
    for key in to_elements(tree, "kbd + kbd"):
        if key.prev is not None and key.prev.tag == "kbd":
            key.insert_before(" ")


def _level_by_class(names: str) -> int:
    """The level of a heading that is one by its style alone, as layout programs write it: "Heading2", "chapter-title"."""
    for name in names.split():
        match = _heading_class().fullmatch(name)
        if match is not None:
            return int(match["level"]) if match["level"] else 1 if match["chapter"] else 2
    return 0


def _is_one_line(node: LexborNode) -> bool:
    """Whether an element is as short as a heading, ends like one, and holds no other block."""
    text = " ".join(node.text().split())
    if not 0 < len(text) <= _LONGEST_HEADING or text.endswith((".", ":", ";", ",")):
        return False
    return not any(child.tag in BLOCKS and child.tag != "br" for child, _ in walk(node))


@cache
def _heading_class() -> re.Pattern[str]:
    words = alternatives("heading_styles")
    return re.compile(
        rf"(?:\d[-_]?)?(?:h|head|heading|subhead|{words})[-_]?(?P<level>[1-6])|"
        r"(?P<chapter>chap(?:ter)?[-_]?(?:title|head|heading))|sect(?:ion)?[-_]?(?:title|head|heading)",
        re.IGNORECASE,
    )


def rename(tree: LexborHTMLParser, node: LexborNode, tag: str) -> None:
    """Put an element of another name in the place of `node`, with all that is in it."""
    renamed = tree.create_node(tag)
    for child in node.iter(include_text=True):
        renamed.insert_child(child)
    node.replace_with(renamed)


def _write_table(tree: LexborHTMLParser, node: LexborNode) -> None:
    table = tree.create_node("table")
    for row in to_elements(node, "[role='row']"):
        tr = tree.create_node("tr")
        for cell in to_elements(row, ", ".join(f"[role='{role}']" for role in _CELLS)):
            written = tree.create_node(_CELLS[cell.attributes.get("role") or "cell"])
            for child in cell.iter(include_text=True):
                written.insert_child(child)
            tr.insert_child(written)
        table.insert_child(tr)
    if table.child is not None:
        node.replace_with(table)

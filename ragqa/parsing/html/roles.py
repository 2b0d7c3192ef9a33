"""Elements that are something by their role only: headings, tables, pictures. They become the elements of that name."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import HEADINGS, to_elements

_CELLS = {"columnheader": "th", "rowheader": "th", "cell": "td", "gridcell": "td"}
_LONGEST_NAME = 60


def apply_roles(tree: LexborHTMLParser) -> None:
    """Put the elements that the page's roles name in the place of those that bear them; keys pressed together are set apart."""
    for heading in reversed(to_elements(tree, "[role='heading']")):
        if heading.tag not in HEADINGS:
            level = heading.attributes.get("aria-level") or "2"
            _rename(tree, heading, f"h{level}" if level in "123456" else "h6")
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


def _rename(tree: LexborHTMLParser, node: LexborNode, tag: str) -> None:
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

"""Elements that are something by their role only: headings, tables, pictures. They become the elements of that name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import BLOCKS, HEADINGS, to_elements, walk
from ragqa.parsing.labels import alternatives

_CELLS = {"columnheader": "th", "rowheader": "th", "cell": "td", "gridcell": "td"}
# Javadoc's cells follow each other in one box, the heads first; others have a box for each row.
_GRIDS = "div.summary-table, div.details-table"
_TABLES_OF_BOXES = (
    "div[class~='divTable' i], div[class~='div-table' i], div[class~='table' i], div.rt-table, div[style*='display:table' i], "
    "div[style*='display: table' i]"
)
_BOX_ROWS = "div[class*='tablerow' i], div[class*='table-row' i], div.tr, div.rt-tr, div[style*='table-row' i], div.row"
_BOX_CELLS = (
    "div[class*='tablecell' i], div[class*='table-cell' i], div[class*='tablehead' i], div[class*='table-head' i], "
    "div.td, div.th, div.rt-td, div.rt-th, div[style*='table-cell' i], div.cell"
)
_AS_TABLE = re.compile(r"display\s*:\s*(?:inline-)?table\s*(?:;|$)", re.IGNORECASE)
_IS_HEAD = re.compile(r"head|(?:^|[\s-])th(?:\s|$)", re.IGNORECASE)
_LONGEST_NAME = 60
_LONGEST_HEADING = 150


def apply_roles(tree: LexborHTMLParser) -> None:
    """Put the elements that the page's roles name in the place of those that bear them; keys pressed together are set apart."""
    for heading in reversed(to_elements(tree, "[role='heading']")):
        if heading.tag not in HEADINGS:
            level = heading.attributes.get("aria-level") or "2"
            rename(tree, heading, f"h{level}" if level in "123456" else "h6")
    for title in to_elements(tree, "div.headertitle div.title") if tree.css_first("h1") is None else ():
        rename(tree, title, "h1")  # the page of Doxygen
    for line in reversed(to_elements(tree, "p[class], div[class]")):
        styled = _level_by_class(line.attributes.get("class") or "")
        if styled and _is_one_line(line):
            rename(tree, line, f"h{styled}")
    for table in to_elements(tree, "[role='table'], [role='grid']"):
        if table.tag != "table" and table.css_first("table, [role='table'] [role='table']") is None:
            _write_table(tree, table, "[role='row']", ", ".join(f"[role='{role}']" for role in _CELLS))
    _write_tables_of_boxes(tree)
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


def _write_tables_of_boxes(tree: LexborHTMLParser) -> None:
    """Make tables of the boxes that only a style sheet sets in rows and columns: their classes say what they are."""
    for table in reversed(to_elements(tree, _GRIDS)):
        cells = [child for child in table.iter() if child.tag == "div"]
        heads = sum(1 for _ in takewhile(lambda cell: "table-header" in (cell.attributes.get("class") or ""), cells))
        if heads >= 2 and len(cells) % heads == 0:
            _replace(tree, table, [cells[start : start + heads] for start in range(0, len(cells), heads)])
    for table in reversed(to_elements(tree, _TABLES_OF_BOXES)):
        style = table.attributes.get("style") or ""
        if table.css_first("table") is not None or ("display" in style and not _AS_TABLE.search(style)):
            continue
        rows = [to_elements(row, _BOX_CELLS) for row in to_elements(table, _BOX_ROWS)]
        if sum(len(row) >= 2 for row in rows) >= 2:
            _replace(tree, table, rows)


def _write_table(tree: LexborHTMLParser, node: LexborNode, rows: str, cells: str) -> None:
    _replace(tree, node, [to_elements(row, cells) for row in to_elements(node, rows)])


def _replace(tree: LexborHTMLParser, node: LexborNode, rows: Sequence[Sequence[LexborNode]]) -> None:
    table = tree.create_node("table")
    for row in rows:
        tr = tree.create_node("tr")
        for cell in row:
            head = _IS_HEAD.search(cell.attributes.get("class") or "") is not None
            written = tree.create_node(_CELLS.get(cell.attributes.get("role") or "", "th" if head else "td"))
            for child in cell.iter(include_text=True):
                written.insert_child(child)
            tr.insert_child(written)
        table.insert_child(tr)
    if table.child is not None:
        node.replace_with(table)

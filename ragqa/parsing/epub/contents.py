"""Headings that only the table of contents names: paragraphs that an entry of it points at and that say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.epub.names import Members
from ragqa.parsing.html.nodes import BLOCKS, HEADINGS, TEXT, walk
from ragqa.parsing.html.roles import rename

_IN_PROSE = frozenset({"p", "div", "center"})
_OTHER_BLOCKS = BLOCKS - {"br"}
_MOST_ENTRIES = 20_000
_MOST_LINES = 3
_LONGEST_TITLE = 200
_NUMBER = re.compile(r"(?:[a-z]{3,10})?(?:\d{1,4}|[ivxlc]{1,7})?")
_FEWEST_SIGNS = 2


@dataclass(frozen=True)
class Entry:
    """An entry of the contents: the page and the place in it, how deep it stands (from 1), and what it says."""

    member: str
    place: str
    depth: int
    label: str


def entries(root: etree._Element, folder: str, members: Members) -> list[Entry]:
    """The entries of a table of contents, in either of the forms that books have; addresses start from `folder`."""
    found: list[Entry] = []
    for address, depth, label in _of_navigation(root) if root.find(".//{*}navPoint") is None else _of_points(root):
        path, _, place = address.partition("#")
        member = members.find(folder, path) if path else None
        if member is not None and label and len(found) < _MOST_ENTRIES:
            found.append(Entry(member, unquote(place), depth, label))
    return found


def name_headings(tree: LexborHTMLParser, of_page: Sequence[Entry]) -> None:
    """Make headings of the paragraphs of a page that the contents name, as deep under its real ones as the contents say."""
    if tree.body is None or not of_page:
        return
    blocks, places = _blocks(tree.body)
    taken: set[int] = set()
    deeper = 0
    for entry in of_page:
        start = places.get(entry.place) if entry.place else 0
        if start is None or start >= len(blocks) or start in taken:
            continue
        if blocks[start].tag in HEADINGS:
            deeper = int((blocks[start].tag or "h1")[1]) - entry.depth
            continue
        lines = _lines(blocks[start : start + _MOST_LINES], entry.label)
        if lines:
            taken.update(range(start, start + lines))
            _make_heading(tree, blocks[start : start + lines], min(max(entry.depth + deeper, 1), 6))


def _of_points(root: etree._Element) -> Iterator[tuple[str, int, str]]:
    for point in root.iterfind(".//{*}navPoint"):
        content, text = point.find("{*}content"), point.find("{*}navLabel/{*}text")
        depth = 1 + sum(etree.QName(around).localname == "navPoint" for around in point.iterancestors("{*}navPoint"))
        if content is not None and text is not None:
            yield content.get("src") or "", depth, " ".join("".join(text.itertext()).split())


def _of_navigation(root: etree._Element) -> Iterator[tuple[str, int, str]]:
    """The links of the list that is the contents, not those of its pages or landmarks."""
    lists = list(root.iterfind(".//{*}nav"))
    contents = [one for one in lists if "toc" in " ".join(value for value in one.attrib.values())]
    for link in (contents or lists or [root])[0].iterfind(".//{*}a"):
        depth = sum(1 for _ in link.iterancestors("{*}ol", "{*}ul"))
        yield link.get("href") or "", max(depth, 1), " ".join("".join(link.itertext()).split())


def _blocks(body: LexborNode) -> tuple[list[LexborNode], dict[str, int]]:
    """The innermost blocks that hold text, in order, and which of them each named place is in or before."""
    blocks: list[LexborNode] = []
    places: dict[str, int] = {}
    around: list[LexborNode] = []
    for node, entering in walk(body):
        if node.tag in BLOCKS:
            if not entering:
                around.pop() if around else None
            elif node.child is not None:
                around.append(node)
        if not entering:
            continue
        innermost = around[-1].mem_id if around else 0
        if node.tag == TEXT:
            if innermost and (node.text_content or "").strip() and (not blocks or blocks[-1].mem_id != innermost):
                blocks.append(around[-1])
        elif name := (node.attributes.get("id") or node.attributes.get("name")):
            begun = blocks and blocks[-1].mem_id == innermost and node.tag not in BLOCKS
            places.setdefault(name, len(blocks) - 1 if begun else len(blocks))
    return blocks, places


def _lines(blocks: Sequence[LexborNode], label: str) -> int:
    """How many of these blocks together say what an entry says; none where they do not."""
    wanted, said = _folded(label), ""
    for count, block in enumerate(blocks, start=1):
        if block.tag not in _IN_PROSE or any(child.tag in _OTHER_BLOCKS for child, _ in walk(block)):
            return 0
        said += _folded(block.text())
        if len(said) > _LONGEST_TITLE:
            return 0
        if _is_same(wanted, said):
            return count
    return 0


def _is_same(one: str, other: str) -> bool:
    """Whether two titles are the same, but for a number that only one of them has: "3 Care", "Chapter 3 Care"."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _FEWEST_SIGNS and long.endswith(short) and _NUMBER.fullmatch(long[: len(long) - len(short)]) is not None


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _make_heading(tree: LexborHTMLParser, blocks: Sequence[LexborNode], level: int) -> None:
    """One heading of the lines of a title."""
    first, *others = blocks
    for other in others:
        first.insert_child(" ")
        for child in list(other.iter(include_text=True)):
            first.insert_child(child)
        other.remove()
    rename(tree, first, f"h{level}")

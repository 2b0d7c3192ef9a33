"""What a page writes around its words: the numbers of its notes, and what a correction put in the place of something else."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import TEXT, remove, to_elements

_NOTES = "[role='doc-footnote'], [role='doc-biblioentry'], aside.footnote, div.citation"
_LONGEST_LABEL = 60


def settle_annotations(tree: LexborHTMLParser) -> None:
    """Put the numbers of notes before their words, as Sphinx writes them apart, and drop deletions that an insertion replaces."""
    for note in to_elements(tree, _NOTES):
        _join_label(note)
    remove([old for old in to_elements(tree, "del") if _is_replaced(old)])


def _join_label(note: LexborNode) -> None:
    label = next((child for child in note.iter() if child.tag == "span" and _has_class(child, "label")), None)
    words = next((child for child in note.iter() if child.tag == "p"), None)
    said = "".join(label.text().split()) if label is not None else ""
    if label is None or words is None or words.child is None or not 0 < len(said) <= _LONGEST_LABEL:
        return
    words.child.insert_before(f"{said} ")
    label.remove()
    remove([child for child in note.iter() if child.tag == "span" and _has_class(child, "backrefs")])


def _has_class(node: LexborNode, name: str) -> bool:
    return name in (node.attributes.get("class") or "").split()


def _is_replaced(old: LexborNode) -> bool:
    """Whether a deletion stands right before or after an insertion."""
    return any(one is not None and one.tag == "ins" for one in (_beside(old.prev, False), _beside(old.next, True)))


def _beside(node: LexborNode | None, onwards: bool) -> LexborNode | None:
    while node is not None and node.tag == TEXT and not (node.text_content or "").strip():
        node = node.next if onwards else node.prev
    return node

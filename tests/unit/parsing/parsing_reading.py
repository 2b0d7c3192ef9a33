"""Ways to look at a parsed document."""

from __future__ import annotations

from ragqa.types import BlockKind, Document


def texts(document: Document, kind: BlockKind | None = None) -> list[str]:
    """The text of every block, or of those of one kind."""
    return [document.text[b.start : b.end] for b in document.blocks if kind is None or b.kind is kind]


def section_of(document: Document, words: str) -> tuple[str, ...]:
    """The heading path of the first block that holds `words`."""
    return next(b.section for b in document.blocks if words in document.text[b.start : b.end])


def page_of(document: Document, words: str) -> int | None:
    """The page of the first block that holds `words`."""
    return next(b.page for b in document.blocks if words in document.text[b.start : b.end])


def groups(document: Document, kind: BlockKind) -> list[int]:
    """The group of every block of one kind."""
    return [b.group for b in document.blocks if b.kind is kind]

"""What stands around a span: its step or sentence, its sentences, or the whole step list, table row, warning or caption."""

from __future__ import annotations

import re

from ragqa.indexing.index import Index
from ragqa.text.sentences import sentence_bounds
from ragqa.types import Block, BlockKind, Context

LONGEST = 1500
"""Characters of a list or warning that are still shown whole; of a longer one, only the blocks that hold the span."""

_MARKER = re.compile(r"(?:[0-9]{1,3}[.)]|[A-Za-z][.)]|[•◦▪*–-])\s+|（?[0-9０-９]{1,3}[．、）]\s*")


def context_of(index: Index, document_id: int, start: int, end: int, language: str = "en") -> Context:
    """The context of the span start..end (character offsets into the text of a document in a language)."""
    blocks = index.blocks(document_id, start, end)
    if not blocks:
        return Context(BlockKind.PARAGRAPH, index.text(document_id, start, end), start, end)
    kind = blocks[0].kind
    if kind in (BlockKind.LIST_ITEM, BlockKind.WARNING, BlockKind.FIGURE):
        first, last = _whole_group(index, document_id, blocks)
    elif kind is BlockKind.PARAGRAPH:
        first, last = _sentences(index, document_id, blocks, start, end, language)
    else:
        first, last = blocks[0].start, blocks[-1].end
    return Context(kind, index.text(document_id, first, last), first, last)


def instruction_around(index: Index, document_id: int, start: int, end: int, language: str = "en") -> tuple[int, int]:
    """The whole step or sentence that holds the span start..end, without the step's number; document offsets."""
    blocks = index.blocks(document_id, start, end)
    if not blocks or blocks[0].kind in (BlockKind.TABLE_ROW, BlockKind.CODE, BlockKind.HEADING):
        return start, end
    if blocks[0].kind is not BlockKind.LIST_ITEM:
        return _sentences(index, document_id, blocks, start, end, language)
    first, last = blocks[0].start, blocks[-1].end
    marker = _MARKER.match(index.text(document_id, first, first + 20))
    return first + (marker.end() if marker else 0), last


def _whole_group(index: Index, document_id: int, blocks: list[Block]) -> tuple[int, int]:
    groups = {block.group for block in blocks if block.group}
    members = [block for group in groups for block in index.group(document_id, group, blocks[0].start)] or blocks
    first, last = min(block.start for block in members), max(block.end for block in members)
    if last - first > LONGEST:
        return blocks[0].start, blocks[-1].end
    return min(first, blocks[0].start), max(last, blocks[-1].end)


def _sentences(index: Index, document_id: int, blocks: list[Block], start: int, end: int, language: str) -> tuple[int, int]:
    first, last = blocks[0].start, blocks[-1].end
    text = index.text(document_id, first, last)
    bounds = sentence_bounds(text, language)
    begin = max((bound for bound in bounds if bound <= start - first), default=0)
    finish = min((bound for bound in bounds if bound >= end - first), default=len(text))
    lead = len(text[begin:finish]) - len(text[begin:finish].lstrip())
    return first + begin + lead, first + begin + len(text[begin:finish].rstrip())

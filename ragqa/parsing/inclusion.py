"""Takes a document that another one holds into it, block by block, where it stands."""

from __future__ import annotations

from ragqa.parsing.builder import DocumentBuilder
from ragqa.types import BlockKind, Document

_INDENT = 2


def include(document: Document, builder: DocumentBuilder) -> None:
    """Add what a document says to `builder`: its blocks under the headings there, and its warnings."""
    groups: dict[int, int] = {0: 0}
    for block in document.blocks:
        if block.group not in groups:
            groups[block.group] = builder.new_group()
        text, group = document.text[block.start : block.end], groups[block.group]
        if block.kind is BlockKind.HEADING:
            builder.heading(text, block.levels[-1])
        elif block.kind is BlockKind.LIST_ITEM:
            line = document.text.rfind("\n", 0, block.start) + 1
            builder.list_item(text, group, "", (block.start - line) // _INDENT)
        elif block.kind is BlockKind.TABLE_ROW:
            builder.table_row(text, group)
        elif block.kind is BlockKind.WARNING:
            builder.warning(text, group)
        elif block.kind is BlockKind.CODE:
            builder.code(text)
        else:
            builder.paragraph(text)
    builder.warnings.extend(document.warnings)

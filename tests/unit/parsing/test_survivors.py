"""README's table of what survives, made anew from a tiny manual in each format, and compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from survivors import FILES

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
KINDS = {
    "headings": ("Cleaning", BlockKind.HEADING),
    "lists": ("Fill the tank", BlockKind.LIST_ITEM),
    "tables": ("35 Nm", BlockKind.TABLE_ROW),
    "code": ("saw --speed 3", BlockKind.CODE),
    "notes": ("Sold apart.", None),
    "figures": ("The hub from below", BlockKind.FIGURE),
}
"""What each column asks for: words of the manual, and the kind of block that keeps what they are; notes are text."""


def told() -> dict[str, dict[str, str]]:
    """The cells of the table by format and column."""
    section = README.partition("## What survives\n")[2].partition("\n## ")[0]
    head, _, *rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]
    return {name: dict(zip(head[1:], cells, strict=True)) for name, *cells in rows}


def survives(document: Document, words: str, kind: BlockKind | None) -> str:
    """How the words survive: "yes" as what they are, "text" without that, "–" not at all."""
    kinds = {block.kind for block in document.blocks if words in document.text[block.start : block.end]}
    if not kinds:
        return "–"
    return "yes" if kind is None or kind in kinds else "text"


def test_the_table_has_every_format_and_column() -> None:
    assert set(told()) == set(FILES)
    assert all(set(cells) == {*KINDS, "pages"} for cells in told().values())


@pytest.mark.parametrize("name", FILES)
def test_what_survives_is_what_the_table_says(name: str) -> None:
    path, data = FILES[name]
    document = parse(data, path)
    found = {column: survives(document, words, kind) for column, (words, kind) in KINDS.items()}
    found["pages"] = "–" if document.pages is None else "yes"
    assert found == told()[name]

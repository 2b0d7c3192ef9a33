"""What plain text says and its document does not hold, line by line.

Not missed are the numbers of pages, and what heads each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragqa.parsing.encoding import decode
from ragqa.parsing.held import missing_texts
from ragqa.parsing.text.overstrike import without_overstrike
from ragqa.parsing.text.page_marks import find_page_marks
from ragqa.parsing.text.running_heads import numbered_heads, repeated_at_edges, shape
from ragqa.types import Document, Unread


def unread(data: bytes, document: Document) -> list[Unread]:
    """The words of the text in `data` that no block of `document` holds, in order, each with its line."""
    sheets = [sheet.splitlines() for sheet in without_overstrike(decode(data)[0]).split("\f")]
    return missing_texts(_lines(sheets), document)


def _lines(sheets: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    heads = repeated_at_edges(sheets)
    lines = ["" if shape(line) in heads else line for sheet in sheets for line in sheet]
    marks = find_page_marks(lines) or numbered_heads(lines)
    for index, line in enumerate(lines):
        if index not in marks:
            yield f"line {index + 1}", line

from __future__ import annotations

from dataclasses import replace

import pytest
from answering_samples import a_hit

from ragqa.answering.passages import cell_values, passage_of
from ragqa.types import Block, BlockKind


def blocks_of(text: str, *kinds: BlockKind, start: int = 0) -> list[Block]:
    """A block for each paragraph of a text."""
    blocks = []
    for part, kind in zip(text.split("\n"), kinds, strict=True):
        blocks.append(Block(kind, start, start + len(part)))
        start += len(part) + 1
    return blocks


HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW


@pytest.mark.parametrize(
    ("joined", "expected"),
    [(False, ["Some text.", "• One", "• Two", "A", "B", "After."]), (True, ["Some text.\n• One\n• Two", "A", "B", "After."])],
)
def test_segments_of_a_passage(joined: bool, expected: list[str]) -> None:
    text = "Errors\nSome text.\n• One\n• Two\nA | B\nAfter."
    hit = a_hit(text, start=500)
    passage = passage_of(hit, blocks_of(text, HEADING, PARAGRAPH, ITEM, ITEM, ROW, PARAGRAPH, start=500))
    passage = passage.joined() if joined else passage
    assert [text[start:end] for start, end in passage.segments] == expected
    assert passage.headings == "Kettle > Errors" and passage.text == text


def test_text_is_not_joined_over_a_heading() -> None:
    text = "One.\nErrors\nTwo."
    passage = passage_of(a_hit(text), blocks_of(text, PARAGRAPH, HEADING, PARAGRAPH)).joined()
    assert [text[start:end] for start, end in passage.segments] == ["One.", "Two."]


def test_a_sentence_set_as_a_heading_may_be_answered_with() -> None:
    text = "Opening the menu\nPress and hold the logo to open the menu\nThen wait."
    passage = passage_of(a_hit(text), blocks_of(text, HEADING, HEADING, PARAGRAPH))
    assert [text[start:end] for start, end in passage.segments] == ["Press and hold the logo to open the menu", "Then wait."]


def test_segments_end_where_the_passage_ends() -> None:
    hit = a_hit("middle of a paragraph", start=100)
    passage = passage_of(hit, [Block(PARAGRAPH, 50, 300)])
    assert passage.segments == ((0, len(hit.chunk.text)),)


def test_title_and_headings_that_are_the_same_are_read_once() -> None:
    hit = replace(a_hit("text"), title="Errors")
    assert passage_of(hit, []).headings == "Errors"


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("Code: E-24 | Cause: The lid is open", ["E-24", "The lid is open"]),
        ("Weight | 12 kg", ["Weight", "12 kg"]),
        ("One cell only", ["One cell only"]),
        ("Time: 12:30 | Note: see: below", ["12:30", "see: below"]),
        ("A: | B", ["A:", "B"]),
        ("F: 21 | Motor fault", ["F: 21", "Motor fault"]),
        ("Note: press START", ["Note: press START"]),
        ("P2 | Time: 3 h | Load: 7 kg", ["P2", "3 h", "7 kg"]),
        ("Kind: Data | Data | Value: 3", ["Data", "Data", "3"]),
        ("a |  | b", ["a", "b"]),
        ("", []),
    ],
)
def test_cell_values(row: str, values: list[str]) -> None:
    text = f"before {row} after"
    spans = list(cell_values(text, 7, 7 + len(row)))
    assert [text[start:end] for start, end in spans if text[start:end].strip()] == values


def test_no_span_of_a_cell_is_empty_or_backwards() -> None:
    for row in ("Code: | Cause: x", "a |  | b", " | ", "Label: ", "x |"):
        assert all(start <= end for start, end in cell_values(row, 0, len(row)))

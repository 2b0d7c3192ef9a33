from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.answering.context import LONGEST, context_of, instruction_around
from ragqa.indexing.index import Index
from ragqa.types import BlockKind, Context, Document

Make = Callable[..., Index]


def around(index: Index, document: Document, words: str) -> Context:
    start = document.text.index(words)
    context = context_of(index, 1, start, start + len(words))
    assert document.text[context.start : context.end] == context.text
    assert context.start <= start and start + len(words) <= context.end
    return context


def instruction(index: Index, document: Document, words: str) -> str:
    start = document.text.index(words)
    first, last = instruction_around(index, 1, start, start + len(words))
    return document.text[first:last]


@pytest.fixture
def index(make_index: Make, kettle: Document) -> Index:
    return make_index(kettle)


@pytest.mark.parametrize(
    ("words", "kind", "shown"),
    [
        ("1.7 litres", BlockKind.PARAGRAPH, "The kettle boils 1.7 litres."),
        ("900 g", BlockKind.PARAGRAPH, "It weighs approx. 900 g without its base."),
        ("Keep it dry", BlockKind.PARAGRAPH, "Keep it dry."),
        ("litres. It weighs", BlockKind.PARAGRAPH, "The kettle boils 1.7 litres. It weighs approx. 900 g without its base."),
        ("The lid is open", BlockKind.TABLE_ROW, "Code: E-24 | Cause: The lid is open | Remedy: Close it"),
        ("Boil it", BlockKind.LIST_ITEM, "• Fill in 500 ml of vinegar.\n• Boil it twice.\n• Rinse with clear water."),
        ("scalds", BlockKind.WARNING, "WARNING\nThe steam scalds. Keep hands away from the spout."),
        ("Descaling", BlockKind.HEADING, "Descaling"),
    ],
)
def test_what_is_shown_around_a_span(words: str, kind: BlockKind, shown: str, index: Index, kettle: Document) -> None:
    context = around(index, kettle, words)
    assert (context.kind, context.text) == (kind, shown)


def test_lists_that_follow_each_other_stay_apart(make_index: Make, script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("list", "Fill.", "Boil."), ("paragraph", "Then:"), ("list", "Pour.", "Drink.")])
    index = make_index(document)
    assert around(index, document, "Pour").text == "• Pour.\n• Drink."


def test_a_span_over_a_paragraph_and_a_list_shows_both(make_index: Make, script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("paragraph", "One. Do this:"), ("list", "Fill.", "Boil.")])
    assert around(make_index(document), document, "Do this:\n\n• Fill").text == "Do this:\n\n• Fill."


def test_of_an_endless_list_only_the_items_with_the_span_are_shown(
    make_index: Make, script_document: Callable[..., Document]
) -> None:
    items = [f"Step {number} asks you to press the button for {number} seconds." for number in range(60)]
    document = script_document("a.md", [("list", *items)])
    context = around(make_index(document), document, "for 30 seconds")
    assert context.text == f"• {items[30]}"
    assert len(document.text) > LONGEST


def test_a_span_outside_every_block_is_its_own_context(index: Index, kettle: Document) -> None:
    gap = kettle.blocks[0].end
    context = context_of(index, 1, gap, gap + 1)
    assert (context.start, context.end, context.text) == (gap, gap + 1, kettle.text[gap])


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("twice", "Boil it twice."),
        ("500 ml", "Fill in 500 ml of vinegar."),
        ("900", "It weighs approx. 900 g without its base."),
        ("lid", "lid"),
        ("Keep hands", "Keep hands away from the spout."),
    ],
)
def test_the_instruction_around_a_span(words: str, whole: str, index: Index, kettle: Document) -> None:
    assert instruction(index, kettle, words) == whole


@pytest.mark.parametrize("marker", ["1.", "12)", "a)", "•", "-", "*", "1、", "２．"])
def test_a_steps_number_is_no_part_of_the_instruction(
    marker: str, make_index: Make, script_document: Callable[..., Document]
) -> None:
    document = script_document("a.md", [("list_item", "Boil it twice.", 1, marker)])
    assert instruction(make_index(document), document, "twice") == "Boil it twice."

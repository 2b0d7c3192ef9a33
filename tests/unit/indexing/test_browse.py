from __future__ import annotations

from typing import Any

import pytest

from ragqa.errors import IndexDamaged, UsageError
from ragqa.indexing.browse import document_named, extract, find_text, headings, list_documents, passage_around
from ragqa.types import BlockKind


@pytest.fixture
def index(make_index: Any, kettle: Any, lamp: Any) -> Any:
    return make_index(kettle, lamp)


def test_documents_are_listed_with_what_is_known_of_them(index: Any, lamp: Any) -> None:
    found = list_documents(index)
    assert [one.path for one in found] == ["hall/lamp.html", "kitchen/kettle.md"]
    assert found[0].characters == len(lamp.text) and found[0].chunks == len(index.document_chunks(found[0].id))
    assert not found[0].present and found[1].pages == 2


def test_an_extract_is_whole_blocks_with_their_text(index: Any, kettle: Any) -> None:
    document = list_documents(index)[1].id
    middle = kettle.text.index("Boil it twice")
    found = extract(index, document, middle, middle + 3)
    assert found.text == kettle.text[found.start : found.end] == "• Boil it twice." and found.length == len(kettle.text)
    whole = extract(index, document, -50, 10**9)
    assert whole.text == kettle.text[whole.start : whole.end] and len(whole.blocks) == len(kettle.blocks)
    with pytest.raises(IndexDamaged):
        extract(index, 99, 0, 10)


def test_text_is_found_round_the_document(index: Any, kettle: Any) -> None:
    document, text = list_documents(index)[1].id, kettle.text
    first = find_text(index, document, "CAUSE:   the", 0)
    assert first is not None and text[slice(*first)].lower() == "cause: the"
    second = find_text(index, document, "cause: the", first[0] + 1)
    assert second is not None and second[0] > first[0]
    assert find_text(index, document, "cause: the", second[0] + 1) == first
    assert find_text(index, document, "cause: the", second[0], backwards=True) == first
    assert find_text(index, document, "cause: the", first[0], backwards=True) == second
    assert find_text(index, document, "[a-z]+", 0) is None and find_text(index, document, "  ", 0) is None


def test_the_passage_around_a_span_holds_it_whole(index: Any, kettle: Any) -> None:
    document, text = list_documents(index)[1].id, kettle.text
    start = text.index("vinegar")
    passage, begin = passage_around(index, document, start, start + 7)
    assert passage[start - begin :].startswith("vinegar") and len(passage) < len(text)
    passage, begin = passage_around(index, document, 0, len(text))
    assert (passage, begin) == (text, 0)


def test_documents_are_listed_by_a_glob(index: Any) -> None:
    assert [one.path for one in list_documents(index, "*kettle*")] == ["kitchen/kettle.md"]
    assert list_documents(index, "no-such-*") == []


def test_a_document_is_named_by_its_path_or_a_glob_that_fits_it_alone(index: Any) -> None:
    assert document_named(index, "hall/lamp.html") == document_named(index, "*lamp*") == list_documents(index)[0]
    with pytest.raises(UsageError, match=r"2 documents are called '\*'") as several:
        document_named(index, "*")
    assert "hall/lamp.html, kitchen/kettle.md" in several.value.hint
    with pytest.raises(UsageError, match="no document"):
        document_named(index, "stove.pdf")


def test_headings_are_told_in_order(index: Any, kettle: Any) -> None:
    found = headings(index, list_documents(index)[1].id)
    assert [one.section[-1] for one in found] == ["Kettle K1", "Errors", "Descaling", "Steam"]
    assert found == [block for block in kettle.blocks if block.kind is BlockKind.HEADING]
    assert headings(index, 99) == []

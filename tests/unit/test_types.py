from __future__ import annotations

import pytest

from ragqa.types import Abstention, Answer, BlockKind, Chunk, Context, FileReport, FileState, IngestReport, Response, page_range


def an_answer(text: str, pages: tuple[int, ...] = ()) -> Answer:
    return Answer(text, 0.9, "a.pdf", (), pages, 0, 1, text, 0, Context(BlockKind.PARAGRAPH, text, 0, 1), 1, 1.0, 0.5)


@pytest.mark.parametrize(("first", "last", "pages"), [(None, None, ()), (3, None, (3,)), (3, 3, (3,)), (3, 5, (3, 4, 5))])
def test_page_range(first: int | None, last: int | None, pages: tuple[int, ...]) -> None:
    assert page_range(first, last) == pages
    assert Chunk("", 0, 0, (), first, last).pages == pages


def test_the_page_of_an_answer_is_the_one_it_begins_on() -> None:
    assert an_answer("x", (4, 5)).page == 4
    assert an_answer("x").page is None


def test_a_response_is_the_sequence_of_its_answers() -> None:
    one, two = an_answer("one"), an_answer("two")
    response = Response("q", True, None, (one, two), (), 0.5)
    assert response[0] is one and response[-1] is two and response[:1] == (one,)
    assert list(response) == [one, two] and len(response) == 2 and two in response
    assert not Response("q", False, Abstention.NO_PASSAGES, (), (), 0.5)
    with pytest.raises(IndexError):
        response[2]


def test_an_ingest_report_counts_states() -> None:
    states = [FileState.ADDED, FileState.ADDED, FileState.SKIPPED]
    report = IngestReport("i", tuple(FileReport("f", state) for state in states), 0, 0.0, 0, 0)
    assert report.count(FileState.ADDED) == 2
    assert report.count(FileState.ADDED, FileState.SKIPPED) == 3
    assert not report.failed
    assert IngestReport("i", (FileReport("f", FileState.FAILED),), 0, 0.0, 0, 0).failed

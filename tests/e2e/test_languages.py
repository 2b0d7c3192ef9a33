"""Manuals in other languages with the real models, which know English only: their passages are found and shown all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from spoken_manuals import SPOKEN, Spoken, write_spoken_manuals

from ragqa import RagQA
from ragqa.config import Settings


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RagQA]:
    folder = tmp_path_factory.mktemp("languages")
    qa = RagQA("shelf", settings=Settings(home=str(folder / "home")))
    report = qa.ingest(write_spoken_manuals(folder / "spoken"))
    assert not report.failed and report.documents == len(SPOKEN)
    yield qa
    qa.close()


@pytest.mark.parametrize("spoken", SPOKEN, ids=[one.code for one in SPOKEN])
def test_the_passage_is_among_those_shown(spoken: Spoken, shelf: RagQA) -> None:
    hits = shelf.search(spoken.question)
    found = [hit for hit in hits[:5] if hit.language == spoken.code and spoken.passage in hit.chunk.text]
    assert found, [hit.document for hit in hits]


@pytest.mark.parametrize("spoken", SPOKEN, ids=[one.code for one in SPOKEN])
def test_it_is_asked_and_answered_or_not_without_a_fault(spoken: Spoken, shelf: RagQA) -> None:
    response = shelf.ask(spoken.question)
    assert any(spoken.passage in hit.chunk.text for hit in response.passages)
    for answer in response:
        assert answer.text and answer.text in answer.context.text

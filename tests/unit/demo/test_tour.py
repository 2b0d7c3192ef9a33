from __future__ import annotations

from typing import Any

import pytest

from ragqa.demo import tour
from ragqa.demo.tour import manuals_folder, sample_pairs, score_pairs
from ragqa.parsing.registry import supported_suffixes
from ragqa.types import Answer, BlockKind, Context, Progress, Response

PAIRS = [
    {"question": "exact", "answer": "3 metres", "document": "a.pdf"},
    {"question": "another wording", "answer": "3 metres", "answers": ["3 metres", "three metres"], "document": "a.pdf"},
    {"question": "half, other manual, unsure", "answer": "red lamp", "document": "b.pdf"},
    {"question": "nothing found", "answer": "x", "document": "b.pdf"},
    {"question": "silent", "answer": None},
    {"question": "talks", "answer": None},
]
FOUND = {
    "exact": ("the 3 metres.", True),
    "another wording": ("three metres", True),
    "half, other manual, unsure": ("red", False),
    "silent": ("x", False),
    "talks": ("x", True),
}


class Answering:
    def ask(self, question: str) -> Response:
        if question not in FOUND:
            return Response(question, False, None, (), (), 0.5)
        text, answered = FOUND[question]
        context = Context(BlockKind.PARAGRAPH, text, 0, 1)
        return Response(question, answered, None, (Answer(text, 0.9, "a.pdf", (), (), 0, 1, text, 0, context, 1, 0, 0),), (), 0.5)


def test_scores_are_percentages_of_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "sample_pairs", lambda: PAIRS)
    steps: list[Progress] = []
    qa: Any = Answering()
    assert score_pairs(qa, steps.append) == {
        "answerable questions": 4,
        "exact match": 50.0,
        "F1": pytest.approx(100 * (1 + 1 + 2 / 3 + 0) / 4),
        "right manual": 50.0,
        "answered": 50.0,
        "unanswerable questions": 2,
        "abstained": 50.0,
    }
    assert [step.items for step in steps] == [1, 2, 3, 4, 5, 6]


def test_the_sample_manuals_come_as_a_folder_of_readable_files() -> None:
    with manuals_folder() as folder:
        suffixes = {path.suffix for path in folder.iterdir()}
    assert suffixes == {".pdf", ".html", ".md", ".docx", ".txt"} <= set(supported_suffixes())


def test_the_sample_pairs_are_read() -> None:
    assert len(sample_pairs()) >= 120

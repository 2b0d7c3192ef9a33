"""A small index to be evaluated on, and results made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.answering.asker import Asker
from ragqa.config import AskSettings
from ragqa.evaluation.metrics import Rouge, exact_match, f1
from ragqa.evaluation.results import FoundBy, Outcome, QuestionResult, Report
from ragqa.evaluation.summarise import summarise
from ragqa.indexing.index import Index
from ragqa.types import QAPair


def question_result(
    predicted: str = "8 watts",
    accepted: tuple[str, ...] = ("8 watts",),
    confidence: float = 0.9,
    answered: bool = True,
    **other: Any,
) -> QuestionResult:
    """A result as `judge` makes them, with what matters given."""
    values: dict[str, Any] = {
        "pair": QAPair("How many watts?", accepted, document="lamp.html", page=3),
        "document": "lamp.html",
        "pages": (3,),
        "section": ("Lamp L2",),
        "gold_rank": 1 if accepted else None,
        "found_by": FoundBy.PAGE if accepted else None,
        "right_document": True if accepted else None,
        "outcome": Outcome.RIGHT,
        "seconds": 0.01,
        **other,
    }
    return QuestionResult(
        predicted=predicted,
        confidence=confidence,
        answered=answered,
        exact=exact_match(predicted, accepted),
        f1=f1(predicted, accepted),
        rouge=Rouge(0.5, 0.25, 1 / 3),
        **values,
    )


def report_of(results: list[QuestionResult], **other: Any) -> Report:
    """A report with these results."""
    values: dict[str, Any] = {
        "reader": "fake", "index": "shelf", "generation": 2, "threshold": 0.5, "top_k": 8, "date": "2025-01-02T03:04:05+00:00",
        **other,
    }  # fmt: skip
    return Report(results=tuple(results), **summarise(results), **values)


@pytest.fixture
def make_result() -> Callable[..., QuestionResult]:
    return question_result


@pytest.fixture
def make_report() -> Callable[..., Report]:
    return report_of


@pytest.fixture
def shelf(manuals: Path, fake_models: Any) -> Index:
    """The three small manuals, ingested; their own Index object."""
    from ragqa.engine import RagQA

    qa = RagQA("shelf")
    qa.ingest(manuals)
    return qa.opened


@pytest.fixture
def reader(fake_models: Any) -> Any:
    return fake_models[1]


@pytest.fixture
def asker_of(shelf: Index, fake_models: Any) -> Callable[..., Asker]:
    """A function that makes an Asker over the shelf, with a threshold and some of AskSettings."""

    def make(threshold: float = 0.5, **settings: Any) -> Asker:
        return Asker(shelf, fake_models[0], AskSettings(**settings), fake_models[1], threshold)

    return make

"""Triplets written in the test, for the modules that train on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragqa.training.examples import Group
from ragqa.types import Match, Triplet

Make = Callable[..., Triplet]


def write_triplet(question: str, context: str, answer: str | None = None, **values: object) -> Triplet:
    """A triplet whose answer stands at its first place in the context; the question is its id."""
    given: dict[str, object] = {"id": question, "rank": 1, **values}
    if answer is not None:
        start = context.index(answer)
        given = {
            "start": start,
            "end": start + len(answer),
            "answers": (answer,),
            "match": Match.EXACT,
            "similarity": 1.0,
            **given,
        }
    return Triplet(question=question, context=context, **given)  # type: ignore[arg-type]


@pytest.fixture
def triplet() -> Make:
    return write_triplet


@pytest.fixture
def group() -> Callable[..., Group]:
    """A function that makes a group of its positives' and its negatives' contexts: {context: answer}, then contexts."""

    def make(question: str, positives: dict[str, str], negatives: tuple[str, ...] = ()) -> Group:
        answers = tuple(dict.fromkeys(positives.values()))
        held = [
            write_triplet(question, context, answer, answers=answers, rank=rank)
            for rank, (context, answer) in enumerate(positives.items(), 1)
        ]
        others = [
            write_triplet(question, context, answers=answers, rank=rank) for rank, context in enumerate(negatives, len(held) + 1)
        ]
        return Group(question, tuple(held), tuple(others))

    return make


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """The models here are so small that threads would only cost time."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(params=["bert", "distilbert", "roberta"])
def reader_folder(request: pytest.FixtureRequest, reader_folders: dict[str, Path]) -> Path:
    """The kinds that training is made for; MPNet brings an attention of its own, and other names of layers."""
    return reader_folders[request.param]

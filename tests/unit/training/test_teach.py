from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import RetrieverSettings
from ragqa.evaluation.bootstrap import Difference
from ragqa.training import teach
from ragqa.training.exercises import Exercise
from ragqa.training.retriever import Taught
from ragqa.training.retriever_card import found_rows, verdict
from ragqa.training.teach import _batches, _pace

LESSONS = [Exercise(f"question {number}", (f"right {number}",), (f"wrong {number}", "wrong")) for number in range(12)]


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [_pace(step, 100, 0.1) for step in range(1, 101)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == 1.0 == rates[9] and 0 < rates[-1] < 0.02
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert [_pace(step, steps, 0.1) for steps in (1, 2) for step in range(1, steps + 1)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("epochs", "share"), [(1.0, 1.0), (0.5, 0.5), (2.0, 2.0), (0.01, 0.0)])
def test_epochs_are_batches_of_all_questions(epochs: float, share: float) -> None:
    settings = RetrieverSettings(epochs=epochs, negatives=1, passages=6)
    made = _batches(LESSONS, settings)
    asked = [question for batch in made for question in batch.questions]
    assert all(len(batch.passages) <= 6 for batch in made) and len(asked) == pytest.approx(12 * share, abs=3)
    again = _batches(LESSONS, settings)
    assert [batch.passages for batch in again] == [batch.passages for batch in made]


class Words:
    """An encoder of two layers over counts of letters, in torch."""

    def __init__(self) -> None:
        import torch

        chance = torch.Generator().manual_seed(1)
        self.weights = [
            torch.randn(26, 8, generator=chance).requires_grad_(),
            torch.randn(8, 4, generator=chance).requires_grad_(),
        ]

    def learning(self) -> list[Any]:
        return self.weights

    def embed(self, questions: Sequence[str], passages: Sequence[str]) -> Any:
        import torch

        texts = [*questions, *passages]
        counts = torch.tensor([[float(text.count(chr(97 + letter))) for letter in range(26)] for text in texts]).reshape(-1, 26)
        vectors = torch.nn.functional.normalize(torch.tanh(counts @ self.weights[0]) @ self.weights[1], dim=1)
        return vectors[: len(questions)], vectors[len(questions) :]


def test_a_step_in_parts_is_the_step_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def stepped(at_once: int) -> tuple[float, list[Any]]:
        monkeypatch.setattr(teach, "TEXTS_AT_ONCE", at_once)
        encoder, [batch, *_] = Words(), _batches(LESSONS, RetrieverSettings(passages=32))
        loss = teach._step(encoder, torch.optim.SGD(encoder.learning(), lr=0.1), batch)
        return loss, encoder.weights

    (loss, whole), (same, parts) = stepped(1000), stepped(3)
    assert loss == pytest.approx(same) and not torch.equal(whole[0], Words().weights[0])
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(whole, parts, strict=True))


def taught(recall: Difference, mrr: Difference) -> Taught:
    before, after = {"recall@1": 0.5, "recall@8": 0.8, "mrr": 0.6}, {"recall@1": 0.6, "recall@8": 0.85, "mrr": 0.7}
    found = {"recall@8": recall, "mrr": mrr}
    return Taught("shop-1", Path("m"), "shop", "default", 80, 20, 9, 8, 5, 5, before, after, found)


def test_the_verdict_says_what_is_shown() -> None:
    plus, minus, none = Difference(0.1, 0.02, 0.2, 0.99), Difference(-0.1, -0.2, -0.02, 0.01), Difference(0.0, -0.1, 0.1, 0.5)
    assert verdict(taught(none, plus)).startswith("shop-1 finds better than default: +10.0 points (95 % interval +2.0 to +20.0)")
    assert verdict(taught(minus, plus)).startswith("shop-1 does not find better than default")
    assert verdict(taught(none, none)).startswith("No difference is shown between shop-1 and default")
    assert list(found_rows(taught(none, plus))) == [
        ("recall@1", "50.0", "60.0", "+10.0", ""),
        ("recall@8", "80.0", "85.0", "+5.0", "-10.0 to +10.0"),
        ("MRR", "60.0", "70.0", "+10.0", "+2.0 to +20.0"),
    ]

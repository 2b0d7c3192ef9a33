from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from ragqa.training.objective import OBJECTIVES, span_loss

Batch = dict[str, torch.Tensor]
TOKENS = 7
NULLS = [0, 0, 2, 0, 6, 0, 0]
QUESTIONS = [0, 0, 0, 1, 1, 2, 3]
USABLE = [[2, 3, 4], [1, 5], [0, 1, 5, 6], [3, 4, 5, 6], [0, 1, 2], [], [2]]
# Question 0 is answered in two windows, 1 in none, 2 has a window without usable tokens, 3 has one with a single one.
TARGETS = [(3, 4), (0, 0), (1, 5), (0, 0), (6, 6), (0, 0), (2, 2)]


@pytest.fixture
def batch() -> Batch:
    usable = torch.zeros(len(NULLS), TOKENS, dtype=torch.bool)
    for row, tokens in enumerate(USABLE):
        usable[row, tokens] = True
    starts, ends = zip(*TARGETS, strict=True)
    return {
        "usable": usable, "null": torch.tensor(NULLS), "question": torch.tensor(QUESTIONS), "start": torch.tensor(starts),
        "end": torch.tensor(ends),
    }  # fmt: skip


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(3)
    return 3 * torch.randn(len(NULLS), TOKENS, generator=chance), 3 * torch.randn(len(NULLS), TOKENS, generator=chance)


def plain_window_loss(logits: Any, side: int) -> float:
    """-log P(target) in each window, over its usable tokens and its null token."""
    losses = []
    for row, tokens in enumerate(USABLE):
        target = TARGETS[row][side]
        total = sum(math.exp(logits[row][token]) for token in {*tokens, NULLS[row]})
        losses.append(-math.log(math.exp(logits[row][target]) / total))
    return sum(losses) / len(losses)


def plain_shared_loss(logits: Any, side: int) -> float:
    """-log P(any right token of any window, or no answer), from the odds against each window's null token; "no answer" has 1."""
    losses = []
    for question in sorted(set(QUESTIONS)):
        total, right = 1.0, 0.0
        for row in (row for row, of in enumerate(QUESTIONS) if of == question):
            null, target = logits[row][NULLS[row]], TARGETS[row][side]
            total += sum(math.exp(logits[row][token] - null) for token in USABLE[row] if token != NULLS[row])
            right += 0.0 if target == NULLS[row] else math.exp(logits[row][target] - null)
        losses.append(-math.log((right or 1.0) / total))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_loss_is_the_negative_log_likelihood(objective: str, batch: Batch, logits: tuple[torch.Tensor, torch.Tensor]) -> None:
    plain = {
        "window": np.mean([plain_window_loss(side.tolist(), number) for number, side in enumerate(logits)]),
        "shared": np.mean([plain_shared_loss(side.tolist(), number) for number, side in enumerate(logits)]),
    }
    plain["both"] = (plain["window"] + plain["shared"]) / 2
    assert abs(plain["window"] - plain["shared"]) > 0.1
    assert float(span_loss(*logits, batch, objective)) == pytest.approx(plain[objective], rel=1e-5)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_constant_on_a_windows_logits_changes_nothing(
    objective: str, batch: Batch, logits: tuple[torch.Tensor, torch.Tensor]
) -> None:
    start, end = logits
    for row in range(len(NULLS)):
        moved = start.clone(), end.clone()
        moved[0][row] += 7.0
        moved[1][row] -= 4.0
        assert float(span_loss(*moved, batch, objective)) == pytest.approx(
            float(span_loss(start, end, batch, objective)), rel=1e-5
        )


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_no_span_may_use_has_no_gradient(objective: str, batch: Batch, logits: tuple[torch.Tensor, torch.Tensor]) -> None:
    start, end = (side.clone().requires_grad_() for side in logits)
    span_loss(start, end, batch, objective).backward()
    usable = batch["usable"].scatter(1, batch["null"][:, None], True)
    for side in (start, end):
        assert side.grad is not None and torch.isfinite(side.grad).all()
        assert (side.grad[~usable] == 0).all()
        assert (side.grad[0, USABLE[0]] != 0).all() and (side.grad[3, USABLE[3]] != 0).all()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_window_without_usable_tokens_is_sure_of_no_answer(objective: str) -> None:
    start = torch.randn(1, TOKENS).requires_grad_()
    zeros = torch.zeros(1, dtype=torch.long)
    alone = {"usable": torch.zeros(1, TOKENS, dtype=torch.bool), "null": zeros, "question": zeros, "start": zeros, "end": zeros}
    loss = span_loss(start, start, alone, objective)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-6)
    assert start.grad is not None and torch.isfinite(start.grad).all()


def sure_of_the_answer() -> list[torch.Tensor]:
    """Start and end logits that are sure of the answer in window 0, and know nothing elsewhere."""
    sides = [torch.zeros(len(NULLS), TOKENS), torch.zeros(len(NULLS), TOKENS)]
    for side, target in zip(sides, TARGETS[0], strict=True):
        side[0, target] = 30.0
    return sides


def test_either_of_two_windows_that_hold_the_answer_will_do(batch: Batch) -> None:
    """Shared: once one window is sure of it, the other's silence costs nothing. Per window, it does."""
    sides = sure_of_the_answer()
    silent = [side.clone() for side in sides]
    for side in silent:
        side[2, NULLS[2]] = 20.0
    assert float(span_loss(*silent, batch, "shared")) == pytest.approx(float(span_loss(*sides, batch, "shared")), abs=1e-4)
    assert float(span_loss(*silent, batch, "window") - span_loss(*sides, batch, "window")) > 1


def test_a_passage_that_only_seems_to_answer_costs_its_question_when_shared(batch: Batch) -> None:
    """A higher margin in a wrong window outweighs the right one's, though the right window alone is as sure as before."""
    sides = sure_of_the_answer()
    wrong = [side.clone() for side in sides]
    for side in wrong:
        side[1, USABLE[1][0]] = 60.0
    assert float(span_loss(*wrong, batch, "shared") - span_loss(*sides, batch, "shared")) == pytest.approx(30 / 4, abs=0.01)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_extreme_logits_of_low_precision_stay_finite(objective: str, batch: Batch) -> None:
    start = torch.full((len(NULLS), TOKENS), -300.0, dtype=torch.bfloat16)
    start[:, 3] = 300.0
    start.requires_grad_()
    loss = span_loss(start, start, batch, objective)
    loss.backward()
    assert loss.dtype is torch.float32 and torch.isfinite(loss)
    assert start.grad is not None and torch.isfinite(start.grad).all()

"""Exercises to a taught retriever: a change of low rank in the embedder's weights, learnt by contrast."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragqa.config import RetrieverSettings
from ragqa.errors import ModelError
from ragqa.inference.adapter import joined
from ragqa.inference.embedder import Teachable
from ragqa.inference.torch_runtime import quiet_libraries, set_threads
from ragqa.training.contrast import Batch, batches, contrastive_loss
from ragqa.training.exercises import Exercise, batched
from ragqa.types import TrainStep

if TYPE_CHECKING:
    from ragqa.inference.adapter import Delta

TEXTS_AT_ONCE = 8
"""Questions, and passages, through which a gradient goes at once."""

STEEPEST = 1.0
"""The longest gradient of a step; a longer one is shortened."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt: the whole change of the base's weights, what it began with included, and the loss of each step."""

    deltas: Mapping[str, Delta]
    losses: tuple[float, ...]


def teach(
    base: Teachable,
    lessons: Sequence[Exercise],
    settings: RetrieverSettings,
    threads: int = 0,
    told: Callable[[TrainStep], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> Learnt | None:
    """Teach an embedder; None when it was stopped. The same exercises and seed give the same change.

    Raises ModelError where the embedder cannot be taught, or learns nonsense.
    """
    quiet_libraries()
    import torch

    from ragqa.training.low_rank import LowRankEncoder

    set_threads(threads)
    encoder = LowRankEncoder(base.folder, settings.rank, settings.seed, base.start)
    optimizer = torch.optim.AdamW(encoder.learning(), lr=settings.learning_rate, weight_decay=0.0, betas=(0.9, 0.98))
    steps, losses, began = _batches(lessons, settings), list[float](), time.monotonic()
    for number, batch in enumerate(steps, start=1):
        if stop():
            return None
        optimizer.param_groups[0]["lr"] = settings.learning_rate * _pace(number, len(steps), settings.warmup)
        losses.append(_step(encoder, optimizer, batch))
        seconds = time.monotonic() - began
        told(TrainStep(number, len(steps), losses[-1], {}, seconds, seconds / number * (len(steps) - number)))
    deltas = joined(base.start, encoder.deltas())
    if any(not torch.isfinite(tensor).all() for tensor in encoder.learning()):
        raise ModelError("the retriever has learnt no numbers", hint="Teach it again with a lower --lr.")
    return Learnt(deltas, tuple(losses))


def _batches(lessons: Sequence[Exercise], settings: RetrieverSettings) -> list[Batch]:
    """The batches of all epochs; of the last one only a part where they are no whole number."""
    made: list[Batch] = []
    left = settings.epochs
    while left > 0:
        seed = f"{settings.seed} {len(made)}"
        epoch = list(batches(batched(lessons, settings.negatives, seed), settings.passages, random.Random(seed)))
        made += epoch[: max(1, round(min(left, 1.0) * len(epoch)))]
        left -= 1
    return made


def _pace(step: int, steps: int, warmup: float) -> float:
    """The learning rate's share of its highest: it rises, and then falls to nothing."""
    rising = max(1, round(warmup * steps))
    return min(step / rising, (steps - step + 1) / max(1, steps - rising))


def _step(encoder: Any, optimizer: Any, batch: Batch) -> float:
    """One step. The loss needs all vectors together; its gradient goes through the encoder for some texts after the others, which
    computes them twice and holds the states of only a few: a gigabyte instead of four."""
    import torch

    with torch.no_grad():
        questions, passages = (vectors.clone() for vectors in encoder.embed(batch.questions, batch.passages))
    loss = contrastive_loss(questions.requires_grad_(), passages.requires_grad_(), batch)
    loss.backward()
    for first in range(0, max(len(questions), len(passages)), TEXTS_AT_ONCE):
        part = slice(first, first + TEXTS_AT_ONCE)
        vectors = torch.cat(encoder.embed(batch.questions[part], batch.passages[part]))
        vectors.backward(torch.cat([questions.grad[part], passages.grad[part]]))
    torch.nn.utils.clip_grad_norm_(encoder.learning(), STEEPEST)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())

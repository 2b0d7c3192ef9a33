"""Groups of triplets to a trained reader: the base model trained on, the best checkpoint kept, all of it resumable."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader
from ragqa.config import LONGEST_ANSWER, TrainSettings
from ragqa.errors import ModelError, UsageError
from ragqa.inference.torch_runtime import quiet_libraries, set_threads
from ragqa.training.checkpoints import newest_checkpoint
from ragqa.training.examples import Group, Shape
from ragqa.types import TrainStep

JOINED_SHARE = 0.1
"""Share of answers over several paragraphs or steps from which a reader learns to give such answers."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with its tokenizer, and how the training went."""

    model: Any
    tokenizer: Any
    settings: ReaderSettings
    history: tuple[dict[str, float], ...]
    steps: int
    best_step: int
    stopped: bool


def train(
    base: TransformerReader,
    training: Sequence[Group],
    validation: Sequence[Group],
    settings: TrainSettings,
    folder: Path,
    *,
    resume: bool = False,
    threads: int = 0,
    told: Callable[[TrainStep], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train a copy of the base reader; checkpoints are kept in `folder`, and taken up from there with `resume`.

    Raises ModelError when the base cannot be trained or the training diverges, UsageError for a device that is not here.
    """
    quiet_libraries()
    settings = replace(settings, device=device_of(settings.device))
    set_threads(threads)
    model, tokenizer = trainable_model(base), base.tokenizer
    reading = reader_settings(base.settings, training, tokenizer, settings)
    shape = Shape(reading.window_tokens, reading.stride, reading.read_headings, reading.join_blocks)

    from ragqa.training.scores import scorer
    from ragqa.training.trainer import Parts, Telling, make_trainer

    telling = Telling(told, stop)
    scores = scorer(validation, tokenizer, shape, reading.max_answer_tokens)
    trainer = make_trainer(Parts(model, tokenizer, shape, training, validation, scores, telling), settings, folder)
    gc.collect()
    gc.freeze()  # a large set is millions of objects, which the collector would look through again and again
    checkpoint = newest_checkpoint(folder) if resume else None
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    state = trainer.state
    return Trained(
        model=trainer.model.eval(),
        tokenizer=tokenizer,
        settings=reading,
        history=tuple(state.log_history),
        steps=state.global_step,
        best_step=state.best_global_step or state.global_step,
        stopped=telling.stopped,
    )


def reader_settings(base: ReaderSettings, groups: Sequence[Group], tokenizer: Any, settings: TrainSettings) -> ReaderSettings:
    """How the trained reader is to read: the longest answer and whether answers join blocks, from the training answers."""
    import numpy as np

    spans = [one for group in groups for one in group.positives]
    if not spans:
        return base
    texts = [one.context[one.start : one.end] for one in spans]
    lengths = [len(tokens) for tokens in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    longest = settings.max_answer_tokens or max(int(np.percentile(lengths, 98)), base.max_answer_tokens)
    apart = [
        one for one in spans if one.segments and not any(a <= (one.start or 0) and (one.end or 0) <= b for a, b in one.segments)
    ]
    return replace(
        base,
        max_answer_tokens=min(longest, LONGEST_ANSWER),
        passage_characters=settings.passage_characters or 0,
        join_blocks=base.join_blocks or len(apart) > JOINED_SHARE * len(spans),
    )


def device_of(asked: str) -> str:
    """Where to compute: cuda, mps or cpu; the best there is for "auto". Raises UsageError where the asked one is not here."""
    import torch

    here = [name for name, module in (("cuda", torch.cuda), ("mps", torch.backends.mps)) if module.is_available()] + ["cpu"]
    if asked not in ("auto", *here):
        raise UsageError(f"torch finds no device '{asked}' here", hint=f"Train with --device {here[0]}, or leave it out.")
    return here[0] if asked == "auto" else asked


def trainable_model(base: TransformerReader) -> Any:
    """A copy of the base model for training: no dropout, word embeddings kept as they are. Raises ModelError.

    Small sets cannot teach 30,000 word vectors anything, and dropout costs speed; on SQuAD neither helped.
    """
    import torch

    from ragqa.training.attention import register_attention

    model = base.load_model(attn_implementation=register_attention())
    if any(parameter.dtype is not torch.float32 for parameter in model.parameters()):
        raise ModelError(
            f"the reader '{base.name}' is quantised and cannot be trained", hint="Choose its full-precision weights."
        )
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.get_input_embeddings().weight.requires_grad = False
    return model.train()

"""The Hugging Face Trainer, taught about questions with several passages: loss, sampling, learning rates, live reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from pathlib import Path
from typing import Any

from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from ragqa.config import TrainSettings
from ragqa.errors import ModelError
from ragqa.inference.torch_runtime import cpu_has_bf16
from ragqa.training.checkpoints import seal
from ragqa.training.examples import PAD_MULTIPLE, ByLength, Collator, Group, Groups, Sample, Sampling, Shape
from ragqa.training.objective import span_loss
from ragqa.types import TrainStep

BATCH_FIELDS = ("usable", "null", "question", "start", "end")
"""What a batch holds beside the model's own inputs."""

EVALUATION_QUESTIONS = 1
"""Questions read at once in evaluation. Each brings several windows, and of a last, smaller batch the Trainer would cut the rows
that are more than its questions."""

SLICE_WINDOWS = 8
"""Windows computed at once."""

ANEW = "Begin a training anew, under another name"

_LAYER = re.compile(r"\.(?:layer|layers|h)\.(\d+)\.")


class SpanTrainer(Trainer):  # type: ignore[misc]  # transformers has no types
    """Trains a question-answering head on groups of passages."""

    optimizer: Any

    def __init__(self, *, groups: Sequence[Group], settings: TrainSettings, **options: Any) -> None:
        self._groups, self._settings = groups, settings
        super().__init__(**options)

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        """The objective of a batch, with the logits where wanted."""
        start, end = logits_by_length(model, {name: inputs[name] for name in inputs if name not in BATCH_FIELDS})
        loss = span_loss(start, end, inputs, self._settings.objective)
        return (loss, {"start_logits": start, "end_logits": end}) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with a learning rate that falls from layer to layer towards the input."""
        import torch

        if self.optimizer is None:
            groups = parameter_groups(self.model, self._settings)
            self.optimizer = torch.optim.AdamW(groups, lr=self._settings.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return ByLength(self._groups, self._settings.batch_size, self._settings.seed)


def logits_by_length(model: Any, inputs: dict[str, Any]) -> tuple[Any, Any]:
    """Start and end logits of all windows, shape (windows, tokens), computed in slices of windows of similar length.

    The passages of a question differ in length; a batch padded to its longest would be a third padding.
    """
    import torch

    lengths = inputs["attention_mask"].sum(dim=1)
    order = torch.argsort(lengths)
    starts, ends = [], []
    for rows in order.split(SLICE_WINDOWS):
        width = min(-(-int(lengths[rows].max()) // PAD_MULTIPLE) * PAD_MULTIPLE, inputs["attention_mask"].shape[1])
        outputs = model(**{name: values[rows, :width] for name, values in inputs.items()})
        missing = (0, inputs["attention_mask"].shape[1] - width)
        starts.append(torch.nn.functional.pad(outputs.start_logits, missing))
        ends.append(torch.nn.functional.pad(outputs.end_logits, missing))
    back = torch.argsort(order)
    return torch.cat(starts)[back], torch.cat(ends)[back]


def parameter_groups(model: Any, settings: TrainSettings) -> list[dict[str, Any]]:
    """The trainable parameters for the optimizer: learning rate · layer_decay^(layers above), no decay of biases and norms."""
    layers = int(getattr(model.config, "num_hidden_layers", 0) or 0)
    groups: dict[tuple[int, bool], list[Any]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            match = _LAYER.search(name)
            depth = int(match.group(1)) + 1 if match else 0 if "embedding" in name else layers + 1
            groups.setdefault((depth, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.learning_rate * settings.layer_decay ** (layers + 1 - depth),
            "weight_decay": settings.weight_decay if decayed else 0.0,
        }
        for (depth, decayed), parameters in groups.items()
    ]


class Telling(TrainerCallback):  # type: ignore[misc]
    """Hands every evaluation and every logged loss to a callback, asks whether to stop, ends what has diverged, and seals every
    checkpoint."""

    def __init__(self, told: Callable[[TrainStep], None], stop: Callable[[], bool]) -> None:
        self._told, self._stop = told, stop
        self._loss, self._began, self._first = float("nan"), 0.0, 0
        self.stopped = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import time

        self._began, self._first = time.monotonic(), state.global_step
        if state.best_global_step:  # the stored path is of the folder that an earlier run worked in, and that may have moved
            best = Path(args.output_dir) / f"checkpoint-{state.best_global_step}"
            if not best.is_dir():
                raise ModelError(f"the best checkpoint of this training is gone: {best}", hint=f"{ANEW}.")
            state.best_model_checkpoint = str(best)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._stop():
            self.stopped = control.should_training_stop = control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            self._loss = logs["loss"]
            _end_diverged(self._loss, state, control)
            self._told(self._step(state, {}))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **_: Any) -> None:
        scores = {name.removeprefix("eval_"): value for name, value in (metrics or {}).items()}
        _end_diverged(scores.get("loss", 0.0), state, control)
        self._told(self._step(state, {name: scores[name] for name in SCORES if name in scores}))

    def _step(self, state: Any, scores: dict[str, float]) -> TrainStep:
        import time

        seconds = time.monotonic() - self._began
        made = max(state.global_step - self._first, 1)
        left = seconds / made * (state.max_steps - state.global_step)
        return TrainStep(state.global_step, state.max_steps, self._loss, scores, seconds, left)


def _end_diverged(loss: float, state: Any, control: Any) -> None:
    """End a training whose loss is no number any more, from which it never comes back; the best checkpoint before counts.

    Raises ModelError where there is none.
    """
    if isfinite(loss):
        return
    if not state.best_global_step:
        raise ModelError(
            f"the training has diverged: its loss is no number at step {state.global_step}", hint=f"{ANEW} and with a lower --lr."
        )
    control.should_training_stop = True


SCORES = ("loss", "exact_match", "f1", "rouge_l", "no_answer_accuracy")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a Trainer is made of."""

    model: Any
    tokenizer: Any
    shape: Shape
    train: Sequence[Group]
    validation: Sequence[Group]
    scores: Callable[[Any], dict[str, float]]
    telling: Telling


def make_trainer(parts: Parts, settings: TrainSettings, folder: Path) -> SpanTrainer:
    """A Trainer that keeps its checkpoints in `folder`, evaluates on what retrieval found, and restores the best at the end."""
    sampling = Sampling(settings.negatives, settings.answerless, settings.near_misses, settings.seed)
    steps = settings.max_steps or ceil(ceil(len(parts.train) / settings.batch_size) * settings.epochs)
    every = min(settings.evaluate_steps or max(1, round(steps / settings.evaluations)), steps)
    trainer = SpanTrainer(
        groups=parts.train,
        settings=settings,
        model=parts.model,
        args=_arguments(settings, folder, every),
        data_collator=Collator(parts.tokenizer, parts.shape),
        train_dataset=Groups(parts.train, sampling),
        eval_dataset=[[Sample(group.question, group.retrieved)] for group in parts.validation],
        compute_metrics=parts.scores,
        callbacks=[parts.telling, EarlyStoppingCallback(settings.patience)],
    )
    trainer.remove_callback(PrinterCallback)  # it prints to stdout, which is for data
    return trainer


def _has_bf16(device: str) -> bool:
    """Whether the device itself computes in bf16; older cards only emulate it, slowly."""
    import torch

    return cpu_has_bf16() if device == "cpu" else device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def _arguments(settings: TrainSettings, folder: Path, every: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=EVALUATION_QUESTIONS,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup,
        lr_scheduler_type="linear",
        max_grad_norm=1.0,
        bf16=_has_bf16(settings.device),
        use_cpu=settings.device == "cpu",
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=every,
        save_steps=every,
        logging_steps=max(1, every // 4),
        save_total_limit=2,
        restore_callback_states_from_checkpoint=True,  # the patience that is left
        load_best_model_at_end=True,
        metric_for_best_model="f1",
        greater_is_better=True,
        label_names=["start", "end"],
        remove_unused_columns=False,
        seed=settings.seed,
        data_seed=settings.seed,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
        logging_nan_inf_filter=False,
    )

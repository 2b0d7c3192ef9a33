from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ragqa.config import TrainSettings
from ragqa.errors import ModelError
from ragqa.training import trainer
from ragqa.training.examples import Collator, Group, Sample, Shape
from ragqa.training.trainer import BATCH_FIELDS, Parts, Telling, logits_by_length, make_trainer, parameter_groups
from ragqa.types import TrainStep, Triplet

MakeGroup = Callable[..., Group]
Make = Callable[..., Triplet]
QUESTION = "What does E-24 mean?"
LONG = " ".join(f"Step {number}: press MENU for {number} seconds." for number in range(20))
SHAPE = Shape(window_tokens=96, stride=32)
SETTINGS = TrainSettings(batch_size=4, device="cpu", layer_decay=0.5, learning_rate=1e-3)


@pytest.fixture
def model(reader_folder: Path) -> Any:
    from transformers import AutoModelForQuestionAnswering

    return AutoModelForQuestionAnswering.from_pretrained(str(reader_folder), local_files_only=True).eval()


@pytest.fixture
def inputs(tokenizer: Any, triplet: Make) -> dict[str, torch.Tensor]:
    """The model's inputs for more windows than a slice holds, of many lengths in no order."""
    contexts = [LONG[: 40 * (number * 7 % 11) + 5] for number in range(14)]
    batch = Collator(tokenizer, SHAPE)([[Sample(QUESTION, tuple(triplet(QUESTION, context) for context in contexts))]])
    return {name: values for name, values in batch.items() if name not in BATCH_FIELDS}


def test_logits_by_length_are_those_of_the_whole_batch(model: Any, inputs: dict[str, torch.Tensor]) -> None:
    plain = model(**inputs)
    assert len(plain.start_logits) > 2 * trainer.SLICE_WINDOWS
    start, end = logits_by_length(model, inputs)
    seen = inputs["attention_mask"].bool()
    assert start.shape == end.shape == seen.shape
    torch.testing.assert_close(start[seen], plain.start_logits[seen], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(end[seen], plain.end_logits[seen], atol=1e-5, rtol=1e-5)


def test_the_model_gets_what_the_tokenizer_makes(
    model: Any, inputs: dict[str, torch.Tensor], tokenizer: Any, reader_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, torch.Tensor]] = []
    forward = type(model).forward
    monkeypatch.setattr(type(model), "forward", lambda self, **given: calls.append(given) or forward(self, **given))
    logits_by_length(model, inputs)
    for given in calls:
        assert set(given) == set(tokenizer.model_input_names)
        assert ("token_type_ids" in given) == (reader_folder.name == "bert")
        assert len(given["input_ids"]) <= trainer.SLICE_WINDOWS
        longest, width = int(given["attention_mask"].sum(dim=1).max()), given["input_ids"].shape[1]
        assert longest <= width < longest + trainer.PAD_MULTIPLE
    assert len({given["input_ids"].shape[1] for given in calls}) > 1


def test_gradients_reach_every_window(model: Any, inputs: dict[str, torch.Tensor]) -> None:
    start, _ = logits_by_length(model, inputs)
    start.retain_grad()
    start.sum().backward()
    assert start.grad is not None and model.qa_outputs.weight.grad.abs().sum() > 0


def test_learning_rates_fall_towards_the_input(model: Any) -> None:
    model.get_input_embeddings().weight.requires_grad = False
    rates = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in parameter_groups(model, SETTINGS)
        for parameter in group["params"]
    }
    named = dict(model.named_parameters())
    assert set(rates) == {id(one) for one in named.values() if one.requires_grad}
    for name, parameter in named.items():
        if not parameter.requires_grad:
            assert id(parameter) not in rates and "word_embeddings" in name
            continue
        rate, decay = rates[id(parameter)]
        above = 0 if "qa_outputs" in name else 1 if ".layer.1." in name else 2 if ".layer.0." in name else 3
        assert rate == pytest.approx(1e-3 * 0.5**above), name
        assert decay == (0.0 if name.endswith(("bias", "LayerNorm.weight", "layer_norm.weight")) else SETTINGS.weight_decay), name


@pytest.fixture
def groups(group: MakeGroup) -> list[Group]:
    return [group(f"What is {n}?", {f"It is {n} bar.": f"{n} bar"}, (f"Keep {n} dry.", LONG)) for n in range(9)]


def parts(model: Any, tokenizer: Any, groups: list[Group], **options: Any) -> Parts:
    told = Telling(lambda step: None, lambda: False)
    return Parts(model, tokenizer, SHAPE, groups, options.get("validation", groups), lambda prediction: {"f1": 1.0}, told)


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        (replace(SETTINGS, epochs=3, evaluations=9), 1),
        (replace(SETTINGS, epochs=8, evaluations=4), 6),
        (replace(SETTINGS, epochs=1, evaluations=100), 1),
        (replace(SETTINGS, evaluate_steps=5), 5),
        (replace(SETTINGS, epochs=100, max_steps=6, evaluations=2), 3),
        (replace(SETTINGS, evaluate_steps=50, epochs=2.5), 8),
        (replace(SETTINGS, evaluate_steps=50, max_steps=4), 4),
    ],
)
def test_evaluations_are_spread_over_the_training(
    settings: TrainSettings, steps: int, model: Any, tokenizer: Any, groups: list[Group], tmp_path: Path
) -> None:
    """Nine questions are three batches an epoch."""
    args = make_trainer(parts(model, tokenizer, groups), settings, tmp_path).args
    assert args.eval_steps == args.save_steps == steps


def test_evaluation_reads_what_retrieval_found(model: Any, tokenizer: Any, groups: list[Group], tmp_path: Path) -> None:
    missed = replace(groups[1], positives=tuple(replace(one, rank=0) for one in groups[1].positives))
    unranked = replace(missed, negatives=tuple(replace(one, rank=0) for one in missed.negatives))
    made = make_trainer(parts(model, tokenizer, groups, validation=[groups[0], missed, unranked]), SETTINGS, tmp_path)
    samples = [item[0] for item in made.eval_dataset]
    assert [len(sample.triplets) for sample in samples] == [3, 2, 3]


@pytest.mark.parametrize("objective", ["shared", "window", "both"])
def test_predictions_are_all_windows_logits(
    objective: str, model: Any, tokenizer: Any, groups: list[Group], tmp_path: Path
) -> None:
    """One after another, whatever their number and length: what the scorer takes them for."""
    made = make_trainer(parts(model, tokenizer, groups), replace(SETTINGS, objective=objective), tmp_path)
    made.args.bf16 = False
    seen: list[Any] = []
    made.compute_metrics = lambda prediction: seen.append(prediction.predictions) or {"f1": 1.0}
    assert made.evaluate()["eval_loss"] > 0
    ((start, end),) = seen
    row = 0
    for one in groups:
        windows = SHAPE.windows(tokenizer, one.question, one.retrieved)
        plain = model(**{name: torch.from_numpy(values) for name, values in windows.inputs.items()})
        rows, width = slice(row, row + len(windows.passage)), windows.starts.shape[1]
        held = torch.from_numpy(windows.inputs["attention_mask"]).bool()
        for found, expected in ((start, plain.start_logits), (end, plain.end_logits)):
            torch.testing.assert_close(torch.from_numpy(found[rows, :width])[held], expected[held], atol=0.02, rtol=0.05)
        row += len(windows.passage)
    assert row == len(start) == len(end)


def test_steps_are_told_with_loss_and_scores() -> None:
    told: list[TrainStep] = []
    telling = Telling(told.append, lambda: False)
    state, control = SimpleNamespace(global_step=10, max_steps=50, best_global_step=None), SimpleNamespace()
    telling.on_train_begin(None, state, control)
    state.global_step = 20
    telling.on_log(None, state, control, logs={"loss": 1.5, "learning_rate": 0.1})
    telling.on_log(None, state, control, logs={"eval_f1": 50.0})
    telling.on_log(None, state, control)
    telling.on_evaluate(None, state, control, metrics={"eval_f1": 50.0, "eval_loss": 2.0, "eval_runtime": 3.0, "epoch": 1.0})
    assert [(step.step, step.steps, step.loss, step.scores) for step in told] == [
        (20, 50, 1.5, {}),
        (20, 50, 1.5, {"loss": 2.0, "f1": 50.0}),
    ]


def test_the_time_left_counts_the_steps_made_in_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    told: list[TrainStep] = []
    telling = Telling(told.append, lambda: False)
    clock = iter([100.0, 130.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    state = SimpleNamespace(global_step=40, max_steps=50, best_global_step=0)
    telling.on_train_begin(None, state, None)
    state.global_step = 46
    telling.on_log(None, state, None, logs={"loss": 1.0})
    assert (told[0].seconds, told[0].left) == (30.0, pytest.approx(20.0))


def test_a_stop_saves_and_ends() -> None:
    asked = iter([False, True])
    telling = Telling(lambda step: None, lambda: next(asked))
    control = SimpleNamespace(should_training_stop=False, should_save=False)
    telling.on_step_end(None, None, control)
    assert not control.should_training_stop and not telling.stopped
    telling.on_step_end(None, None, control)
    assert control.should_training_stop and control.should_save and telling.stopped


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_training_that_diverges_ends_with_its_best_or_is_told(loss: float) -> None:
    def heard(best: int | None, event: str, **given: Any) -> Any:
        told: list[TrainStep] = []
        state = SimpleNamespace(global_step=20, max_steps=50, best_global_step=best)
        control = SimpleNamespace(should_training_stop=False)
        getattr(Telling(told.append, lambda: False), event)(None, state, control, **given)
        return control.should_training_stop

    for event, given in (("on_log", {"logs": {"loss": loss}}), ("on_evaluate", {"metrics": {"eval_loss": loss, "eval_f1": 9.0}})):
        assert heard(10, event, **given) is True
        with pytest.raises(ModelError, match="diverged: its loss is no number at step 20") as caught:
            heard(None, event, **given)
        assert "lower --lr" in caught.value.hint
    assert heard(None, "on_log", logs={"loss": 3.0}) is False


def test_only_cards_that_compute_in_bf16_themselves_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation)
    assert trainer._arguments(replace(SETTINGS, device="cuda"), tmp_path, 4).bf16 is False
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    assert trainer._has_bf16("cuda") is True and trainer._has_bf16("mps") is False

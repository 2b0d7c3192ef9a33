from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader
from ragqa.config import LONGEST_ANSWER, TrainSettings
from ragqa.errors import ModelError, UsageError
from ragqa.training import attention
from ragqa.training.examples import Group
from ragqa.training.train import Trained, device_of, reader_settings, train
from ragqa.types import TrainStep, Triplet

MakeGroup = Callable[..., Group]
Make = Callable[..., Triplet]
READING = ReaderSettings(window_tokens=64, stride=16, max_answer_tokens=8)
SETTINGS = TrainSettings(
    epochs=1000, learning_rate=5e-3, batch_size=3, negatives=1, patience=100, device="cpu", evaluate_steps=4, max_steps=14
)  # fmt: skip


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """A training takes what it holds out of the collector's sight; the tests are not to keep it."""
    yield
    gc.unfreeze()


@pytest.fixture
def groups(group: MakeGroup) -> list[Group]:
    things = ["lamp", "kettle", "lid", "button", "warranty", "day", "menu", "step"]
    return [
        group(
            f"How long is the {thing}?",
            {f"The {thing} is {number + 3} months long, they say.": f"{number + 3} months"},
            (f"The {thing} is open.", "Keep it closed while it heats!"),
        )
        for number, thing in enumerate(things)
    ]


@pytest.fixture
def base(reader_folder: Path) -> TransformerReader:
    return TransformerReader("tiny", str(reader_folder), READING)


@pytest.fixture
def bert(reader_folders: dict[str, Path]) -> TransformerReader:
    return TransformerReader("tiny", str(reader_folders["bert"]), READING)


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return {name: values.clone() for name, values in trained.model.state_dict().items()}


def assert_same(one: Trained, other: Trained) -> None:
    mine, theirs = weights(one), weights(other)
    assert mine.keys() == theirs.keys()
    for name, values in mine.items():
        assert torch.equal(values, theirs[name]), name
    assert (one.steps, one.best_step) == (other.steps, other.best_step)


def f1s(trained: Trained) -> list[tuple[int, float]]:
    return [(int(entry["step"]), entry["eval_f1"]) for entry in trained.history if "eval_f1" in entry]


def test_every_kind_of_reader_learns(base: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    told: list[TrainStep] = []
    trained = train(
        base, groups, groups, replace(SETTINGS, max_steps=32, evaluate_steps=16), tmp_path, threads=1, told=told.append
    )
    losses = [step.loss for step in told if not step.scores]
    assert len(losses) == 8 and sum(losses[-2:]) < 0.7 * sum(losses[:2])
    assert (told[-1].step, told[-1].steps, trained.steps, trained.stopped) == (32, 32, 32, False)
    assert [step for step, _ in f1s(trained)] == [16, 32]
    assert trained.best_step in (16, 32) and not trained.model.training
    assert {"f1", "exact_match", "rouge_l", "no_answer_accuracy", "loss"} == set(told[-1].scores)


def test_the_base_stays_as_it_is_and_word_vectors_too(bert: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    before = {name: values.clone() for name, values in bert.model.state_dict().items()}
    trained = train(bert, groups, groups, replace(SETTINGS, max_steps=4), tmp_path, threads=1)
    for name, values in bert.model.state_dict().items():
        assert torch.equal(values, before[name])
    changed = {name for name, values in weights(trained).items() if not torch.equal(values, before[name])}
    assert "bert.embeddings.word_embeddings.weight" not in changed
    assert {
        "qa_outputs.weight",
        "bert.encoder.layer.0.attention.self.query.weight",
        "bert.embeddings.LayerNorm.weight",
    } <= changed


def test_the_best_checkpoint_is_what_comes_out(bert: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    from safetensors.torch import load_file

    trained = train(bert, groups, groups, SETTINGS, tmp_path, threads=1)
    scores = f1s(trained)
    assert dict(scores)[trained.best_step] == max(score for _, score in scores)
    kept = load_file(tmp_path / f"checkpoint-{trained.best_step}" / "model.safetensors")
    for name, values in weights(trained).items():
        assert torch.equal(values, kept[name])
    assert len(list(tmp_path.glob("checkpoint-*"))) <= 2


def test_a_checkpoint_is_a_model_for_anybody(bert: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    """Nothing in it knows of the attention that it was trained with."""
    train(bert, groups, groups, replace(SETTINGS, max_steps=4), tmp_path, threads=1)
    assert attention.NAME not in (tmp_path / "checkpoint-4" / "config.json").read_text()
    assert TransformerReader("again", str(tmp_path / "checkpoint-4"), READING).load_model() is not None


@pytest.mark.parametrize("stop_at", [1, 4, 7, 10])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(
    stop_at: int, bert: TransformerReader, groups: list[Group], tmp_path: Path
) -> None:
    """Three steps are an epoch: it stops within the first, in the midst of others, and where a checkpoint is due anyway."""
    whole = train(bert, groups, groups, SETTINGS, tmp_path / "whole", threads=1)
    made: list[int] = []

    def stop() -> bool:
        made.append(1)
        return len(made) == stop_at

    stopped = train(bert, groups, groups, SETTINGS, tmp_path / "parts", threads=1, stop=stop)
    assert stopped.stopped and stopped.steps == stop_at and not whole.stopped
    resumed = train(bert, groups, groups, SETTINGS, tmp_path / "parts", resume=True, threads=1)
    assert not resumed.stopped
    assert_same(whole, resumed)
    assert f1s(resumed) == f1s(whole)


def test_patience_is_not_renewed_by_a_resumption(
    bert: TransformerReader, groups: list[Group], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first evaluation nothing gets better: the third of those that follow ends the training, stopped or not."""
    settings = replace(SETTINGS, patience=3, evaluate_steps=2, max_steps=40)
    best = {"exact_match": 0.0, "f1": 50.0, "rouge_l": 0.0, "no_answer_accuracy": 0.0}
    monkeypatch.setattr("ragqa.training.scores.scorer", lambda *given: lambda prediction: dict(best))
    whole = train(bert, groups, groups, settings, tmp_path / "whole", threads=1)
    made: list[int] = []
    train(bert, groups, groups, settings, tmp_path / "parts", threads=1, stop=lambda: made.append(1) or len(made) == 5)
    resumed = train(bert, groups, groups, settings, tmp_path / "parts", resume=True, threads=1)
    assert whole.steps == 8 and whole.best_step == 2
    assert_same(whole, resumed)


def test_a_finished_training_is_not_trained_on(bert: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    """As when what comes after the training was killed."""
    settings = replace(SETTINGS, max_steps=0, epochs=5)
    whole = train(bert, groups, groups, settings, tmp_path, threads=1)
    assert_same(whole, train(bert, groups, groups, settings, tmp_path, resume=True, threads=1))


def test_a_resumption_without_a_checkpoint_begins_anew(bert: TransformerReader, groups: list[Group], tmp_path: Path) -> None:
    short = replace(SETTINGS, max_steps=4)
    (tmp_path / "b" / "checkpoint-2").mkdir(parents=True)
    assert_same(
        train(bert, groups, groups, short, tmp_path / "a", threads=1),
        train(bert, groups, groups, short, tmp_path / "b", resume=True, threads=1),
    )


def test_questions_without_answers_alone_can_be_read(bert: TransformerReader, group: MakeGroup, tmp_path: Path) -> None:
    nothing = [group(f"Why {number}?", {}, ("The lid is open.",)) for number in range(4)]
    trained = train(bert, nothing, nothing, replace(SETTINGS, max_steps=4, negatives=0), tmp_path, threads=1)
    assert trained.settings == READING and f1s(trained) == [(4, 0.0)]


def test_the_best_checkpoint_is_found_again_from_another_folder(
    bert: TransformerReader, groups: list[Group], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a training of the home "." was killed after its last step, and is resumed with the home's path."""
    scores = iter([50.0, 10.0, 10.0])
    made = {"exact_match": 0.0, "rouge_l": 0.0, "no_answer_accuracy": 0.0}
    monkeypatch.setattr("ragqa.training.scores.scorer", lambda *given: lambda prediction: {**made, "f1": next(scores)})
    settings = replace(SETTINGS, max_steps=0, epochs=4)  # twelve steps, evaluated after 4, 8 and 12
    monkeypatch.chdir(tmp_path)
    whole = train(bert, groups, groups, settings, Path("checkpoints"), threads=1)
    monkeypatch.chdir("/")
    folder = tmp_path / "checkpoints"
    resumed = train(bert, groups, groups, settings, folder, resume=True, threads=1)
    assert resumed.best_step == 4
    assert_same(whole, resumed)
    (folder / "checkpoint-4").rename(tmp_path / "gone")
    with pytest.raises(ModelError, match="the best checkpoint of this training is gone"):
        train(bert, groups, groups, settings, folder, resume=True, threads=1)


# What is refused


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_here_is_refused(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (torch.cuda, torch.backends.mps):
        monkeypatch.setattr(module, "is_available", lambda: False)
    with pytest.raises(UsageError, match=f"no device '{device}' here") as caught:
        device_of(device)
    assert "--device cpu" in caught.value.hint and device_of("auto") == device_of("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda if device == "cuda" else torch.backends.mps, "is_available", lambda: True)
    assert device_of("auto") == device_of(device) == device


def test_a_base_without_a_head_is_refused(reader_folders: dict[str, Path], groups: list[Group], tmp_path: Path) -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(str(reader_folders["bert"]), local_files_only=True)
    model.bert.save_pretrained(tmp_path / "encoder")
    AutoTokenizer.from_pretrained(str(reader_folders["bert"])).save_pretrained(tmp_path / "encoder")
    base = TransformerReader("encoder", str(tmp_path / "encoder"), READING)
    with pytest.raises(ModelError, match="'encoder' has no question-answering head"):
        train(base, groups, groups, SETTINGS, tmp_path / "out", threads=1)
    assert not (tmp_path / "out").exists()


def test_a_quantised_base_is_refused(
    bert: TransformerReader, groups: list[Group], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = bert.load_model().to(torch.bfloat16)
    monkeypatch.setattr(bert, "load_model", lambda **options: model)
    with pytest.raises(ModelError, match="'tiny' is quantised"):
        train(bert, groups, groups, SETTINGS, tmp_path, threads=1)


# How the trained reader reads


def settings_of(spans: list[Triplet], tokenizer: Any, base: ReaderSettings = READING, **settings: Any) -> ReaderSettings:
    groups = [Group(one.question, (one,), ()) for one in spans]
    return reader_settings(base, groups, tokenizer, replace(SETTINGS, **settings))


def test_the_longest_answer_is_that_of_nearly_all_answers(tokenizer: Any, triplet: Make) -> None:
    texts = [" ".join(["lid"] * count) for count in (*range(1, 100), 250)]
    counts = [len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts]
    found = settings_of([triplet(f"q{n}", text, text) for n, text in enumerate(texts)], tokenizer).max_answer_tokens
    assert sum(count <= found for count in counts) in (98, 99) and found < 250


def test_the_longest_answer_is_never_shorter_than_the_bases_nor_endless(tokenizer: Any, triplet: Make) -> None:
    assert settings_of([triplet("q", "lid open", "lid")], tokenizer).max_answer_tokens == READING.max_answer_tokens
    endless = "lid " * 600
    assert settings_of([triplet("q", endless, endless)], tokenizer).max_answer_tokens == LONGEST_ANSWER


@pytest.mark.parametrize("asked", [3, 20])
def test_the_longest_answer_may_be_set(asked: int, tokenizer: Any, triplet: Make) -> None:
    assert settings_of([triplet("q", "lid " * 60, "lid " * 60)], tokenizer, max_answer_tokens=asked).max_answer_tokens == asked


@pytest.mark.parametrize(("apart", "joins"), [(0, False), (1, False), (2, False), (3, True), (20, True)])
def test_blocks_are_joined_where_answers_run_over_them(apart: int, joins: bool, tokenizer: Any, triplet: Make) -> None:
    """More than a tenth of twenty answers."""
    segments = ((0, 4), (5, 9))
    answers = ["One.\nTwo."] * apart + ["Two."] * (20 - apart)
    spans = [triplet(f"q{n}", "One.\nTwo.", answer, segments=segments) for n, answer in enumerate(answers)]
    assert settings_of(spans, tokenizer).join_blocks is joins
    assert settings_of(spans, tokenizer, replace(READING, join_blocks=True)).join_blocks is True


def test_a_passage_in_one_piece_has_nothing_to_join(tokenizer: Any, triplet: Make) -> None:
    assert settings_of([triplet("q", "One.\nTwo.", "One.\nTwo.")], tokenizer).join_blocks is False


def test_all_else_is_the_bases(tokenizer: Any, triplet: Make) -> None:
    base = replace(READING, threshold=0.3, read_headings=False, stride=20)
    found = settings_of([triplet("q", "lid open", "lid")], tokenizer, base)
    assert found == base and settings_of([], tokenizer, base) == base

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from tiny_readers import KINDS, save_sentence_model

from ragqa.errors import ModelError
from ragqa.inference.adapter import About, write_adapter
from ragqa.inference.embedder import load_embedder
from ragqa.inference.weights import WEIGHTS_FILE
from ragqa.training.contrast import Group, Lesson, batch_of, contrastive_loss
from ragqa.training.low_rank import LowRankEncoder

PASSAGES = ("The lid is open.", "The kettle boils 1.7 litres.", "Press E-24 twice. " * 30, "café 日本語")
QUESTIONS = ("is it open?", "how much does it hold?", "what about E-24?")
PROMPTS = {"query": "question: ", "document": "manual: "}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    import torch

    torch.manual_seed(1)  # some embedders take longer to teach than others
    root = tmp_path_factory.mktemp("embedders")
    for number, kind in enumerate(KINDS):
        save_sentence_model(kind, root / kind, ("mean", "cls")[number % 2], prompts=PROMPTS)
    return {kind: root / kind / "model" for kind in KINDS}


def teach(encoder: LowRankEncoder, steps: int = 30) -> list[float]:
    """The losses of some steps on a made-up batch."""
    import torch

    batch = batch_of([Group(PASSAGES, tuple(Lesson(question, (number,)) for number, question in enumerate(QUESTIONS)))])
    optimizer = torch.optim.AdamW(encoder.learning(), lr=1e-2)
    losses = []
    for _ in range(steps):
        loss = contrastive_loss(*encoder.embed(batch.questions, batch.passages), batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


@pytest.mark.parametrize("kind", KINDS)
def test_before_it_learns_its_vectors_are_the_embedders(kind: str, models: dict[str, Path]) -> None:
    embedder = load_embedder(str(models[kind]))
    questions, passages = LowRankEncoder(models[kind], rank=2).vectors(QUESTIONS, PASSAGES)
    assert np.abs(questions - embedder.embed_queries(QUESTIONS)).max() < 0.03
    assert np.abs(passages - embedder.embed_passages(PASSAGES)).max() < 0.03


def test_what_it_learns_is_what_the_adapter_gives_the_embedder(models: dict[str, Path], tmp_path: Path) -> None:
    folder = models["bert"]
    encoder = LowRankEncoder(folder, rank=4, seed=1)
    losses = teach(encoder, steps=150)  # its vectors are nearly one at first, and it takes a while to tell them apart
    assert losses[-1] < losses[0] / 2
    base = sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    write_adapter(tmp_path / "adapter", encoder.deltas(), About(base, 4))
    adapted, plain = load_embedder(str(folder), adapter=tmp_path / "adapter"), load_embedder(str(folder))
    questions, passages = encoder.vectors(QUESTIONS, PASSAGES)
    assert np.abs(questions - adapted.embed_queries(QUESTIONS)).max() < 0.05
    assert np.abs(passages - adapted.embed_passages(PASSAGES)).max() < 0.05
    assert np.abs(questions - plain.embed_queries(QUESTIONS)).max() > 0.1


def test_it_begins_where_another_change_ended_and_learns_its_own(models: dict[str, Path]) -> None:
    first = LowRankEncoder(models["bert"], rank=2, seed=1)
    teach(first, 5)
    kept = {name: (down.copy(), up.copy()) for name, (down, up) in first.deltas().items()}
    second = LowRankEncoder(models["bert"], rank=3, seed=2, start=kept)
    assert np.abs(second.vectors(QUESTIONS, ())[0] - first.vectors(QUESTIONS, ())[0]).max() < 0.03
    assert all(down.shape[0] == 3 and not up.any() for down, up in second.deltas().values())


def test_what_was_left_is_taken_up(models: dict[str, Path]) -> None:
    first, second = (LowRankEncoder(models["bert"], rank=2, seed=seed) for seed in (1, 2))
    teach(first, 3)
    second.load(first.deltas())
    assert np.array_equal(second.vectors(QUESTIONS, ())[0], first.vectors(QUESTIONS, ())[0])


def test_frozen_layers_learn_nothing(models: dict[str, Path]) -> None:
    every, some = LowRankEncoder(models["bert"], rank=2).deltas(), LowRankEncoder(models["bert"], rank=2, frozen=1).deltas()
    assert {name for name in every if "layer.0." not in name} == set(some) != set(every)


def test_other_models_cannot_be_adapted(models: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models["bert"], tmp_path / "model"))
    (folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(ModelError, match="can be adapted"):
        LowRankEncoder(folder, rank=2)

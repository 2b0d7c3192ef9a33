from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader
from ragqa.training import mix
from ragqa.training.examples import Group
from ragqa.training.mix import SHARES, best_mix
from ragqa.training.train import Trained


@pytest.fixture
def base(reader_folders: dict[str, Path]) -> TransformerReader:
    return TransformerReader("tiny", str(reader_folders["bert"]), ReaderSettings())


@pytest.fixture
def trained(base: TransformerReader) -> Trained:
    """A copy of the base whose weights were all moved by one."""
    import torch

    model = base.load_model().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    return Trained(model, base.tokenizer, ReaderSettings(window_tokens=64, stride=16), (), 1, 1, False)


@pytest.fixture
def validation(group: Callable[..., Group]) -> list[Group]:
    return [group("How long?", {"It lasts 30 months.": "30 months"}, ("It is red.",)), group("Who?", {}, ("It lasts.",))]


def scored(monkeypatch: pytest.MonkeyPatch, f1: dict[float, float]) -> list[int]:
    """Give each share, in the order in which they are tried, this F1; returns how many readings each was scored on."""
    seen: list[int] = []

    def score(groups: Any, readings: Any) -> dict[str, float]:
        seen.append(len(readings))
        return {"f1": f1[SHARES[len(seen) - 1]]}

    monkeypatch.setattr(mix, "score", score)
    return seen


@pytest.mark.parametrize("share", SHARES)
def test_the_best_share_is_set_exactly(
    share: float, base: TransformerReader, trained: Trained, validation: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    seen = scored(monkeypatch, {one: 90.0 if one == share else 50.0 for one in SHARES})
    assert best_mix(trained, base, validation) == share
    assert seen == [2] * len(SHARES)
    fresh = base.load_model().state_dict()
    for name, values in trained.model.state_dict().items():
        assert torch.allclose(values, fresh[name] + share, atol=1e-6), name


def test_of_equals_the_largest_share_is_kept(
    base: TransformerReader, trained: Trained, validation: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(monkeypatch, dict(zip(SHARES, (60.0, 70.0, 70.0, 70.0), strict=True)))
    assert best_mix(trained, base, validation) == SHARES[1]


def test_each_share_is_read_with_its_own_weights(
    base: TransformerReader, trained: Trained, validation: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The F1 of a share is that of the model with the share's weights, not of the trained one over and over."""
    weights: list[float] = []

    def score(groups: Any, readings: Any) -> dict[str, float]:
        weights.append(trained.model.qa_outputs.bias[0].item())
        return {"f1": float(readings[0].spans[0].margin)}

    monkeypatch.setattr(mix, "score", score)
    start = base.load_model().qa_outputs.bias[0].item()
    best_mix(trained, base, validation)
    assert weights == pytest.approx([start + share for share in SHARES])


def test_a_reader_is_read_as_it_will_be(
    base: TransformerReader, trained: Trained, validation: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the settings that were trained, the headings and segments of each passage, and only what retrieval found."""
    read: list[tuple[ReaderSettings, list[str]]] = []
    real = TransformerReader.read

    def seen(self: TransformerReader, question: str, passages: Any) -> Any:
        read.append((self.settings, [one.text for one in passages]))
        return real(self, question, passages)

    monkeypatch.setattr(TransformerReader, "read", seen)
    best_mix(trained, base, validation)
    assert read[:2] == [(trained.settings, ["It lasts 30 months.", "It is red."]), (trained.settings, ["It lasts."])]


def test_whole_numbers_are_left_alone(trained: Trained) -> None:
    import torch

    model = torch.nn.BatchNorm1d(2)
    learnt = {name: values.clone() for name, values in model.state_dict().items()}
    learnt["num_batches_tracked"] += 7
    mix._mix(model, {name: torch.zeros_like(values) for name, values in learnt.items()}, learnt, 0.25)
    assert model.num_batches_tracked == 7 and torch.equal(model.weight, torch.full((2,), 0.25))


def test_it_can_be_stopped_between_two_shares(
    base: TransformerReader, trained: Trained, validation: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = scored(monkeypatch, dict.fromkeys(SHARES, 50.0))
    assert best_mix(trained, base, validation, lambda: len(seen) == 2) is None and len(seen) == 2

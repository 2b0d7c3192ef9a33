"""Many passages at once: packed, and by products of eight-bit numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny_readers import save_sentence_model

from ragqa.errors import ModelError
from ragqa.inference import embedder as module
from ragqa.inference import packed as packing
from ragqa.inference.embedder import GraphEmbedder, default_adapter
from ragqa.inference.encoder import load_encoder
from ragqa.inference.graphs.eight_bit import Reach, _Packed, read_reaches, smoothing_of
from ragqa.inference.openvino_runtime import OpenVinoEncoder
from ragqa.inference.packed import PACK_TOKENS, PACKS_AT_ONCE, PackedEncoder, packs, portions
from ragqa.inference.portions import by_length
from ragqa.inference.prefixes import Prefixes
from ragqa.inference.sentence_model import read_sentence_model

TEXTS = [f"The kettle number {number} boils {number % 7} litres of water. " * (1 + number % 5) for number in range(40)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packed")
    save_sentence_model("bert", root, "mean", prompts={})
    return root / "model"


@pytest.fixture
def reaches(folder: Path, tmp_path: Path) -> Path:
    """A file for the tiny model: what layer normalisation gives reaches about four, and what comes after it less."""
    from safetensors.numpy import save_file

    encoder = encoder_of(folder)
    tensors = {}
    for name in encoder._weights:
        if name.endswith(("self.query.weight", "dense.weight")) and "layer" in name:
            channels = encoder._weights[name].shape[1]
            ends = {"least": -4.0, "most": 4.0, "mean": 0.0}
            tensors |= {f"{name.removesuffix('.weight')}.{kind}": np.full(channels, end, "f4") for kind, end in ends.items()}
    save_file(tensors, tmp_path / "reaches.safetensors")
    return tmp_path / "reaches.safetensors"


def encoder_of(folder: Path) -> OpenVinoEncoder:
    encoder = load_encoder(folder, INFERENCE_PRECISION_HINT="f32")
    assert encoder is not None
    return encoder


def embedder_of(folder: Path, packed: PackedEncoder | None) -> GraphEmbedder:
    model = read_sentence_model(folder)
    assert model is not None
    return GraphEmbedder("tiny", folder, "1", model, encoder_of(folder), Prefixes(), packed)


def test_packs_hold_every_text_once_and_are_full() -> None:
    lengths = [int(length) for length in np.random.default_rng(0).integers(3, 257, 500)]
    found = list(packs(lengths, 2048))
    assert sorted(number for pack in found for number in pack) == list(range(500))
    held = [sum(lengths[number] for number in pack) for pack in found]
    assert max(held) <= 2048 and sum(held) / (2048 * len(found)) > 0.95


def test_short_texts_are_not_padded_to_a_long_one_without_end() -> None:
    lengths = [256, *[3] * 2000]
    for pack in packs(lengths, 2048):
        assert len(pack) * max(lengths[number] for number in pack) <= 1.5 * 2048


def test_no_texts_are_no_packs() -> None:
    assert list(packs([], 2048)) == []


@pytest.mark.parametrize("count", [0, 1, 30, 256, 1000])
def test_portions_are_packed_as_full_as_all_at_once(count: int) -> None:
    lengths = [int(length) for length in np.random.default_rng(count).integers(3, 257, count)]
    found, at_once = portions(lengths), list(packs(lengths, PACK_TOKENS))
    assert sorted(number for portion in found for number in portion) == list(range(count))
    made = [list(packs([lengths[number] for number in portion], PACK_TOKENS)) for portion in found]
    assert sum(map(len, made)) == len(at_once)
    assert all(len(portion) < 2 * PACKS_AT_ONCE for portion in made)
    assert len(found) < 2 or min(map(len, made)) >= PACKS_AT_ONCE


def test_packed_vectors_are_near_those_of_full_precision(folder: Path, reaches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACK_TOKENS", 256)
    encoder = encoder_of(folder)
    monkeypatch.setattr(module, "MANY_TOKENS", 1)
    packed = PackedEncoder(encoder, reaches)
    packed.pays = True
    full, ours = embedder_of(folder, None).embed_passages(TEXTS), embedder_of(folder, packed).embed_passages(TEXTS)
    assert ours.shape == full.shape and "_compiled" in vars(packed)
    assert (ours * full).sum(axis=1).min() > 0.98
    alone = embedder_of(folder, packed).embed_passages(TEXTS[7:8])
    assert np.abs(alone[0] - ours[7]).max() < 1e-5  # whatever stands beside it


def test_each_text_gets_the_mean_of_its_own_tokens(folder: Path, reaches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any rounding, packed means are those of full precision."""
    from openvino import opset13 as ops

    def convolved(self: Any, value: Any, matrix: Any, bias: Any, mean: Any) -> Any:
        kernel = ops.constant(matrix[:, :, None].astype("f4"))
        return ops.add(ops.convolution(value, kernel, [1], [0], [0], [1]), self._channels(bias))

    monkeypatch.setattr(packing, "PACK_TOKENS", 256)
    monkeypatch.setattr(_Packed, "_rounded", lambda self, value, least, most: value)
    monkeypatch.setattr(_Packed, "_convolved", convolved)
    encoder, draw = encoder_of(folder), np.random.default_rng(3)
    texts = [draw.integers(5, 90, length).tolist() for length in (40, 2, 11, 23, 1, 40, 8, 30, 30, 17, 3, 45)]
    full = np.array([encoder.run(ids, np.ones_like(ids))[0].mean(axis=0) for ids in (np.array([text]) for text in texts)])
    ours = PackedEncoder(encoder, reaches).means(texts)
    assert np.abs(ours - full).max() < 1e-4 < np.abs(full - full.mean(axis=0)).max()


def test_threads_get_what_each_gets_alone(folder: Path, reaches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACK_TOKENS", 256)
    packed = PackedEncoder(encoder_of(folder), reaches)
    texts = [[2, *range(5, 5 + length), 3] for length in range(1, 30)]
    alone = packed.means(texts)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: packed.means(texts), range(8)):
            assert np.array_equal(found, alone)


@pytest.mark.parametrize(("many", "pays", "uses"), [(1, True, True), (1, False, False), (10**6, True, False)])
def test_only_many_passages_are_packed_and_only_where_it_pays(
    many: int, pays: bool, uses: bool, folder: Path, reaches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY_TOKENS", many)
    monkeypatch.setattr(packing, "PACK_TOKENS", 256)
    packed = PackedEncoder(encoder_of(folder), reaches)
    packed.pays = pays
    embedder = embedder_of(folder, packed)
    embedder.embed_queries(TEXTS[:4])
    assert "_compiled" not in vars(packed)
    embedder.embed_passages(TEXTS[:4])
    assert ("_compiled" in vars(packed)) == uses


def test_an_embedder_that_packs_makes_portions_of_full_packs(
    folder: Path, reaches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_TOKENS", 64)
    packed = PackedEncoder(encoder_of(folder), reaches)
    packed.pays = True
    embedder = embedder_of(folder, packed)
    lengths = [len(tokens) for tokens in embedder._tokens(TEXTS, "")]
    assert embedder.portions(TEXTS) == portions(lengths) != by_length(TEXTS)
    packed.pays = False
    assert embedder.portions(TEXTS) == by_length(TEXTS)


@pytest.mark.parametrize(
    ("machine", "precision", "pays"),
    [("x86_64", "f32", True), ("AMD64", "f32", True), ("x86_64", "bf16", False), ("aarch64", "f32", False)],
)
def test_it_pays_on_x86_unless_the_cpu_multiplies_bf16(
    machine: str, precision: str, pays: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Core:
        def get_property(self, device: str, name: str) -> Any:
            told = SimpleNamespace(get_type_name=lambda: precision)
            return ["FP32", "INT8"] if name == "OPTIMIZATION_CAPABILITIES" else told

    monkeypatch.setattr(packing, "openvino_core", Core)
    monkeypatch.setattr(packing.platform, "machine", lambda: machine)
    assert PackedEncoder(encoder_of(folder), Path("none")).pays == pays


def test_reaches_that_lack_a_layer_are_a_model_error(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file(
        {"other.least": np.zeros(2), "other.most": np.zeros(2), "other.mean": np.zeros(2)}, tmp_path / "reaches.safetensors"
    )
    with pytest.raises(ModelError, match="model"):
        PackedEncoder(encoder_of(folder), tmp_path / "reaches.safetensors").means([[2, 5, 3]])


def test_channels_that_reach_far_are_made_smaller_and_the_product_stays() -> None:
    reach = Reach(np.array([-1, -30], "f4"), np.array([2, 4], "f4"), np.zeros(2, "f4"))
    matrix = np.array([[0.5, 0.25], [1.0, -0.5]], "f4")
    smoothing = smoothing_of(reach, [matrix])
    assert smoothing[1] > 5 * smoothing[0] and np.isclose(smoothing.prod(), 1, rtol=1e-4)


def test_the_reaches_that_come_with_ragqa_are_of_every_layer_and_in_order() -> None:
    found = read_reaches(default_adapter() / module.REACHES_FILE)
    assert len(found) == 6 * 4
    assert all((reach.least <= reach.mean).all() and (reach.mean <= reach.most).all() for reach in found.values())


def test_a_file_of_reaches_that_lacks_one_is_a_model_error(folder: Path, reaches: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(reaches)
    save_file({name: tensors[name] for name in sorted(tensors)[1:]}, reaches)
    with pytest.raises(ModelError, match=str(folder)):
        PackedEncoder(encoder_of(folder), reaches).means([[1, 2, 3]])

"""What every encoder promises, asked of the fast one and of a second implementation; and that the two agree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from tiny_readers import KINDS, save_model
from torch_encoder import TorchEncoder

from ragqa.inference.encoder import ARCHITECTURES, Encoder, batches, load_encoder
from ragqa.inference.graphs import mpnet

FULL = {"INFERENCE_PRECISION_HINT": "f32"}
ROW, SHORT = 23, 14
"""Tokens of the rows of the batch, padded ones not counted: beyond the single distances that MPNet tells apart."""


def encoder_of(folder: Path, **options: Any) -> Encoder:
    found = load_encoder(folder, **(options or FULL))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Path]:
    """A model of each kind, with a head for spans and without."""
    root = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        for head in (True, False):
            save_model(kind, root / f"{kind}-{head}", head, spread=0.3)
    return {(kind, head): root / f"{kind}-{head}" for kind in KINDS for head in (True, False)}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["head", "no head"])
def folder(request: pytest.FixtureRequest, kind: str, folders: dict[tuple[str, bool], Path]) -> Path:
    return folders[kind, request.param]


@pytest.fixture(params=[encoder_of, TorchEncoder], ids=["openvino", "torch"])
def encoder(request: pytest.FixtureRequest, folder: Path) -> Encoder:
    made: Callable[[Path], Encoder] = request.param
    return made(folder)


def batch(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids, mask and types of two rows of different length, as the tokenizers here fill them up."""
    ids = np.random.default_rng(seed).integers(5, 150, (2, ROW))
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    ids[1, SHORT:], mask[1, SHORT:] = 1, 0
    types[:, 8:SHORT] = 1
    return ids, mask, types


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest one, where there are tokens."""
    return float(np.abs((one - other)[batch()[1] == 1]).max())


def test_it_tells_its_sizes(encoder: Encoder, folder: Path) -> None:
    assert encoder.has_head == folder.name.endswith("True")
    assert (encoder.width, encoder.longest) == (32, 512)
    assert encoder.run(*batch()).shape == (2, ROW, 2 if encoder.has_head else 32)
    assert encoder.run(*batch()).dtype == np.float32


def test_padding_and_neighbours_change_nothing(encoder: Encoder) -> None:
    ids, mask, types = batch()
    alone = encoder.run(ids, mask, types)
    padded = [np.pad(values, ((0, 0), (0, 40)), constant_values=fill) for values, fill in ((ids, 1), (mask, 0), (types, 0))]
    assert difference(encoder.run(*padded)[:, :ROW], alone) < 1e-4
    short = encoder.run(ids[1:, :SHORT].copy(), mask[1:, :SHORT].copy(), types[1:, :SHORT].copy())
    assert np.abs(short - alone[1:, :SHORT]).max() < 1e-4


def test_the_longest_row_is_computed_and_no_longer_one(encoder: Encoder) -> None:
    ids = np.full((1, encoder.longest), 7)
    assert np.isfinite(encoder.run(ids, np.ones_like(ids))).all()
    longer = np.full((1, encoder.longest + 1), 7)
    with pytest.raises(Exception, match=r"positions|range|index|size"):
        encoder.run(longer, np.ones_like(longer))


def test_without_types_all_are_of_the_first(encoder: Encoder, kind: str) -> None:
    ids, mask, types = batch()
    plain = encoder.run(ids, mask)
    assert np.array_equal(encoder.run(ids, mask, types * 0), plain)
    if kind == "bert":
        assert difference(encoder.run(ids, mask, types), plain) > 0.01


def test_a_result_is_the_callers_own(encoder: Encoder) -> None:
    ids, mask, types = batch()
    first = encoder.run(ids, mask, types)
    before = first.copy()
    encoder.run(ids[::-1].copy(), mask, types)
    assert np.array_equal(first, before)
    first[:] = 0
    assert np.array_equal(encoder.run(ids, mask, types), before)


def test_threads_get_what_one_would(encoder: Encoder) -> None:
    given = [batch(seed) for seed in range(24)]
    expected = [encoder.run(*one) for one in given]
    together = Barrier(6)

    def run(first: int) -> list[tuple[int, np.ndarray]]:
        together.wait()
        return [(number, encoder.run(*given[number])) for number in range(first, len(given)) for _ in range(3)]

    with ThreadPoolExecutor(6) as threads:
        for part in threads.map(run, range(6)):
            for number, found in part:
                assert np.array_equal(found, expected[number])


def test_threads_may_be_the_first_to_use_it(folder: Path) -> None:
    encoder, together = encoder_of(folder), Barrier(6)
    given = batch()

    def run(_: int) -> np.ndarray:
        together.wait()
        return encoder.run(*given)

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(run, range(6)))
    assert all(np.array_equal(one, found[0]) for one in found)
    assert difference(found[0], TorchEncoder(folder).run(*given)) < 1e-4


def test_full_precision_is_what_torch_computes(folder: Path, kind: str) -> None:
    types = batch()[2] if kind == "bert" else None
    ids, mask, _ = batch()
    assert difference(encoder_of(folder).run(ids, mask, types), TorchEncoder(folder).run(ids, mask, types)) < 1e-4


def test_rows_of_hundreds_of_tokens_are_what_torch_computes(folder: Path) -> None:
    """All distances that MPNet tells apart, and a row that holds its padding token among others."""
    ids = np.random.default_rng(2).integers(0, 150, (2, 300))
    mask = np.ones_like(ids)
    mask[1, 280:], ids[1, 280:] = 0, 1
    one, other = encoder_of(folder).run(ids, mask), TorchEncoder(folder).run(ids, mask)
    assert np.abs((one - other)[mask == 1]).max() < 1e-4


def test_what_this_cpu_computes_is_near(folder: Path) -> None:
    one, other = encoder_of(folder, threads=1).run(*batch()), encoder_of(folder).run(*batch())
    assert difference(one, other) < 0.1 * np.abs(other).max()


def test_weights_in_half_precision_are_computed_in_full(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    halved = shutil.copytree(folder, tmp_path / "halved")
    whole = load_file(folder / "model.safetensors")
    whole = {name: one.astype(np.float16) for name, one in whole.items()}
    save_file(whole, halved / "model.safetensors", metadata={"format": "pt"})
    assert difference(encoder_of(halved).run(*batch()), TorchEncoder(halved).run(*batch()[:2], batch()[2])) < 1e-4


@pytest.mark.parametrize("named", ["bare", "prefixed", "as in the first models"])
def test_the_names_in_the_file_may_differ(named: str, kind: str, folders: dict[tuple[str, bool], Path], tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder, prefix = folders[kind, True], ARCHITECTURES[kind].prefix
    bare = {name.removeprefix(prefix): values for name, values in load_file(folder / "model.safetensors").items()}
    if named == "prefixed":
        bare = {name if name.startswith("qa_outputs") else prefix + name: values for name, values in bare.items()}
    elif named == "as in the first models":
        old = (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))
        bare = {name.replace(*old[0]).replace(*old[1]): values for name, values in bare.items()}
    renamed = shutil.copytree(folder, tmp_path / "renamed")
    save_file(bare, renamed / "model.safetensors", metadata={"format": "pt"})
    assert np.array_equal(encoder_of(renamed).run(*batch()), encoder_of(folder).run(*batch()))


def test_every_distance_has_the_bucket_that_transformers_gives_it() -> None:
    import torch
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    distances = np.arange(-600, 601)
    expected = MPNetEncoder.relative_position_bucket(torch.from_numpy(distances)).numpy()
    assert np.array_equal(mpnet.buckets(distances), expected)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_act": "relu", "activation": "relu"},
        {"model_type": "electra"},
        {"model_type": ["bert"]},
        {"num_hidden_layers": 3, "n_layers": 3},
        {"num_hidden_layers": None, "n_layers": None},
    ],
)
def test_unusual_models_are_left_to_torch(change: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    unusual = shutil.copytree(folder, tmp_path / "unusual")
    config = json.loads((folder / "config.json").read_text())
    (unusual / "config.json").write_text(json.dumps({**config, **change}))
    assert load_encoder(unusual) is None


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("bert", {"position_embedding_type": "relative_key"}),
        ("roberta", {"position_embedding_type": "relative_key"}),
        ("bert", {"is_decoder": True}),
        ("mpnet", {"relative_attention_num_buckets": 64}),
    ],
)
def test_variants_are_left_to_torch(
    kind: str, change: dict[str, Any], folders: dict[tuple[str, bool], Path], tmp_path: Path
) -> None:
    variant = shutil.copytree(folders[kind, True], tmp_path / "variant")
    config = json.loads((variant / "config.json").read_text())
    (variant / "config.json").write_text(json.dumps({**config, **change}))
    assert load_encoder(variant) is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_broken_folder_is_left_to_torch(name: str, folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / name).write_text("{")
    assert load_encoder(broken) is None
    (broken / name).unlink()
    assert load_encoder(broken) is None


def test_batches_hold_every_row_once_and_few_tokens() -> None:
    lengths = np.array([5, 300, 7, 6, 5, 299, 1])
    parts = [part.tolist() for part in batches(lengths, 20)]
    assert sorted(row for part in parts for row in part) == list(range(7))
    assert all(len(part) == 1 or max(lengths[part]) * len(part) <= 20 for part in parts)
    assert parts[0] == [1] and len(parts) <= 5
    assert list(batches(np.array([], dtype=np.int64), 20)) == []


def test_batches_computed_side_by_side_are_what_each_is_alone(encoder: Encoder) -> None:
    """To the last bit: also where there are more batches than are computed at once, and of different shapes."""
    given = []
    for seed, tokens in enumerate((ROW, 5, SHORT, 16, 17, ROW, 2, 9, 20)):
        ids, mask, types = (values[:, :tokens].copy() for values in batch(seed))
        given.append((ids, mask, None if seed == 2 else types))
    found = encoder.run_each(given)
    assert [one.shape[:2] for one in found] == [ids.shape for ids, _, _ in given]
    assert all(np.array_equal(one, encoder.run(*alone)) for one, alone in zip(found, given, strict=True))
    assert encoder.run_each([]) == []

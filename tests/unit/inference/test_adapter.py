from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_readers import save_sentence_model

from ragqa.errors import ModelError
from ragqa.inference.adapter import ABOUT_FILE, ADAPTER_FILE, About, AdaptedWeights, Adapter, Delta, joined, write_adapter
from ragqa.inference.embedder import GraphEmbedder, SentenceTransformerEmbedder, load_embedder
from ragqa.inference.weights import WEIGHTS_FILE, EncoderWeights

CHANGED = ("encoder.layer.0.attention.self.query.weight", "encoder.layer.1.output.dense.weight")
TEXTS = ["The lid is open.", "The kettle boils 1.7 litres.", "E-24"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    save_sentence_model("bert", root)
    return root / "model"


@pytest.fixture
def deltas(base: Path) -> dict[str, Delta]:
    random, weights, made = np.random.default_rng(13), EncoderWeights(base, "bert."), {}
    for name in CHANGED:
        rows, columns = weights.shape(name)
        made[name] = (random.normal(size=(3, columns)).astype("f2"), random.normal(size=(rows, 3)).astype("f2"))
    return made


@pytest.fixture
def about(base: Path) -> About:
    return About(sha256((base / WEIGHTS_FILE).read_bytes()).hexdigest(), 3, "made-up questions", 13)


@pytest.fixture
def folder(tmp_path: Path, deltas: dict[str, Delta], about: About) -> Path:
    write_adapter(tmp_path / "adapter", deltas, about)
    return tmp_path / "adapter"


def test_what_is_written_is_read(folder: Path, deltas: dict[str, Delta], about: About) -> None:
    found = Adapter(folder)
    assert found.about == about and set(found.shapes) == set(CHANGED)
    assert set(found.deltas()) == set(deltas)
    assert found.sha256 == sha256((folder / ADAPTER_FILE).read_bytes()).hexdigest()
    for name, (down, up) in deltas.items():
        read_down, read_up = found.delta(name)
        assert np.array_equal(read_down, down) and np.array_equal(read_up, up)
        assert found.shapes[name] == (len(up), down.shape[1], 3)


def test_other_libraries_read_it(folder: Path, deltas: dict[str, Delta]) -> None:
    from safetensors.numpy import load_file

    held = load_file(folder / ADAPTER_FILE)
    assert set(held) == {f"{name}.{part}" for name in CHANGED for part in ("down", "up")}
    assert np.array_equal(held[f"{CHANGED[0]}.up"], deltas[CHANGED[0]][1]) and held[f"{CHANGED[0]}.up"].dtype == np.float16


def test_weights_are_changed_by_the_product(folder: Path, base: Path, deltas: dict[str, Delta]) -> None:
    weights = EncoderWeights(base, "bert.")
    adapted = AdaptedWeights(weights, Adapter(folder))
    assert set(adapted) == set(weights) and len(adapted) == len(weights) and "nothing" not in adapted
    for name in weights:
        down, up = (part.astype("f4") for part in deltas.get(name, (np.zeros(1), np.zeros(1))))
        assert np.allclose(adapted[name], weights[name] + up @ down if name in deltas else weights[name], atol=1e-5)


def test_vectors_are_those_of_a_model_with_the_sum_as_its_weights(folder: Path, base: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    whole = Path(shutil.copytree(base, tmp_path / "whole"))
    tensors = load_file(whole / WEIGHTS_FILE)
    for name in CHANGED:
        down, up = Adapter(folder).delta(name)
        stored = next(one for one in tensors if one.endswith(name))
        tensors[stored] = tensors[stored] + up @ down
    save_file(tensors, whole / WEIGHTS_FILE)
    adapted, expected, plain = load_embedder(str(base), adapter=folder), load_embedder(str(whole)), load_embedder(str(base))
    assert isinstance(adapted, GraphEmbedder)
    assert np.abs(adapted.embed_queries(TEXTS) - expected.embed_queries(TEXTS)).max() < 0.02
    assert np.abs(adapted.embed_queries(TEXTS) - plain.embed_queries(TEXTS)).max() > 0.05
    assert adapted.fingerprint not in (plain.fingerprint, expected.fingerprint)


def test_a_change_is_computed_once_for_a_graph(folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    delta = Adapter.delta
    monkeypatch.setattr(Adapter, "delta", lambda self, name: asked.append(name) or delta(self, name))
    load_embedder(str(base), adapter=folder).embed_queries(TEXTS)
    assert sorted(asked) == sorted(CHANGED)


def test_a_fingerprint_follows_base_and_tensors(folder: Path, base: Path, deltas: dict[str, Delta], about: About) -> None:
    before = load_embedder(str(base), adapter=folder).fingerprint
    write_adapter(folder, deltas, replace(about, taught_with="other words for it"))
    assert load_embedder(str(base), adapter=folder).fingerprint == before
    write_adapter(folder, {name: (down, up + up.dtype.type(0.5)) for name, (down, up) in deltas.items()}, about)
    assert load_embedder(str(base), adapter=folder).fingerprint != before


def test_one_that_joins_two_adds_their_changes_up(deltas: dict[str, Delta]) -> None:
    first, second = CHANGED
    other = {first: (np.ones((1, deltas[first][0].shape[1])), np.ones((len(deltas[first][1]), 1)))}
    both = joined(deltas, other)
    assert both[first][0].shape[0] == 4 and both[second] is deltas[second]
    (down, up), (added_down, added_up) = deltas[first], other[first]
    assert np.allclose(both[first][1] @ both[first][0], up.astype("f4") @ down.astype("f4") + added_up @ added_down, atol=0.05)


def forged(change: Callable[[dict[str, Any]], None], content: bytes) -> bytes:
    """The file with another header."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    change(header)
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + content[8 + length :]


DOWN = f"{CHANGED[0]}.down"
FORGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-4],
    "an endless header": lambda content: struct.pack("<Q", 1 << 62) + content[8:],
    "no header": lambda content: content[:8] + b"\xff" * (len(content) - 8),
    "a list": lambda content: struct.pack("<Q", 2) + b"[]",
    "nothing in it": lambda content: struct.pack("<Q", 2) + b"{}",
    "half a pair": lambda content: forged(lambda header: header.pop(DOWN), content),
    "another name": lambda content: forged(lambda header: header.update(lid=header.pop(DOWN)), content),
    "a vector": lambda content: forged(lambda header: header[DOWN].update(shape=[96]), content),
    "another shape": lambda content: forged(lambda header: header[DOWN].update(shape=[2, 32]), content),
    "a negative shape": lambda content: forged(lambda header: header[DOWN].update(shape=[-3, -32]), content),
    "a shape of words": lambda content: forged(lambda header: header[DOWN].update(shape=["3", "32"]), content),
    "a foreign dtype": lambda content: forged(lambda header: header[DOWN].update(dtype="I64"), content),
    "bytes from elsewhere": lambda content: forged(
        lambda header: header[DOWN].update(data_offsets=[1 << 40, (1 << 40) + 192]), content
    ),
    "ranks that differ": lambda content: forged(lambda header: header[DOWN].update(shape=[6, 16]), content),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_file_is_a_model_error_that_names_it(kind: str, folder: Path, base: Path) -> None:
    path = folder / ADAPTER_FILE
    path.write_bytes(FORGED[kind](path.read_bytes()))
    with pytest.raises(ModelError) as caught:
        load_embedder(str(base), adapter=folder)
    assert str(path) in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"base": 3, "rank": 3}', '{"base": "x"}', '{"base": "x", "rank": true}', "[" * 10_000, " " * 100_000],
)
def test_a_forged_description_is_a_model_error_that_names_it(text: str, folder: Path, base: Path) -> None:
    (folder / ABOUT_FILE).write_text(text)
    with pytest.raises(ModelError, match=ABOUT_FILE):
        load_embedder(str(base), adapter=folder)


def test_a_missing_file_or_folder_is_a_model_error(folder: Path, base: Path) -> None:
    for path in (folder / "no such folder", folder):
        (folder / ADAPTER_FILE).unlink(missing_ok=True)
        with pytest.raises(ModelError, match="No such file"):
            load_embedder(str(base), adapter=path)


def test_one_of_another_base_is_refused(folder: Path, base: Path, deltas: dict[str, Delta], about: About) -> None:
    write_adapter(folder, deltas, replace(about, base="0" * 64))
    with pytest.raises(ModelError, match="other weights"):
        load_embedder(str(base), adapter=folder)


def test_weights_that_the_base_does_not_have_are_refused(
    folder: Path, base: Path, deltas: dict[str, Delta], about: About
) -> None:
    write_adapter(folder, {**deltas, "encoder.lid.weight": deltas[CHANGED[0]]}, about)
    with pytest.raises(ModelError, match=r"no weight encoder\.lid"):
        load_embedder(str(base), adapter=folder)
    write_adapter(folder, {CHANGED[0]: deltas[CHANGED[1]]}, about)
    with pytest.raises(ModelError, match="of shape"):
        load_embedder(str(base), adapter=folder)


@pytest.mark.parametrize("told", [2, 100_000])
def test_the_rank_is_what_is_told_and_not_too_high(told: int, folder: Path, deltas: dict[str, Delta], about: About) -> None:
    high = {name: (np.repeat(down, 200, axis=0), np.repeat(up, 200, axis=1)) for name, (down, up) in deltas.items()}
    write_adapter(folder, deltas if told == 2 else high, replace(about, rank=told))
    with pytest.raises(ModelError, match="higher rank"):
        Adapter(folder)


def test_what_is_no_number_is_refused_when_it_is_used(folder: Path, base: Path, deltas: dict[str, Delta], about: About) -> None:
    deltas[CHANGED[0]][1][0, 0] = np.inf
    write_adapter(folder, deltas, about)
    with pytest.raises(ModelError, match="not finite"):
        load_embedder(str(base), adapter=folder).embed_queries(TEXTS)


def test_only_what_runs_on_the_graph_takes_one(folder: Path, base: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(base, tmp_path / "model"))
    (other / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 32, "pooling_mode": "max"}))
    assert isinstance(load_embedder(str(other)), SentenceTransformerEmbedder)
    for name in (str(other), "one/model"):
        with pytest.raises(ModelError, match="takes no adapter"):
            load_embedder(name, adapter=folder)

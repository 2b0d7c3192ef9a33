from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.indexing import runtime as module
from ragqa.indexing.runtime import BertRuntime, batches, bert_runtime, cache_folder, content_hash

IDS = np.array([[2, 17, 40, 3, 90, 3], [2, 5, 3, 61, 3, 0]])
TYPES = np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])


@pytest.fixture
def folder(reader_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny BERT in a folder of its own, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(reader_folders["bert"], tmp_path / "tiny"))


def runtime(folder: Path, **options: Any) -> BertRuntime:
    found = bert_runtime(folder, **options)
    assert found is not None
    return found


def graphs() -> list[Path]:
    return sorted(cache_folder().glob("*.onnx"))


def reference(folder: Path) -> np.ndarray:
    """What torch computes in full precision."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(str(folder), dtype="float32").eval()
    with torch.inference_mode():
        output = model(
            input_ids=torch.from_numpy(IDS), token_type_ids=torch.from_numpy(TYPES), attention_mask=torch.from_numpy(MASK)
        )
    return np.stack([output.start_logits.numpy(), output.end_logits.numpy()], axis=2)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest one, where there are tokens."""
    return float(np.abs((one - other)[MASK == 1]).max())


def test_full_precision_is_what_torch_computes(folder: Path) -> None:
    assert difference(runtime(folder, quantised=False).run(IDS, TYPES, MASK), reference(folder)) < 1e-5


def test_quantised_is_near(folder: Path) -> None:
    found = runtime(folder, quantised=True).run(IDS, TYPES, MASK)
    assert 0 < difference(found, reference(folder)) < 0.05


def test_padding_changes_nothing(folder: Path) -> None:
    whole = runtime(folder, quantised=False)
    padded = [np.pad(values, ((0, 0), (0, 10))) for values in (IDS, TYPES, MASK)]
    assert difference(whole.run(*padded)[:, : IDS.shape[1]], whole.run(IDS, TYPES, MASK)) < 1e-5


def test_an_encoder_without_a_head_gives_hidden_states(folder: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    BertModel.from_pretrained(str(folder)).save_pretrained(tmp_path / "encoder")
    encoder = runtime(tmp_path / "encoder", quantised=False)
    assert not encoder.has_head and runtime(folder).has_head
    assert encoder.run(IDS, TYPES, MASK).shape == (2, 6, 32)
    assert (encoder.width, encoder.longest) == (32, 512)


@pytest.mark.parametrize("kind", ["distilbert", "roberta"])
def test_other_architectures_are_left_to_torch(kind: str, reader_folders: dict[str, Path]) -> None:
    assert bert_runtime(reader_folders[kind]) is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_broken_folder_is_left_to_torch(name: str, folder: Path) -> None:
    (folder / name).write_text("{")
    assert bert_runtime(folder) is None
    (folder / name).unlink()
    assert bert_runtime(folder) is None


def test_the_graph_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = runtime(folder, quantised=False).run(IDS, TYPES, MASK)
    (made,) = graphs()
    monkeypatch.setattr(module, "bert_graph", None)  # would fail if it were called
    assert np.array_equal(runtime(folder, quantised=False).run(IDS, TYPES, MASK), before)
    assert graphs() == [made]


def test_other_weights_have_another_graph(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    before = runtime(folder, quantised=False).run(IDS, TYPES, MASK)
    weights = load_file(folder / "model.safetensors")
    weights["qa_outputs.bias"] = weights["qa_outputs.bias"] + np.float32(1.0)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    after = runtime(folder, quantised=False).run(IDS, TYPES, MASK)
    assert len(graphs()) == 2 and difference(after, before + 1.0) < 1e-5


def test_the_graph_is_the_same_bytes_whenever_it_is_made(folder: Path) -> None:
    runtime(folder, quantised=True).run(IDS, TYPES, MASK)
    first = graphs()[0].read_bytes()
    graphs()[0].unlink()
    runtime(folder, quantised=True).run(IDS, TYPES, MASK)
    assert graphs()[0].read_bytes() == first


def test_a_damaged_graph_is_made_anew(folder: Path) -> None:
    before = runtime(folder, quantised=False).run(IDS, TYPES, MASK)
    (made,) = graphs()
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(runtime(folder, quantised=False).run(IDS, TYPES, MASK), before)
    assert made.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert difference(runtime(folder, quantised=False).run(IDS, TYPES, MASK), reference(folder)) < 1e-5


def test_a_hash_follows_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "weights"
    for content in (b"one", b"three"):
        file.write_bytes(content)
        assert content_hash(file) == hashlib.sha256(content).hexdigest() == content_hash(file)


def test_batches_hold_every_row_once_and_few_tokens() -> None:
    lengths = np.array([5, 300, 7, 6, 5, 299, 1])
    parts = [part.tolist() for part in batches(lengths, 20)]
    assert sorted(row for part in parts for row in part) == list(range(7))
    assert all(len(part) == 1 or max(lengths[part]) * len(part) <= 20 for part in parts)
    assert parts[0] == [1] and len(parts) <= 5
    assert list(batches(np.array([], dtype=np.int64), 20)) == []

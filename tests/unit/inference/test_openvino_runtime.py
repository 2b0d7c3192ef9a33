from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.inference.runtime import BertRuntime, batches, bert_runtime

IDS = np.array([[2, 17, 40, 3, 90, 3], [2, 5, 3, 61, 3, 0]])
TYPES = np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])


FULL = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture
def folder(reader_folders: dict[str, Path], tmp_path: Path) -> Path:
    """A tiny BERT in a folder of its own."""
    return Path(shutil.copytree(reader_folders["bert"], tmp_path / "tiny"))


def runtime(folder: Path, **options: Any) -> BertRuntime:
    found = bert_runtime(folder, **options)
    assert found is not None
    return found


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
    assert difference(runtime(folder, **FULL).run(IDS, TYPES, MASK), reference(folder)) < 1e-5


def test_what_this_cpu_computes_is_near(folder: Path) -> None:
    assert difference(runtime(folder, threads=1).run(IDS, TYPES, MASK), reference(folder)) < 0.02


def test_weights_in_half_precision_are_computed_in_full(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    whole = load_file(folder / "model.safetensors")
    halved = {name: one.astype(np.float16) if one.dtype.kind == "f" else one for name, one in whole.items()}
    save_file(halved, folder / "model.safetensors", metadata={"format": "pt"})
    assert difference(runtime(folder, **FULL).run(IDS, TYPES, MASK), reference(folder)) < 1e-5


def test_padding_and_neighbours_change_nothing(folder: Path) -> None:
    whole = runtime(folder, **FULL)
    alone = whole.run(IDS, TYPES, MASK)
    padded = [np.pad(values, ((0, 0), (0, 10))) for values in (IDS, TYPES, MASK)]
    assert difference(whole.run(*padded)[:, : IDS.shape[1]], alone) < 1e-5
    assert np.abs(whole.run(IDS[1:], TYPES[1:], MASK[1:])[:, :5] - alone[1:, :5]).max() < 1e-5


def test_a_result_is_not_overwritten_by_the_next(folder: Path) -> None:
    same = runtime(folder, **FULL)
    first = same.run(IDS, TYPES, MASK)
    before = first.copy()
    same.run(IDS[::-1].copy(), TYPES, MASK)
    assert np.array_equal(first, before)


def test_an_encoder_without_a_head_gives_hidden_states(folder: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    BertModel.from_pretrained(str(folder)).save_pretrained(tmp_path / "encoder")
    encoder = runtime(tmp_path / "encoder")
    assert not encoder.has_head and runtime(folder).has_head
    assert encoder.run(IDS, TYPES, MASK).shape == (2, 6, 32)
    assert (encoder.width, encoder.longest) == (32, 512)


@pytest.mark.parametrize("kind", ["distilbert", "roberta"])
def test_other_architectures_are_left_to_torch(kind: str, reader_folders: dict[str, Path]) -> None:
    assert bert_runtime(reader_folders[kind]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_act": "relu"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
        {"num_hidden_layers": 3},
        {"num_hidden_layers": None},
    ],
)
def test_unusual_berts_are_left_to_torch(change: dict[str, Any], folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    assert bert_runtime(folder) is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_broken_folder_is_left_to_torch(name: str, folder: Path) -> None:
    (folder / name).write_text("{")
    assert bert_runtime(folder) is None
    (folder / name).unlink()
    assert bert_runtime(folder) is None


def test_the_library_reports_nothing_to_its_maker() -> None:
    """Its telemetry, installed with it, would send an event at each import."""
    code = (
        "import sys; from ragqa.inference.runtime import quiet_openvino; quiet_openvino(); import openvino.tools.ovc;"
        "print([name for name, module in sys.modules.items() if name.startswith('openvino_telemetry') and module])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "[]"


def test_batches_hold_every_row_once_and_few_tokens() -> None:
    lengths = np.array([5, 300, 7, 6, 5, 299, 1])
    parts = [part.tolist() for part in batches(lengths, 20)]
    assert sorted(row for part in parts for row in part) == list(range(7))
    assert all(len(part) == 1 or max(lengths[part]) * len(part) <= 20 for part in parts)
    assert parts[0] == [1] and len(parts) <= 5
    assert list(batches(np.array([], dtype=np.int64), 20)) == []


def test_signals_find_their_stack_when_models_have_gone(tmp_path: Path) -> None:
    """OpenVINO leaves a thread with a signal stack that it frees later; Ctrl-C then ended the process."""
    from tiny_readers import save_reader

    for name in ("one", "other"):
        save_reader("bert", tmp_path / name)
    code = """
import gc, signal, sys
from pathlib import Path
import numpy as np
from ragqa.inference.runtime import bert_runtime
rows = np.ones((2, 8), dtype=np.int64)
first = bert_runtime(Path(sys.argv[1])); first.run(rows, rows * 0, rows)
other = bert_runtime(Path(sys.argv[2])); other.run(rows, rows * 0, rows)
del first; gc.collect()
ballast = [bytearray(1 << 20) for _ in range(64)]
del other, ballast; gc.collect()
for number in range(3):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("interrupted")
"""
    folders = [str(tmp_path / name) for name in ("one", "other")]
    done = subprocess.run([sys.executable, "-c", code, *folders], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["interrupted"] * 3), done.stderr

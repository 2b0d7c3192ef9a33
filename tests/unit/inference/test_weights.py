from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ragqa.errors import ModelError
from ragqa.inference.weights import Weights


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tensors = {
        "half": np.array([[1.5, -2.25], [0.1, 65504.0]], dtype=np.float16),
        "single": np.arange(6, dtype=np.float32).reshape(3, 2) / 7,
        "counts": np.arange(4, dtype=np.int64),
        "scalar": np.array(0.5, dtype=np.float32),
    }
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "np"})
    return tmp_path / "model.safetensors"


def test_floating_point_tensors_come_as_they_are_stored(file: Path) -> None:
    weights = Weights(file)
    assert set(weights) == {"half", "single", "scalar"} and len(weights) == 3
    assert weights["half"].dtype == np.float16 and weights["half"].tolist()[0] == [1.5, -2.25]
    assert weights["single"].shape == (3, 2) and weights["single"][2, 1] == np.float32(5 / 7)
    assert weights["scalar"].shape == () and weights["scalar"] == 0.5


def test_tensors_are_mapped_not_read(file: Path) -> None:
    values = Weights(file)["single"]
    assert isinstance(values.base, np.memmap) or isinstance(values, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1.0


def test_an_unknown_tensor_is_a_key_error(file: Path) -> None:
    with pytest.raises(KeyError):
        Weights(file)["none"]


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x02\0\0\0\0\0\0\0{", b"\x02\0\0\0\0\0\0\0[]", b"\x03\0\0\0\0\0\0\0{1}"])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        Weights(tmp_path / "model.safetensors")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        Weights(tmp_path / "nowhere")

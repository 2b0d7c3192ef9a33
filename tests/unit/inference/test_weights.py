from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ragqa.errors import ModelError
from ragqa.inference.weights import Int8Rows, Weights


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


def int8_file(folder: Path, matrix: np.ndarray) -> Path:
    rows = Int8Rows.of(matrix)
    save_file(
        {"wide": rows.numbers, "wide.scale": rows.scales, "bias": np.ones(3, dtype=np.float16)}, folder / "model.safetensors"
    )
    return folder / "model.safetensors"


def test_rows_of_eight_bit_numbers_are_close_to_what_they_stand_for(tmp_path: Path) -> None:
    matrix = np.random.default_rng(1).normal(size=(40, 64)).astype(np.float32) * np.logspace(-3, 3, 40, dtype=np.float32)[:, None]
    weights = Weights(int8_file(tmp_path, matrix))
    assert set(weights) == {"wide", "bias"} and weights.has_int8
    rows = weights["wide"]
    most_off = np.abs(matrix).max(axis=1, keepdims=True) / 254 * 1.001
    assert rows.shape == (40, 64) and (np.abs(np.asarray(rows) - matrix) <= most_off).all()
    assert np.asarray(rows, dtype=np.float16).dtype == np.float16


def test_rows_are_looked_up_alone(tmp_path: Path) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)
    rows = Weights(int8_file(tmp_path, matrix))["wide"]
    ids = np.array([[2, 0], [1, 1]])
    assert rows[ids].shape == (2, 2, 4) and rows[ids].dtype == np.float32
    assert np.array_equal(rows[ids], np.asarray(rows)[ids])


def test_a_row_of_zeros_stays_one() -> None:
    assert not np.asarray(Int8Rows.of(np.zeros((2, 3), dtype=np.float32))).any()


def test_numbers_without_their_scale_are_no_weights(tmp_path: Path) -> None:
    numbers = np.ones((2, 3), dtype=np.int8)
    save_file({"wide": numbers, "other": numbers, "other.scale": np.ones(2, dtype=np.int64)}, tmp_path / "model.safetensors")
    assert set(Weights(tmp_path / "model.safetensors")) == set()


def test_a_plain_file_has_no_eight_bit_numbers(file: Path) -> None:
    assert not Weights(file).has_int8

"""Safetensors files as memory-mapped arrays: nothing is read before it is used, and nothing is copied.

A matrix may be kept as eight-bit numbers with a scale for each row, in a tensor of the same name and `.scale`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS_FILE = "model.safetensors"
SCALE = ".scale"
LARGEST_HEADER = 100 << 20
"""Bytes, as the format's own library has it."""

_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_KINDS = {"F32": "<f4", "F16": "<f2"}
_BYTES = "I8"
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
"""What the first published models call a layer normalisation's weights."""


@dataclass(frozen=True, slots=True)
class Int8Rows:
    """A matrix of eight-bit numbers (rows, columns) with a scale for each row (rows,); as an array it is of floats.

    Rows that are looked up are made floats alone. Threads: read only, any number at once.
    """

    numbers: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numbers.shape

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.numbers[rows].astype("float32")
        found *= self.scales[rows][..., None]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or "float32", copy=False)

    @classmethod
    def of(cls, matrix: NDArray[Any]) -> Int8Rows:
        """The nearest such matrix whose rows reach from -127 to 127 times their scale; a row is off by half a scale at most."""
        import numpy as np

        scales = np.maximum(np.abs(matrix).max(axis=1), 1e-12).astype(np.float32) / 127
        return cls(np.rint(matrix / scales[:, None]).astype(np.int8), scales)


class Weights(Mapping[str, Any]):
    """The floating-point tensors of a file by name, in the precision they are stored in: arrays, or `Int8Rows`.

    Raises ModelError.

    Threads: any number may read them at once. The format is a little-endian length, a JSON header that names type, shape and
    place of each tensor, and their bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with open(path, "rb") as file:
                length, size = int.from_bytes(file.read(8), "little"), path.stat().st_size
                if length > size - 8:
                    raise ValueError("its header is cut off")
                if length > LARGEST_HEADER:
                    raise ValueError(f"its header is larger than {LARGEST_HEADER >> 20} MB")
                header = json.loads(file.read(length))
            self._tensors = {name: one for name, one in header.items() if name != "__metadata__"}
            self._begin = 8 + length
            for name, one in self._tensors.items():
                _refuse_misfit(name, one, size - self._begin)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelError(f"{path} cannot be read: {error}", hint="Restore the model's folder.") from error

    def __getitem__(self, name: str) -> NDArray[Any] | Int8Rows:
        if self._tensors[name]["dtype"] == _BYTES:
            return Int8Rows(self._array(name, "i1"), self._array(name + SCALE, "<f4"))
        return self._array(name, _KINDS[self._tensors[name]["dtype"]])

    @property
    def has_int8(self) -> bool:
        """Whether any of the tensors is of eight-bit numbers."""
        return any(self._tensors[name]["dtype"] == _BYTES for name in self)

    def _array(self, name: str, kind: str) -> NDArray[Any]:
        import numpy as np

        tensor = self._tensors[name]
        start, end = tensor["data_offsets"]
        # "c", not "r": OpenVINO shares only memory that might be written. The file never is, and here the array cannot be either.
        raw = np.memmap(self._path, mode="c", offset=self._begin + start, shape=(end - start,), dtype=np.uint8)
        array = raw.view(kind).reshape(tensor["shape"])
        array.flags.writeable = False
        return array

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, from the header alone."""
        return tuple(self._tensors[name]["shape"])

    def __iter__(self) -> Iterator[str]:
        return (name for name, one in self._tensors.items() if self._whole(name, one["dtype"]))

    def _whole(self, name: str, kind: str) -> bool:
        """Whether a tensor is one of the model's: of numbers that are known, with its scale where it needs one, and no scale."""
        if kind == _BYTES:
            return self._tensors.get(name + SCALE, {}).get("dtype") == "F32"
        return kind in _KINDS and self._tensors.get(name.removesuffix(SCALE), {}).get("dtype") != _BYTES

    def __len__(self) -> int:
        return sum(1 for _ in self)


class EncoderWeights(Mapping[str, Any]):
    """The weights of a model folder by the names that an encoder alone gives them, whatever stands before them in the file.

    Threads: as for `Weights`.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self._weights = Weights(folder / WEIGHTS_FILE)
        self._stored = {_plain(name, prefix): name for name in self._weights}

    @property
    def has_int8(self) -> bool:
        """Whether any of the weights are of eight-bit numbers."""
        return self._weights.has_int8

    def __getitem__(self, name: str) -> NDArray[Any] | Int8Rows:
        return self._weights[self._stored[name]]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a weight, from the header alone."""
        return self._weights.shape(self._stored[name])

    def __contains__(self, name: object) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def _refuse_misfit(name: str, tensor: Mapping[str, Any], size: int) -> None:
    """Raises ValueError for a tensor that is not where, or not as large as, its header says; KeyError or TypeError for one that
    lacks what it must have."""
    start, end = tensor["data_offsets"]
    shape, kind = tensor["shape"], tensor["dtype"]
    if not isinstance(shape, list) or any(type(number) is not int or number < 0 for number in (start, end, *shape)):
        raise ValueError(f"{name} has no shape or no place")
    if kind in _ITEM_BYTES and math.prod(shape) * _ITEM_BYTES[kind] != end - start:
        raise ValueError(f"{name} has not as many bytes as its shape says")
    if not start <= end <= size:
        raise ValueError(f"{name} is cut off")


def _plain(name: str, prefix: str) -> str:
    name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name

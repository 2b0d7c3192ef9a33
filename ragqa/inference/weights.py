"""Safetensors files as memory-mapped arrays: nothing is read before it is used, and nothing is copied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS_FILE = "model.safetensors"
_KINDS = {"F32": "<f4", "F16": "<f2"}
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
"""What the first published models call a layer normalisation's weights."""


class Weights(Mapping[str, Any]):
    """The floating-point tensors of a file by name, in the precision they are stored in. Raises ModelError.

    Threads: any number may read them at once. The format is a little-endian length, a JSON header that names type, shape and
    place of each tensor, and their bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with open(path, "rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > path.stat().st_size:
                    raise ValueError("its header is cut off")
                header = json.loads(file.read(length))
            self._tensors = {name: one for name, one in header.items() if name != "__metadata__"}
            self._begin = 8 + length
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{path} cannot be read: {error}", hint="Restore the model's folder.") from error

    def __getitem__(self, name: str) -> NDArray[Any]:
        import numpy as np

        tensor = self._tensors[name]
        start, end = tensor["data_offsets"]
        raw = np.memmap(self._path, mode="r", offset=self._begin + start, shape=(end - start,), dtype=np.uint8)
        return raw.view(_KINDS[tensor["dtype"]]).reshape(tensor["shape"])

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, from the header alone."""
        return tuple(self._tensors[name]["shape"])

    def __iter__(self) -> Iterator[str]:
        return (name for name, one in self._tensors.items() if one["dtype"] in _KINDS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class EncoderWeights(Mapping[str, Any]):
    """The weights of a model folder by the names that an encoder alone gives them, whatever stands before them in the file.

    Threads: as for `Weights`.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self._weights = Weights(folder / WEIGHTS_FILE)
        self._stored = {_plain(name, prefix): name for name in self._weights}

    def __getitem__(self, name: str) -> NDArray[Any]:
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


def _plain(name: str, prefix: str) -> str:
    name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name

"""A low-rank change of an encoder's weights: what a retriever has learnt, in a file of a few megabytes beside the base's ninety.

A folder holds `adapter.safetensors`, with `NAME.down` of shape (rank, in) and `NAME.up` of shape (out, rank) in fp16 for each
changed weight, NAME being what `EncoderWeights` calls it, and `adapter.json`, which says of which base it is. The weight that
counts is W + up @ down; it is computed once, when the encoder is loaded, and costs nothing after that.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import ModelError
from ragqa.files import beside, storage_errors, sync_path, write_whole
from ragqa.inference.weights import EncoderWeights, Int8Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

ADAPTER_FILE, ABOUT_FILE = "adapter.safetensors", "adapter.json"
LARGEST_FILE = 64 << 20
LARGEST_ABOUT = 64 << 10
HIGHEST_RANK = 512
HINT = "Leave the adapter out, or put back the folder as it was made."
_BYTES = {"F16": ("<f2", 2), "F32": ("<f4", 4)}

Delta = tuple["NDArray[Any]", "NDArray[Any]"]
"""down, of shape (rank, in), and up, of shape (out, rank)."""


@dataclass(frozen=True, slots=True)
class About:
    """What an adapter was taught on: the sha256 of the base's weights file, the highest rank, with what data, by which seed."""

    base: str
    rank: int
    taught_with: str = ""
    seed: int = 0


class Adapter:
    """An adapter's folder, read whole and checked but for its numbers, which are looked at when they are used.

    `sha256` is that of the tensors' file. Raises ModelError, which names the file, for anything that is not an adapter.
    Threads: read only, any number at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about = _read_about(folder / ABOUT_FILE)
        self._path = folder / ADAPTER_FILE
        self._content = _read_limited(self._path, LARGEST_FILE)
        self.sha256 = hashlib.sha256(self._content).hexdigest()
        try:
            self._tensors, self._begin = _read_header(self._content)
            self.shapes = _shapes_of(self._tensors)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, struct.error) as error:
            raise _unusable(self._path, str(error)) from error
        if any(rank > min(self.about.rank, HIGHEST_RANK) for _, _, rank in self.shapes.values()):
            raise _unusable(self._path, f"it has a higher rank than {min(self.about.rank, HIGHEST_RANK)}")

    def delta(self, name: str) -> Delta:
        """What is added to a weight: its two factors, in fp32.

        Raises KeyError for a weight that stays, ModelError for numbers that are none.
        """
        import numpy as np

        down, up = (self._tensor(f"{name}.{part}") for part in ("down", "up"))
        if not (np.isfinite(down).all() and np.isfinite(up).all()):
            raise _unusable(self._path, f"what it adds to {name} is not finite")
        return down, up

    def deltas(self) -> dict[str, Delta]:
        """All that it changes, as `write_adapter` takes it."""
        return {name: self.delta(name) for name in self.shapes}

    def check(self, base_sha256: str, weights: EncoderWeights) -> None:
        """Raise ModelError unless it was made for this base, and changes only weights that are there, of their shapes."""
        if self.about.base != base_sha256:
            told = f"it was taught on other weights ({self.about.base[:8]}) than the embedder has ({base_sha256[:8]})"
            raise _unusable(self.folder / ABOUT_FILE, told)
        for name, (rows, columns, _) in self.shapes.items():
            if name not in weights:
                raise _unusable(self._path, f"the embedder has no weight {name}")
            if weights.shape(name) != (rows, columns):
                raise _unusable(self._path, f"{name} is of shape {weights.shape(name)} and not {(rows, columns)}")

    def _tensor(self, name: str) -> NDArray[Any]:
        import numpy as np

        tensor = self._tensors[name]
        start, end = (self._begin + offset for offset in tensor["data_offsets"])
        values = np.frombuffer(self._content[start:end], dtype=_BYTES[tensor["dtype"]][0])
        return values.reshape(tensor["shape"]).astype(np.float32)


class AdaptedWeights(Mapping[str, Any]):
    """The weights of an encoder with an adapter's changes in them, each computed, in fp32, when it is asked for.

    Threads: as for `EncoderWeights`.
    """

    def __init__(self, weights: EncoderWeights, adapter: Adapter) -> None:
        self._weights, self._adapter = weights, adapter

    @property
    def has_int8(self) -> bool:
        """Whether any of the base's weights are of eight-bit numbers."""
        return self._weights.has_int8

    def __getitem__(self, name: str) -> NDArray[Any] | Int8Rows:
        import numpy as np

        weight = self._weights[name]
        if name not in self._adapter.shapes:
            return weight
        down, up = self._adapter.delta(name)
        return np.asarray(weight, dtype=np.float32) + up @ down

    def __contains__(self, name: object) -> bool:
        return name in self._weights

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)


def write_adapter(folder: Path, deltas: Mapping[str, Delta], about: About) -> None:
    """Write a folder that `Adapter` reads; the factors are rounded to fp16. Raises StorageError."""
    import numpy as np

    tensors = {f"{name}.{part}": factors[at] for name, factors in deltas.items() for at, part in enumerate(("down", "up"))}
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    for name in sorted(tensors):
        start, tensor = sum(map(len, parts)), tensors[name]
        parts.append(np.ascontiguousarray(tensor, dtype="<f2").tobytes())
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [start, start + len(parts[-1])]}
    told = json.dumps(header, separators=(",", ":")).encode()
    told += b" " * (-len(told) % 8)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = beside(folder / ADAPTER_FILE)
        temporary.write_bytes(b"".join((struct.pack("<Q", len(told)), told, *parts)))
        sync_path(temporary)
        os.replace(temporary, folder / ADAPTER_FILE)
    write_whole(folder / ABOUT_FILE, json.dumps(asdict(about), indent=2) + "\n")


def joined(one: Mapping[str, Delta], other: Mapping[str, Delta]) -> dict[str, Delta]:
    """One adapter that changes the base as the two after each other do: their ranks add up."""
    import numpy as np

    both = {**one, **other}
    for name in one.keys() & other.keys():
        (down, up), (later_down, later_up) = one[name], other[name]
        both[name] = (np.concatenate([down, later_down]), np.concatenate([up, later_up], axis=1))
    return both


def _read_about(path: Path) -> About:
    content = _read_limited(path, LARGEST_ABOUT)
    try:
        held = json.loads(content)
        about = About(held["base"], held["rank"], held.get("taught_with", ""), held.get("seed", 0))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unusable(path, f"it does not say what it should ({error})") from error
    kinds = {"base": str, "rank": int, "taught_with": str, "seed": int}
    wrong = [name for name, kind in kinds.items() if type(getattr(about, name)) is not kind]
    if wrong:
        raise _unusable(path, f"'{wrong[0]}' is not {'text' if kinds[wrong[0]] is str else 'a whole number'}")
    return about


def _read_limited(path: Path, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if len(content) > most:
        raise _unusable(path, f"it is larger than {most >> 10:,} KB")
    return content


def _read_header(content: bytes) -> tuple[dict[str, Any], int]:
    """The tensors that a safetensors file names, and where their bytes begin. Raises ValueError, KeyError or TypeError."""
    (length,) = struct.unpack_from("<Q", content)
    begin = 8 + length
    if begin > len(content):
        raise ValueError("its header is cut off")
    tensors = {name: one for name, one in json.loads(content[8:begin]).items() if name != "__metadata__"}
    for name, one in tensors.items():
        start, end = one["data_offsets"]
        rows, columns = one["shape"]
        if one["dtype"] not in _BYTES or any(type(number) is not int or number < 0 for number in (start, end, rows, columns)):
            raise ValueError(f"{name} is no matrix of fp16 numbers")
        if end - start != math.prod((rows, columns, _BYTES[one["dtype"]][1])) or begin + end > len(content):
            raise ValueError(f"{name} has not as many bytes as its shape says")
    return tensors, begin


def _shapes_of(tensors: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Rows and columns of each changed weight, and the rank of its change. Raises ValueError or KeyError."""
    names = {name.rpartition(".")[0] for name in tensors}
    if not names or {f"{name}.{part}" for name in names for part in ("down", "up")} != set(tensors):
        raise ValueError("its tensors are not pairs of .down and .up")
    shapes = {}
    for name in sorted(names):
        (rank, columns), (rows, same) = tensors[f"{name}.down"]["shape"], tensors[f"{name}.up"]["shape"]
        if rank != same or not rank:
            raise ValueError(f"{name}.down and {name}.up do not fit together")
        shapes[name] = (rows, columns, rank)
    return shapes


def _unusable(path: Path, why: str) -> ModelError:
    return ModelError(f"the adapter {path} cannot be used: {why}", hint=HINT)

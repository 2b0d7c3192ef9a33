"""The fast way through a BERT encoder on a CPU: ONNX Runtime on a graph made from the model's weights, no torch.

The graph is made once a model and kept in the user's cache folder, under a name that changes with the weights.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import ModelError
from ragqa.indexing.bert_graph import GRAPH_VERSION, BertShape, bert_graph
from ragqa.indexing.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS_FILE = "model.safetensors"
_PREFIX = "bert."


class BertRuntime:
    """The encoder of a model folder, with its span head where it has one. Loaded at the first batch."""

    def __init__(self, folder: Path, shape: BertShape, threads: int = 0, quantised: bool | None = None) -> None:
        self._folder, self._shape, self._threads = folder, shape, threads
        self._quantised = multiplies_int8() if quantised is None else quantised

    def run(self, ids: NDArray[np.int64], types: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Span logits (rows, tokens, 2), or hidden states (rows, tokens, width), of a batch of shape (rows, tokens)."""
        words, positions, segments = self._vectors
        embedded = words[ids].astype("float32") + positions[: ids.shape[1]] + segments[types]
        return self._session.run(None, {"embedded": embedded, "mask": mask.astype("int32")})[0]

    @property
    def has_head(self) -> bool:
        """Whether the model has a head for spans."""
        return "qa_outputs.weight" in self._weights

    @property
    def width(self) -> int:
        """The length of a hidden state."""
        return int(self._vectors[0].shape[1])

    @property
    def longest(self) -> int:
        """Tokens of the longest row that the model takes."""
        return len(self._vectors[1])

    @cached_property
    def _weights(self) -> dict[str, Any]:
        weights = Weights(self._folder / WEIGHTS_FILE)
        return {name.removeprefix(_PREFIX): weights[name] for name in weights}

    @cached_property
    def _vectors(self) -> tuple[NDArray[Any], NDArray[np.float32], NDArray[np.float32]]:
        """Word vectors, memory-mapped, and those of positions and segments."""
        names = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")]
        words, positions, segments = (self._weights[name] for name in names)
        return words, positions.astype("float32"), segments.astype("float32")

    @cached_property
    def _session(self) -> Any:
        """The graph, loaded from the cache; made now where it is not there or cannot be loaded."""
        kind = "int8" if self._quantised else "fp32"
        path = cache_folder() / f"{content_hash(self._folder / WEIGHTS_FILE)[:32]}-{kind}-{GRAPH_VERSION}.onnx"
        if path.is_file():
            try:
                return _load(str(path), self._threads)
            except Exception:  # a damaged file: the library raises kinds of its own
                pass
        graph = bert_graph(self._weights, self._shape, self._quantised)
        keep(path, graph)
        return _load(graph, self._threads)


def _load(graph: str | bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache, whole or not at all; a cache that cannot be written is done without."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def bert_runtime(folder: Path, threads: int = 0, quantised: bool | None = None) -> BertRuntime | None:
    """The fast runtime of a model folder, None where the model is of a kind that it does not know."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shape = BertShape.of(config)
        known = shape is not None and _is_whole(Weights(folder / WEIGHTS_FILE), shape)
    except (OSError, ValueError, TypeError, KeyError, ModelError):
        return None
    return BertRuntime(folder, shape, threads, quantised) if known and shape is not None else None


def _is_whole(weights: Weights, shape: BertShape) -> bool:
    """Whether the file holds every layer of the encoder in a precision that can be mapped."""
    names = {name.removeprefix(_PREFIX) for name in weights}
    needed = {f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")}
    needed |= {f"encoder.layer.{layer}.output.dense.weight" for layer in range(shape.layers)}
    return needed <= names


def batches(lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """The numbers of the rows to compute together, at most `tokens` at once: rows of like length, to pad little."""
    import numpy as np

    order = np.argsort(-lengths, kind="stable")
    first = 0
    while first < len(order):
        count = max(1, tokens // max(int(lengths[order[first]]), 1))
        yield order[first : first + count]
        first += count


def multiplies_int8() -> bool:
    """Whether this CPU has dot products of int8; without them int8 loses precision or speed."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(flag in flags for flag in ("avx512_vnni", "avx_vnni", "asimddp"))


def cache_folder() -> Path:
    """Where derived model files are kept: they can always be made again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ragqa"


def content_hash(path: Path) -> str:
    """The file's SHA-256, remembered as long as its size and time stay what they are: hashing 90 MB takes a tenth of a second."""
    status = path.stat()
    stamp = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
    note = cache_folder() / "hashes" / hashlib.sha256(stamp.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    try:
        found = note.read_text()
        if len(found) == 64:
            return found
    except OSError:
        pass
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    keep(note, found.encode())
    return found

"""The fast way through a BERT encoder on a CPU: OpenVINO on a graph made from the model's weights, no torch.

tests/benchmarks/README.md compares it with the other runtimes.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragqa.errors import ModelError
from ragqa.inference.graphs.bert import BertShape, bert_graph
from ragqa.inference.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS_FILE = "model.safetensors"
_PREFIX = "bert."


class BertRuntime:
    """The encoder of a model folder, with its span head where it has one. Loaded at the first batch."""

    def __init__(self, folder: Path, shape: BertShape, threads: int = 0, **options: str) -> None:
        self._folder, self._shape, self._threads, self._options = folder, shape, threads, options

    def run(self, ids: NDArray[np.int64], types: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Span logits (rows, tokens, 2), or hidden states (rows, tokens, width), of a batch of shape (rows, tokens)."""
        words, positions, segments = self._vectors
        embedded = words[ids].astype("float32") + positions[: ids.shape[1]] + segments[types]
        return self._request.infer([embedded, mask.astype("int32")])[0].copy()  # the buffer is the library's

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
    def _request(self) -> Any:
        """The graph, compiled for this CPU, ready for a batch."""
        options = {"PERFORMANCE_HINT": "LATENCY", **self._options}
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = str(self._threads)
        with own_signal_stack():
            return _core().compile_model(bert_graph(self._weights, self._shape), "CPU", options).create_infer_request()


def quiet_openvino() -> Any:
    """The library, kept from reporting every import to its maker: it does without the module that would."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how an import is made to fail
    import openvino

    return openvino


@lru_cache(maxsize=1)
def _core() -> Any:
    """The library's one entrance in this process, never given up again."""
    return quiet_openvino().Core()


@contextmanager
def own_signal_stack() -> Iterator[None]:
    """Give the thread its alternate signal stack back at the end.

    OpenVINO's CPU plugin puts one of its own in place and takes it away when the plugin goes, which may leave the thread one that
    is not there any more. Python handles signals on that stack: Ctrl-C would end the process with a segmentation fault.
    """
    if sys.platform != "linux":
        yield
        return
    libc, before = ctypes.CDLL(None), _SignalStack()
    libc.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        libc.sigaltstack(ctypes.byref(before), None)


class _SignalStack(ctypes.Structure):
    """stack_t of sigaltstack(2)."""

    _fields_: ClassVar = [("pointer", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]


def bert_runtime(folder: Path, threads: int = 0, **options: str) -> BertRuntime | None:
    """The fast runtime of a model folder, None where the model is of a kind that it does not know.

    `options` are OpenVINO's, over its defaults: it computes in bf16 where the CPU multiplies that, else in fp32.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shape = BertShape.of(config)
        known = shape is not None and _is_whole(Weights(folder / WEIGHTS_FILE), shape)
    except (OSError, ValueError, TypeError, KeyError, ModelError):
        return None
    return BertRuntime(folder, shape, threads, **options) if known and shape is not None else None


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

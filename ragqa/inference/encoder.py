"""Tokens to hidden states or span logits: the seam, and the table of architectures that run on the fast runtime.

A new architecture is a module in `graphs` and a line in `ARCHITECTURES`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ragqa.errors import ModelError
from ragqa.inference.adapter import Adapter
from ragqa.inference.graphs.bert import BERT
from ragqa.inference.graphs.distilbert import DISTILBERT
from ragqa.inference.graphs.mpnet import MPNET
from ragqa.inference.graphs.parts import Architecture, Shape
from ragqa.inference.graphs.roberta import ROBERTA
from ragqa.inference.openvino_runtime import OpenVinoEncoder
from ragqa.inference.weights import EncoderWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragqa.inference.openvino_runtime import Batch

ARCHITECTURES: dict[str, Architecture] = {
    "bert": BERT,
    "camembert": ROBERTA,
    "distilbert": DISTILBERT,
    "mpnet": MPNET,
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
}
"""By the model_type of a config.json."""

CONFIG_FILE = "config.json"


class Encoder(Protocol):
    """Computes what a transformer makes of batches of tokens. Threads: any number may use one encoder at the same time."""

    @property
    def width(self) -> int:
        """The length of a hidden state."""
        ...

    @property
    def longest(self) -> int:
        """Tokens of the longest row that the model takes."""
        ...

    @property
    def has_head(self) -> bool:
        """Whether the model has a head for spans."""
        ...

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Span logits (rows, tokens, 2) of a model with a head, hidden states (rows, tokens, width) of one without.

        `ids`, `mask` and `types` are of shape (rows, tokens). What stands where the mask is 0 changes nothing elsewhere. A model
        without types of tokens leaves them out; without them all tokens are of the first type. The result is the caller's own.
        Raises ModelError when the model's files do not fit together.
        """
        ...

    def run_each(self, batches: Sequence[Batch]) -> list[NDArray[np.float32]]:
        """What `run` gives for each of several batches, in their order; they may be computed side by side. Raises ModelError."""
        ...


def load_encoder(folder: Path, threads: int = 0, adapter: Adapter | None = None, **options: str) -> OpenVinoEncoder | None:
    """The fast encoder of a model folder, None where the model is of a kind that it does not know. Nothing heavy happens yet.

    `adapter` changes its weights; that they are those it was taught on is the caller's to check.

    `options` are OpenVINO's, over its defaults: it computes in bf16 where the CPU multiplies that, else in fp32.

    Raises ModelError for settings that no such model can have.
    """
    try:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        architecture = ARCHITECTURES[config["model_type"]]
        shape = architecture.shape(config)
        if shape is not None and (shape.layers is None or shape.heads is None):  # it says null: perhaps others know what it means
            return None
        sane = shape is not None and _is_sane(shape)
        if shape is None or (sane and not set(architecture.tensors(shape)) <= set(EncoderWeights(folder, architecture.prefix))):
            return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, ModelError):
        return None
    if not sane:
        told = f"the model in {folder} cannot be used: its {CONFIG_FILE} names absurd numbers of layers or heads"
        raise ModelError(told, hint="Restore the model's folder.")
    return OpenVinoEncoder(folder, architecture, shape, threads, adapter, **options)


def _is_sane(shape: Shape) -> bool:
    """Whether a graph can have this shape: forged settings must not make one without end."""
    whole = [shape.layers, shape.heads, *([] if shape.padding is None else [shape.padding])]
    if any(type(number) is not int or number < 0 for number in whole):
        return False
    return 1 <= shape.layers <= 1000 and 1 <= shape.heads <= 1000 and 0 <= float(shape.epsilon) < 1


def batches(lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """The numbers of the rows to compute together, at most `tokens` at once: rows of like length, to pad little."""
    import numpy as np

    order = np.argsort(-lengths, kind="stable")
    first = 0
    while first < len(order):
        count = max(1, tokens // max(int(lengths[order[first]]), 1))
        yield order[first : first + count]
        first += count

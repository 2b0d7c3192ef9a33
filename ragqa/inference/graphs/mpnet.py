"""MPNet: no types of tokens, positions from 2, and a bias for the distance between two tokens that all layers share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ragqa.inference.graphs.parts import EMBEDDINGS, GraphParts, LayerNames, PostNorm, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = LayerNames(
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    attended="attention.attn.o",
    attended_norm="attention.LayerNorm",
    raised="intermediate.dense",
    lowered="output.dense",
    lowered_norm="output.LayerNorm",
)
BIAS = "encoder.relative_attention_bias.weight"
PADDING = 1
BUCKETS = 32
FARTHEST = 128
"""The distance from which all are alike."""


def read_shape(config: Mapping[str, Any]) -> Shape | None:
    """The shape that its settings give. The model computes 32 buckets, whatever they say."""
    if config.get("relative_attention_num_buckets", BUCKETS) != BUCKETS:
        return None
    return Shape(config["num_hidden_layers"], config["num_attention_heads"], config.get("layer_norm_eps", 1e-12), PADDING)


def buckets(distances: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each distance (position of the token looked at − that of the one that looks), of any shape.

    One half is for tokens that stand after; in each, the first half counts single tokens, the rest grows with the logarithm.
    """
    import numpy as np

    half, single = BUCKETS // 2, BUCKETS // 4
    away = np.abs(distances)
    far = np.log(np.maximum(away, 1).astype(np.float32) / single) / math.log(FARTHEST / single) * (half - single)
    in_half = np.where(away < single, away, np.minimum(single + far.astype(np.int64), half - 1))
    return in_half + np.where(distances > 0, half, 0)


def position_bias(parts: GraphParts, embedded: Any) -> Any:
    """The bias of every pair of tokens, shape (1, heads, tokens, tokens): it depends on their distance alone."""
    import numpy as np

    ops = parts.ops
    most = parts.weights[f"{EMBEDDINGS}.position_embeddings.weight"].shape[0]
    biases = np.asarray(parts.weights[BIAS], dtype=np.float32)[buckets(np.arange(-most, most + 1))]
    tokens = ops.squeeze(ops.gather(ops.shape_of(embedded, "i64"), parts.axes(1), parts.axes(0)), parts.axes(0))
    places = ops.range(ops.constant(np.int64(0)), tokens, ops.constant(np.int64(1)), "i64")
    distances = ops.subtract(ops.unsqueeze(places, parts.axes(0)), ops.unsqueeze(places, parts.axes(1)))
    rows = ops.add(distances, ops.constant(np.int64(most)))
    of_pairs = ops.gather(ops.constant(np.ascontiguousarray(biases.T)), rows, ops.constant(np.int64(1)))
    return ops.unsqueeze(of_pairs, parts.axes(0))


MPNET = PostNorm("mpnet.", read_shape, "encoder.layer.{}", NAMES, position_bias=position_bias, bias_tensors=(BIAS,))

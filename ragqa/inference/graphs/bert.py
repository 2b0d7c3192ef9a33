"""BERT: positions from 0, two types of tokens, nothing but the mask in its attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragqa.inference.graphs.parts import LayerNames, PostNorm, Shape

NAMES = LayerNames(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attended="attention.output.dense",
    attended_norm="attention.output.LayerNorm",
    raised="intermediate.dense",
    lowered="output.dense",
    lowered_norm="output.LayerNorm",
)


def read_shape(config: Mapping[str, Any]) -> Shape | None:
    """The shape that a BERT's settings give; None for one that looks at relative positions, or writes text."""
    plain = (
        config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and not config.get("add_cross_attention")
    )
    if not plain:
        return None
    return Shape(config["num_hidden_layers"], config["num_attention_heads"], config.get("layer_norm_eps", 1e-12))


BERT = PostNorm("bert.", read_shape, "encoder.layer.{}", NAMES, has_types=True)

"""DistilBERT: BERT with half the layers and no types of tokens, under names of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragqa.inference.graphs.parts import LayerNames, PostNorm, Shape

NAMES = LayerNames(
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    attended="attention.out_lin",
    attended_norm="sa_layer_norm",
    raised="ffn.lin1",
    lowered="ffn.lin2",
    lowered_norm="output_layer_norm",
)
EPSILON = 1e-12


def read_shape(config: Mapping[str, Any]) -> Shape:
    """The shape that its settings give."""
    return Shape(config["n_layers"], config["n_heads"], EPSILON)


DISTILBERT = PostNorm("distilbert.", read_shape, "transformer.layer.{}", NAMES)

"""A BERT encoder as an OpenVINO model, put together straight from its weights: no exporter has to trace it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MASKED = -1e4
"""Added to the attention of what does not count: its exponential is 0 in every precision."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """What of a BERT's config.json decides its graph."""

    layers: int
    heads: int
    epsilon: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> BertShape | None:
        """None for any other architecture."""
        known = (
            config.get("model_type") == "bert"
            and config.get("hidden_act", "gelu") == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and not config.get("is_decoder")
            and not config.get("add_cross_attention")
        )
        if not known:
            return None
        return cls(config["num_hidden_layers"], config["num_attention_heads"], config.get("layer_norm_eps", 1e-12))


def bert_graph(weights: Mapping[str, NDArray[Any]], shape: BertShape) -> Any:
    """An openvino.Model.

    Inputs: `embedded`, float (batch, tokens, width), the sums of word, position and segment vectors; and `mask`, int32
    (batch, tokens), 1 for tokens that count. Output: the span head's logits (batch, tokens, 2), or the hidden states
    (batch, tokens, width) where there is no such head.
    """
    import numpy as np
    from openvino import Model
    from openvino import opset13 as ops

    graph = Graph(weights, shape)
    embedded = ops.parameter([-1, -1, -1], np.float32)
    mask = ops.parameter([-1, -1], np.int32)
    apart = ops.multiply(ops.subtract(ops.convert(mask, np.float32), graph.number(1.0)), graph.number(-_MASKED))
    hidden = graph.norm("embeddings.LayerNorm", embedded)
    bias = ops.unsqueeze(apart, graph.axes(1, 2))
    for layer in range(shape.layers):
        hidden = graph.layer(f"encoder.layer.{layer}", hidden, bias)
    output = graph.linear("qa_outputs", hidden) if "qa_outputs.weight" in weights else hidden
    return Model([ops.result(output)], [embedded, mask], "bert")


class Graph:
    """The parts of an encoder, each from a value to a value."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], shape: BertShape) -> None:
        from openvino import opset13

        self._weights, self._shape, self._ops = weights, shape, opset13

    def layer(self, name: str, hidden: Any, bias: Any) -> Any:
        """One encoder layer; `bias`, of shape (batch, 1, 1, tokens), is added to the attention of each token."""
        output = f"{name}.attention.output"
        attended = self.linear(f"{output}.dense", self._attention(f"{name}.attention.self", hidden, bias))
        hidden = self.norm(f"{output}.LayerNorm", self._ops.add(hidden, attended))
        raised = self._ops.gelu(self.linear(f"{name}.intermediate.dense", hidden), "erf")
        lowered = self.linear(f"{name}.output.dense", raised)
        return self.norm(f"{name}.output.LayerNorm", self._ops.add(hidden, lowered))

    def linear(self, name: str, value: Any) -> Any:
        """A linear layer."""
        product = self._ops.matmul(value, self._constant(f"{name}.weight"), transpose_a=False, transpose_b=True)
        return self._ops.add(product, self._constant(f"{name}.bias"))

    def norm(self, name: str, value: Any) -> Any:
        """Layer normalisation."""
        centred = self._ops.mvn(value, self.axes(-1), True, self._shape.epsilon, "inside_sqrt")
        return self._ops.add(self._ops.multiply(centred, self._constant(f"{name}.weight")), self._constant(f"{name}.bias"))

    def number(self, value: float) -> Any:
        """A constant number."""
        import numpy as np

        return self._ops.constant(np.array(value, dtype=np.float32))

    def axes(self, *values: int) -> Any:
        """A constant list of axes or sizes."""
        import numpy as np

        return self._ops.constant(np.array(values, dtype=np.int64))

    def _attention(self, name: str, hidden: Any, bias: Any) -> Any:
        ops = self._ops
        width = self._weights[f"{name}.query.weight"].shape[0]
        shape = self.axes(0, 0, self._shape.heads, width // self._shape.heads)

        def split(part: str) -> Any:
            """The heads of a projection, shape (batch, heads, tokens, width of a head)."""
            parted = ops.reshape(self.linear(f"{name}.{part}", hidden), shape, special_zero=True)
            return ops.transpose(parted, self.axes(0, 2, 1, 3))

        attended = ops.scaled_dot_product_attention(split("query"), split("key"), split("value"), bias)
        return ops.reshape(ops.transpose(attended, self.axes(0, 2, 1, 3)), self.axes(0, 0, width), special_zero=True)

    def _constant(self, name: str) -> Any:
        import numpy as np

        return self._ops.constant(np.asarray(self._weights[name], dtype=np.float32))

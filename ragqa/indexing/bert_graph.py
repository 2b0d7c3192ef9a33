"""A BERT encoder as an ONNX graph, written straight from its weights with ONNX Runtime's fused operators.

The architecture is fixed, so no exporter has to trace the model: it takes a second instead of torch's forty. The input is the sum
of the word, position and segment vectors; those are looked up outside (see `runtime`), where they stay memory-mapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAPH_VERSION = 1
"""Goes up whenever the same weights would give another graph."""

_FUSED = "com.microsoft"


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


def bert_graph(weights: Mapping[str, NDArray[Any]], shape: BertShape, quantised: bool) -> bytes:
    """The graph, serialised.

    Inputs: `embedded`, float (batch, tokens, width), and `mask`, int32 (batch, tokens), 1 for tokens that count. Output: the span
    head's logits (batch, tokens, 2), or the hidden states (batch, tokens, width) where there is no such head.

    Quantised: int8 weights with a scale for each column, activations to uint8 as they come.
    """
    emitter = Emitter(weights, quantised)
    hidden = emitter.norm("embeddings.LayerNorm", "embedded", shape.epsilon)
    for layer in range(shape.layers):
        hidden = emitter.layer(f"encoder.layer.{layer}", hidden, shape)
    output = emitter.plain_linear("qa_outputs", hidden) if "qa_outputs.weight" in weights else hidden
    serialised: bytes = emitter.model(output).SerializeToString(deterministic=True)
    return serialised


class Emitter:
    """Collects the nodes and constants of a graph; every method returns the name of its output."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], quantised: bool) -> None:
        self._weights, self._quantised = weights, quantised
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def layer(self, name: str, hidden: str, shape: BertShape) -> str:
        """One encoder layer."""
        attended = self._attention(f"{name}.attention.self", hidden, shape.heads)
        output = f"{name}.attention.output"
        hidden = self.norm(f"{output}.LayerNorm", self._linear(f"{output}.dense", attended), shape.epsilon, hidden)
        raised = self._node("Gelu", [self._linear(f"{name}.intermediate.dense", hidden)], _FUSED)
        return self.norm(f"{name}.output.LayerNorm", self._linear(f"{name}.output.dense", raised), shape.epsilon, hidden)

    def norm(self, name: str, value: str, epsilon: float, residual: str | None = None) -> str:
        """Layer normalisation, of value + residual where there is one."""
        inputs = [self._constant(f"{name}.{part}", self._of(f"{name}.{part}")) for part in ("weight", "bias")]
        if residual is None:
            return self._node("LayerNormalization", [value, *inputs], epsilon=epsilon)
        return self._node("SkipLayerNormalization", [value, residual, *inputs], _FUSED, epsilon=epsilon)

    def plain_linear(self, name: str, value: str) -> str:
        """A linear layer in floating point, whatever the others are: for a head."""
        product = self._node("MatMul", [value, self._constant(f"{name}.weight", self._of(f"{name}.weight").T)])
        return self._node("Add", [product, self._constant(f"{name}.bias", self._of(f"{name}.bias"))])

    def model(self, output: str) -> Any:
        """The graph as an ONNX model that ends with `output`."""
        from onnx import TensorProto, helper

        self._nodes.append(helper.make_node("Identity", [output], ["output"]))
        inputs = [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["batch", "tokens", "width"]),
            helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "tokens"]),
        ]
        outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "tokens", "values"])]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, self._constants)
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="ragqa")

    def _attention(self, name: str, hidden: str, heads: int) -> str:
        import numpy as np

        parts = ("query", "key", "value")
        weight = np.concatenate([self._of(f"{name}.{part}.weight").T for part in parts], axis=1)
        bias = self._constant(f"{name}.bias", np.concatenate([self._of(f"{name}.{part}.bias") for part in parts]))
        if not self._quantised:
            inputs = [hidden, self._constant(f"{name}.weight", weight), bias, "mask"]
            return self._node("Attention", inputs, _FUSED, num_heads=heads)
        steps, scale, zero = self._columns(name, weight)
        value, value_scale, value_zero = self._nodes_outputs("DynamicQuantizeLinear", [hidden], 3)
        inputs = [value, steps, bias, value_scale, scale, "mask", value_zero, zero]
        return self._node("QAttention", inputs, _FUSED, num_heads=heads)

    def _linear(self, name: str, value: str) -> str:
        if not self._quantised:
            return self.plain_linear(name, value)
        steps, scale, zero = self._columns(name, self._of(f"{name}.weight").T)
        bias = self._constant(f"{name}.bias", self._of(f"{name}.bias"))
        return self._node("DynamicQuantizeMatMul", [value, steps, scale, zero, bias], _FUSED)

    def _columns(self, name: str, weight: NDArray[np.float32]) -> tuple[str, str, str]:
        """A weight of shape (in, out) as int8 steps with the scale and zero point of each column."""
        import numpy as np

        scale = np.maximum(np.abs(weight).max(axis=0) / 127, 1e-12).astype(np.float32)
        steps = np.clip(np.rint(weight / scale), -127, 127).astype(np.int8)
        zero = np.zeros(len(scale), dtype=np.int8)
        return (
            self._constant(f"{name}.steps", steps),
            self._constant(f"{name}.scale", scale),
            self._constant(f"{name}.zero", zero),
        )

    def _of(self, name: str) -> NDArray[np.float32]:
        import numpy as np

        return np.asarray(self._weights[name], dtype=np.float32)

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        import numpy as np
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, kind: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        return self._nodes_outputs(kind, inputs, 1, domain, **attributes)[0]

    def _nodes_outputs(self, kind: str, inputs: list[str], count: int, domain: str = "", **attributes: Any) -> list[str]:
        from onnx import helper

        name = f"{kind}_{len(self._nodes)}"
        outputs = [f"{name}_{number}" for number in range(count)]
        self._nodes.append(helper.make_node(kind, inputs, outputs, name, domain=domain, **attributes))
        return outputs

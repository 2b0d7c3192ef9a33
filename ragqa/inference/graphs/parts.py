"""What encoders are made of: the seam that a new architecture fills, the parts of graphs, and the make that most share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.inference.weights import Int8Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEAD = "qa_outputs"
"""The linear layer that gives two logits a token, for the start and the end of a span."""

EMBEDDINGS = "embeddings"
_MASKED = -1e4
"""Added to the attention of what does not count: its exponential is 0 in every precision."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's config.json decides its graph. `padding` is the padding token's id, if positions are counted from it."""

    layers: int
    heads: int
    epsilon: float
    padding: int | None = None


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tables that tokens are looked up in, (entries, width) each; `words` is memory-mapped, in the precision of the file.

    Threads: read only, any number at once.
    """

    words: NDArray[Any]
    positions: NDArray[np.float32]
    types: NDArray[np.float32] | None = None
    padding: int | None = None

    @property
    def width(self) -> int:
        return int(self.words.shape[1])

    @property
    def longest(self) -> int:
        """Tokens of the longest row that there are positions for."""
        return len(self.positions) - self._first

    def embed(self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None) -> NDArray[np.float32]:
        """The sums of word, position and type vectors, (rows, tokens, width). Without `types`, all are of the first one.

        Raises IndexError for an id or a position that the tables do not have.
        """
        embedded: NDArray[np.float32] = self.words[ids].astype("float32", copy=False)  # looked up, hence a copy already
        embedded += self._position_vectors(ids, mask)
        if self.types is not None:
            embedded += self.types[0] if types is None or len(self.types) == 1 else self.types[types]
        return embedded

    @property
    def _first(self) -> int:
        """The number of the first token's position."""
        return 0 if self.padding is None else self.padding + 1

    def _position_vectors(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        tokens = ids.shape[1]
        if tokens > self.longest:
            raise IndexError(f"there are positions for {self.longest} tokens, not {tokens}")
        if self.padding is not None:
            counts = (ids != self.padding) & (mask != 0)
            if (counts[:, 1:] > counts[:, :-1]).any():  # something else stands before or among the tokens that count
                return self.positions[counts.cumsum(axis=1) * counts + self.padding]
        return self.positions[self._first : self._first + tokens]


class Architecture(Protocol):
    """A kind of encoder, as a module of this package gives it. Stateless, so that any number of threads may use it.

    `prefix` stands before the names of the encoder's tensors where a file holds a head as well.
    """

    @property
    def prefix(self) -> str: ...

    def shape(self, config: Mapping[str, Any]) -> Shape | None:
        """None for a model that differs from what the graph computes. Raises KeyError or TypeError where settings are missing."""
        ...

    def tensors(self, shape: Shape) -> Iterator[str]:
        """The names of all tensors that the model cannot do without."""
        ...

    def vectors(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> TokenVectors:
        """The tables of the model's tokens."""
        ...

    def graph(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> Any:
        """An openvino.Model.

        Inputs: `embedded`, float (rows, tokens, width), what `vectors` makes of tokens; and `mask`, int32 (rows, tokens), 1 for
        tokens that count. Output: the head's logits (rows, tokens, 2), or the hidden states (rows, tokens, width) without a head.
        """
        ...


@dataclass(frozen=True, slots=True)
class LayerNames:
    """What the parts of a layer are called in a file, after the name of the layer."""

    query: str
    key: str
    value: str
    attended: str
    attended_norm: str
    raised: str
    lowered: str
    lowered_norm: str

    def all(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class PostNorm:
    """BERT and its kin: layers of attention and of two linear layers with GELU between them, each added and then normalised.

    `layer` is a layer's name with a place for its number. `position_bias`, from the graph and the embedded tokens to a value of
    shape (1, heads, tokens, tokens), is added to the attention in all layers; `bias_tensors` are those that it is made from.
    """

    prefix: str
    read_shape: Callable[[Mapping[str, Any]], Shape | None]
    layer: str
    names: LayerNames
    has_types: bool = False
    position_bias: Callable[[GraphParts, Any], Any] | None = None
    bias_tensors: tuple[str, ...] = ()

    def shape(self, config: Mapping[str, Any]) -> Shape | None:
        return self.read_shape(config) if config.get("hidden_act", config.get("activation", "gelu")) == "gelu" else None

    def tensors(self, shape: Shape) -> Iterator[str]:
        kinds = ("word", "position", "token_type") if self.has_types else ("word", "position")
        yield from (f"{EMBEDDINGS}.{kind}_embeddings.weight" for kind in kinds)
        yield from self.bias_tensors
        parts = [f"{EMBEDDINGS}.LayerNorm"]
        parts += [f"{self.layer.format(number)}.{name}" for number in range(shape.layers) for name in self.names.all()]
        yield from (f"{part}.{kind}" for part in parts for kind in ("weight", "bias"))

    def vectors(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> TokenVectors:
        def table(kind: str) -> NDArray[Any]:
            return weights[f"{EMBEDDINGS}.{kind}_embeddings.weight"]

        types = table("token_type").astype("float32") if self.has_types else None
        return TokenVectors(table("word"), table("position").astype("float32"), types, shape.padding)

    def graph(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> Any:
        import numpy as np
        from openvino import Model
        from openvino import opset13 as ops

        parts = GraphParts(weights, shape)
        embedded = ops.parameter([-1, -1, -1], np.float32)
        mask = ops.parameter([-1, -1], np.int32)
        bias = parts.mask_bias(mask)
        if self.position_bias is not None:
            bias = ops.add(bias, self.position_bias(parts, embedded))
        hidden = parts.norm(f"{EMBEDDINGS}.LayerNorm", embedded)
        for number in range(shape.layers):
            hidden = self._layer(parts, self.layer.format(number), hidden, bias)
        output = parts.linear(HEAD, hidden) if f"{HEAD}.weight" in weights else hidden
        return Model([ops.result(output)], [embedded, mask], "encoder")

    def _layer(self, parts: GraphParts, name: str, hidden: Any, bias: Any) -> Any:
        """One layer; `bias`, broadcast to (rows, heads, tokens, tokens), is added to the attention."""
        names = self.names
        query, key, value = (parts.linear(f"{name}.{part}", hidden) for part in (names.query, names.key, names.value))
        attended = parts.linear(f"{name}.{names.attended}", parts.attention(query, key, value, bias))
        hidden = parts.norm(f"{name}.{names.attended_norm}", parts.ops.add(hidden, attended))
        raised = parts.ops.gelu(parts.linear(f"{name}.{names.raised}", hidden), "erf")
        lowered = parts.linear(f"{name}.{names.lowered}", raised)
        return parts.norm(f"{name}.{names.lowered_norm}", parts.ops.add(hidden, lowered))


class GraphParts:
    """The parts of an encoder's graph, each from a value to a value. For the thread that puts the graph together."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], shape: Shape) -> None:
        from openvino import opset13

        self.weights, self.shape, self.ops = weights, shape, opset13

    def linear(self, name: str, value: Any) -> Any:
        """A linear layer."""
        product = self.ops.matmul(value, self.matrix(f"{name}.weight"), transpose_a=False, transpose_b=True)
        return self.ops.add(product, self.tensor(f"{name}.bias"))

    def norm(self, name: str, value: Any) -> Any:
        """Layer normalisation."""
        centred = self.ops.mvn(value, self.axes(-1), True, self.shape.epsilon, "inside_sqrt")
        return self.ops.add(self.ops.multiply(centred, self.tensor(f"{name}.weight")), self.tensor(f"{name}.bias"))

    def attention(self, query: Any, key: Any, value: Any, bias: Any) -> Any:
        """Attention of several heads, from and to shape (rows, tokens, width)."""
        ops, heads = self.ops, self.shape.heads

        def split(projected: Any) -> Any:
            """The heads' parts, shape (rows, heads, tokens, width of a head)."""
            shape = self.axes(0, 0, heads, projected.get_output_partial_shape(0)[2].get_length() // heads)
            return ops.transpose(ops.reshape(projected, shape, special_zero=True), self.axes(0, 2, 1, 3))

        attended = ops.scaled_dot_product_attention(split(query), split(key), split(value), bias)
        return ops.reshape(ops.transpose(attended, self.axes(0, 2, 1, 3)), self.axes(0, 0, -1), special_zero=True)

    def mask_bias(self, mask: Any) -> Any:
        """What is added to the attention, shape (rows, 1, 1, tokens), from a mask of shape (rows, tokens)."""
        import numpy as np

        apart = self.ops.multiply(self.ops.subtract(self.ops.convert(mask, np.float32), self.number(1.0)), self.number(-_MASKED))
        return self.ops.unsqueeze(apart, self.axes(1, 2))

    def number(self, value: float) -> Any:
        """A constant number."""
        import numpy as np

        return self.ops.constant(np.array(value, dtype=np.float32))

    def axes(self, *values: int) -> Any:
        """A constant list of axes or sizes."""
        import numpy as np

        return self.ops.constant(np.array(values, dtype=np.int64))

    def matrix(self, name: str) -> Any:
        """One of the weights, in full precision, or as eight-bit numbers that are multiplied as such where the CPU can. Where the
        file has them like that it is not copied but mapped, once for all processes."""
        import numpy as np

        weights = self.weights[name]
        if not isinstance(weights, Int8Rows):  # not looked up twice: an adapter's change is computed each time
            return self._shared(np.asarray(weights, dtype=np.float32))
        numbers = self.ops.convert(self._shared(np.asarray(weights.numbers)), np.float32)
        return self.ops.multiply(numbers, self.ops.constant(np.ascontiguousarray(weights.scales[:, None])))

    def _shared(self, values: NDArray[Any]) -> Any:
        """A constant on the memory of an array, which it keeps."""
        shared = values.view()
        shared.flags.writeable = True  # what the library asks for, and never makes use of
        return self.ops.constant(shared, shared_memory=True)

    def tensor(self, name: str) -> Any:
        """One of the weights, in full precision."""
        import numpy as np

        return self.ops.constant(np.asarray(self.weights[name], dtype=np.float32))
